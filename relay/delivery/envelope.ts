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

const hasEarlier = ({ previous, burst }: Delivery): boolean => previous !== null || burst.length > 0;

/** Leaves out the oldest of the earlier deliveries until Zapier would accept the envelope of a delivery. */
export function withinLimit(delivery: Delivery): Delivery {
  let within = delivery;
  while (hasEarlier(within) && exceedsLimit(within)) {
    const { previous, burst } = within;
    within = { ...within, previous: null, burst: previous ? burst : burst.slice(1) };
  }
  return within;
}

/** Returns true if Zapier would not accept the envelope of a delivery, even without earlier deliveries. */
export const isTooLarge = (delivery: Delivery): boolean => exceedsLimit({ ...delivery, previous: null, burst: [] });
