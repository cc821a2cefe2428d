/** The encoding and the sealing of the content of a delivery. */

import { deflateRawSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { decodeContent, ENCODING_DEFLATE, ENCODING_PLAIN, type ContentEncoding } from '../../../wire/sealing/format.ts';
import { encodeContent, sealContent } from '../../../wire/sealing/seal.ts';
import { base64, sealedPlaintext, CONTENT, DATA_KEY, METADATA, SEALED_DEFLATED, SEALED_PLAIN } from './vectors.ts';

const seal = (encoding: ContentEncoding, content: Uint8Array): string =>
  base64(sealContent(DATA_KEY, METADATA, encoding, content));

describe('the content of a delivery', () => {
  it('is encoded and sealed with the bytes of the frozen vectors', () => {
    const content = encodeContent(CONTENT);
    expect(sealedPlaintext(Uint8Array.of(ENCODING_PLAIN), content)).toBe(SEALED_PLAIN);
    expect(sealedPlaintext(Uint8Array.of(ENCODING_DEFLATE), deflateRawSync(content))).toBe(SEALED_DEFLATED);
  });

  it('rejects headers whose length does not fit into the field for it', () => {
    const content = { signature: 'x'.repeat(65_535), contentType: '', body: Buffer.alloc(0) };
    expect(decodeContent(encodeContent(content)).signature).toHaveLength(65_535);
    expect(() => encodeContent({ ...content, contentType: 'x'.repeat(65_536) })).toThrow(RangeError);
  });

  it('is sealed under a different nonce each time', () => {
    const nonces = Array.from({ length: 600 }, () => seal(ENCODING_PLAIN, Buffer.alloc(4)).slice(0, 16));
    expect(new Set(nonces).size).toBe(600);
  });
});
