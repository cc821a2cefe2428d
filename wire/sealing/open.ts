/** Opens sealed content with a data key that is already unwrapped. Runs in Node.js and in browsers. */

import {
  associatedDataOf,
  decodeContent,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  MAX_CONTENT_BYTES,
  NONCE_BYTES,
  responseDataOf,
  SealingRejection,
  TAG_BYTES,
  type DeliveryContent,
  type RespondedDelivery,
  type SealedDelivery,
} from './format.ts';

/** A value that is available immediately in Node.js, and as a promise in browsers. */
type Eventual<T> = T | Promise<T>;

/** The operations that Node.js and browsers implement differently. */
export interface SealingRuntime {
  /**
   * Decrypts AES-256-GCM. The ciphertext is followed by its tag of 16 bytes.
   *
   * @throws any error if the tag does not match
   */
  readonly decrypt: (
    key: Uint8Array,
    nonce: Uint8Array,
    associatedData: Uint8Array,
    ciphertext: Uint8Array,
  ) => Eventual<Uint8Array>;
  /** Decompresses raw deflate. @throws any error if the data is not raw deflate, or yields more than `maxBytes` */
  readonly inflate: (compressed: Uint8Array, maxBytes: number) => Eventual<Uint8Array>;
  /** Decodes base64 with padding. @throws any error unless the text is canonical base64 */
  readonly fromBase64: (text: string) => Uint8Array;
}

/** Minimum size of sealed data: nonce, tag, and one byte. */
const MIN_SEALED_BYTES = NONCE_BYTES + TAG_BYTES + 1;

async function contentOf(runtime: SealingRuntime, plaintext: Uint8Array): Promise<DeliveryContent> {
  const [encoding] = plaintext;
  const rest = plaintext.subarray(1);
  if (encoding === ENCODING_PLAIN) return decodeContent(rest);
  if (encoding === ENCODING_DEFLATE) return decodeContent(await runtime.inflate(rest, MAX_CONTENT_BYTES));
  throw new SealingRejection('malformed');
}

/**
 * Decrypts sealed data (nonce, ciphertext and tag in base64), and decodes the plaintext.
 *
 * @throws {SealingRejection} if the data was changed, or sealed for a different key
 */
export async function openSealed<T>(
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  associatedData: Uint8Array,
  sealed: string,
  decode: (plaintext: Uint8Array) => T | Promise<T>,
): Promise<T> {
  try {
    const bytes = runtime.fromBase64(sealed);
    if (bytes.length < MIN_SEALED_BYTES) throw new SealingRejection('damaged');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    return await decode(await runtime.decrypt(dataKey, nonce, associatedData, bytes.subarray(NONCE_BYTES)));
  } catch (error) {
    throw error instanceof SealingRejection ? error : new SealingRejection('damaged');
  }
}

/**
 * Opens the content of a sealed delivery. The content can be opened only with the metadata with which it was sealed.
 *
 * @throws {SealingRejection} if the data was changed, or sealed for a different key
 */
export const openContent = (
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  { metadata, sealed }: Pick<SealedDelivery, 'metadata' | 'sealed'>,
): Promise<DeliveryContent> =>
  openSealed(runtime, dataKey, associatedDataOf(metadata), sealed, (plaintext) => contentOf(runtime, plaintext));

/**
 * Opens the text of a Zap's response to an attempt. @throws {SealingRejection} if the text was changed, or sealed for a
 * different key
 */
export const openResponse = (
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  delivery: RespondedDelivery,
  sealed: string,
): Promise<string> =>
  openSealed(runtime, dataKey, responseDataOf(delivery), sealed, (plaintext) => new TextDecoder().decode(plaintext));
