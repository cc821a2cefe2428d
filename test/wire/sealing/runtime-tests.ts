/** The tests shared by the Node.js runtime and the browser runtime. */

import { deflateRawSync } from 'node:zlib';

import { expect, it } from '@jest/globals';

import { associatedDataOf, NONCE_BYTES } from '../../../wire/sealing/format.ts';
import type { SealingRuntime } from '../../../wire/sealing/open.ts';
import { DATA_KEY, METADATA, PREVIOUS_METADATA, SEALED_PLAIN } from './vectors.ts';

/** Defines the tests of a runtime. */
export function testRuntime(runtime: SealingRuntime): void {
  const [data, otherData] = [METADATA, PREVIOUS_METADATA].map(associatedDataOf);
  const sealed = Buffer.from(SEALED_PLAIN, 'base64');
  const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
  const failure = async (step: () => unknown): Promise<boolean> => {
    try {
      await step();
      return false;
    } catch {
      return true;
    }
  };

  it('decrypts nothing under another key, another nonce or for other associated data, and nothing that was changed', async () => {
    if (!data || !otherData) throw new Error('There are two vectors.');
    const opened = await runtime.decrypt(DATA_KEY, nonce, data, ciphertext);
    expect(Buffer.from(opened).toString()).toContain('"first_name": "Zoë"');
    const changed = Buffer.from(ciphertext).fill(0, 5, 6);
    const attempts = [
      () => runtime.decrypt(Uint8Array.from(DATA_KEY).fill(9), nonce, data, ciphertext),
      () => runtime.decrypt(DATA_KEY, Buffer.alloc(NONCE_BYTES), data, ciphertext),
      () => runtime.decrypt(DATA_KEY, nonce, otherData, ciphertext),
      () => runtime.decrypt(DATA_KEY, nonce, data, changed),
      () => runtime.decrypt(DATA_KEY, nonce, data, ciphertext.subarray(0, -1)),
    ];
    expect(await Promise.all(attempts.map(failure))).toEqual(attempts.map(() => true));
  });

  it('decompresses only raw deflate, up to a number of bytes', async () => {
    const compressed = deflateRawSync(Buffer.alloc(100_000, 'ab'));
    expect(Buffer.from(await runtime.inflate(compressed, 100_000)).equals(Buffer.alloc(100_000, 'ab'))).toBe(true);
    expect(await failure(() => runtime.inflate(compressed, 99_999))).toBe(true);
    expect(await failure(() => runtime.inflate(Buffer.from('abc'), 99_999))).toBe(true);
  });

  it('decodes only canonical base64', async () => {
    expect(Buffer.from(runtime.fromBase64('/w==')).toString('hex')).toBe('ff');
    for (const text of ['/x==', '/w', ' /w==', '_w==', '/w==/w==', '%']) {
      expect([text, await failure(() => runtime.fromBase64(text))]).toEqual([text, true]);
    }
  });
}
