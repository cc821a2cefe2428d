/** Several dispatchers on one PostgreSQL database, as in several processes. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { systemClock, type Clock } from '../clock.ts';
import type { AttemptResult } from '../delivery/attempt-result.ts';
import { createDispatcher, type Dispatcher } from '../delivery/dispatcher.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { DEAD_AFTER_MS } from '../store/claims.ts';
import type { Store } from '../store/store.ts';
import { DAY, SECOND } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { durationOf, shortestDuration } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { describeWithDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract/context.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A relay process, simulated in the process of the test. */
interface SimulatedProcess {
  readonly store: Store;
  readonly dispatcher: Dispatcher;
  /** Suspends its timers, as if the process received SIGSTOP. */
  suspend: () => void;
  /** Resumes its timers. */
  resume: () => void;
}

describeWithDatabase('several processes on one database', (database) => {
  let url: string;
  const processes: SimulatedProcess[] = [];
  let attempts: { process: number; targetUrl: string; seq: number }[];
  let respond: (process: number, seq: number) => AttemptResult | Promise<AttemptResult>;

  beforeEach(() => startAfresh());
  afterEach(() => startAfresh());

  /** Switches to an empty database for new processes, and discards all recorded attempts. */
  async function startAfresh(): Promise<void> {
    url = await database.newSchema();
    for (const { dispatcher, store, resume } of processes.splice(0)) {
      resume();
      await dispatcher.stop();
      await store.close();
    }
    attempts = [];
    respond = () => ({ type: 'delivered' });
  }

  async function start(pace = 100_000): Promise<SimulatedProcess> {
    const store = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    for (const channel of [CHANNEL, OTHER_CHANNEL]) {
      await store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    }
    let suspended: Promise<void> | null = null;
    let resume: () => void = () => undefined;
    // The clock of a suspended process does not stop. Its timers fire when it resumes.
    const clock: Clock = {
      now: systemClock.now,
      sleep: async (milliseconds, signal) => {
        await systemClock.sleep(milliseconds, signal);
        await suspended;
      },
    };
    const index = processes.length;
    const dispatcher = createDispatcher({
      store,
      sender: {
        send: async (targetUrl, { seq }) => {
          attempts.push({ process: index, targetUrl, seq });
          return respond(index, seq);
        },
      },
      clock,
      pacePerSubscription: pace,
      pacePerChannel: pace,
      log: silent,
    });
    dispatcher.start();
    const process = {
      store,
      dispatcher,
      suspend: () => {
        suspended = new Promise((resolve) => (resume = resolve));
      },
      resume: () => {
        resume();
        suspended = null;
      },
    };
    processes.push(process);
    return process;
  }

  const subscribe = async ({ store }: SimulatedProcess, targetUrl = 'https://x/1') => {
    const subscription = await store.subscribe(CHANNEL, { targetUrl, filter: { actions: ['A'] } }, 200, 0);
    if (subscription === 'full') throw new Error('full');
    return subscription;
  };
  const send = async ({ store }: SimulatedProcess, count: number) => {
    await store.ingest(Array.from({ length: count }, () => delivery('A', { receivedAt: Date.now() })));
  };
  const seqs = () => attempts.map(({ seq }) => seq);

  it('deliver the events of a channel in order and from one process, regardless of the process that ingests them', async () => {
    const [one, two] = [await start(), await start()];
    await subscribe(one);
    for (let round = 0; round < 40; round++) await send(round % 2 ? one : two, 3);
    await until(() => attempts.length === 120);
    expect(seqs()).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
    expect(new Set(attempts.map(({ process }) => process)).size).toBe(1);
  });

  it('deliver events that another process ingests within two seconds', async () => {
    const one = await start();
    await subscribe(one);
    await send(one, 1);
    await until(() => attempts.length === 1);
    const two = await start();
    const deliver = async () => {
      const count = attempts.length;
      await send(two, 1);
      await until(() => attempts.length === count + 1);
    };
    expect(await shortestDuration(2000, () => durationOf(deliver))).toBeLessThan(2000);
    expect(new Set(attempts.map(({ process }) => process))).toEqual(new Set([0]));
  });

  it('notice subscriptions that another process creates or deletes', async () => {
    const [one, two] = [await start(), await start()];
    const first = await subscribe(one);
    await send(one, 1);
    await until(() => attempts.length === 1);
    await subscribe(two, 'https://x/2');
    await two.store.unsubscribe(CHANNEL, first.id, Date.now());
    // Events that arrive before the first process knows about the change may reach both targets.
    await until(async () => {
      attempts = [];
      await send(one, 3);
      await until(() => attempts.filter(({ targetUrl }) => targetUrl === 'https://x/2').length >= 3);
      return attempts.length === 3;
    });
  });

  it('take over from a suspended process and ignore its late results', async () => {
    const one = await start();
    const subscription = await subscribe(one);
    let respondLate: (result: AttemptResult) => void = () => undefined;
    // The first attempt hangs while its process is suspended, so that its heartbeat becomes too old during the attempt.
    respond = (process) => (process === 0 ? new Promise((resolve) => (respondLate = resolve)) : { type: 'delivered' });
    await send(one, 3);
    await until(() => attempts.length === 1);
    const two = await start();
    one.suspend();
    await until(() => attempts.length === 4);
    expect(attempts.map(({ process }) => process)).toEqual([0, 1, 1, 1]);
    expect(seqs()).toEqual([1, 1, 2, 3]);
    await two.dispatcher.saveResults();
    expect(await two.store.pending(subscription.key, 0, 9)).toEqual([]);

    respondLate({ type: 'failed', reason: 'HTTP 500', retryAfterMs: null });
    one.resume();
    // The process ends the late attempt and saves its progress before it stops.
    await one.dispatcher.stop();
    expect(await two.store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 0 });
    expect(await two.store.pending(subscription.key, 0, 9)).toEqual([]);
    respond = () => ({ type: 'delivered' });
    await send(one, 1);
    await until(() => attempts.length === 5);
    expect(seqs().at(-1)).toBe(4);
  });

  it('give back their channels at once when they stop', async () => {
    const timeToGiveBack = async () => {
      await startAfresh();
      const one = await start(10);
      await subscribe(one);
      await send(one, 15);
      await until(() => attempts.length >= 10);
      const two = await start(10);
      const duration = await durationOf(async () => {
        await one.dispatcher.stop();
        await until(() => attempts.some(({ process }) => process === 1));
      });
      await until(() => attempts.length === 15);
      expect(seqs()).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
      await two.dispatcher.saveResults();
      return duration;
    };
    // If the channel was not given back, the second process would wait until the last heartbeat, at most a second ago, is too old.
    const limit = DEAD_AFTER_MS - 2 * SECOND;
    expect(await shortestDuration(limit, timeToGiveBack)).toBeLessThan(limit);
  });
});
