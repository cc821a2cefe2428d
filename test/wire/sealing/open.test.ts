/** Opening sealed content in both runtimes: frozen vectors, content that the relay seals, and malformed content. */

import { deflateRawSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import {
  COMPRESS_FROM_BYTES,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  MAX_CONTENT_BYTES,
  type ContentEncoding,
  SealingRejection,
} from '../../../wire/sealing/format.ts';
import { nodeRuntime } from '../../../wire/sealing/node-runtime.ts';
import { openContent, type SealingRuntime } from '../../../wire/sealing/open.ts';
import { encodeContent, sealContent, sealDelivery, sealInSteps } from '../../../wire/sealing/seal.ts';
import { webRuntime } from '../../../wire/sealing/web-runtime.ts';
import { sign } from '../../../wire/signature.ts';
import {
  base64,
  sealedPlaintext,
  CONTENT,
  DATA_KEY,
  METADATA,
  PRIVATE_KEY,
  SEALED_DEFLATED,
  SEALED_PLAIN,
} from './vectors.ts';

const RUNTIMES = Object.entries<SealingRuntime>({ 'Node.js': nodeRuntime, WebCrypto: webRuntime });

const seal = (encoding: ContentEncoding, content: Uint8Array): string =>
  base64(sealContent(DATA_KEY, METADATA, encoding, content));

describe.each(RUNTIMES)('the sealing format in %s', (_name, runtime) => {
  const open = (sealed: string, metadata = METADATA) => openContent(runtime, DATA_KEY, { metadata, sealed });
  const rejection = (reason: 'damaged' | 'malformed') => new SealingRejection(reason);

  it.each([
    ['as it is', SEALED_PLAIN],
    ['compressed', SEALED_DEFLATED],
  ])('opens the frozen vector that was sealed %s', async (_how, sealed) => {
    const { signature, contentType, body } = await open(sealed);
    expect({ signature, contentType }).toEqual({ signature: CONTENT.signature, contentType: CONTENT.contentType });
    expect(Buffer.from(body)).toEqual(CONTENT.body);
    expect(sign(body, PRIVATE_KEY)).toBe(signature);
  });

  it('opens what the relay seals, at every size', async () => {
    for (const length of [0, 1, COMPRESS_FROM_BYTES, 300_000]) {
      const delivery = { signature: 'a', contentType: 'text/plain', body: Buffer.alloc(length, 'ab') };
      const content = encodeContent(delivery);
      const whole = base64(sealDelivery(DATA_KEY, METADATA, delivery));
      for (const sealed of [whole, seal(ENCODING_PLAIN, content), seal(ENCODING_DEFLATE, deflateRawSync(content))]) {
        const { body, ...headers } = await open(sealed);
        expect(headers).toEqual({ signature: 'a', contentType: 'text/plain' });
        expect(Buffer.from(body).equals(delivery.body)).toBe(true);
      }
    }
  });

  it('opens what the relay seals in steps', async () => {
    for (const length of [0, 256 * 1024 - 4, 1_000_000]) {
      const content = encodeContent({ signature: '', contentType: '', body: Buffer.alloc(length, 'ab') });
      let pauses = 0;
      const pause = () => Promise.resolve(++pauses);
      const sealed = await sealInSteps(DATA_KEY, METADATA, ENCODING_PLAIN, content, pause);
      expect(pauses).toBe(Math.ceil(content.length / (256 * 1024)));
      const { body } = await open(base64(sealed));
      expect(Buffer.from(body).equals(Buffer.alloc(length, 'ab'))).toBe(true);
    }
  });

  it('rejects content that inflates to more than the largest delivery', async () => {
    const bomb = deflateRawSync(Buffer.alloc(MAX_CONTENT_BYTES + 1), { level: 9 });
    expect(bomb.length).toBeLessThan(20_000);
    await expect(open(seal(ENCODING_DEFLATE, bomb))).rejects.toEqual(rejection('damaged'));
    const largest = deflateRawSync(Buffer.alloc(MAX_CONTENT_BYTES));
    expect((await open(seal(ENCODING_DEFLATE, largest))).body).toHaveLength(MAX_CONTENT_BYTES - 4);
  });

  it('rejects a plaintext with an invalid format', async () => {
    await expect(open(sealedPlaintext(Uint8Array.of(2, 0, 0, 0, 0)))).rejects.toEqual(rejection('malformed'));
    for (const plaintext of [[], [ENCODING_PLAIN], [ENCODING_PLAIN, 0, 1, 0, 1, 65], [ENCODING_DEFLATE, 255, 255]]) {
      const reason = plaintext.length === 0 ? 'damaged' : expect.anything();
      await expect(open(sealedPlaintext(Uint8Array.from(plaintext)))).rejects.toMatchObject({
        name: 'SealingRejection',
        reason,
      });
    }
  });

  it('rejects base64 that another decoder might read differently', async () => {
    for (const sealed of [` ${SEALED_PLAIN}`, SEALED_PLAIN.slice(0, -2), `${SEALED_PLAIN.slice(0, -3)}x==`, '%', '']) {
      await expect(open(sealed)).rejects.toEqual(rejection('damaged'));
    }
  });
});
