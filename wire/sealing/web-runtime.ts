/** The operations for sealed data in browsers, with WebCrypto and streams. */

import type { SealingRuntime } from './open.ts';

const ALGORITHM = 'AES-GCM';

/** WebCrypto does not accept views of shared memory, but the types of the parameters allow such views. */
type Bytes = Uint8Array<ArrayBuffer>;

/** Encrypts or decrypts with AES-256-GCM. A ciphertext is followed by its tag of 16 bytes. */
export async function runCipher(
  operation: 'encrypt' | 'decrypt',
  key: Uint8Array,
  nonce: Uint8Array,
  associatedData: Uint8Array,
  data: Bytes,
): Promise<Uint8Array> {
  const cryptoKey = await crypto.subtle.importKey('raw', key as Bytes, ALGORITHM, false, [operation]);
  const parameters = { name: ALGORITHM, iv: nonce as Bytes, additionalData: associatedData as Bytes };
  return new Uint8Array(await crypto.subtle[operation](parameters, cryptoKey, data));
}

export const webRuntime: SealingRuntime = {
  decrypt: (key, nonce, associatedData, ciphertext) =>
    runCipher('decrypt', key, nonce, associatedData, ciphertext as Bytes),
  inflate: async (compressed, maxBytes) => {
    const stream = new Blob([compressed as Bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const parts: Bytes[] = [];
    let length = 0;
    for await (const part of stream as AsyncIterable<Bytes>) {
      length += part.length;
      if (length > maxBytes) throw new RangeError('The decompressed content is too long.');
      parts.push(part);
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  },
  fromBase64: (text) => {
    const binary = atob(text);
    // atob() skips white space, and ignores unused bits.
    if (btoa(binary) !== text) throw new TypeError('The text is not canonical base64.');
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  },
};
