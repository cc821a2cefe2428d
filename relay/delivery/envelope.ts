/** Envelopes of stored deliveries, in the form in which Zaps receive them. */

import { envelopeFields, MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { envelopeLength, envelopeText } from '../../wire/sealing/seal.ts';
import type { Delivery } from '../store/store.ts';

/** The reason of dead letters whose envelope is too large. */
export const TOO_LARGE = 'too large for Zapier';

/** Bytes that are encoded at once: a multiple of three, so that the texts can be joined. */
const PART_BYTES = 48 * 1024;

/** Returns the length of an envelope in bytes. */
export const lengthOfEnvelope = (delivery: Delivery): number =>
  envelopeLength(delivery, delivery.wrappedKey.length, delivery.sealed.length);

/** Returns true if Zapier would not accept the envelope of a delivery. */
export const isTooLarge = (delivery: Delivery): boolean =>
  // Base64 adds a third, and the metadata has a few kilobytes at most.
  delivery.sealed.length > MAX_ENVELOPE_BYTES / 2 && lengthOfEnvelope(delivery) > MAX_ENVELOPE_BYTES;

/** Returns true if an envelope has several parts. */
export const hasSeveralParts = ({ sealed }: Delivery): boolean => sealed.length > PART_BYTES;

/** Yields the JSON text of an envelope: a small one at once, a large one in parts, to limit the memory that it takes. */
export function* envelopeParts(delivery: Delivery): Generator<string> {
  const { wrappedKey, sealed } = delivery;
  if (!hasSeveralParts(delivery)) {
    yield envelopeText(delivery, wrappedKey, sealed);
    return;
  }
  const fields = envelopeFields({ metadata: delivery, wrappedKey: wrappedKey.toString('base64'), sealed: '' });
  // The sealed content is the last field. Its text is inserted before the closing quotation mark.
  yield JSON.stringify(fields).slice(0, -2);
  for (let start = 0; start < sealed.length; start += PART_BYTES) {
    yield sealed.toString('base64', start, Math.min(start + PART_BYTES, sealed.length));
  }
  yield '"}';
}
