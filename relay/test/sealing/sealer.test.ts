import { randomUUID } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { OpenedDelivery } from '../../../wire/sealing/envelope-opener.ts';
import { openContent, openResponse } from '../../../wire/sealing/open.ts';
import { webRuntime } from '../../../wire/sealing/web-runtime.ts';
import { randomText } from '../../harness/random-text.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { createSealer as createRelaySealer } from '../support/sealer.ts';
import { durationOf, shortestDuration } from '../../harness/shortest-duration.ts';
import { storedDelivery } from '../support/stored-delivery.ts';
import { systemClock } from '../../clock.ts';
import { createDataKeys, type DataKey } from '../../sealing/data-keys.ts';
import { createSealer, type Sealer } from '../../sealing/sealer.ts';
import { digestOf } from '../../sealing/digest.ts';
import type { NewDelivery } from '../../store/deliveries/new-delivery.ts';

const SIGNATURE = 'a'.repeat(64);
const KB = 1024;

let sealer: Sealer;

beforeEach(() => {
  sealer = createRelaySealer();
});

const received = (body: Buffer, channel = CHANNEL) => ({
  channel,
  body,
  signature: SIGNATURE,
  contentType: 'text/plain; charset=utf-8',
  receivedAt: 1_000_000,
});

/** Returns a body with one event and a number of additional characters. */
const paddedBody = (padding: string) => Buffer.from(bodyOf('A').toString().replace('}}]', `, "p": "${padding}"}}]`));

/** Stores a sealed delivery, and then opens it. */
function open(delivery: NewDelivery): Promise<OpenedDelivery> {
  const { content } = delivery;
  if (!content) throw new Error('The delivery has no content.');
  const { keyId, wrappedKey, sealed } = content;
  const bytes = { wrappedKey: Buffer.from(wrappedKey), sealed: Buffer.from(sealed) };
  return openDelivery(storedDelivery({ ...delivery, keyId, ...bytes }));
}

describe('Sealer', () => {
  it.each([
    ['an ordinary body', 1_000],
    ['a body that is compressed', 20 * KB],
    ['a body that is compressed outside of the event loop', 200 * KB],
    ['a body that is too large to be read', 300 * KB],
  ])('seals %s, so that the exact bytes, the signature and the content type can be opened', async (_name, length) => {
    const body = paddedBody('é'.repeat(length / 2));
    const sealed = await sealer.seal(received(body), SEAL_KEY);
    const opened = await open(sealed);
    expect(Buffer.from(opened.body).equals(body)).toBe(true);
    expect(opened).toMatchObject({ signature: SIGNATURE, contentType: 'text/plain; charset=utf-8' });
    expect(Buffer.from(sealed.digest).equals(digestOf({ body, signature: SIGNATURE }))).toBe(true);
    expect(sealed.content).toMatchObject({ sealKey: SEAL_KEY });
  });

  it('leaves only the routing of a delivery unencrypted', async () => {
    const body = Buffer.from(
      '{"events": [{"action": "A", "timestamp": "2026-06-10T18:05:00Z", "subject": {"model": "Client", "id": 5, "name": "Ada"}}]}',
    );
    const sealed = await sealer.seal(received(body), SEAL_KEY);
    const routing = { actions: ['A'], model: 'client', subjectId: '5', eventTime: 1781114700000 };
    expect(sealed).toMatchObject({ channel: CHANNEL, receivedAt: 1_000_000, ...routing, isConcern: false });
    const keys = ['actions', 'channel', 'content', 'digest', 'eventTime', 'id', 'isConcern', 'model', 'receivedAt'];
    expect(Object.keys(sealed).sort()).toEqual([...keys, 'hasSeveralEvents', 'subjectId'].sort());
    expect(Buffer.from(sealed.content?.sealed ?? []).includes('Ada')).toBe(false);
  });

  it('does not seal a body without events', async () => {
    for (const body of ['{"first_name": "Ada"}', `"${'x'.repeat(200 * KB)}"`]) {
      expect(await sealer.seal(received(Buffer.from(body)), SEAL_KEY)).toMatchObject({ actions: [], content: null });
    }
  });

  it('compresses bodies over 16 kB, unless that would not save space', async () => {
    const sealedLength = async (body: Buffer) => (await sealer.seal(received(body), SEAL_KEY)).content?.sealed.length;
    const small = paddedBody('x'.repeat(15 * KB));
    expect(await sealedLength(small)).toBeGreaterThan(small.length);
    expect(await sealedLength(paddedBody('x'.repeat(17 * KB)))).toBeLessThan(KB);
    expect(await sealedLength(paddedBody('x'.repeat(250 * KB)))).toBeLessThan(2 * KB);
    // The bytes are not JSON, and the body is too large to be parsed, so its events count as unknown.
    const random = Buffer.from(randomText(300 * KB), 'base64url');
    const large = Buffer.concat([random, random.subarray(0, 100 * KB)]);
    expect(await sealedLength(large)).toBeLessThan(large.length + KB);
  });

  it('keeps the deliveries of a channel in order, without delaying the deliveries of other channels', async () => {
    await Promise.all(
      [CHANNEL, OTHER_CHANNEL].map(async (channel) => sealer.seal(received(bodyOf('A'), channel), SEAL_KEY)),
    );
    const order: string[] = [];
    const seal = async (name: string, body: Buffer, channel = CHANNEL) => {
      await sealer.seal(received(body, channel), SEAL_KEY);
      order.push(name);
    };
    const large = paddedBody(randomText(2_000 * KB));
    await Promise.all([
      seal('large', large),
      seal('behind large', bodyOf('A')),
      seal('behind that', bodyOf('A')),
      seal('other', bodyOf('A'), OTHER_CHANNEL),
      seal('other large', paddedBody('x'.repeat(70 * KB)), OTHER_CHANNEL),
    ]);
    expect(order).toEqual(['other', 'large', 'behind large', 'behind that', 'other large']);
  });

  it('blocks the event loop only for a fraction of the time that the largest body takes', async () => {
    await sealer.seal(received(bodyOf('A')), SEAL_KEY);
    const body = paddedBody(randomText(10_000 * KB));
    const limit = (await durationOf(() => deflateRawSync(body, { level: 1 }))) / 2;
    const longestPause = async () => {
      let longest = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }, 1);
      await sealer.seal(received(body), SEAL_KEY);
      clearInterval(timer);
      return longest;
    };
    expect(await shortestDuration(limit, longestPause)).toBeLessThan(limit);
  });

  it('seals the response to a delivery under its data key while the key is in memory', async () => {
    const dataKeys = createDataKeys(systemClock, 9);
    const { id: keyId, key } = await dataKeys.of(CHANNEL, SEAL_KEY);
    const delivery = storedDelivery({ channel: CHANNEL, keyId });
    const sealed = await createSealer(dataKeys).sealResponse(delivery, 'Zoë <b>');
    const text = sealed?.toString('base64') ?? '';
    expect(await openResponse(webRuntime, key, delivery, text)).toBe('Zoë <b>');
    for (const changes of [{ id: 'another' }, { channel: OTHER_CHANNEL }]) {
      await expect(openResponse(webRuntime, key, { ...delivery, ...changes }, text)).rejects.toThrow(/damaged/);
    }
    await expect(openResponse(webRuntime, key, delivery, 'AAAA')).rejects.toThrow(/damaged/);
    await expect(openContent(webRuntime, key, { metadata: delivery, sealed: text })).rejects.toThrow(/damaged/);
    expect(await sealer.sealResponse(delivery, 'Zoë')).toBeNull();
  });

  it('rejects a delivery whose data key cannot be wrapped, and seals the next one', async () => {
    let calls = 0;
    const key: DataKey = { id: randomUUID(), key: Buffer.alloc(32), wrapped: Buffer.alloc(80) };
    const failing = createSealer({
      of: () => (++calls === 1 ? Promise.reject(new Error('no key')) : Promise.resolve(key)),
      known: () => Promise.resolve(null),
      forget: () => undefined,
    });
    const first = failing.seal(received(bodyOf('A')), SEAL_KEY);
    const second = failing.seal(received(bodyOf('A')), SEAL_KEY);
    await expect(first).rejects.toThrow('no key');
    expect((await second).content).not.toBeNull();
  });
});
