/**
 * The operations for opening deliveries in Node.js. All operations are synchronous, because each takes only
 * microseconds for a delivery of normal size.
 */

import { createDecipheriv } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';

import { TAG_BYTES } from './format.ts';
import type { SealingRuntime } from './open.ts';

export const nodeRuntime = {
  decrypt: (key, nonce, associatedData, ciphertext) => {
    const tagStart = ciphertext.length - TAG_BYTES;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associatedData)
      .setAuthTag(ciphertext.subarray(tagStart));
    const plaintext = decipher.update(ciphertext.subarray(0, tagStart));
    // `final()` throws if the tag does not match. For a stream cipher, `final()` returns no bytes.
    decipher.final();
    return plaintext;
  },
  inflate: (compressed, maxBytes) => inflateRawSync(compressed, { maxOutputLength: maxBytes }),
  fromBase64: (text) => {
    const bytes = Buffer.from(text, 'base64');
    // Node.js skips characters that are not base64, and ignores unused bits.
    if (bytes.toString('base64') !== text) throw new TypeError('The text is not canonical base64.');
    return bytes;
  },
} satisfies SealingRuntime;
