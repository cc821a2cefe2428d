/** Sealing of deliveries. Runs in Node.js. */

import { randomFillSync } from 'node:crypto';

import {
  associatedDataOf,
  ENCODING_PLAIN,
  LENGTHS_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  type ContentEncoding,
  type DeliveryContent,
  type DeliveryMetadata,
} from './format.ts';
import { createCipher } from './node-runtime.ts';

/**
 * Random bytes for nonces, generated many at a time. Each byte is used once. Without the pool and the encryption in place,
 * a relay would store 5% fewer events per second.
 */
const nonces = Buffer.alloc(NONCE_BYTES * 256);
let usedBytes = nonces.length;

/** Position of the content in sealed content: after the nonce and the byte for the encoding. */
const CONTENT_START = NONCE_BYTES + 1;

/** Returns 12 random bytes. Later calls overwrite these bytes. */
function nextNonce(): Buffer {
  if (usedBytes === nonces.length) {
    randomFillSync(nonces);
    usedBytes = 0;
  }
  usedBytes += NONCE_BYTES;
  return nonces.subarray(usedBytes - NONCE_BYTES, usedBytes);
}

/** The largest length that fits into the two bytes for it. */
const MAX_HEADER_BYTES = 0xffff;

/**
 * Returns the content of a delivery as bytes: the plaintext after the byte for the encoding.
 *
 * @param allocate - returns the memory for the result, which is overwritten completely; default: new memory
 * @throws {RangeError} if a header has more than 65,535 bytes
 */
export function encodeContent(
  { signature, contentType, body }: DeliveryContent,
  allocate = (length: number): Buffer => Buffer.allocUnsafe(length),
): Buffer {
  const signatureBytes = Buffer.byteLength(signature);
  const contentTypeBytes = Buffer.byteLength(contentType);
  if (signatureBytes > MAX_HEADER_BYTES || contentTypeBytes > MAX_HEADER_BYTES) {
    throw new RangeError('A header of the delivery is too long to be sealed.');
  }
  const contentTypeStart = LENGTHS_BYTES + signatureBytes;
  const bodyStart = contentTypeStart + contentTypeBytes;
  const content = allocate(bodyStart + body.length);
  content.writeUInt16BE(signatureBytes, 0);
  content.writeUInt16BE(contentTypeBytes, 2);
  content.write(signature, LENGTHS_BYTES);
  content.write(contentType, contentTypeStart);
  content.set(body, bodyStart);
  return content;
}

/**
 * Seals the content of a delivery under a data key.
 *
 * @param dataKey - 32 random bytes that seal fewer than 2^32 deliveries
 * @param metadata - stays unencrypted; the content can be opened only together with it
 * @param encoding - the encoding of `content`
 * @param content - the result of `encodeContent`, compressed with raw deflate if that is the `encoding`
 * @returns nonce, ciphertext and tag
 */
export function sealContent(
  dataKey: Uint8Array,
  metadata: DeliveryMetadata,
  encoding: ContentEncoding,
  content: Uint8Array,
): Buffer {
  const sealed = newSealed(content.length);
  sealed.set(content, CONTENT_START);
  encryptInPlace(dataKey, metadata, encoding, sealed);
  return sealed;
}

/**
 * Seals a delivery under a data key without compressing it.
 *
 * @param dataKey - 32 random bytes that seal fewer than 2^32 deliveries
 * @param metadata - stays unencrypted; the content can be opened only together with it
 * @returns nonce, ciphertext and tag
 */
export function sealDelivery(dataKey: Uint8Array, metadata: DeliveryMetadata, delivery: DeliveryContent): Buffer {
  let sealed: Buffer = Buffer.alloc(0);
  // The content is encoded and encrypted in place; see `nonces`.
  encodeContent(delivery, (length) => {
    sealed = newSealed(length);
    return sealed.subarray(CONTENT_START, CONTENT_START + length);
  });
  encryptInPlace(dataKey, metadata, ENCODING_PLAIN, sealed);
  return sealed;
}

/** Returns memory for sealed content, given the length of the content. */
const newSealed = (length: number): Buffer => Buffer.allocUnsafe(CONTENT_START + length + TAG_BYTES);

/** Encrypts content in place, in the memory for the sealed content. */
function encryptInPlace(
  dataKey: Uint8Array,
  metadata: DeliveryMetadata,
  encoding: ContentEncoding,
  sealed: Buffer,
): void {
  const nonce = nextNonce();
  const tagStart = sealed.length - TAG_BYTES;
  sealed.set(nonce);
  sealed[NONCE_BYTES] = encoding;
  const cipher = createCipher(dataKey, nonce, associatedDataOf(metadata));
  sealed.set(cipher.update(sealed.subarray(NONCE_BYTES, tagStart)), NONCE_BYTES);
  cipher.final();
  sealed.set(cipher.getAuthTag(), tagStart);
}

/** Number of bytes encrypted in one step, which takes about a millisecond. */
const STEP_BYTES = 256 * 1024;

/**
 * Seals large content like {@link sealContent}, but in steps.
 *
 * @param pause - called between two steps
 */
export async function sealInSteps(
  dataKey: Uint8Array,
  metadata: DeliveryMetadata,
  encoding: ContentEncoding,
  content: Uint8Array,
  pause: () => Promise<unknown>,
): Promise<Buffer> {
  const sealed = newSealed(content.length);
  const nonce = sealed.subarray(0, NONCE_BYTES);
  nonce.set(nextNonce());
  const cipher = createCipher(dataKey, nonce, associatedDataOf(metadata));
  sealed.set(cipher.update(Uint8Array.of(encoding)), NONCE_BYTES);
  for (let start = 0; start < content.length; start += STEP_BYTES) {
    sealed.set(cipher.update(content.subarray(start, start + STEP_BYTES)), CONTENT_START + start);
    await pause();
  }
  cipher.final();
  sealed.set(cipher.getAuthTag(), CONTENT_START + content.length);
  return sealed;
}
