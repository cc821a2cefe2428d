/** Events of a dispatcher that overlap: late responses of the store, and late results of attempts. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt-result.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import { SECOND } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { FakeClock } from './fake-clock.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
/** The target URLs of all attempts. */
let attempts: string[];
/** Ends the attempts that are in flight, oldest first. */
let inFlight: ((result: AttemptResult) => void)[];
let doTargetsHang: boolean;

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 }, clock.now);
  for (const channel of [CHANNEL, OTHER_CHANNEL])
    await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
  attempts = [];
  inFlight = [];
  doTargetsHang = false;
  dispatcher = createDispatcher({
    store,
    sender: {
      send: (targetUrl) => {
        attempts.push(targetUrl);
        if (!doTargetsHang) return Promise.resolve({ type: 'delivered' });
        return new Promise((resolve) => inFlight.push(resolve));
      },
    },
    clock,
    pacePerSubscription: 1000,
    pacePerChannel: 1000,
    log: silent,
  });
  dispatcher.start();
});

afterEach(async () => {
  const stopped = dispatcher.stop();
  for (const end of inFlight) end({ type: 'delivered' });
  await clock.advance(SECOND);
  await stopped;
  await store.close();
});

const subscribe = (targetUrl: string, channel = CHANNEL) =>
  store.subscribe(channel, { targetUrl, filter: { actions: ['A'] } }, 9, 0);

async function send(channel = CHANNEL): Promise<void> {
  await store.ingest([delivery('A', { channel, receivedAt: clock.now() })]);
  await clock.settle();
}

/** Holds the response of the next call of a method of the store. Returns a function that releases it. */
function holdResponse(method: 'claim' | 'subscriptions'): () => void {
  const original = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  Object.assign(store, {
    [method]: async (...args: unknown[]) => {
      Object.assign(store, { [method]: original });
      const response = await original(...args);
      await released;
      return response;
    },
  });
  return release;
}

it('delivers an event that arrives while a new subscription is being loaded', async () => {
  await subscribe('one');
  await send();
  const release = holdResponse('subscriptions');
  await subscribe('two');
  await clock.settle();
  await send();
  release();
  await clock.settle();
  await send();
  expect(attempts.filter((url) => url === 'two')).toHaveLength(2);
});

it('keeps serving a channel when a result of a former claim on it arrives', async () => {
  doTargetsHang = true;
  await subscribe('one');
  await send();
  expect(attempts).toHaveLength(1);
  const heartbeat = store.heartbeat.bind(store);
  store.heartbeat = () => {
    store.heartbeat = heartbeat;
    return Promise.resolve(false);
  };
  await clock.advance(12 * SECOND);
  expect(attempts).toHaveLength(2);
  inFlight[0]?.({ type: 'delivered' });
  await clock.advance(3 * SECOND);
  expect(attempts).toHaveLength(2);
});

it('serves a channel once if the response of its claim is late', async () => {
  doTargetsHang = true;
  await subscribe('one');
  await send();
  await subscribe('two', OTHER_CHANNEL);
  await clock.advance(4 * SECOND);
  const release = holdResponse('claim');
  await send(OTHER_CHANNEL);
  await clock.advance(3 * SECOND);
  expect(attempts).toEqual(['one', 'two']);
  release();
  await clock.settle();
  expect(attempts).toEqual(['one', 'two']);
});
