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
  /** The previous delivery, as in {@link EnvelopeFields}; null if there is none. */
  readonly previous: SealedBytes | null;
  readonly burst: readonly SealedBytes[];
  /** True if a person has sent the delivery again from the console; default: false. */
  readonly isSentAgain?: boolean;
  /** True if the same body and signature arrived more than 72 hours earlier; default: false. */
  readonly isRepeat?: boolean;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

const fieldsOf = (delivery: SealedBytes): SealedFields =>
  sealedFields({ metadata: delivery, wrappedKey: base64(delivery.wrappedKey), sealed: '' });

/**
 * Returns the pieces of an envelope's JSON text, in the order of {@link EnvelopeFields}. A byte array stands for its
 * base64 text.
 */
function piecesOf(delivery: EnvelopeBytes): (string | Uint8Array)[] {
  const { previous, burst, isSentAgain, isRepeat } = delivery;
  const envelope: EnvelopeFields = {
    ...fieldsOf(delivery),
    ...(previous && { previous: fieldsOf(previous) }),
    ...(burst.length > 0 && { burst: burst.map(fieldsOf) }),
    ...(isSentAgain && { sent_again: true }),
    ...(isRepeat && { is_repeat: true }),
  };
  // Quotation marks in strings are escaped, so the pattern matches only the empty values of `sealed`.
  const texts = JSON.stringify(envelope).split(/(?<="sealed":")(?=")/);
  const contents = [delivery, ...(previous ? [previous] : []), ...burst].map(({ sealed }) => sealed);
  return texts.flatMap((text, index) => [text, contents[index] ?? '']);
}

/** Returns an envelope as JSON text. */
export const envelopeText = (delivery: EnvelopeBytes): string =>
  piecesOf(delivery)
    .map((piece) => (typeof piece === 'string' ? piece : base64(piece)))
    .join('');

/** Number of bytes that are encoded at a time: a multiple of three, so that the base64 texts can be joined. */
const PART_BYTES = 48 * 1024;

/** Returns the number of sealed bytes in an envelope. */
export const sealedBytesIn = ({ sealed, previous, burst }: EnvelopeBytes): number =>
  burst.reduce((sum, each) => sum + each.sealed.length, sealed.length + (previous?.sealed.length ?? 0));

/** Returns true if {@link envelopeParts} yields an envelope in several parts. */
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
  for (const piece of piecesOf(delivery)) {
    if (typeof piece === 'string') yield piece;
    else for (let at = 0; at < piece.length; at += PART_BYTES) yield base64(piece.subarray(at, at + PART_BYTES));
  }
}

/** Returns the length in bytes of the UTF-8 text that {@link envelopeText} returns, without encoding sealed content. */
export const envelopeLength = (delivery: EnvelopeBytes): number =>
  piecesOf(delivery)
    .map((piece) => (typeof piece === 'string' ? Buffer.byteLength(piece) : Math.ceil(piece.length / 3) * 4))
    .reduce((sum, length) => sum + length);
