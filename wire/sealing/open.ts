/** Opens sealed content with a data key that is already unwrapped. Runs in Node.js and in browsers. */

import {
  associatedDataOf,
  decodeContent,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  MAX_CONTENT_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  type DeliveryContent,
  type SealedDelivery,
} from './format.ts';
import { SealingRejection } from './rejection.ts';
import type { SealingRuntime } from './sealing-runtime.ts';

/** The shortest sealed content: nonce, tag, and one byte for the encoding. */
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
 * Opens the content of a sealed delivery. The content is accepted only with the metadata that it was sealed with.
 *
 * @param dataKey - the unwrapped data key of the delivery
 * @throws {SealingRejection}, the only possible error
 */
export async function openContent(
  runtime: SealingRuntime,
  dataKey: Uint8Array,
  { metadata, sealed }: Pick<SealedDelivery, 'metadata' | 'sealed'>,
): Promise<DeliveryContent> {
  try {
    const bytes = runtime.fromBase64(sealed);
    if (bytes.length < MIN_SEALED_BYTES) throw new SealingRejection('damaged');
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const ciphertext = bytes.subarray(NONCE_BYTES);
    return await contentOf(runtime, await runtime.decrypt(dataKey, nonce, associatedDataOf(metadata), ciphertext));
  } catch (error) {
    throw error instanceof SealingRejection ? error : new SealingRejection('damaged');
  }
}
