import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { Attempt, Deliverer } from '../delivery/attempt.ts';
import { Dispatcher, type DispatcherOptions } from '../delivery/dispatcher.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from '../harness/fake-clock.ts';
import { CHANNEL, delivery, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { ActionFilter, Store, Subscription } from '../store/store.ts';
import { backOffMs } from '../delivery/subscription-worker.ts';

const DELIVERED: Attempt = { result: 'delivered' };
const failed = (retryAfterMs: number | null = null): Attempt => ({
  result: 'failed',
  reason: 'HTTP 500',
  retryAfterMs,
});

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let attempts: { target: string; action: string; id: string; at: number }[];
/** What targets answer. */
let answer: (target: string, action: string) => Attempt | Promise<Attempt>;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const deliverer: Deliverer = {
  attempt: async (target, { actions, id }) => {
    const action = actions.join('+');
    attempts.push({ target, action, id, at: clock.now() });
    return answer(target, action);
  },
  close: () => Promise.resolve(),
};

const options = (): DispatcherOptions => ({
  store,
  deliverer,
  clock,
  pacePerSubscription: 1000,
  pacePerChannel: 1000,
  log: silent,
  random: () => 1,
});

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', { maxChannelBytes: 1e9, duplicateMs: 72 * HOUR });
  for (const channel of [CHANNEL, OTHER_CHANNEL])
    await store.registerChannel(channel, { maxChannels: 9, idleMs: 1 }, 0);
  attempts = [];
  answer = () => DELIVERED;
  dispatcher = new Dispatcher(options());
  await dispatcher.start();
});

afterEach(async () => {
  const stopped = dispatcher.stop();
  await clock.advance(HOUR);
  await stopped;
  await store.close();
});

async function subscribe(
  target: string,
  filter: ActionFilter = { actions: ['A'] },
  channel = CHANNEL,
): Promise<Subscription> {
  const subscription = await store.subscribe(channel, { targetUrl: target, filter }, 200, 0);
  if (subscription === 'full') throw new Error('full');
  return subscription;
}

async function send(...actions: string[]): Promise<void> {
  await store.ingest(actions.map((action) => delivery(action, { receivedAt: clock.now() })));
  await clock.settle();
}

const sentTo = (target: string) => attempts.filter((attempt) => attempt.target === target).map(({ action }) => action);
const cursorOf = async ({ id }: Subscription) => (await store.subscription(CHANNEL, id))?.cursor ?? null;

describe('the dispatcher', () => {
  it('sends each subscription what it wants, in order', async () => {
    await subscribe('one', { actions: ['A', 'C'] });
    await subscribe('rest', { all_except: ['A'] });
    await subscribe('elsewhere', { actions: ['A'] }, OTHER_CHANNEL);
    await send('A', 'B', 'C');
    expect(sentTo('one')).toEqual(['A', 'C']);
    expect(sentTo('rest')).toEqual(['B', 'C']);
    expect(sentTo('elsewhere')).toEqual([]);
  });

  it('writes down how far it is, also past what nobody wants', async () => {
    const subscription = await subscribe('one');
    await send('A', 'B');
    await clock.advance(SECOND);
    const [last] = await store.latest(CHANNEL, null, 1);
    expect(await cursorOf(subscription)).toBe(last?.seq);
  });

  it('has one in flight at a time', async () => {
    let release: (attempt: Attempt) => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    await subscribe('one');
    await send('A', 'A');
    expect(attempts).toHaveLength(1);
    release(DELIVERED);
    await clock.settle();
    expect(attempts).toHaveLength(2);
    release(DELIVERED);
  });

  it('waits longer and longer while a target fails, and holds up nobody else', async () => {
    answer = (target) => (target === 'down' ? failed() : DELIVERED);
    await subscribe('down');
    await subscribe('up');
    await send('A', 'A', 'A');
    expect(sentTo('up')).toHaveLength(3);
    expect(sentTo('down')).toHaveLength(1);
    await clock.advance(5 * SECOND);
    expect(sentTo('down')).toHaveLength(2);
    await clock.advance(10 * SECOND);
    expect(sentTo('down')).toHaveLength(3);
    await clock.advance(19 * SECOND);
    expect(sentTo('down')).toHaveLength(3);
    await clock.advance(1 * SECOND);
    expect(sentTo('down')).toHaveLength(4);
    // Always the same delivery, with the same id.
    expect(new Set(attempts.filter(({ target }) => target === 'down').map(({ id }) => id)).size).toBe(1);

    answer = () => DELIVERED;
    await clock.advance(40 * SECOND);
    expect(sentTo('down')).toHaveLength(4 + 3);
  });

  it('is not made impatient by new events', async () => {
    answer = () => failed();
    await subscribe('down');
    await send('A');
    for (let i = 0; i < 50; i++) await send('A');
    expect(attempts).toHaveLength(1);
  });

  it('leaves a target alone for as long as it asks', async () => {
    answer = () => failed(100 * SECOND);
    await subscribe('busy');
    await send('A');
    await clock.advance(99 * SECOND);
    expect(attempts).toHaveLength(1);
    answer = () => DELIVERED;
    await clock.advance(SECOND);
    expect(attempts).toHaveLength(2);
  });

  it('ends a subscription whose target is gone', async () => {
    answer = () => ({ result: 'gone' });
    const subscription = await subscribe('gone');
    await send('A', 'A');
    await clock.advance(HOUR);
    expect(attempts).toHaveLength(1);
    expect(await store.subscription(CHANNEL, subscription.id)).toBeNull();
  });

  it('gives up what waited for more than a day, probes instead of calling for each, and goes on', async () => {
    answer = () => failed();
    const subscription = await subscribe('down');
    await send(...Array<string>(100).fill('A'));
    await clock.advance(DAY - HOUR);
    const probes = attempts.length;
    // 5 s, doubled up to an hour: 10 in the first 1.4 hours, then one an hour.
    expect(probes).toBeGreaterThan(20);
    expect(probes).toBeLessThan(40);
    await send('A');
    await clock.advance(2 * HOUR + SECOND);
    expect(attempts.length - probes).toBeLessThan(4);
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toMatchObject([
      { deadLetters: 100, pending: 1 },
    ]);

    answer = () => DELIVERED;
    attempts = [];
    await clock.advance(HOUR);
    expect(sentTo('down')).toEqual(['A']);
    expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 0 });
  });

  it('sends dead letters again when it is told to', async () => {
    answer = () => failed();
    const subscription = await subscribe('down');
    await send('A', 'A');
    await clock.advance(26 * HOUR);
    answer = () => DELIVERED;
    attempts = [];
    expect(await store.redrive(CHANNEL, subscription.id)).toBe(2);
    await clock.advance(2 * HOUR);
    expect(sentTo('down')).toEqual(['A', 'A']);
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toMatchObject([{ deadLetters: 0 }]);
  });

  it('does not let dead letters that fail again hold up what is new', async () => {
    answer = () => failed();
    const subscription = await subscribe('down');
    await send(...Array<string>(20).fill('A'));
    await clock.advance(26 * HOUR);
    await store.redrive(CHANNEL, subscription.id);
    await clock.advance(2 * HOUR);
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toMatchObject([{ deadLetters: 20 }]);
    answer = () => DELIVERED;
    attempts = [];
    await send('A');
    await clock.advance(HOUR);
    expect(sentTo('down')).toEqual(['A']);
  });

  it('keeps to its pace, for a subscription and for a channel', async () => {
    await dispatcher.stop();
    dispatcher = new Dispatcher({ ...options(), pacePerSubscription: 10, pacePerChannel: 15 });
    await dispatcher.start();
    await subscribe('one');
    await send(...Array<string>(100).fill('A'));
    expect(sentTo('one')).toHaveLength(10);
    await clock.advance(5 * SECOND);
    expect(sentTo('one').length).toBeGreaterThanOrEqual(59);
    expect(sentTo('one').length).toBeLessThanOrEqual(61);
    await clock.advance(10 * SECOND);
    attempts = [];
    await subscribe('two');
    await send(...Array<string>(200).fill('A'));
    await clock.advance(10 * SECOND);
    expect(attempts.length).toBeGreaterThanOrEqual(150);
    expect(attempts.length).toBeLessThanOrEqual(170);
  });

  it('stops sending to a subscription that is dropped', async () => {
    answer = () => failed();
    const subscription = await subscribe('one');
    await send('A');
    await store.unsubscribe(CHANNEL, subscription.id);
    await clock.advance(HOUR);
    expect(attempts).toHaveLength(1);
  });

  it('goes on where it was, with what failed and when to try again', async () => {
    answer = () => failed();
    const subscription = await subscribe('one');
    await send('A', 'A');
    const stopped = dispatcher.stop();
    await clock.advance(SECOND);
    await stopped;
    expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 1, nextAttemptAt: 1_005_000 });

    answer = () => DELIVERED;
    dispatcher = new Dispatcher(options());
    await dispatcher.start();
    await clock.advance(3 * SECOND);
    expect(attempts).toHaveLength(1);
    await clock.advance(SECOND);
    expect(attempts).toHaveLength(3);
  });

  it('lets what is in flight arrive when it stops', async () => {
    let release: (attempt: Attempt) => void = () => undefined;
    answer = () => new Promise((resolve) => (release = resolve));
    const subscription = await subscribe('one');
    await send('A', 'A');
    const stopped = dispatcher.stop();
    release(DELIVERED);
    await clock.advance(SECOND);
    await stopped;
    const [first] = await store.deliveriesAfter(CHANNEL, 0, 1);
    expect(attempts).toHaveLength(1);
    expect(await cursorOf(subscription)).toBe(first?.seq);
  });

  it('loses nothing when the store fails for a while', async () => {
    const deliveriesAfter = store.deliveriesAfter.bind(store);
    await subscribe('one');
    store.deliveriesAfter = () => Promise.reject(new Error('disk'));
    await send('A');
    await clock.advance(5 * SECOND);
    expect(attempts).toEqual([]);
    store.deliveriesAfter = deliveriesAfter;
    await clock.advance(2 * SECOND);
    expect(sentTo('one')).toEqual(['A']);
  });
});

describe('back-off', () => {
  it('is 5 s, doubled each time, up to an hour, with a quarter of jitter', () => {
    expect([1, 2, 3, 4].map((failures) => backOffMs(failures, 1))).toEqual([5000, 10_000, 20_000, 40_000]);
    expect(backOffMs(50, 1)).toBe(HOUR);
    expect(backOffMs(5000, 0)).toBe(0.75 * HOUR);
    expect(backOffMs(1, 0)).toBe(3750);
  });
});
