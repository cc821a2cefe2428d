/** The format of sealed deliveries: frozen vectors in both runtimes, and the checks of the format. */

import { createCipheriv } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import {
  associatedDataOf,
  COMPRESS_FROM_BYTES,
  decodeContent,
  ENCODING_DEFLATE,
  ENCODING_PLAIN,
  MAX_CONTENT_BYTES,
  MAX_BURST_DELIVERIES,
  readEnvelope,
  type ContentEncoding,
  SealingRejection,
} from '../../../wire/sealing/format.ts';
import { nodeRuntime } from '../../../wire/sealing/node-runtime.ts';
import { openContent } from '../../../wire/sealing/open.ts';
import { encodeContent, sealContent, sealDelivery, sealInSteps } from '../../../wire/sealing/seal.ts';
import type { SealingRuntime } from '../../../wire/sealing/open.ts';
import { webRuntime } from '../../../wire/sealing/web-runtime.ts';
import { sign } from '../../../wire/signature.ts';
import {
  CONTENT,
  DATA_KEY,
  ENVELOPE,
  ENVELOPE_WITH_PREVIOUS,
  METADATA,
  NONCE,
  PREVIOUS_METADATA,
  PRIVATE_KEY,
  SEALED_DEFLATED,
  SEALED_PLAIN,
  SEALED_PREVIOUS,
  WRAPPED_KEY,
} from './vectors.ts';

const RUNTIMES = Object.entries<SealingRuntime>({ 'Node.js': nodeRuntime, WebCrypto: webRuntime });

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Seals an arbitrary plaintext, as a hostile relay could. */
function sealedPlaintext(...parts: Uint8Array[]): string {
  const cipher = createCipheriv('aes-256-gcm', DATA_KEY, NONCE).setAAD(associatedDataOf(METADATA));
  const ciphertext = parts.map((part) => cipher.update(part));
  return base64(Buffer.concat([NONCE, ...ciphertext, cipher.final(), cipher.getAuthTag()]));
}

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

  it('rejects a plaintext in another form', async () => {
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

describe('an envelope', () => {
  const [metadata, earlier] = [METADATA, PREVIOUS_METADATA];

  it('is read with its previous delivery', () => {
    const previous = { metadata: earlier, wrappedKey: WRAPPED_KEY, sealed: SEALED_PREVIOUS };
    const delivery = { metadata, wrappedKey: WRAPPED_KEY, sealed: SEALED_PLAIN };
    expect(readEnvelope(ENVELOPE_WITH_PREVIOUS)).toEqual({ ...delivery, previous, burst: [], isRepeat: false });
    expect(readEnvelope(ENVELOPE)).toEqual({ ...delivery, previous: null, burst: [], isRepeat: false });
  });

  it('is read with at most eight well-formed deliveries of its burst', () => {
    const { previous } = ENVELOPE_WITH_PREVIOUS;
    const burst = Array.from({ length: 12 }, (_, index) => (index === 3 ? 'text' : previous));
    expect(readEnvelope({ ...ENVELOPE, burst }).burst).toEqual(
      Array(MAX_BURST_DELIVERIES - 1).fill({ metadata: earlier, wrappedKey: WRAPPED_KEY, sealed: SEALED_PREVIOUS }),
    );
    for (const other of [null, 7, {}, previous]) expect(readEnvelope({ ...ENVELOPE, burst: other }).burst).toEqual([]);
  });

  it('is read with additional keys, which later versions may add', () => {
    const { previous } = ENVELOPE_WITH_PREVIOUS;
    const extended = { ...ENVELOPE, later: {}, previous: { ...previous, later: {}, previous: ENVELOPE } };
    expect(readEnvelope(extended)).toEqual(readEnvelope(ENVELOPE_WITH_PREVIOUS));
  });

  const malformed: [unknown][] = [
    [null],
    ['text'],
    [[]],
    [{}],
    ...Object.keys(ENVELOPE).flatMap((key) =>
      [undefined, 1.5, true, [1], {}].map((value): [unknown] => [{ ...ENVELOPE, [key]: value }]),
    ),
    [{ ...ENVELOPE, format: 'tutorcruncher-sealed/2' }],
    [{ ...ENVELOPE, delivery_id: '7' }],
    [{ ...ENVELOPE, key_id: METADATA.id.toUpperCase() }],
    [{ ...ENVELOPE, received_at: '2026-06-10T12:00:00Z' }],
    [{ ...ENVELOPE, actions: 'CREATED_A_CLIENT' }],
  ];
  it.each(malformed)('is malformed if it is %j, and read without such a previous delivery', (value) => {
    expect(() => readEnvelope(value)).toThrow(new SealingRejection('malformed'));
    expect(readEnvelope({ ...ENVELOPE, previous: value })).toEqual(readEnvelope(ENVELOPE));
  });
});
