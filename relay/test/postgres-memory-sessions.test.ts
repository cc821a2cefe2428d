/** Memory in PostgreSQL while several processes, or other sessions of the database, work on the same rows. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';

import { placeOf, type NewestState } from '../store/memory.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import { HOUR } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { HOLDER, LIMITS, progressOf, T0 } from './store-contract/context.ts';
import { DELETED, event, EXPIRY, REMEMBERING } from './store-contract/memory-context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';

const MINUTE = 60_000;
/** Time limit in milliseconds for a call that must not wait for a lock. A statement waits for a lock for 50 ms. */
const SOON = 5_000;

describeWithDatabase('memory in PostgreSQL', () => {
  let database: TestDatabase;
  let url: string;
  let store: Store;
  let other: pg.Client;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());

  const open = () =>
    openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e6, memoryMs: REMEMBERING.memoryMs });

  beforeEach(async () => {
    url = await database.newSchema();
    store = await open();
    other = new pg.Client({ connectionString: url });
    await other.connect();
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await store.registerChannel(channel, LIMITS, T0);
  });
  afterEach(async () => {
    await other.end();
    await store.close();
  });

  const nameOf = (delivery: { readonly sealed: Buffer } | null): string | null =>
    delivery?.sealed.toString().trim() ?? null;
  /** Returns the names of the stored deliveries, each with the name of its previous delivery. */
  const stored = async (channel = CHANNEL) =>
    (await store.deliveriesAfter(channel, 0, 1000)).map((one) => [nameOf(one), nameOf(one.previous)]);

  const lock = async (rows: string): Promise<void> => {
    await other.query('BEGIN');
    expect((await other.query(`${rows} FOR UPDATE`)).rowCount).toBeGreaterThan(0);
  };
  const ofChannel = `WHERE channel_id = (SELECT id FROM channels WHERE channel = '${CHANNEL}')`;
  const unlock = () => other.query('ROLLBACK');

  /** Runs a task and asserts that it takes less than {@link SOON}. */
  async function soon<Result>(task: () => Promise<Result>): Promise<Result> {
    const begin = performance.now();
    const result = await task();
    expect(performance.now() - begin).toBeLessThan(SOON);
    return result;
  }

  async function retain(now: number): Promise<void> {
    while ((await store.retain(REMEMBERING, now)) > 0);
  }
  /** Ends the ordinary retention of all stored deliveries. */
  async function expire(): Promise<void> {
    await retain(T0);
    await retain(T0 + EXPIRY);
  }

  /** Returns the expected previous deliveries, by sequence number, if deliveries are stored one after another. */
  function expectedPrevious(deliveries: readonly Delivery[]): Map<number, number | null> {
    const states = new Map<string | null, NewestState>();
    const times = new Map<number, number>();
    const expected = new Map<number, number | null>();
    for (const { seq, subjectId, eventTime } of deliveries) {
      const time = eventTime ?? 0;
      const newest = states.get(subjectId) ?? null;
      const { burstTime, previousSeq } = placeOf(time, newest, (one) => times.get(one) ?? null);
      times.set(seq, time);
      expected.set(seq, previousSeq);
      if (burstTime === null || (newest && newest.eventTime > time)) continue;
      states.set(subjectId, { seq, eventTime: time, burstTime, previousSeq, hasEndedMemory: false });
    }
    return expected;
  }

  it('places deliveries of two processes as if they were stored one by one', async () => {
    const second = await open();
    let count = 0;
    const plan = fc.record({
      offset: fc.integer({ min: -10_000, max: 10_000 }),
      subject: fc.constantFrom('1', '2', '3'),
    });
    const plans = fc.sample(fc.array(plan, { minLength: 1, maxLength: 12 }), 100);
    const group = () =>
      (plans.pop() ?? []).map(({ offset, subject }) =>
        // The time advances, so that some events belong to a burst, some start a new burst, and some are late.
        event(`${++count}`, count * 400 + offset, { subjectId: subject }),
      );
    const write = async (writer: Store): Promise<void> => {
      for (let round = 0; round < 25; round++) {
        const deliveries = group();
        expect(await writer.ingest(deliveries)).toEqual(deliveries.map(() => 'stored'));
      }
    };
    try {
      await Promise.all([write(store), write(second), write(store), write(second)]);
    } finally {
      await second.close();
    }
    const deliveries = await store.deliveriesAfter(CHANNEL, 0, 10_000);
    expect(deliveries).toHaveLength(count);
    const seqs = new Map(deliveries.map(({ id, seq }) => [id, seq]));
    const previous = deliveries.map((one) => [one.seq, one.previous && seqs.get(one.previous.id)]);
    expect(previous).toEqual([...expectedPrevious(deliveries)]);
    expect(new Set(previous.map(([, seq]) => seq === null))).toEqual(new Set([true, false]));
  });

  it('is unchanged when a transaction fails', async () => {
    await other.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused'; END $$`);
    await other.query(`CREATE TRIGGER refuse BEFORE INSERT ON deliveries
      FOR EACH ROW WHEN (NEW.subject_id = '9') EXECUTE FUNCTION refuse()`);
    await store.ingest([event('one', 0)]);
    await expect(store.ingest([event('two', MINUTE), event('refused', 0, { subjectId: '9' })])).rejects.toThrow(
      'refused',
    );
    await store.ingest([event('three', 2 * MINUTE)]);
    expect(await stored()).toEqual([
      ['one', null],
      ['three', 'one'],
    ]);
  });

  it('does not delay ingest while a remembered delivery that a new delivery replaces is locked', async () => {
    await store.ingest([event('one', 0)]);
    await expire();
    await lock(`SELECT * FROM deliveries ${ofChannel} AND seq = 1`);
    const replacement = event('in its burst', 1, { receivedAt: T0 + EXPIRY });
    expect(await soon(() => store.ingest([replacement], 'skip'))).toEqual(['stored']);
    expect(await soon(() => store.ingest([event('next', MINUTE, { receivedAt: T0 + EXPIRY })], 'skip'))).toEqual([
      'stored',
    ]);
    await unlock();
    expect(await stored()).toEqual([
      ['one', null],
      ['in its burst', null],
      ['next', 'in its burst'],
    ]);
    // The locked delivery is kept until it expires.
    expect(await store.totals()).toMatchObject({ rememberedDeliveries: 1 });
    await retain(T0 + REMEMBERING.memoryMs);
    expect(await store.totals()).toMatchObject({ rememberedDeliveries: 0 });
    expect((await stored()).map(([name]) => name)).toEqual(['in its burst', 'next']);
  });

  it('removes a state at the next step of retention when another state of its burst replaces it', async () => {
    await store.ingest([event('one', 0), event('other', 0, { subjectId: '5' })]);
    await expire();
    await store.ingest([event('earlier in its burst', -1, { receivedAt: T0 + EXPIRY })]);
    await retain(T0 + EXPIRY);
    expect(await store.totals()).toMatchObject({ deliveries: 3, rememberedDeliveries: 2 });
    await store.ingest([event('later in its burst', 1, { receivedAt: T0 + EXPIRY })]);
    expect(await store.totals()).toMatchObject({ deliveries: 4, rememberedDeliveries: 1 });
    await retain(T0 + EXPIRY);
    expect((await stored()).map(([name]) => name)).toEqual(['other', 'earlier in its burst', 'later in its burst']);
  });

  it('keeps a delivery whose previous delivery is locked, removes the others, and removes both afterwards', async () => {
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await store.ingest([event('one', 0, { channel })]);
    await expire();
    for (const channel of [CHANNEL, OTHER_CHANNEL]) {
      await store.ingest([
        event('two', MINUTE, { channel, receivedAt: T0 + EXPIRY }),
        event('three', 2 * MINUTE, { channel, receivedAt: T0 + EXPIRY }),
      ]);
    }
    await retain(T0 + EXPIRY);
    await lock(`SELECT * FROM deliveries ${ofChannel} AND seq = 1`);
    const now = T0 + 2 * EXPIRY;
    for (let run = 0; run < 3; run++) await soon(() => store.retain(REMEMBERING, now));
    expect(await stored()).toEqual([
      ['one', null],
      ['two', 'one'],
      ['three', null],
    ]);
    expect(await stored(OTHER_CHANNEL)).toEqual([['three', null]]);
    await unlock();
    await retain(now);
    expect(await stored()).toEqual([['three', null]]);
    expect(await store.totals()).toMatchObject({ deliveries: 2, rememberedDeliveries: 2 });
  });

  it('ends after the channel is unlocked if a deletion was settled during the lock', async () => {
    const subscribed = await store.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter: { all_except: [] } }, 9, T0);
    if (subscribed === 'full') throw new Error('The channel has too many subscriptions.');
    await store.ingest([event('one', 0)]);
    await store.ingest([event('deletion', MINUTE, { action: DELETED })]);
    const { leases } = await store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR });
    const [held] = leases;
    if (!held) throw new Error('The channel is not leased.');
    await lock(`SELECT * FROM channels WHERE channel = '${CHANNEL}'`);
    expect(await soon(() => store.progress([progressOf(subscribed, held, { cursor: 2 })]))).toEqual([]);
    await unlock();
    await retain(T0);
    await store.ingest([event('after it', 2 * MINUTE)]);
    expect((await stored()).at(-1)).toEqual(['after it', null]);
  });
});
