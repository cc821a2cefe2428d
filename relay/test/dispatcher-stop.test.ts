/** The stop of a dispatcher while attempts are in flight, or while the store fails. */

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

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let errors: string[];
/** Ends the attempt that is in flight. */
let endAttempt: (result: AttemptResult) => void;

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', CONTRACT_OPTIONS, clock.now);
  errors = [];
  dispatcher = createDispatcher({
    store,
    sender: {
      send: (targetUrl) =>
        targetUrl === 'hanging'
          ? new Promise((resolve) => (endAttempt = resolve))
          : Promise.resolve({ type: 'delivered' }),
    },
    clock,
    pacePerSubscription: 1000,
    pacePerChannel: 1000,
    log: { info: () => undefined, warn: () => undefined, error: (_fields, message) => void errors.push(message) },
  });
  const targets = [
    [CHANNEL, 'hanging'],
    [OTHER_CHANNEL, 'up'],
  ] as const;
  for (const [channel, targetUrl] of targets) {
    await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
    await store.subscribe(channel, { targetUrl, filter: { actions: ['A'] } }, 9, 0);
    await store.ingest([delivery('A', { channel, receivedAt: clock.now() })]);
  }
  dispatcher.start();
  await clock.settle();
});

afterEach(() => store.close());

it('gives back each channel as soon as its own attempts have ended', async () => {
  const giveBack = store.giveBack.bind(store);
  const given: number[] = [];
  store.giveBack = (process, claims) => {
    given.push(...claims.map(({ channel }) => channel));
    return giveBack(process, claims);
  };
  const stopped = dispatcher.stop();
  await clock.settle();
  expect(given).toHaveLength(1);
  endAttempt({ type: 'delivered' });
  await clock.advance(SECOND);
  await stopped;
  expect(new Set(given).size).toBe(2);
  expect(await store.backlog(9)).toEqual({ failingSubscriptions: 0, waiting: [] });
});

it('ends while the store fails', async () => {
  const failing = (): Promise<never> => Promise.reject(new Error('down'));
  store.giveBack = failing;
  const stopped = dispatcher.stop();
  endAttempt({ type: 'delivered' });
  await clock.advance(SECOND);
  await expect(stopped).resolves.toBeUndefined();
  expect(errors).toContain('Giving back channels failed. Other processes claim them after 5 s.');
});
