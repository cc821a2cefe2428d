/** Many busy channels, more than a dispatcher claims at once. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../wire/capability.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { SEAL_KEY } from '../harness/sample-delivery.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

const CHANNELS = Array.from({ length: 60 }, (_, index) => deriveChannel(`token ${index}`));
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
/** Times and deliveries of the attempts by target. */
let attempts: Map<string, { readonly at: number; readonly seq: number }[]>;
/** Returns the response time of a target in milliseconds. */
let responseMs: (targetUrl: string) => number;

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 }, clock.now);
  attempts = new Map();
  responseMs = () => 100;
  for (const channel of CHANNELS) {
    await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 1000, idleMs: DAY }, 0);
    await store.subscribe(channel, { targetUrl: channel, filter: { actions: ['A'] } }, 1, 0);
  }
  dispatcher = createDispatcher({
    store,
    sender: {
      send: async (targetUrl, { seq }) => {
        const times = attempts.get(targetUrl) ?? [];
        attempts.set(targetUrl, [...times, { at: clock.now(), seq }]);
        await clock.sleep(responseMs(targetUrl), new AbortController().signal);
        return { type: 'delivered' };
      },
    },
    clock,
    pacePerSubscription: 1000,
    pacePerChannel: 1000,
    log: silent,
    random: () => 1,
  });
  dispatcher.start();
});

afterEach(async () => {
  const stopped = dispatcher.stop();
  await clock.advance(HOUR);
  await stopped;
  await store.close();
});

const send = (channels: readonly string[], count: number) =>
  store.ingest(
    channels.flatMap((channel) =>
      Array.from({ length: count }, () => delivery('A', { channel, receivedAt: clock.now() })),
    ),
  );

/** Returns the longest time that a channel waited for an attempt. */
function longestWait(channels: readonly string[], begin: number): number {
  return Math.max(
    ...channels.map((channel) => {
      const times = [begin, ...(attempts.get(channel) ?? []).map(({ at }) => at), clock.now()];
      return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
    }),
  );
}

describe('a dispatcher with many busy channels', () => {
  it('makes no channel wait for more than 2 seconds, and keeps the order of its events', async () => {
    const begin = clock.now();
    await send(CHANNELS, 200);
    await clock.advance(12 * SECOND);
    expect(longestWait(CHANNELS, begin)).toBeLessThanOrEqual(2 * SECOND);
    for (const entries of attempts.values()) {
      const numbers = entries.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }
  });

  it('serves a channel that becomes due while all others are busy', async () => {
    const [late = '', ...busy] = CHANNELS;
    await send(busy, 300);
    await clock.advance(5 * SECOND);
    const begin = clock.now();
    await send([late], 1);
    await clock.advance(2 * SECOND);
    expect((attempts.get(late)?.[0]?.at ?? Infinity) - begin).toBeLessThanOrEqual(1 * SECOND);
  });

  it('serves a channel that becomes due while the targets of all others hang', async () => {
    const [late = '', ...busy] = CHANNELS;
    responseMs = (targetUrl) => (targetUrl === late ? 100 : 10 * SECOND);
    await send(busy, 3);
    await clock.advance(3 * SECOND);
    const begin = clock.now();
    await send([late], 1);
    await clock.advance(2 * SECOND);
    expect((attempts.get(late)?.[0]?.at ?? Infinity) - begin).toBeLessThanOrEqual(2 * SECOND);
    await clock.advance(40 * SECOND);
    for (const channel of busy) expect(attempts.get(channel)?.map(({ seq }) => seq)).toHaveLength(3);
  });

  it('delivers everything if attempts of different durations outlast the time slices', async () => {
    responseMs = (channel) => SECOND + 20 * CHANNELS.indexOf(channel);
    await send(CHANNELS, 10);
    await clock.advance(5 * 60 * SECOND);
    const incomplete = CHANNELS.filter((channel) => attempts.get(channel)?.length !== 10);
    expect(incomplete).toEqual([]);
  });
});
