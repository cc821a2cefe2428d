/** Sealing of deliveries. Runs in Node.js. */

import { createCipheriv, randomBytes, type CipherGCM } from 'node:crypto';

import {
  associatedDataOf,
  ENCODING_PLAIN,
  LENGTHS_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  type ContentEncoding,
  responseDataOf,
  type DeliveryContent,
  type DeliveryMetadata,
  type RespondedDelivery,
} from './format.ts';

/** Position of the content, which follows the nonce and the encoding byte. */
const CONTENT_START = NONCE_BYTES + 1;

/** Maximum length of a header, in bytes, because the length is encoded in two bytes. */
const MAX_HEADER_BYTES = 0xffff;

/**
 * Returns the part of the plaintext after the encoding byte.
 *
 * @throws {RangeError} if a header has more than 65,535 bytes
 */
export function encodeContent({ signature, contentType, body }: DeliveryContent): Buffer {
  const signatureBytes = Buffer.byteLength(signature);
  const contentTypeBytes = Buffer.byteLength(contentType);
  if (signatureBytes > MAX_HEADER_BYTES || contentTypeBytes > MAX_HEADER_BYTES) {
    throw new RangeError('A header of the delivery is too long to be sealed.');
  }
  const contentTypeStart = LENGTHS_BYTES + signatureBytes;
  const bodyStart = contentTypeStart + contentTypeBytes;
  const content = Buffer.allocUnsafe(bodyStart + body.length);
  content.writeUInt16BE(signatureBytes, 0);
  content.writeUInt16BE(contentTypeBytes, 2);
  content.write(signature, LENGTHS_BYTES);
  content.write(contentType, contentTypeStart);
  content.set(body, bodyStart);
  return content;
}

/** Returns a cipher that accepts the plaintext in parts. */
const createCipher = (key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array): CipherGCM =>
  createCipheriv('aes-256-gcm', key, nonce).setAAD(associatedData);

/** Encrypts a plaintext under a new nonce. Returns nonce, ciphertext and tag. */
function sealed(dataKey: Uint8Array, associatedData: Uint8Array, ...plaintext: readonly Uint8Array[]): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipher(dataKey, nonce, associatedData);
  const ciphertext = plaintext.map((part) => cipher.update(part));
  return Buffer.concat([nonce, ...ciphertext, cipher.final(), cipher.getAuthTag()]);
}

/**
 * Seals the content of a delivery under a data key.
 *
 * @param dataKey - 32 random bytes that seal fewer than 2^32 deliveries
 * @param metadata - the metadata, which stays unencrypted; the content can be opened only with the same metadata
 * @param content - the result of `encodeContent`, compressed with raw deflate if that is the `encoding`
 */
export const sealContent = (
  dataKey: Uint8Array,
  metadata: DeliveryMetadata,
  encoding: ContentEncoding,
  content: Uint8Array,
): Buffer => sealed(dataKey, associatedDataOf(metadata), Uint8Array.of(encoding), content);

/** Seals a delivery as {@link sealContent} does, but does not compress it. */
export const sealDelivery = (dataKey: Uint8Array, metadata: DeliveryMetadata, delivery: DeliveryContent): Buffer =>
  sealContent(dataKey, metadata, ENCODING_PLAIN, encodeContent(delivery));

/** Seals the text of a Zap's response to an attempt, under the data key of the delivery. */
export const sealResponse = (dataKey: Uint8Array, delivery: RespondedDelivery, text: string): Buffer =>
  sealed(dataKey, responseDataOf(delivery), Buffer.from(text));

/** Number of bytes encrypted in one step, which takes about a millisecond. */
const STEP_BYTES = 256 * 1024;

/** Seals large content as {@link sealContent} does, but in steps, with a pause after each step. */
export async function sealInSteps(
  dataKey: Uint8Array,
  metadata: DeliveryMetadata,
  encoding: ContentEncoding,
  content: Uint8Array,
  pause: () => Promise<unknown>,
): Promise<Buffer> {
  const result = Buffer.allocUnsafe(CONTENT_START + content.length + TAG_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipher(dataKey, nonce, associatedDataOf(metadata));
  result.set(nonce);
  result.set(cipher.update(Uint8Array.of(encoding)), NONCE_BYTES);
  for (let start = 0; start < content.length; start += STEP_BYTES) {
    result.set(cipher.update(content.subarray(start, start + STEP_BYTES)), CONTENT_START + start);
    await pause();
  }
  cipher.final();
  result.set(cipher.getAuthTag(), CONTENT_START + content.length);
  return result;
}
