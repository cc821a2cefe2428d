/** Envelopes as JSON text, in the form that a relay sends. Runs in Node.js. */

import { sealedFields, type DeliveryMetadata } from './format.ts';

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
  /** Deliveries of the same burst that arrived before, in the order of `EnvelopeFields.burst`. */
  readonly burst: readonly SealedBytes[];
  /** True if a person has sent the delivery again from the console; default: false. */
  readonly isSentAgain?: boolean;
  /** True if the same body and signature arrived more than 72 hours earlier; default: false. */
  readonly isRepeat?: boolean;
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A piece of an envelope's JSON text. Bytes stand for their base64 text. */
type Piece = string | Uint8Array;

function* sealedPieces(delivery: SealedBytes): Generator<Piece> {
  const fields = sealedFields({ metadata: delivery, wrappedKey: base64(delivery.wrappedKey), sealed: '' });
  // The sealed content is the last value.
  yield JSON.stringify(fields).slice(0, -2);
  yield delivery.sealed;
  yield '"';
}

/** Yields the JSON text of an envelope in the order of `EnvelopeFields`. */
function* piecesOf(delivery: EnvelopeBytes): Generator<Piece> {
  const { previous, burst, isSentAgain = false, isRepeat = false } = delivery;
  yield* sealedPieces(delivery);
  if (previous) {
    yield ',"previous":';
    yield* sealedPieces(previous);
    yield '}';
  }
  for (const [index, earlier] of burst.entries()) {
    yield index === 0 ? ',"burst":[' : ',';
    yield* sealedPieces(earlier);
    yield index === burst.length - 1 ? '}]' : '}';
  }
  yield `${isSentAgain ? ',"sent_again":true' : ''}${isRepeat ? ',"is_repeat":true' : ''}}`;
}

/** Returns an envelope as JSON text. */
export const envelopeText = (delivery: EnvelopeBytes): string =>
  Array.from(piecesOf(delivery), (piece) => (typeof piece === 'string' ? piece : base64(piece))).join('');

/** Number of bytes that are encoded at a time: a multiple of three, so that the base64 texts can be joined. */
const PART_BYTES = 48 * 1024;

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
  for (const piece of piecesOf(delivery)) {
    if (typeof piece === 'string') yield piece;
    else for (let at = 0; at < piece.length; at += PART_BYTES) yield base64(piece.subarray(at, at + PART_BYTES));
  }
}

/** Returns the length in bytes of the UTF-8 text that {@link envelopeText} returns, without encoding sealed content. */
export function envelopeLength(delivery: EnvelopeBytes): number {
  let length = 0;
  for (const piece of piecesOf(delivery)) {
    length += typeof piece === 'string' ? Buffer.byteLength(piece) : Math.ceil(piece.length / 3) * 4;
  }
  return length;
}
