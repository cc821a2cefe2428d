/** The dispatcher with all its parts, on a fake clock. The tests are in one file because they share one set-up. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { AttemptSender } from '../delivery/attempt.ts';
import type { AttemptResult } from '../delivery/attempt-result.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import type { DispatcherOptions } from '../delivery/worker-options.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS, progressOf } from './store-contract/context.ts';

const DELIVERED: AttemptResult = { type: 'delivered' };
const failure = (retryAfterMs: number | null = null): AttemptResult => ({
  type: 'failed',
  reason: 'HTTP 500',
  retryAfterMs,
});

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let attempts: { targetUrl: string; action: string; id: string; at: number }[];
/** Returns the result of an attempt. */
let respond: (targetUrl: string, action: string) => AttemptResult | Promise<AttemptResult>;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const sender: Pick<AttemptSender, 'send'> = {
  send: async (targetUrl, { actions, id }) => {
    const action = (actions ?? ['unknown']).join('+');
    attempts.push({ targetUrl, action, id, at: clock.now() });
    return respond(targetUrl, action);
  },
};

const options = (): DispatcherOptions => ({
  store,
  sender,
  clock,
  pacePerSubscription: 1000,
  pacePerChannel: 1000,
  log: silent,
  random: () => 1,
});

beforeEach(async () => {
  clock = new FakeClock();
  store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 }, clock.now);
  for (const channel of [CHANNEL, OTHER_CHANNEL])
    await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: 1 }, 0);
  attempts = [];
  respond = () => DELIVERED;
  dispatcher = createDispatcher(options());
  dispatcher.start();
});

afterEach(async () => {
  const stopped = dispatcher.stop();
  await clock.advance(HOUR);
  await stopped;
  await store.close();
});

async function subscribe(
  targetUrl: string,
  filter: ActionFilter = { actions: ['A'] },
  channel = CHANNEL,
): Promise<Subscription> {
  const subscription = await store.subscribe(channel, { targetUrl, filter }, 200, 0);
  if (subscription === 'full') throw new Error('full');
  return subscription;
}

async function send(...actions: string[]): Promise<void> {
  await store.ingest(actions.map((action) => delivery(action, { receivedAt: clock.now() })));
  await clock.settle();
}

const sentTo = (url: string) => attempts.filter(({ targetUrl }) => targetUrl === url).map(({ action }) => action);
const pendingFor = async ({ key }: Subscription) => (await store.pending(key, 0, 1000)).length;

describe('Dispatcher', () => {
  it('sends each subscription the deliveries that its filter selects, in order', async () => {
    await subscribe('one', { actions: ['A', 'C'] });
    await subscribe('others', { all_except: ['A'] });
    await subscribe('other channel', { actions: ['A'] }, OTHER_CHANNEL);
    await send('A', 'B', 'C');
    expect(sentTo('one')).toEqual(['A', 'C']);
    expect(sentTo('others')).toEqual(['B', 'C']);
    expect(sentTo('other channel')).toEqual([]);
  });

  it('saves the results', async () => {
    const subscription = await subscribe('one');
    await send('A', 'B');
    await clock.advance(SECOND);
    expect(await pendingFor(subscription)).toBe(0);
  });

  it('has one attempt in flight per subscription', async () => {
    let respondLate: (result: AttemptResult) => void = () => undefined;
    respond = () => new Promise((resolve) => (respondLate = resolve));
    await subscribe('one');
    await send('A', 'A');
    expect(attempts).toHaveLength(1);
    respondLate(DELIVERED);
    await clock.settle();
    expect(attempts).toHaveLength(2);
    respondLate(DELIVERED);
  });

  it('backs off while a target fails, without delaying other subscriptions', async () => {
    respond = (targetUrl) => (targetUrl === 'down' ? failure() : DELIVERED);
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
    expect(new Set(attempts.filter(({ targetUrl }) => targetUrl === 'down').map(({ id }) => id)).size).toBe(1);

    respond = () => DELIVERED;
    await clock.advance(40 * SECOND);
    expect(sentTo('down')).toHaveLength(4 + 3);
  });

  it('does not shorten the back-off when new events arrive', async () => {
    respond = () => failure();
    await subscribe('down');
    await send('A');
    for (let i = 0; i < 50; i++) await send('A');
    expect(attempts).toHaveLength(1);
  });

  it('waits as long as a target requests with Retry-After', async () => {
    respond = () => failure(100 * SECOND);
    await subscribe('busy');
    await send('A');
    await clock.advance(99 * SECOND);
    expect(attempts).toHaveLength(1);
    respond = () => DELIVERED;
    await clock.advance(SECOND);
    expect(attempts).toHaveLength(2);
  });

  it('ends a subscription if its target responds with 410, and keeps its events as dead letters', async () => {
    respond = () => ({ type: 'gone' });
    const subscription = await subscribe('gone');
    await send('A', 'A');
    await clock.advance(HOUR);
    expect(attempts).toHaveLength(1);
    expect(await store.subscription(CHANNEL, subscription.id)).toBeNull();
    expect((await store.channelState(CHANNEL, clock.now()))?.ended).toMatchObject([
      { id: subscription.id, lastFailure: 'HTTP 410', pending: 0, deadLetters: 2 },
    ]);
  });

  it('gives up deliveries older than a day without attempting them, continues with newer deliveries, and redrives the old ones', async () => {
    respond = () => failure();
    const subscription = await subscribe('down');
    await send(...Array<string>(100).fill('A'));
    await clock.advance(DAY - HOUR);
    const before = attempts.length;
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toMatchObject([{ deadLetters: 0 }]);
    // The back-off doubles from 5 s to 1 h: 10 attempts in the first 1.4 hours, then one per hour. After 10 minutes,
    // each is followed by an attempt of the next delivery.
    expect(before).toBeGreaterThan(40);
    expect(before).toBeLessThan(70);
    await send('A');
    await clock.advance(2 * HOUR + SECOND);
    expect(attempts.length - before).toBeLessThan(4);
    expect((await store.channelState(CHANNEL, clock.now()))?.subscriptions).toMatchObject([
      { deadLetters: 100, pending: 1 },
    ]);

    const ids = (await store.latest(CHANNEL, null, 101)).map(({ id }) => id).reverse();
    respond = () => DELIVERED;
    attempts = [];
    await clock.advance(HOUR);
    expect(attempts.map(({ id }) => id)).toEqual([ids[100], ...ids.slice(0, 100)]);
    expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 0 });
  });

  it('limits the rate of each subscription and of each channel', async () => {
    await dispatcher.stop();
    dispatcher = createDispatcher({ ...options(), pacePerSubscription: 10, pacePerChannel: 15 });
    dispatcher.start();
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

  it('stops sending to a subscription that is deleted', async () => {
    respond = () => failure();
    const subscription = await subscribe('one');
    await send('A');
    await store.unsubscribe(CHANNEL, subscription.id, clock.now());
    await clock.advance(HOUR);
    expect(attempts).toHaveLength(1);
  });

  it('continues after a restart with the saved results, failures and time of the next attempt', async () => {
    respond = () => failure();
    const subscription = await subscribe('one');
    await send('A', 'A');
    const stopped = dispatcher.stop();
    await clock.advance(SECOND);
    await stopped;
    expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 1, nextAttemptAt: 1_005_000 });

    respond = () => DELIVERED;
    dispatcher = createDispatcher(options());
    dispatcher.start();
    await clock.advance(3 * SECOND);
    expect(attempts).toHaveLength(1);
    await clock.advance(SECOND);
    expect(attempts).toHaveLength(3);
  });

  it('waits for attempts in flight when it stops', async () => {
    let respondLate: (result: AttemptResult) => void = () => undefined;
    respond = () => new Promise((resolve) => (respondLate = resolve));
    const subscription = await subscribe('one');
    await send('A', 'A');
    const stopped = dispatcher.stop();
    respondLate(DELIVERED);
    await clock.advance(SECOND);
    await stopped;
    expect(attempts).toHaveLength(1);
    expect(await pendingFor(subscription)).toBe(1);
  });

  it('waits at most an hour for a next attempt that was stored before the clock was set back', async () => {
    const subscription = await subscribe('one');
    await dispatcher.stop();
    await store.ingest([delivery('A', { receivedAt: clock.now() })]);
    await store.heartbeat('other', true);
    const claims = await store.claim('other', 1);
    await store.saveResults(
      'other',
      claims.map(({ key, claim }) => ({
        channel: key,
        claim,
        sends: [],
        progress: [progressOf(subscription, { failures: 9, nextAttemptAt: clock.now() + 26 * HOUR })],
      })),
    );
    await store.giveBack(
      'other',
      claims.map(({ key, claim }) => ({ channel: key, claim })),
    );
    await clock.advance(SECOND);
    dispatcher = createDispatcher(options());
    dispatcher.start();
    await clock.advance(HOUR - SECOND);
    expect(attempts).toEqual([]);
    await clock.advance(2 * SECOND);
    expect(sentTo('one')).toEqual(['A']);
  });

  it('gives up a backlog that is older than a day only after 20 failures in a row', async () => {
    respond = () => failure();
    await subscribe('one');
    await store.ingest([delivery('A', { receivedAt: clock.now() - 26 * HOUR })]);
    const deadLetters = async () => (await store.totals()).deadLetters;
    for (let pass = 0; pass < 100 && attempts.length < 19; pass++) await clock.advance(10 * 60 * SECOND);
    expect(attempts).toHaveLength(19);
    expect(await deadLetters()).toBe(0);
    await clock.advance(HOUR + SECOND);
    expect(attempts).toHaveLength(20);
    expect(await deadLetters()).toBe(1);
  });

  it('limits the attempts of a channel that are in flight, without delaying other channels', async () => {
    await dispatcher.stop();
    dispatcher = createDispatcher({ ...options(), maxAttempts: 8 });
    dispatcher.start();
    let inFlight = 0;
    let most = 0;
    respond = async (targetUrl) => {
      if (targetUrl === 'up') return DELIVERED;
      most = Math.max(most, ++inFlight);
      await clock.sleep(10 * SECOND, new AbortController().signal);
      inFlight--;
      return failure();
    };
    for (let id = 0; id < 6; id++) await subscribe(`hanging ${id}`);
    await subscribe('up', undefined, OTHER_CHANNEL);
    await send('A');
    await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: clock.now() })]);
    await clock.settle();
    expect(sentTo('up')).toHaveLength(1);
    expect(most).toBe(2);
    respond = () => DELIVERED;
    await clock.advance(5 * 60 * SECOND);
    for (let id = 0; id < 6; id++) expect(sentTo(`hanging ${id}`)).not.toHaveLength(0);
    expect(await store.backlog(9)).toEqual({ failingSubscriptions: 0, waiting: [] });
  });

  it('delivers everything after the store has failed for a while', async () => {
    const deliveries = store.deliveries.bind(store);
    await subscribe('one');
    store.deliveries = () => Promise.reject(new Error('disk'));
    await send('A');
    await clock.advance(5 * SECOND);
    expect(attempts).toEqual([]);
    store.deliveries = deliveries;
    await clock.advance(2 * SECOND);
    expect(sentTo('one')).toEqual(['A']);
  });
});
