/** Subscriptions that the operator pauses and resumes, and events that the operator skips. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Delivery, Store, Subscription } from '../store/store.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from '../harness/fake-clock.ts';
import { CHANNEL, delivery } from '../harness/sample-delivery.ts';

const DELIVERED: AttemptResult = { outcome: 'delivered' };
const RETENTION = { bodyMs: 72 * HOUR, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY };
const FAILED: AttemptResult = { outcome: 'failed', reason: 'HTTP 500', retryAfterMs: null };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let subscription: Subscription;
let attempts: string[];
/** Returns the result of an attempt of the event with this name. */
let respond: (name: string) => AttemptResult | Promise<AttemptResult>;

async function startDispatcher(): Promise<void> {
  const sender = {
    send: (_targetUrl: string, { actions }: Pick<Delivery, 'actions'>) => {
      const name = actions?.[1] ?? '';
      attempts.push(name);
      return Promise.resolve(respond(name));
    },
  };
  const pace = { pacePerSubscription: 1000, pacePerChannel: 1000 };
  dispatcher = new Dispatcher({ store, sender, clock, ...pace, log: silent, random: () => 1 });
  await dispatcher.start();
}

async function stopDispatcher(): Promise<void> {
  const stopped = dispatcher.stop();
  await clock.advance(SECOND);
  await stopped;
}

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: 72 * HOUR }, clock.now);
  await store.registerChannel(CHANNEL, { maxChannels: 9, idleMs: 1 }, 0);
  const created = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, 0);
  if (created === 'full') throw new Error('The channel is full.');
  subscription = created;
  attempts = [];
  respond = () => DELIVERED;
  await startDispatcher();
});

afterEach(async () => {
  await stopDispatcher();
  await store.close();
});

async function send(...names: string[]): Promise<void> {
  await store.ingest(names.map((name) => delivery('A', { actions: ['A', name], receivedAt: clock.now() })));
  await clock.settle();
}

const failAll = () => {
  respond = () => FAILED;
};
const acceptAll = () => {
  respond = () => DELIVERED;
};
/** Returns the attempts since the last call. */
const attempted = () => attempts.splice(0).join(' ');
const state = async () => {
  await dispatcher.settle();
  return (await store.channelState(CHANNEL, clock.now()))?.subscriptions[0];
};
const counts = async () => {
  const { deadLetters, pending } = (await state()) ?? {};
  return { deadLetters, pending };
};

const name = () => ({ channel: CHANNEL, id: subscription.id });
/** Skips the oldest delivery that waits. */
async function skip(): Promise<boolean> {
  const current = await store.subscription(CHANNEL, subscription.id);
  const [oldest] = await store.deliverySummaries(CHANNEL, current?.cursor ?? 0, 1);
  const isRequested = await store.requestSkip(name(), oldest?.seq ?? 0);
  await clock.settle();
  return isRequested;
}
async function pause(): Promise<void> {
  expect(await store.pause(name(), clock.now())).toBe(true);
  await clock.settle();
}
async function resume(): Promise<void> {
  expect(await store.resume(name(), clock.now())).toBe(true);
  await clock.settle();
}

describe('a paused subscription', () => {
  it('gets nothing, and after the pause everything in order', async () => {
    await send('a');
    await pause();
    await send('b', 'c');
    await store.ingest([delivery('B', { receivedAt: clock.now() })]);
    await clock.advance(3 * DAY);
    await send('d');
    expect(attempted()).toBe('a');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 3 });
    await resume();
    expect(attempted()).toBe('b c d');
    await send('e');
    expect(attempted()).toBe('e');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });

  it('stays paused after a restart', async () => {
    await pause();
    await stopDispatcher();
    await startDispatcher();
    await send('a');
    await clock.advance(HOUR);
    expect(attempted()).toBe('');
    await stopDispatcher();
    await resume();
    await startDispatcher();
    await clock.settle();
    expect(attempted()).toBe('a');
  });

  it('gives up no event because of the pause: after it, events wait for another whole day', async () => {
    failAll();
    await send('a', 'b');
    await clock.advance(23 * HOUR);
    expect((await state())?.failures).toBeGreaterThan(20);
    await pause();
    await clock.advance(10 * DAY);
    await resume();
    attempted();
    await clock.advance(23 * HOUR);
    expect(attempted()).toMatch(/^a( a)+$/);
    expect(await counts()).toEqual({ deadLetters: 0, pending: 2 });
    await clock.advance(3 * HOUR);
    expect(await counts()).toEqual({ deadLetters: 2, pending: 0 });
  });

  it('gives nothing up when an attempt that was in progress fails', async () => {
    failAll();
    await send('a');
    await clock.advance(25 * HOUR);
    let answer: (result: AttemptResult) => void = () => undefined;
    respond = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    // Old enough to be given up when the attempt fails.
    await store.ingest([delivery('A', { actions: ['A', 'b'], receivedAt: clock.now() - 25 * HOUR })]);
    await clock.advance(HOUR);
    expect(attempted()).toMatch(/ b$/);
    expect(await counts()).toEqual({ deadLetters: 1, pending: 1 });
    await pause();
    answer(FAILED);
    await clock.settle();
    expect(await counts()).toEqual({ deadLetters: 1, pending: 1 });
  });

  it('is attempted at once after the pause, whatever its back-off was', async () => {
    failAll();
    await send('a');
    await clock.advance(5 * HOUR);
    attempted();
    await pause();
    acceptAll();
    await resume();
    expect(attempted()).toBe('a');
  });

  it('has no dead letters redriven before the pause ends, and none of them expires', async () => {
    failAll();
    await send('a');
    await clock.advance(26 * HOUR);
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
    await clock.advance(10 * DAY);
    await pause();
    acceptAll();
    attempted();
    expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
    await clock.advance(20 * DAY);
    await store.retain(RETENTION, clock.now());
    expect(attempted()).toBe('');
    await resume();
    await store.retain(RETENTION, clock.now());
    await clock.settle();
    expect(attempted()).toBe('a');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });

  it('starts no attempt that was waiting for its turn', async () => {
    await stopDispatcher();
    const sender = { send: () => Promise.resolve(DELIVERED).finally(() => attempts.push('x')) };
    const pace = { pacePerSubscription: 0.1, pacePerChannel: 0.1 };
    dispatcher = new Dispatcher({ store, sender, clock, ...pace, log: silent, random: () => 1 });
    await dispatcher.start();
    await send('a', 'b', 'c', 'd');
    await clock.advance(15 * SECOND);
    const before = attempts.length;
    expect(before).toBeLessThan(4);
    await pause();
    await clock.advance(HOUR);
    expect(attempts).toHaveLength(before);
  });
});

describe('a skipped event', () => {
  it('becomes a dead letter while the relay waits for its next attempt, and delivery continues', async () => {
    respond = (event) => (event === 'poison' ? FAILED : DELIVERED);
    await send('poison', 'a', 'b');
    await clock.advance(3 * HOUR);
    attempted();
    expect(await skip()).toBe(true);
    expect(attempted()).toBe('a b');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
    expect(await store.deadLetterSummaries(subscription.id, 0, 9)).toMatchObject([
      { reason: 'skipped by the operator' },
    ]);
    expect(await state()).toMatchObject({ failures: 0 });
  });

  it('becomes a dead letter when an attempt that is in progress fails', async () => {
    let answer: (result: AttemptResult) => void = () => undefined;
    respond = (event) =>
      event === 'a'
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : DELIVERED;
    await send('a', 'b');
    expect(await skip()).toBe(true);
    expect(await counts()).toEqual({ deadLetters: 0, pending: 2 });
    // A second request, before the first one is carried out, must not skip the next event as well.
    expect(await skip()).toBe(false);
    answer(FAILED);
    await clock.settle();
    expect(attempted()).toBe('a b');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
  });

  it('is delivered if an attempt that is in progress succeeds, and the next event is not skipped', async () => {
    let answer: (result: AttemptResult) => void = () => undefined;
    respond = (event) =>
      event === 'a'
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : DELIVERED;
    await send('a', 'b');
    expect(await skip()).toBe(true);
    answer(DELIVERED);
    await clock.settle();
    expect(attempted()).toBe('a b');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });

  it('is skipped by the next holder if none serves the channel', async () => {
    failAll();
    await send('a', 'b');
    await stopDispatcher();
    attempted();
    expect(await skip()).toBe(true);
    acceptAll();
    await startDispatcher();
    await clock.settle();
    expect(attempted()).toBe('b');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
  });

  it('can be skipped while the subscription is paused', async () => {
    await pause();
    await send('a', 'b', 'c');
    expect(await skip()).toBe(true);
    expect(await skip()).toBe(true);
    expect(await counts()).toEqual({ deadLetters: 2, pending: 1 });
    expect(attempted()).toBe('');
    await resume();
    expect(attempted()).toBe('c');
  });

  it('is not redriven when the target recovers from an outage, but on request', async () => {
    failAll();
    await send('a', 'b');
    await clock.advance(25 * HOUR);
    await send('poison', 'c');
    await clock.advance(HOUR);
    expect(await counts()).toEqual({ deadLetters: 2, pending: 2 });
    expect(await skip()).toBe(true);
    attempted();
    acceptAll();
    await clock.advance(2 * HOUR);
    expect(attempted()).toBe('c a b');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
    expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
    await clock.settle();
    expect(attempted()).toBe('poison');
  });

  it('is retried while the store fails', async () => {
    failAll();
    await send('a');
    const bury = store.bury.bind(store);
    let calls = 0;
    store.bury = (...args) => (++calls < 3 ? Promise.reject(new Error('disk')) : bury(...args));
    await skip();
    expect(calls).toBe(1);
    await clock.advance(5 * SECOND);
    expect(calls).toBe(3);
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
  });
});
