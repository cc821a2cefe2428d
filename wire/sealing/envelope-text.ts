/** Envelopes as JSON text, in the form that a relay sends. Runs in Node.js. */

import { sealedFields, type DeliveryMetadata, type EnvelopeFields, type SealedFields } from './format.ts';

/** A sealed delivery in binary form. */
export interface SealedBytes extends DeliveryMetadata {
  readonly wrappedKey: Uint8Array;
  /** The result of `sealContent` for the same metadata. */
  readonly sealed: Uint8Array;
}

/** The contents of an envelope in binary form. */
export interface EnvelopeBytes extends SealedBytes {
  /** The newest delivery about the same subject from before the burst; null if there is none. */
  readonly previous: SealedBytes | null;
  /** Deliveries of the same burst that arrived before, in the order of {@link EnvelopeFields.burst}. */
  readonly burst: readonly SealedBytes[];
  /** True if a person has sent the delivery again from the console; default: false. */
  readonly isSentAgain?: boolean;
  /** True if the same body and signature arrived more than 72 hours earlier; default: false. */
  readonly isRepeat?: boolean;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const fieldsOf = (delivery: SealedBytes, sealed: string): SealedFields =>
  sealedFields({ metadata: delivery, wrappedKey: base64(delivery.wrappedKey), sealed });

/** Returns an envelope as JSON text. */
export function envelopeText(delivery: EnvelopeBytes): string {
  const { previous, burst, isSentAgain = false, isRepeat = false } = delivery;
  const complete = (one: SealedBytes): SealedFields => fieldsOf(one, base64(one.sealed));
  const fields: EnvelopeFields = {
    ...complete(delivery),
    ...(previous && { previous: complete(previous) }),
    ...(burst.length > 0 && { burst: burst.map(complete) }),
    ...(isSentAgain && { sent_again: true }),
    ...(isRepeat && { is_repeat: true }),
  };
  return JSON.stringify(fields);
}

/** Number of bytes that are encoded at a time: a multiple of three, so that the base64 texts can be joined. */
const PART_BYTES = 48 * 1024;

/** Returns the JSON of a sealed delivery up to its last value, which is its sealed content. */
const textBeforeSealed = (delivery: SealedBytes): string => JSON.stringify(fieldsOf(delivery, '')).slice(0, -2);

function* sealedParts(delivery: SealedBytes): Generator<string> {
  const { sealed } = delivery;
  yield textBeforeSealed(delivery);
  for (let start = 0; start < sealed.length; start += PART_BYTES) {
    yield base64(sealed.subarray(start, start + PART_BYTES));
  }
  yield '"';
}

/** Precedes the object of the previous delivery, which follows the sealed content. */
const PREVIOUS = ',"previous":';
/** Precedes the first delivery of the burst, which follows the previous delivery. */
const BURST = ',"burst":[';

/** Returns the JSON text after the burst. */
const marksOf = ({ isSentAgain, isRepeat }: EnvelopeBytes): string =>
  `${isSentAgain ? ',"sent_again":true' : ''}${isRepeat ? ',"is_repeat":true' : ''}`;

/** Returns the number of sealed bytes in an envelope. */
export const sealedBytesIn = ({ sealed, previous, burst }: EnvelopeBytes): number =>
  burst.reduce((sum, each) => sum + each.sealed.length, sealed.length + (previous?.sealed.length ?? 0));

/** Returns true if an envelope has several parts. */
export const hasSeveralParts = (delivery: EnvelopeBytes): boolean => sealedBytesIn(delivery) > PART_BYTES;

/**
 * Yields the text that {@link envelopeText} returns: a small text at once, and a large text in parts to limit the
 * memory used.
 */
export function* envelopeParts(delivery: EnvelopeBytes): Generator<string> {
  if (!hasSeveralParts(delivery)) {
    yield envelopeText(delivery);
    return;
  }
  yield* sealedParts(delivery);
  if (delivery.previous) {
    yield PREVIOUS;
    yield* sealedParts(delivery.previous);
    yield '}';
  }
  for (const [index, earlier] of delivery.burst.entries()) {
    yield index === 0 ? BURST : ',';
    yield* sealedParts(earlier);
    yield index === delivery.burst.length - 1 ? '}]' : '}';
  }
  yield `${marksOf(delivery)}}`;
}

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Returns the length of the JSON of a sealed delivery in bytes. */
const sealedLength = (delivery: SealedBytes): number =>
  Buffer.byteLength(textBeforeSealed(delivery)) + base64Length(delivery.sealed.length) + '"}'.length;

/** Returns the length in bytes of the UTF-8 text that {@link envelopeText} returns, without encoding sealed content. */
export const envelopeLength = (delivery: EnvelopeBytes): number =>
  sealedLength(delivery) +
  (delivery.previous ? PREVIOUS.length + sealedLength(delivery.previous) : 0) +
  // Each delivery of the burst is followed by a comma or a bracket.
  delivery.burst.reduce(
    (sum, earlier) => sum + sealedLength(earlier) + 1,
    delivery.burst.length > 0 ? BURST.length : 0,
  ) +
  marksOf(delivery).length;
