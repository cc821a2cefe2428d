/** Events that a target refuses, and the redrive of dead letters. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { AttemptResult } from '../delivery/attempt.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Delivery, Store, Subscription } from '../store/store.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from '../harness/fake-clock.ts';
import { CHANNEL, delivery } from '../harness/sample-delivery.ts';

const DELIVERED: AttemptResult = { outcome: 'delivered' };
const REFUSED: AttemptResult = { outcome: 'refused', reason: 'HTTP 400' };
const FAILED: AttemptResult = { outcome: 'failed', reason: 'HTTP 500', retryAfterMs: null };
const MINUTE = 60 * SECOND;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let clock: FakeClock;
let store: Store;
let dispatcher: Dispatcher;
let subscription: Subscription;
let attempts: string[];
/** Returns the result of an attempt of the event with this name. */
let respond: (name: string) => AttemptResult;

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

const refuse = (...names: string[]) => {
  respond = (name) => (names.includes(name) ? REFUSED : DELIVERED);
};
/** Returns the attempts since the last call. */
const attempted = () => attempts.splice(0).join(' ');
const state = async () => (await store.channelState(CHANNEL, clock.now()))?.subscriptions[0];
const counts = async () => {
  const { deadLetters, pending } = (await state()) ?? {};
  return { deadLetters, pending };
};

describe('a poison event', () => {
  it('becomes a dead letter after three tries within two minutes, and delivery continues', async () => {
    refuse('poison');
    await send('a', 'poison', 'b', 'c');
    expect(attempted()).toBe('a poison');
    await clock.advance(2 * MINUTE);
    expect(attempted()).toBe('poison poison b c');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
    await send('d');
    expect(attempted()).toBe('d');
    await clock.advance(2 * DAY);
    expect(attempted()).toBe('');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
  });

  it('is counted on its own if the events between two poison events are accepted', async () => {
    refuse('p1', 'p2', 'p3', 'p4');
    await send('p1', 'p2', 'a', 'p3', 'p4', 'b');
    await clock.advance(10 * MINUTE);
    expect(attempted()).toBe('p1 p1 p1 p2 p2 p2 a p3 p3 p3 p4 p4 p4 b');
    expect(await counts()).toEqual({ deadLetters: 4, pending: 0 });
  });

  it('continues its count of tries after a restart', async () => {
    refuse('poison');
    await send('poison', 'a');
    await clock.advance(20 * SECOND);
    expect(attempted()).toBe('poison poison');
    await stopDispatcher();
    await startDispatcher();
    await clock.advance(2 * MINUTE);
    expect(attempted()).toBe('poison a');
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
  });
});

describe('a target that refuses three different events in a row', () => {
  const events = ['a', 'b', 'c', 'd', 'e'];

  it('is retried with back-off at the third event, and no event is buried before it has waited for a day', async () => {
    refuse(...events, 'f');
    await send(...events);
    await clock.advance(3 * MINUTE);
    expect(attempted()).toMatch(/^a a a b b b c( c)*$/);
    await clock.advance(DAY - 4 * MINUTE);
    const tries = attempted();
    expect(tries).toMatch(/^c( c)*$/);
    expect(tries.split(' ').length).toBeLessThan(40);
    expect(await counts()).toEqual({ deadLetters: 2, pending: 3 });
    await send('f');
    await clock.advance(2 * HOUR);
    expect(await counts()).toEqual({ deadLetters: 5, pending: 1 });
  });

  it('gets the held events in order when it recovers, and the dead letters of the outage once', async () => {
    refuse('old');
    await send('old', 'z');
    await clock.advance(2 * MINUTE);
    attempted();
    refuse(...events);
    await send(...events);
    await clock.advance(4 * MINUTE);
    attempted();
    // b is refused for good, so that it stays dead. The dead letter from before the outage is left alone.
    refuse('b');
    await clock.advance(HOUR);
    expect(attempted()).toBe('c a b d e');
    expect(await counts()).toEqual({ deadLetters: 2, pending: 0 });
    await clock.advance(2 * DAY);
    expect(attempted()).toBe('');
  });

  it('is still at fault after a restart', async () => {
    refuse(...events);
    await send(...events);
    await clock.advance(3 * MINUTE);
    await stopDispatcher();
    attempted();
    await startDispatcher();
    await clock.advance(HOUR);
    expect(attempted()).toMatch(/^c( c)*$/);
    refuse();
    await clock.advance(HOUR);
    expect(attempted()).toBe('c a b d e');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });

  it('gets the dead letters of the outage if the store fails when it recovers', async () => {
    refuse(...events);
    await send(...events);
    await clock.advance(3 * MINUTE);
    attempted();
    refuse();
    const redrive = store.redrive.bind(store);
    store.redrive = () => Promise.reject(new Error('disk'));
    await clock.advance(HOUR);
    expect(attempted()).toBe('c');
    await stopDispatcher();
    store.redrive = redrive;
    await startDispatcher();
    await clock.advance(10 * SECOND);
    expect(attempted()).toBe('a b d e');
  });
});

describe('a target that was down for a day', () => {
  it('gets the dead letters of the outage when it recovers', async () => {
    respond = () => FAILED;
    await send('a', 'b');
    await clock.advance(DAY);
    await send('c');
    await clock.advance(2 * HOUR);
    expect(await counts()).toEqual({ deadLetters: 2, pending: 1 });
    attempted();
    respond = () => DELIVERED;
    await clock.advance(HOUR);
    expect(attempted()).toBe('c a b');
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });
});

describe('a redrive on request', () => {
  const letters = Array.from({ length: 19 }, (_, index) => `d${index}`);

  /** Turns the letters into dead letters, each between two events that are accepted. */
  async function buryLetters(): Promise<void> {
    refuse(...letters);
    for (const letter of letters) await send(letter, 'ok');
    await clock.advance(HOUR);
    expect(await counts()).toEqual({ deadLetters: letters.length, pending: 0 });
    attempted();
  }

  it('tries each dead letter once, and leaves those dead that are refused again', async () => {
    await buryLetters();
    refuse(...letters.slice(0, 15));
    expect(await store.redrive(CHANNEL, subscription.id)).toBe(19);
    await clock.advance(HOUR);
    expect(attempted()).toBe(letters.join(' '));
    expect(await counts()).toEqual({ deadLetters: 15, pending: 0 });
  });

  it('pauses while the target fails, and continues when it responds', async () => {
    await buryLetters();
    respond = () => FAILED;
    await store.redrive(CHANNEL, subscription.id);
    await clock.advance(3 * HOUR);
    expect(attempts.length).toBeLessThan(15);
    expect(await state()).toMatchObject({ deadLetters: 19, isRedriving: true });
    attempted();
    respond = () => DELIVERED;
    await clock.advance(HOUR);
    expect(attempted().split(' ').sort()).toEqual([...letters].sort());
    expect(await state()).toMatchObject({ deadLetters: 0, isRedriving: false });
  });

  it('continues as soon as the target accepts a new event', async () => {
    await buryLetters();
    respond = () => FAILED;
    await store.redrive(CHANNEL, subscription.id);
    await clock.advance(3 * HOUR);
    await send('new');
    attempted();
    respond = () => DELIVERED;
    await clock.advance(6 * SECOND);
    expect(attempted().split(' ')).toHaveLength(20);
    expect(await counts()).toEqual({ deadLetters: 0, pending: 0 });
  });

  it('does not let a dead letter that always fails hold up the others or new events', async () => {
    await buryLetters();
    respond = (name) => (name === 'd3' ? FAILED : DELIVERED);
    await store.redrive(CHANNEL, subscription.id);
    await clock.advance(6 * SECOND);
    expect(await counts()).toEqual({ deadLetters: 1, pending: 0 });
    await clock.advance(HOUR);
    attempted();
    await send('new');
    expect(attempted()).toBe('new');
    await clock.advance(DAY);
    expect(attempts.length).toBeLessThan(40);
    expect(await state()).toMatchObject({ failures: 0, deadLetters: 1, isRedriving: true });
  });

  it('lets new events have their turn after ten dead letters', async () => {
    await buryLetters();
    refuse();
    await store.redrive(CHANNEL, subscription.id);
    await send('new');
    await clock.advance(SECOND);
    const order = attempted().split(' ');
    expect(order).toHaveLength(20);
    expect(order.indexOf('new')).toBeLessThanOrEqual(10);
  });

  it('also starts while new events wait for the end of a back-off', async () => {
    await buryLetters();
    respond = () => FAILED;
    await send('new');
    await clock.advance(3 * HOUR);
    attempted();
    respond = () => DELIVERED;
    await store.redrive(CHANNEL, subscription.id);
    await clock.advance(SECOND);
    expect(attempted().split(' ')).toHaveLength(20);
  });
});
