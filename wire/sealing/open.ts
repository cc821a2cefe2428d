/** Opens sealed content with a data key that is already unwrapped. Runs in Node.js and in browsers. */

import {
  associatedDataOf,
  decodeContent,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  MAX_CONTENT_BYTES,
  NONCE_BYTES,
  responseDataOf,
  TAG_BYTES,
  type DeliveryContent,
  type RespondedDelivery,
  type SealedDelivery,
} from './format.ts';
import { SealingRejection } from './rejection.ts';
import type { SealingRuntime } from './sealing-runtime.ts';

/** The shortest sealed data: nonce, tag, and one byte. */
const MIN_SEALED_BYTES = NONCE_BYTES + TAG_BYTES + 1;

/** Returns the decompressed content of a plaintext. */
async function contentOf(runtime: SealingRuntime, plaintext: Uint8Array): Promise<DeliveryContent> {
  const [encoding] = plaintext;
  const rest = plaintext.subarray(1);
  if (encoding === ENCODING_PLAIN) return decodeContent(rest);
  if (encoding === ENCODING_DEFLATE) return decodeContent(await runtime.inflate(rest, MAX_CONTENT_BYTES));
  throw new SealingRejection('malformed');
}

/**
 * Decrypts sealed data, and decodes the plaintext.
 *
 * @param sealed - nonce, ciphertext and tag in base64
 * @throws {SealingRejection}, the only possible error
 */
async function opened<T>(
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
 * Opens the content of a sealed delivery. The content is accepted only with the metadata that it was sealed with.
 *
 * @param dataKey - the unwrapped data key of the delivery
 * @throws {SealingRejection}, the only possible error
 */
export const openContent = (
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  { metadata, sealed }: Pick<SealedDelivery, 'metadata' | 'sealed'>,
): Promise<DeliveryContent> =>
  opened(runtime, dataKey, associatedDataOf(metadata), sealed, (plaintext) => contentOf(runtime, plaintext));

/**
 * Opens the text with which a Zap has responded to an attempt.
 *
 * @param sealed - the result of `sealResponse` in base64
 * @throws {SealingRejection}, the only possible error
 */
export const openResponse = (
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  delivery: RespondedDelivery,
  sealed: string,
): Promise<string> =>
  opened(runtime, dataKey, responseDataOf(delivery), sealed, (plaintext) => new TextDecoder().decode(plaintext));
