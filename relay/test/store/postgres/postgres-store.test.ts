import { randomBytes } from 'node:crypto';

import { afterAll, expect, it } from '@jest/globals';
import pg from 'pg';

import { createIngestQueue } from '../../../intake/ingest-queue.ts';
import { applyMigrations, openPostgresStore, postgresMigrations } from '../../../store/postgres/postgres-store.ts';
import type { ClaimedChannel } from '../../../store/outcomes/claims.ts';
import type { NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import type { Store } from '../../../store/store.ts';
import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { until } from '../../../harness/until.ts';
import { EVERYTHING, OTHER_PROCESS, PROCESS, TEST_OPTIONS } from '../../support/store-context.ts';
import { describeWithDatabase } from '../../support/test-database.ts';

describeWithDatabase('PostgreSQL', (database) => {
  const stores: Store[] = [];

  afterAll(async () => {
    for (const store of stores) await store.close().catch(() => undefined);
  });

  /** Opens a number of stores in one new schema, and registers a channel. The stores are closed after the last test. */
  async function open(count: number, url?: string) {
    const used = url ?? (await database.newSchema());
    const options = { ...TEST_OPTIONS, maxChannelBytes: 1e9 };
    const opened = await Promise.all(Array.from({ length: count }, () => openPostgresStore(used, options)));
    stores.push(...opened);
    const [one, two = one] = opened;
    if (!one || !two) throw new Error('No store was opened.');
    await one.registerChannel(CHANNEL, LIMITS, 0);
    return { url: used, one, two, all: opened };
  }
  async function withClient(url: string, use: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  }
  /** Starts a claim that waits for a channel's lock until a client commits. Repeats a claim that waits too long. */
  async function claimAfterCommit(store: Store, client: pg.Client): Promise<ClaimedChannel[]> {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const waiting = 'SELECT pid FROM pg_stat_activity WHERE $1::integer = ANY(pg_blocking_pids(pid))';
    const claims: ClaimedChannel[] = [];
    const state: { claiming?: Promise<unknown> | undefined } = {};
    await until(async () => {
      state.claiming ??= store.claim(PROCESS, 9).then((claimed) => {
        claims.push(...claimed);
        state.claiming = undefined;
      });
      return (await database.query(waiting, [rows[0]?.pid])).length > 0;
    });
    await client.query('COMMIT');
    await state.claiming;
    return claims.length > 0 ? claims : store.claim(PROCESS, 9);
  }
  const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };
  const subscribe = (store: Store, channel = CHANNEL) =>
    store.subscribe(channel, { targetUrl: 'https://x/1', filter: { actions: ['A'] } }, 9, 0);

  it('is migrated once when several processes start at the same time', async () => {
    const { url, all } = await open(8);
    for (const store of all) expect(await store.totals()).toMatchObject({ channels: 1 });
    await withClient(url, async (client) => {
      const { rows } = await client.query('SELECT version FROM relay_schema');
      expect(rows).toEqual([{ version: postgresMigrations().length }]);
    });
  });

  it('is opened and migrated if its schema is from before the number of the last required migration was stored', async () => {
    const { url } = await open(1);
    const migrations = [...postgresMigrations(), 'CREATE TABLE added (id integer);'];
    await withClient(url, async (client) => {
      await client.query('ALTER TABLE relay_schema DROP COLUMN required');
      await expect(applyMigrations(client, postgresMigrations().slice(1))).rejects.toThrow(
        /written by a newer version/,
      );
      await open(1, url);
      await applyMigrations(client, migrations);
      const { length } = migrations;
      expect((await client.query('SELECT * FROM relay_schema')).rows).toEqual([{ version: length, required: length }]);
    });
  });

  it('keeps its data when a migration is added, and applies each migration once', async () => {
    const { url, one: store } = await open(1);
    await store.ingest([delivery('A')]);
    const migrations = [
      ...postgresMigrations(),
      `ALTER TABLE channels ADD COLUMN note text NOT NULL DEFAULT 'none';
       UPDATE channels SET note = note || ' yet';`,
    ];
    await withClient(url, async (client) => {
      for (let run = 0; run < 2; run++) await applyMigrations(client, migrations);
      expect((await client.query('SELECT version FROM relay_schema')).rows).toEqual([{ version: migrations.length }]);
      expect((await client.query('SELECT channel, note FROM channels')).rows).toEqual([
        { channel: CHANNEL, note: 'none yet' },
      ]);
    });
    // A running process of the previous version continues to work.
    expect(await store.latest(CHANNEL, null, 9)).toHaveLength(1);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await expect(open(1, url)).rejects.toThrow(/written by a newer version/);
  });

  it('lets the previous version start while every added migration allows a way back', async () => {
    const { url } = await open(1);
    const added = [
      `-- Relays without this migration may use the database.
       ALTER TABLE channels ADD COLUMN note text NOT NULL DEFAULT 'none'`,
      'ALTER TABLE channels DROP COLUMN note',
    ];
    await withClient(url, (client) => applyMigrations(client, [...postgresMigrations(), ...added.slice(0, 1)]));
    const { one: store } = await open(1, url);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);

    await withClient(url, (client) => applyMigrations(client, [...postgresMigrations(), ...added]));
    await expect(open(1, url)).rejects.toThrow(/it has migration \d+, and this version ends at \d+\. Start the newer/);
  });

  it('numbers the deliveries of a channel in the order of commits, across processes', async () => {
    const { one, two } = await open(2);
    await one.registerChannel(OTHER_CHANNEL, LIMITS, 0);
    await subscribe(one);
    const seen: number[] = [];
    const writers = new Set(['one', 'two', 'three', 'four']);
    // The reader continues after the highest sequence number that it has seen. It would miss a delivery that becomes
    // visible later with a lower number.
    const reading = (async () => {
      for (;;) {
        const wasDone = writers.size === 0;
        const kept = await two.arrivals(1, seen.at(-1) ?? 0, 100);
        seen.push(...kept.map(({ seq }) => seq));
        if (wasDone && kept.length === 0) return;
      }
    })();
    let count = 0;
    const group = (): NewDelivery[] =>
      // The order of the channels varies, because transactions that locked the channels in different orders could cause
      // deadlocks.
      Array.from({ length: 20 }, (_, index) =>
        delivery('A', { channel: (index + Math.floor(count++ / 7)) % 2 ? CHANNEL : OTHER_CHANNEL }),
      );
    const writing = [...writers].map(async (writer, index) => {
      // The queue stores a group in parts if its channels stay locked for too long.
      const ingest = createIngestQueue(index % 2 ? one : two);
      for (let round = 0; round < 20; round++) {
        const results = await Promise.all(group().map((each) => ingest.add(each)));
        expect(results).toEqual(Array(20).fill('stored'));
      }
      writers.delete(writer);
    });
    await Promise.all(writing);
    await reading;
    const others = await two.events(OTHER_CHANNEL, {}, EVERYTHING, 2000);
    expect(seen.length + others.length).toBe(1600);
    expect(await one.totals()).toMatchObject({ deliveries: 1600 });
  });

  it('stores a delivery once when two processes ingest it concurrently', async () => {
    const { all } = await open(2);
    for (let round = 0; round < 30; round++) {
      const same = delivery('A');
      const results = await Promise.all(all.map((store) => store.ingest([same])));
      expect(results.flat().sort()).toEqual(['duplicate', 'stored']);
    }
  });

  it('gives each of the last slots to one of several concurrent registrations', async () => {
    const { one, two } = await open(2);
    const limits = { ...LIMITS, maxChannels: 3 };
    const register = (_: unknown, index: number) => (index % 2 ? two : one).registerChannel(`c${index}`, limits, 0);
    const results = await Promise.all(Array.from({ length: 10 }, register));
    expect(results.filter((result) => result === 'registered')).toHaveLength(2);
  });

  it('gives each channel to one of several concurrent processes', async () => {
    const { one, two } = await open(2);
    for (let index = 0; index < 40; index++) {
      await one.registerChannel(`c${index}`, { ...LIMITS, maxChannels: 100 }, 0);
      await subscribe(one, `c${index}`);
    }
    for (const process of [PROCESS, OTHER_PROCESS]) await one.heartbeat(process, null);
    const claims = Array.from({ length: 6 }, () => [one.claim(PROCESS, 10), two.claim(OTHER_PROCESS, 10)]);
    const channels = (await Promise.all(claims.flat())).flat().map(({ channel }) => channel);
    expect(new Set(channels).size).toBe(channels.length);
    const rest = await one.claim(PROCESS, 100);
    expect(channels.length + rest.length).toBe(40);
  });

  it('gives a channel to a claim that waits until the row of the channel is unlocked', async () => {
    const { url, one: store } = await open(1);
    await subscribe(store);
    await store.heartbeat(PROCESS, null);
    await withClient(url, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT key FROM channels FOR UPDATE');
      expect(await claimAfterCommit(store, client)).toHaveLength(1);
    });
  });

  it('waits for one locked channel at a time, so that it cannot deadlock with ingest', async () => {
    const { url, one: store } = await open(1);
    await store.heartbeat(PROCESS, null);
    await store.registerChannel(OTHER_CHANNEL, LIMITS, 0);
    // The channel with the higher key is due first.
    for (const channel of [OTHER_CHANNEL, CHANNEL]) await subscribe(store, channel);
    const lock = 'SELECT key FROM channels WHERE channel = $1 FOR UPDATE';
    await withClient(url, (ingest) =>
      withClient(url, async (other) => {
        for (const client of [ingest, other]) await client.query('BEGIN');
        await ingest.query(lock, [CHANNEL]);
        await other.query(lock, [OTHER_CHANNEL]);
        expect(await claimAfterCommit(store, other)).toMatchObject([{ channel: OTHER_CHANNEL }]);
        await ingest.query(lock, [OTHER_CHANNEL]);
        await ingest.query('COMMIT');
      }),
    );
  });

  it('stores the deliveries of other channels in a group with a locked channel', async () => {
    const { url, one: store } = await open(1);
    await store.registerChannel(OTHER_CHANNEL, LIMITS, 0);
    const ingest = createIngestQueue(store);
    await withClient(url, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT key FROM channels WHERE channel = $1 FOR UPDATE', [OTHER_CHANNEL]);
      // In PostgreSQL, the first statement that waits for a row waits for one lock. Every later statement waits for two
      // locks.
      const waiting = [1, 2, 3].map(() => store.ingest([delivery('A', { channel: OTHER_CHANNEL })]));
      const results = [ingest.add(delivery('A')), ingest.add(delivery('A', { channel: OTHER_CHANNEL }))];
      expect(await Promise.race(results)).toBe('stored');
      await client.query('COMMIT');
      expect((await Promise.all([...results, ...waiting])).flat()).toEqual(Array(5).fill('stored'));
    });
  });

  it('returns large contents byte for byte', async () => {
    const { one: store } = await open(1);
    const bodies = [1, 512 * 1024, 512 * 1024 + 1, 1_300_000].map((length) => randomBytes(length));
    await store.ingest(bodies.map((body) => delivery('A', { body })));
    const latest = await store.latest(CHANNEL, null, 4);
    expect(latest.reverse().map(({ sealed }, index) => bodies[index]?.equals(sealed))).toEqual(Array(4).fill(true));
  });

  it('has one channel if processes register several channels for the only slot at the same time', async () => {
    const { url, one, two } = await open(2);
    await one.deleteChannel(CHANNEL);
    await withClient(url, async (client) => {
      await client.query('BEGIN');
      // The table lock lets registrations read the table, and makes them wait before they insert.
      await client.query('LOCK TABLE channels IN SHARE MODE');
      const registering = [one, two].map((store, index) =>
        store.registerChannel(`channel ${index}`, { ...LIMITS, maxChannels: 1 }, 0),
      );
      const waiting = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await until(async () => (await database.query(waiting)).length >= 2);
      await client.query('COMMIT');
      expect((await Promise.all(registering)).sort()).toEqual(['full', 'registered']);
      expect(await one.totals()).toMatchObject({ channels: 1 });
    });
  });

  it.each(['deleted', 'evicted'])('deletes all rows of a channel that is %s', async (how) => {
    const { url, one: store } = await open(1);
    await store.ingest([delivery('A'), delivery('B'), delivery('', { actions: [] })]);
    if (how === 'deleted') await store.deleteChannel(CHANNEL);
    else await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 2_000_000);
    while (await store.retain(2_000_000));
    await withClient(url, async (client) => {
      for (const table of ['data_keys', 'deliveries', 'digests', 'subjects', 'sends', 'subscriptions']) {
        expect([table, (await client.query(`SELECT * FROM ${table}`)).rows]).toEqual([table, []]);
      }
      expect((await client.query('SELECT channel FROM channels')).rows).toEqual(
        how === 'deleted' ? [] : [{ channel: OTHER_CHANNEL }],
      );
    });
  });
});
