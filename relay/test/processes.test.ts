/** Several dispatchers on one PostgreSQL, as in several processes. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { systemClock, type Clock } from '../clock.ts';
import type { Attempt } from '../delivery/attempt.ts';
import { Dispatcher } from '../delivery/dispatcher.ts';
import { DAY, SECOND } from '../harness/durations.ts';
import { CHANNEL, delivery } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Store } from '../store/store.ts';
import { hasTestDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';

const describeWithDatabase = hasTestDatabase() ? describe : describe.skip;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One process's share. */
interface Process {
  readonly store: Store;
  readonly dispatcher: Dispatcher;
  /** Its time stands still, as in a process that is stopped. */
  freeze: () => void;
  /** Its time goes on. */
  thaw: () => void;
}

describeWithDatabase('several processes', () => {
  let database: TestDatabase;
  let url: string;
  let processes: Process[];
  let attempts: { process: number; seq: number; at: number }[];
  let answer: (process: number, seq: number) => Attempt | Promise<Attempt>;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  beforeEach(async () => {
    url = await database.newSchema();
    processes = [];
    attempts = [];
    answer = () => ({ result: 'delivered' });
  });
  afterEach(async () => {
    for (const { dispatcher, store, thaw } of processes) {
      thaw();
      await dispatcher.stop();
      await store.close();
    }
  });

  async function start(pace = 100_000): Promise<Process> {
    const store = await openPostgresStore(url, { maxChannelBytes: 1e9, duplicateMs: DAY });
    await store.registerChannel(CHANNEL, { maxChannels: 9, idleMs: DAY }, 0);
    let frozen: Promise<void> | null = null;
    let thaw: () => void = () => undefined;
    // Timers of a stopped process fire when it goes on; its clock shows that time has passed.
    const clock: Clock = {
      now: systemClock.now,
      sleep: async (milliseconds, signal) => {
        await systemClock.sleep(milliseconds, signal);
        await frozen;
      },
    };
    const index = processes.length;
    const dispatcher = new Dispatcher({
      store,
      deliverer: {
        attempt: async (_target, { seq }) => {
          attempts.push({ process: index, seq, at: Date.now() });
          return answer(index, seq);
        },
      },
      clock,
      pacePerSubscription: pace,
      pacePerChannel: pace,
      log: silent,
    });
    await dispatcher.start();
    const process = {
      store,
      dispatcher,
      freeze: () => {
        frozen = new Promise((resolve) => (thaw = resolve));
      },
      thaw: () => {
        thaw();
        frozen = null;
      },
    };
    processes.push(process);
    return process;
  }

  const subscribe = async ({ store }: Process, targetUrl = 'https://x/1') => {
    const subscription = await store.subscribe(CHANNEL, { targetUrl, filter: { actions: ['A'] } }, 200, 0);
    if (subscription === 'full') throw new Error('full');
    return subscription;
  };
  const send = async ({ store }: Process, count: number) => {
    await store.ingest(Array.from({ length: count }, () => delivery('A', { receivedAt: Date.now() })));
  };
  const numbers = () => attempts.map(({ seq }) => seq);

  it('serve a channel one at a time, in order, whoever takes its deliveries in', async () => {
    const [one, two] = [await start(), await start()];
    await subscribe(one);
    for (let round = 0; round < 40; round++) await send(round % 2 ? one : two, 3);
    await until(() => attempts.length === 120);
    expect(numbers()).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(new Set(attempts.map(({ process }) => process)).size).toBe(1);
  });

  it('deliver at once what another process took in', async () => {
    const [one, two] = [await start(), await start()];
    await subscribe(one);
    await send(one, 1);
    await until(() => attempts.length === 1);
    const begin = Date.now();
    await send(two, 1);
    await until(() => attempts.length === 2);
    expect(attempts.map(({ process }) => process)).toEqual([0, 0]);
    expect(Date.now() - begin).toBeLessThan(500);
  });

  it('hear of subscriptions that another process took in or ended', async () => {
    const [one, two] = [await start(), await start()];
    const first = await subscribe(one);
    await send(one, 1);
    await until(() => attempts.length === 1);
    await subscribe(two, 'https://x/2');
    await two.store.unsubscribe(CHANNEL, first.id);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await send(one, 1);
    await until(() => attempts.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(numbers()).toEqual([1, 2]);
  });

  it('keep to one pace together', async () => {
    const [one, two] = [await start(20), await start(20)];
    await subscribe(one);
    const begin = Date.now();
    await send(one, 1);
    await until(() => attempts.length === 1);
    for (let round = 0; round < 49; round++) await send(round % 2 ? one : two, 1);
    // When the first is gone, the other goes on at the pace that is left.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await one.dispatcher.stop();
    await two.dispatcher.settle();
    await until(() => attempts.length === 50);
    const seconds = (Date.now() - begin) / 1000;
    // 20 at once, then 20 a second.
    expect(seconds).toBeGreaterThan(1.4);
    expect(new Set(attempts.map(({ process }) => process)).size).toBe(2);
    expect(numbers()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it('take over from one that stands still, whose late word moves nothing back', async () => {
    const [one, two] = [await start(), await start()];
    const subscription = await subscribe(one);
    let arrive: (attempt: Attempt) => void = () => undefined;
    // The first attempt hangs while its process stands still: the lease expires in the middle of a delivery.
    answer = (process) => (process === 0 ? new Promise((resolve) => (arrive = resolve)) : { result: 'delivered' });
    await send(one, 3);
    await until(() => attempts.length === 1);
    const owner = attempts[0]?.process === 0 ? one : two;
    expect(owner).toBe(one);
    one.freeze();
    await until(() => attempts.length === 4, 15_000);
    expect(attempts.map(({ process }) => process)).toEqual([0, 1, 1, 1]);
    expect(numbers()).toEqual([1, 1, 2, 3]);
    await two.dispatcher.settle();
    expect(await two.store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: 3 });

    arrive({ result: 'failed', reason: 'HTTP 500', retryAfterMs: null });
    one.thaw();
    await new Promise((resolve) => setTimeout(resolve, 2 * SECOND));
    expect(await two.store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: 3, failures: 0 });
    answer = () => ({ result: 'delivered' });
    await send(one, 1);
    await until(() => attempts.length === 5);
    expect(numbers().at(-1)).toBe(4);
  }, 40_000);

  it('give their channels to others at once when they end', async () => {
    const [one, two] = [await start(10), await start(10)];
    await subscribe(one);
    await send(one, 15);
    await until(() => attempts.length >= 10);
    const end = Date.now();
    await one.dispatcher.stop();
    await until(() => attempts.some(({ process }) => process === 1));
    expect(Date.now() - end).toBeLessThan(2 * SECOND);
    await until(() => attempts.length === 15);
    expect(numbers()).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    await two.dispatcher.settle();
  });
});
