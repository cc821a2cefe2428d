/** Rows that another session of the database has locked delay only their own channel. */

import { randomBytes } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { Dispatcher } from '../delivery/dispatcher.ts';
import { systemClock } from '../clock.ts';
import { createIngest } from '../ingest.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Lease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { StoreClock } from '../store-clock.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { durationOf } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { HOLDER, letterOf, progressOf, releaseOf, RETENTION } from './store-contract/context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };
/** Maximum number of bytes in a channel. */
const MAX_BYTES = 1_000_000;
/**
 * Time limit for an operation on another channel, in milliseconds. An operation that needs the lock is retried for 6 s.
 */
const SOON = 5_000;

describeWithDatabase('PostgreSQL, when another session has locked a row', () => {
  let database: TestDatabase;
  let url: string;
  let store: Store;
  let other: pg.Client;
  let subscription: Subscription;
  let otherSubscription: Subscription;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  const subscribe = async (channel: string): Promise<Subscription> => {
    const filter = { actions: ['A'] };
    const subscribed = await store.subscribe(channel, { targetUrl: 'https://x/1', filter }, 200, Date.now());
    if (subscribed === 'full') throw new Error('full');
    return subscribed;
  };

  beforeEach(async () => {
    url = await database.newSchema();
    store = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: MAX_BYTES });
    other = new pg.Client({ connectionString: url });
    await other.connect();
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await store.registerChannel(channel, LIMITS, Date.now());
    subscription = await subscribe(CHANNEL);
    otherSubscription = await subscribe(OTHER_CHANNEL);
  });
  afterEach(async () => {
    await other.end();
    await store.close();
  });

  /** Locks the rows that a query of the other session returns. */
  const lock = async (rows: string): Promise<void> => {
    await other.query('BEGIN');
    expect((await other.query(`${rows} FOR UPDATE`)).rowCount).toBeGreaterThan(0);
  };
  const lockChannel = () => lock(`SELECT * FROM channels WHERE channel = '${CHANNEL}'`);
  const unlock = () => other.query('ROLLBACK');

  /** Runs a task and asserts that it takes less than {@link SOON}. */
  async function soon<Result>(task: () => Promise<Result>): Promise<Result> {
    const begin = performance.now();
    const result = await task();
    expect(performance.now() - begin).toBeLessThan(SOON);
    return result;
  }
  const to = (channel: string, receivedAt = Date.now()) => delivery('A', { channel, receivedAt });

  /** Leases both channels, each of which has a delivery. */
  async function leaseBoth(): Promise<[locked: Lease, free: Lease]> {
    await store.ingest([to(CHANNEL), to(OTHER_CHANNEL)]);
    const { leases } = await store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR });
    const leaseOf = (channel: string) => {
      const lease = leases.find((one) => one.channel === channel);
      if (!lease) throw new Error('The channel is not leased.');
      return lease;
    };
    return [leaseOf(CHANNEL), leaseOf(OTHER_CHANNEL)];
  }

  it.each([
    ['the channel', `SELECT * FROM channels WHERE channel = '${CHANNEL}'`],
    [
      'its hourly count',
      `SELECT * FROM hourly_counts WHERE channel_id = (SELECT id FROM channels WHERE channel = '${CHANNEL}')`,
    ],
  ])(
    'acknowledges deliveries to other channels while %s is locked, and to this channel afterwards',
    async (_, rows) => {
      const ingest = createIngest(store);
      await ingest.add(to(CHANNEL));
      await lock(rows);
      let isStored = false;
      const waiting = [to(CHANNEL), to(CHANNEL)].map((one) =>
        ingest.add(one).then((result) => (isStored = result === 'stored')),
      );
      for (let round = 0; round < 5; round++) {
        const group = [to(OTHER_CHANNEL), to(CHANNEL), to(OTHER_CHANNEL)] as const;
        const [first, late, second] = group.map((one) => ingest.add(one));
        if (late) waiting.push(late.then((result) => result === 'stored'));
        expect(await soon(() => Promise.all([first, second]))).toEqual(['stored', 'stored']);
      }
      expect(await ingest.add(to('unknown'))).toBe('unregistered');
      expect(isStored).toBe(false);
      await unlock();
      expect(await soon(() => Promise.all(waiting))).toEqual(Array(7).fill(true));
      await ingest.idle();
      expect(await store.deliveriesAfter(CHANNEL, 0, 99)).toHaveLength(8);
    },
  );

  it('stores a delivery as soon as a lock ends that prevents making room for it', async () => {
    const ingest = createIngest(store);
    const large = () => delivery('B', { channel: CHANNEL, receivedAt: Date.now(), body: randomBytes(0.6 * MAX_BYTES) });
    await ingest.add(large());
    await lock('SELECT * FROM deliveries');
    let isStored = false;
    const waiting = ingest.add(large()).then((result) => (isStored = result === 'stored'));
    expect(await soon(() => ingest.add(to(OTHER_CHANNEL)))).toBe('stored');
    expect(isStored).toBe(false);
    await unlock();
    expect(await waiting).toBe(true);
  });

  it('leases, renews and releases other channels while one channel is locked', async () => {
    const [locked, free] = await leaseBoth();
    await lockChannel();
    const renewed = await soon(() => store.renew([locked.leaseId, free.leaseId], HOUR));
    expect(renewed.sort((a) => (a.isLocked ? 1 : -1))).toEqual([
      { leaseId: free.leaseId, lastSeq: 1, revision: free.revision },
      { leaseId: locked.leaseId, lastSeq: 1, revision: locked.revision, isLocked: true },
    ]);
    await soon(() => store.release([releaseOf(locked), releaseOf(free, { lastSeq: 0 })]));
    const { leases } = await soon(() => store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR }));
    expect(leases.map(({ channel }) => channel)).toEqual([OTHER_CHANNEL]);
    await unlock();
    expect(await store.renew([locked.leaseId], HOUR)).toEqual([
      { leaseId: locked.leaseId, lastSeq: 1, revision: locked.revision },
    ]);
  });

  it('saves the progress of other subscriptions while one is locked, and returns the progress of the locked subscription', async () => {
    const [locked, free] = await leaseBoth();
    await lock(`SELECT * FROM subscriptions WHERE id = '${subscription.id}'`);
    const progress = [
      progressOf(subscription, locked, { cursor: 1 }),
      progressOf(otherSubscription, free, { cursor: 1 }),
      progressOf(otherSubscription, { ...free, leaseId: HOLDER }, { cursor: 9 }),
    ];
    expect(await soon(() => store.progress(progress))).toEqual([progress[0]]);
    expect(await store.subscription(OTHER_CHANNEL, otherSubscription.id)).toMatchObject({ cursor: 1 });
    await unlock();
    expect(await store.progress(progress)).toEqual([]);
    expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: 1 });
  });

  const ofChannel = `WHERE channel_id = (SELECT id FROM channels WHERE channel = '${CHANNEL}')`;
  it.each([
    ['channel', `SELECT * FROM channels WHERE channel = '${CHANNEL}'`],
    ['delivery', `SELECT * FROM deliveries ${ofChannel} AND seq = 2`],
    ['dead letter', `SELECT * FROM dead_letters ${ofChannel}`],
    ['watermark', `SELECT * FROM watermarks ${ofChannel}`],
    ['subscription', `SELECT * FROM subscriptions ${ofChannel}`],
  ])('deletes expired data while a %s is locked, and the rest afterwards', async (_, rows) => {
    const now = Date.now();
    const expired = (channel: string) => to(channel, now - 30 * DAY);
    await store.ingest(
      [CHANNEL, OTHER_CHANNEL].flatMap((channel) => [expired(channel), expired(channel), expired(channel)]),
    );
    const { leases } = await store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR });
    for (const lease of leases) {
      for (const served of lease.subscriptions) {
        await store.bury([letterOf(served, 1, now - 20 * DAY)], progressOf(served, lease, { cursor: 1 }));
        await store.retain({ ...RETENTION, deadLetterMs: 30 * DAY }, now);
        await store.progress([progressOf(served, lease, { cursor: 3 })]);
      }
    }
    await lock(rows);
    const limits = { ...RETENTION, bodyMs: 0 };
    for (let run = 0; run < 3; run++) await soon(() => store.retain(limits, now));
    const { deliveries, deadLetters } = await store.totals();
    expect(deliveries).toBeLessThanOrEqual(3);
    expect(deadLetters).toBeLessThanOrEqual(1);
    expect(await store.deliveriesAfter(OTHER_CHANNEL, 0, 9)).toEqual([]);
    expect(await store.channelState(OTHER_CHANNEL, now)).toMatchObject({ storedBytes: 0 });
    await unlock();
    for (let run = 0; run < 3; run++) await store.retain(limits, now);
    expect(await store.totals()).toMatchObject({ deliveries: 0, deadLetters: 0, storedBytes: 0 });
  });

  it('deletes the contents after a locked delivery, and the content of the locked delivery afterwards', async () => {
    const now = Date.now();
    await store.ingest([to(CHANNEL), to(CHANNEL), to(CHANNEL)]);
    await store.unsubscribe(CHANNEL, subscription.id);
    await lock(`SELECT * FROM deliveries ${ofChannel} AND seq = 2`);
    await soon(() => store.retain({ ...RETENTION, bodyMs: 0 }, now));
    expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ seq }) => seq)).toEqual([2]);
    await unlock();
    await store.retain({ ...RETENTION, bodyMs: 0 }, now);
    expect(await store.totals()).toMatchObject({ deliveries: 3, storedBytes: 0 });
  });

  it('registers, subscribes and deletes other channels while many requests wait for a locked one', async () => {
    await lockChannel();
    const requests = Array.from({ length: 30 }, (_, index) =>
      index % 2 ? store.registerChannel(CHANNEL, { ...LIMITS, withSecret: true }, Date.now()) : subscribe(CHANNEL),
    );
    await soon(() => store.registerChannel('third', LIMITS, Date.now()));
    await soon(() => subscribe('third'));
    await soon(() => store.ingest([to('third')]));
    expect(await soon(() => store.channelState('third', Date.now()))).toMatchObject({ events24h: 1 });
    expect(await soon(() => store.channelState(CHANNEL, Date.now()))).toMatchObject({ events24h: 0 });
    await soon(() => store.unsubscribe(OTHER_CHANNEL, otherSubscription.id));
    await soon(() => store.deleteChannel('third'));
    await soon(() => store.totals());
    await unlock();
    await Promise.all(requests);
  });

  it('delivers to other channels while one channel is locked, and to this channel afterwards', async () => {
    const targets: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const clock = await StoreClock.create(store, systemClock);
    const dispatcher = new Dispatcher({
      store,
      clock,
      log,
      pacePerChannel: 1000,
      pacePerSubscription: 1000,
      sender: {
        send: (_url, { id }) => {
          targets.push(id);
          return Promise.resolve({ outcome: 'delivered' });
        },
      },
    });
    await dispatcher.start();
    const send = async (channel: string) => {
      const one = to(channel);
      await store.ingest([one], 'skip');
      return () => targets.includes(one.id);
    };
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await until(await send(channel));
    await lockChannel();
    // The pause is longer than the time that a holder relies on a lease without renewing it.
    const end = Date.now() + 5_000;
    const durations: number[] = [];
    while (Date.now() < end) {
      const isDelivered = await send(OTHER_CHANNEL);
      durations.push(await durationOf(() => until(isDelivered)));
    }
    const median = durations.sort((a, b) => a - b)[durations.length >> 1];
    expect(median).toBeLessThan(2_000);
    await unlock();
    await until(await send(CHANNEL));
    await dispatcher.stop();
  });

  describe('attempts of a delivery whose content another session removes', () => {
    const REMOVE = `SELECT relay_remove(c.id, '{}', ARRAY[$1::bigint]) FROM channels c WHERE c.channel = '${CHANNEL}'`;
    const attemptOf = (seq: number) => ({
      ...{ subscriptionId: subscription.id, seq, endedAt: 1, failure: 'HTTP 500', durationMs: 1, isSentAgain: false },
    });
    const storeOne = async (): Promise<number> => {
      await store.ingest([to(CHANNEL)]);
      const [one] = await store.deliveriesAfter(CHANNEL, 0, 1);
      return one?.seq ?? 0;
    };
    const attempts = async () => (await other.query('SELECT * FROM attempts')).rowCount;
    /** Returns true while a session of the database is waiting for a lock. */
    const isWaiting = async () =>
      (await database.query(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)).length > 0;

    it('are not recorded while the content is being removed', async () => {
      const seq = await storeOne();
      await other.query('BEGIN');
      await other.query(REMOVE, [seq]);
      const recording = store.recordAttempts([attemptOf(seq)]);
      await until(isWaiting);
      await other.query('COMMIT');
      await recording;
      expect(await attempts()).toBe(0);
    });

    it('are removed if they were recorded before', async () => {
      const seq = await storeOne();
      await other.query('BEGIN');
      await other.query(
        'SELECT relay_record_attempts(ARRAY[$1::uuid], ARRAY[$2::bigint], ARRAY[1::bigint], $3, ARRAY[1], ARRAY[false], 9)',
        [subscription.id, seq, ['HTTP 500']],
      );
      const remover = new pg.Client({ connectionString: url });
      await remover.connect();
      const removing = remover.query(REMOVE, [seq]);
      await until(isWaiting);
      await other.query('COMMIT');
      await removing;
      await remover.end();
      expect(await attempts()).toBe(0);
    });
  });
});
