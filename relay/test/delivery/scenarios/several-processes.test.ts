/** Several dispatchers on one PostgreSQL database. Each dispatcher represents a process. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { systemClock, type Clock } from '../../../clock.ts';
import type { AttemptResult } from '../../../delivery/attempt-result.ts';
import { Dispatcher } from '../../../delivery/dispatcher.ts';
import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { durationOf, shortestDuration } from '../../../harness/shortest-duration.ts';
import { until } from '../../../harness/until.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import { DELIVERED, FAILED } from '../../support/dispatcher-bed.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { describeWithDatabase } from '../../support/test-database.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describeWithDatabase('several processes on one database', (database) => {
  let url: string;
  const closers: (() => Promise<void>)[] = [];
  let attempts: { process: number; seq: number }[];
  let respond: (process: number) => AttemptResult | Promise<AttemptResult>;

  beforeEach(async () => {
    url = await database.newSchema();
    attempts = [];
    respond = () => DELIVERED;
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  /** Starts a dispatcher that represents a relay process. */
  async function start() {
    const store = await openPostgresStore(url, { ...TEST_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    let suspended: PromiseWithResolvers<undefined> | null = null;
    // The clock of a suspended process does not stop. As after SIGSTOP, the timers of the process fire when it resumes.
    const clock: Clock = {
      now: systemClock.now,
      sleep: async (milliseconds, signal) => {
        await systemClock.sleep(milliseconds, signal);
        await suspended?.promise;
      },
    };
    const index = closers.length;
    const send = async (_targetUrl: string, { seq }: { readonly seq: number }) => {
      attempts.push({ process: index, seq });
      return respond(index);
    };
    const rates = { pacePerSubscription: 100_000, pacePerChannel: 100_000 };
    const dispatcher = new Dispatcher({ store, sender: { send }, clock, ...rates, log: silent });
    dispatcher.start();
    closers.push(async () => {
      suspended?.resolve(undefined);
      await dispatcher.stop();
      await store.close();
    });
    return {
      store,
      dispatcher,
      suspend: () => {
        suspended = Promise.withResolvers();
      },
      resume: () => {
        suspended?.resolve(undefined);
        suspended = null;
      },
    };
  }
  type Process = Awaited<ReturnType<typeof start>>;

  async function subscribe({ store }: Process) {
    const request = { targetUrl: 'https://x/1', filter: { actions: ['A'] } };
    const subscription = await store.subscribe(CHANNEL, request, 200, 0);
    if (subscription === 'full') throw new Error('full');
    return subscription;
  }
  const send = async ({ store }: Process, count: number) => {
    await store.ingest(Array.from({ length: count }, () => delivery('A', { receivedAt: Date.now() })));
  };
  const seqs = () => attempts.map(({ seq }) => seq);

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

  it('take over from a suspended process and ignore its late results', async () => {
    const one = await start();
    const subscription = await subscribe(one);
    const late = Promise.withResolvers<AttemptResult>();
    // The first attempt hangs while its process is suspended, so that its heartbeat becomes too old during the attempt.
    respond = (process) => (process === 0 ? late.promise : DELIVERED);
    await send(one, 3);
    await until(() => attempts.length === 1);
    const two = await start();
    one.suspend();
    await until(() => attempts.length === 4);
    expect(attempts.map(({ process }) => process)).toEqual([0, 1, 1, 1]);
    expect(seqs()).toEqual([1, 1, 2, 3]);
    await two.dispatcher.saveResults();
    expect(await two.store.pending(subscription.key, 0, 9)).toEqual([]);

    late.resolve(FAILED);
    one.resume();
    // The process ends the late attempt and saves its progress before it stops.
    await one.dispatcher.stop();
    expect(await two.store.subscription(CHANNEL, subscription.id)).toMatchObject({ failures: 0 });
    expect(await two.store.pending(subscription.key, 0, 9)).toEqual([]);
    respond = () => DELIVERED;
    await send(one, 1);
    await until(() => attempts.length === 5);
    expect(seqs().at(-1)).toBe(4);
  });
});
