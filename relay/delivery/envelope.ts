/** Envelopes of stored deliveries, within Zapier's size limit. */

import { envelopeLength, sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import type { Delivery } from '../store/delivery.ts';

/** The reason of dead letters whose envelope is too large. */
export const TOO_LARGE = 'too large for Zapier';
/** The reason of dead letters whose content or data key is missing in the store. */
export const NO_CONTENT = 'content not stored';

/** Returns true if Zapier would not accept the envelope of a delivery as it is. */
const exceedsLimit = (delivery: Delivery): boolean =>
  // Base64 adds a third, and the metadata has a few kilobytes at most. Measuring every envelope would take
  // nearly a tenth of the time of an attempt.
  sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;

/** Returns a delivery without its previous delivery if Zapier would not accept an envelope with both. */
export const withinLimit = (delivery: Delivery): Delivery =>
  delivery.previous && exceedsLimit(delivery) ? { ...delivery, previous: null } : delivery;

/** Returns true if Zapier would not accept the envelope of a delivery, even without its previous delivery. */
export const isTooLarge = (delivery: Delivery): boolean => exceedsLimit({ ...delivery, previous: null });
