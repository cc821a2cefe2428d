import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';

import { migrate, postgresMigrations } from '../store/postgres/migrate.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { NewDelivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';
import { setDatabaseClock } from './database-clock.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

describeWithDatabase('PostgreSQL', () => {
  let database: TestDatabase;
  const stores: Store[] = [];

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(async () => {
    for (const store of stores) await store.close().catch(() => undefined);
    await database.stop();
  });

  storeContract('PostgreSQL', async (options) => openPostgresStore(await database.newSchema(), options));

  /** Opens a store that is closed after the last test. */
  async function open(url: string): Promise<Store> {
    const store = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    stores.push(store);
    return store;
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
  const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };
  const HOLDERS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;

  it('is migrated once when several processes start at the same time', async () => {
    const url = await database.newSchema();
    const all = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    for (const store of all) expect(await store.totals()).toMatchObject({ channels: 0 });
    await withClient(url, async (client) => {
      const { rows } = await client.query('SELECT version FROM relay_schema');
      expect(rows).toEqual([{ version: postgresMigrations().length }]);
    });
  });

  it('keeps its data when a migration is added, and applies each migration once', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    const migrations = [
      ...postgresMigrations(),
      `ALTER TABLE channels ADD COLUMN note text NOT NULL DEFAULT 'none';
       UPDATE channels SET note = note || ' yet';`,
    ];
    await withClient(url, async (client) => {
      for (let run = 0; run < 2; run++) await migrate(client, migrations);
      expect((await client.query('SELECT version FROM relay_schema')).rows).toEqual([{ version: migrations.length }]);
      expect((await client.query('SELECT channel, note FROM channels')).rows).toEqual([
        { channel: CHANNEL, note: 'none yet' },
      ]);
    });
    // A process of the previous version that is already running continues to work.
    expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toHaveLength(1);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await expect(open(url)).rejects.toThrow(/written by a newer version/);
  });

  it('is unchanged when a migration fails', async () => {
    await withClient(await database.newSchema(), async (client) => {
      const first = 'CREATE TABLE one (id integer)';
      await migrate(client, [first]);
      const failing = 'CREATE TABLE two (id integer); INSERT INTO three VALUES (1)';
      await expect(migrate(client, [first, failing])).rejects.toThrow(/three/);
      expect((await client.query('SELECT version FROM relay_schema')).rows).toEqual([{ version: 1 }]);
      expect((await client.query(`SELECT to_regclass('two') AS two`)).rows).toEqual([{ two: null }]);
    });
  });

  it('is refused if a development version with different tables migrated it', async () => {
    const url = await database.newSchema();
    await withClient(url, (client) => migrate(client, ['CREATE TABLE channels (id integer)']));
    await expect(open(url)).rejects.toThrow(/written by a development version/);
    await withClient(url, async (client) => {
      await client.query('ALTER TABLE relay_schema DROP COLUMN fingerprint');
    });
    await expect(open(url)).rejects.toThrow(/written by a development version/);
  });

  it('follows the clock of the server in leases and due times', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    const lease = () => store.lease({ holder: HOLDERS[0], limit: 9, milliseconds: HOUR });
    const { leases } = await lease();
    expect(leases).toHaveLength(1);
    expect((await lease()).leases).toEqual([]);
    await setDatabaseClock(url, 2 * HOUR);
    expect(await store.totals()).toMatchObject({ overdueChannels: 1 });
    const again = await lease();
    expect(again.leases).toHaveLength(1);
    expect(await store.totals()).toMatchObject({ overdueChannels: 0 });
    await store.release(again.leases.map((held) => ({ ...held, dueInMs: HOUR })));
    expect(await store.totals()).toMatchObject({ overdueChannels: 0 });
    expect((await lease()).leases).toEqual([]);
  });

  it('numbers deliveries without gaps, in the order of commits, across processes', async () => {
    const url = await database.newSchema();
    const [one, two] = [await open(url), await open(url)];
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await one.registerChannel(channel, LIMITS, 0);
    const seen: number[] = [];
    const writers = new Set(['one', 'two', 'three', 'four']);
    // The reader continues after the highest number that it has seen, so it misses a delivery that becomes visible late.
    const reading = (async () => {
      for (;;) {
        const wasDone = writers.size === 0;
        const kept = await two.deliveriesAfter(CHANNEL, seen.at(-1) ?? 0, 100);
        seen.push(...kept.map(({ seq }) => seq));
        if (wasDone && kept.length === 0) return;
      }
    })();
    const group = (number: number): NewDelivery[] =>
      // Groups differ in the order of the channels, because locking their rows in different orders could cause deadlocks.
      Array.from({ length: 20 }, (_, index) =>
        delivery('A', { channel: ((index + number) >> (number % 3)) % 2 ? CHANNEL : OTHER_CHANNEL }),
      );
    const writing = [...writers].map(async (writer, index) => {
      const store = index % 2 ? one : two;
      for (let round = 0; round < 20; round++) {
        expect(await store.ingest(group(index + round))).toEqual(Array(20).fill('stored'));
      }
      writers.delete(writer);
    });
    await Promise.all(writing);
    await reading;
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    const { deliveries } = await one.totals();
    expect(deliveries).toBe(1600);
    expect((await two.deliveriesAfter(OTHER_CHANNEL, 1600 - seen.length - 1, 10)).length).toBe(1);
  });

  it('stores a delivery once when two processes ingest it concurrently', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)];
    await both[0]?.registerChannel(CHANNEL, LIMITS, 0);
    for (let round = 0; round < 30; round++) {
      const same = delivery('A');
      const results = await Promise.all(both.map((store) => store.ingest([same])));
      expect(results.flat().sort()).toEqual(['duplicate', 'stored']);
    }
  });

  it('gives each of the last slots to one of several concurrent registrations', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)] as const;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        both[index % 2 ? 1 : 0].registerChannel(`c${index}`, { ...LIMITS, maxChannels: 3 }, 0),
      ),
    );
    expect(results.filter((result) => result === 'registered')).toHaveLength(3);
  });

  it('leases each channel to one of several concurrent holders', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)] as const;
    for (let index = 0; index < 40; index++) {
      await both[0].registerChannel(`c${index}`, { ...LIMITS, maxChannels: 100 }, 0);
      await both[0].ingest([delivery('A', { channel: `c${index}` })]);
    }
    const request = { limit: 10, milliseconds: HOUR };
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        both[index % 2 ? 1 : 0].lease({ ...request, holder: HOLDERS[index % 2 ? 1 : 0] }),
      ),
    );
    const channels = all.flatMap(({ leases }) => leases.map(({ channel }) => channel));
    expect(new Set(channels).size).toBe(channels.length);
    const rest = await both[0].lease({ ...request, limit: 100, holder: HOLDERS[0] });
    expect(channels.length + rest.leases.length).toBe(40);
  });

  it('notifies the holder of a channel of deliveries and changes by another process', async () => {
    const url = await database.newSchema();
    const [one, two] = [await open(url), await open(url)];
    const heard: string[] = [];
    const heardByOther: string[] = [];
    await one.listen(HOLDERS[0], (_channel, what) => heard.push(what));
    await two.listen(HOLDERS[1], (_channel, what) => heardByOther.push(what));
    await one.registerChannel(CHANNEL, LIMITS, 0);
    await one.ingest([delivery('A')]);
    expect((await one.lease({ holder: HOLDERS[0], limit: 1, milliseconds: HOUR })).leases).toHaveLength(1);
    heard.length = 0;
    await two.ingest([delivery('A')]);
    await until(() => heard.length === 1);
    await two.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter: { actions: ['A'] } }, 9, 0);
    await until(() => heard.length === 2);
    await two.deleteChannel(CHANNEL);
    await until(() => heard.length === 3);
    expect(heard).toEqual(['deliveries', 'subscriptions', 'subscriptions']);
    expect(heardByOther).toEqual([]);
  });

  it('ends a batch after about a megabyte of bodies', async () => {
    const store = await open(await database.newSchema());
    await store.registerChannel(CHANNEL, LIMITS, 0);
    for (let i = 0; i < 6; i++) await store.ingest([delivery('A', { body: Buffer.alloc(400_000, String(i)) })]);
    await store.ingest([delivery('A', { body: Buffer.alloc(5_000_000, 'x') })]);
    expect(await store.deliveriesAfter(CHANNEL, 0, 50)).toHaveLength(3);
    expect(await store.deliveriesAfter(CHANNEL, 6, 50)).toHaveLength(1);
  });

  it('deletes all rows of a deleted channel', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A'), delivery('B')]);
    await store.retain({ bodyMs: HOUR, duplicateMs: HOUR, deadLetterMs: HOUR, memoryMs: 0 }, 5_000_000);
    await store.deleteChannel(CHANNEL);
    const tables =
      'channels action_lists data_keys deliveries subscriptions dead_letters hourly_counts watermarks deleted_channels';
    await withClient(url, async (client) => {
      for (const table of tables.split(' ')) {
        expect([table, (await client.query(`SELECT * FROM ${table}`)).rows]).toEqual([table, []]);
      }
    });
  });

  it('deletes the deliveries of an evicted channel', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
    await store.ingest([delivery('A', { body: bodyOf('A', 1) })]);
    expect(
      await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 2_000_000),
    ).toBe('registered');
    await store.retain({ bodyMs: HOUR, duplicateMs: HOUR, deadLetterMs: HOUR, memoryMs: 0 }, 2_000_000);
    await withClient(url, async (client) => {
      expect((await client.query('SELECT * FROM deliveries')).rows).toEqual([]);
      expect((await client.query('SELECT * FROM deleted_channels')).rows).toEqual([]);
    });
  });
});
