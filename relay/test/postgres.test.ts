import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { DAY, HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL, delivery, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { createIngest } from '../ingest.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { NewDelivery, Store } from '../store/store.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';
import { hasTestDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';

const describeWithDatabase = hasTestDatabase() ? describe : describe.skip;

/** A link to a server that can be made to carry nothing. */
async function startLink(host: string, port: number) {
  const sockets = new Set<Socket>();
  let isHeld = false;
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (!isHeld) to.write(bytes);
      });
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => undefined);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold: () => {
      isHeld = true;
    },
    // What was held is lost, so no connection of before is of use.
    release: () => {
      isHeld = false;
      for (const socket of sockets) socket.destroy();
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

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

  storeContract('PostgreSQL', async () => openPostgresStore(await database.newSchema(), CONTRACT_OPTIONS));

  /** Opens a store that is closed at the end. */
  async function open(url: string): Promise<Store> {
    const store = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    stores.push(store);
    return store;
  }
  const LIMITS = { maxChannels: 9, idleMs: DAY };
  const HOLDERS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;

  it('is migrated once by processes that start at the same time', async () => {
    const url = await database.newSchema();
    const all = await Promise.all(Array.from({ length: 8 }, () => open(url)));
    for (const store of all) expect(await store.totals(0)).toMatchObject({ channels: 0 });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect((await client.query('SELECT * FROM relay_schema')).rows).toHaveLength(1);
    await client.query('UPDATE relay_schema SET version = 99');
    await client.end();
    await expect(open(url)).rejects.toThrow(/written by a newer version/);
  });

  it('gives numbers without gaps, in the order of commits, whoever takes the deliveries in', async () => {
    const url = await database.newSchema();
    const [one, two] = [await open(url), await open(url)];
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await one.registerChannel(channel, LIMITS, 0);
    const seen: number[] = [];
    const writers = new Set(['one', 'two', 'three', 'four']);
    // A reader that goes on after the highest number it saw: what became visible late would be missing.
    const reading = (async () => {
      for (;;) {
        const wasDone = writers.size === 0;
        const kept = await two.deliveriesAfter(CHANNEL, seen.at(-1) ?? 0, 100);
        seen.push(...kept.map(({ seq }) => seq));
        if (wasDone && kept.length === 0) return;
      }
    })();
    const group = (): NewDelivery[] =>
      // Both channels, in either order: rows that are locked in different orders would block each other for good.
      Array.from({ length: 20 }, (_, index) =>
        delivery('A', { channel: (index + Math.round(Math.random())) % 2 ? CHANNEL : OTHER_CHANNEL }),
      );
    const writing = [...writers].map(async (writer, index) => {
      const store = index % 2 ? one : two;
      for (let round = 0; round < 20; round++) {
        expect(await store.ingest(group())).toEqual(Array(20).fill('stored'));
      }
      writers.delete(writer);
    });
    await Promise.all(writing);
    await reading;
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    const { deliveries } = await one.totals(0);
    expect(deliveries).toBe(1600);
    expect((await two.deliveriesAfter(OTHER_CHANNEL, 1600 - seen.length - 1, 10)).length).toBe(1);
  });

  it('stores the same bytes once, though two processes take them in at once', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)];
    await both[0]?.registerChannel(CHANNEL, LIMITS, 0);
    for (let round = 0; round < 30; round++) {
      const same = delivery('A');
      const results = await Promise.all(both.map((store) => store.ingest([same])));
      expect(results.flat().sort()).toEqual(['duplicate', 'stored']);
    }
  });

  it('gives a last place to one of many', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)] as const;
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        both[index % 2 ? 1 : 0].registerChannel(`c${index}`, { ...LIMITS, maxChannels: 3 }, 0),
      ),
    );
    expect(results.filter((result) => result === 'registered')).toHaveLength(3);
  });

  it('leases each channel to one of those who ask at once', async () => {
    const url = await database.newSchema();
    const both = [await open(url), await open(url)] as const;
    for (let index = 0; index < 40; index++) {
      await both[0].registerChannel(`c${index}`, { ...LIMITS, maxChannels: 100 }, 0);
      await both[0].ingest([delivery('A', { channel: `c${index}` })]);
    }
    const request = { limit: 10, milliseconds: HOUR, now: 0 };
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

  it('tells the holder of a channel what another process took in or changed', async () => {
    const url = await database.newSchema();
    const [one, two] = [await open(url), await open(url)];
    const heard: string[] = [];
    const heardByOther: string[] = [];
    await one.listen(HOLDERS[0], (_channel, what) => heard.push(what));
    await two.listen(HOLDERS[1], (_channel, what) => heardByOther.push(what));
    await one.registerChannel(CHANNEL, LIMITS, 0);
    await one.ingest([delivery('A')]);
    expect((await one.lease({ holder: HOLDERS[0], limit: 1, milliseconds: HOUR, now: 0 })).leases).toHaveLength(1);
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

  it('listens again when its connection is cut', async () => {
    const url = await database.newSchema();
    const [one, two] = [await open(url), await open(url)];
    const heard: string[] = [];
    await one.listen(HOLDERS[0], (_channel, what) => heard.push(what));
    await one.registerChannel(CHANNEL, LIMITS, 0);
    await one.ingest([delivery('A')]);
    await one.lease({ holder: HOLDERS[0], limit: 1, milliseconds: HOUR, now: 0 });
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE 'tutorcruncher%' AND pid <> pg_backend_pid()`;
    await database.query(cut);
    heard.length = 0;
    await until(async () => {
      await two.ingest([delivery('A')]);
      return heard.length > 0;
    });
    expect(await one.deliveriesAfter(CHANNEL, 0, 1)).toHaveLength(1);
  });

  it('loses nothing, and says nothing twice, when connections are cut under load', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    let stored = 0;
    const writing = (async () => {
      for (let round = 0; round < 150; round++) {
        // A group whose answer was lost is known when it is said again.
        const [result] = await store.ingest([delivery('A')]);
        if (result === 'stored' || result === 'duplicate') stored++;
      }
    })();
    for (let cut = 0; cut < 5; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tutorcruncher-zapier-relay' AND pid <> pg_backend_pid()`,
      );
    }
    await writing;
    expect(stored).toBe(150);
    expect(await store.totals(0)).toMatchObject({ deliveries: 150 });
  });

  it('says within 7 seconds that the database does not answer, and goes on when it does', async () => {
    const url = new URL(await database.newSchema());
    const link = await startLink(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(link.port);
    const store = await open(url.href);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    const ingest = createIngest(store);
    expect(await ingest.add(delivery('A'))).toBe('stored');

    // Nothing says that the connection is dead: bytes just don't arrive.
    link.hold();
    const begin = Date.now();
    const lost = Array.from({ length: 3 }, () => ingest.add(delivery('A')));
    for (const add of lost) await expect(add).rejects.toThrow();
    expect(Date.now() - begin).toBeLessThan(7000);
    link.release();
    await until(() =>
      ingest.add(delivery('A')).then(
        (result) => result === 'stored',
        () => false,
      ),
    );
    await ingest.idle();
    link.close();
  });

  it('reads no more than about a megabyte of bodies at once', async () => {
    const store = await open(await database.newSchema());
    await store.registerChannel(CHANNEL, LIMITS, 0);
    for (let i = 0; i < 6; i++) await store.ingest([delivery('A', { body: Buffer.alloc(400_000, String(i)) })]);
    await store.ingest([delivery('A', { body: Buffer.alloc(5_000_000, 'x') })]);
    expect(await store.deliveriesAfter(CHANNEL, 0, 50)).toHaveLength(3);
    expect(await store.deliveriesAfter(CHANNEL, 6, 50)).toHaveLength(1);
  });

  it('leaves nothing of a channel that was forgotten', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A'), delivery('B')]);
    await store.retain({ bodyMs: HOUR, duplicateMs: HOUR, deadLetterMs: HOUR }, 5_000_000);
    await store.deleteChannel(CHANNEL);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const table of ['channels', 'deliveries', 'subscriptions', 'dead_letters', 'hours', 'passages', 'forgotten']) {
      expect([table, (await client.query(`SELECT * FROM ${table}`)).rows]).toEqual([table, []]);
    }
    await client.end();
  });

  it('finishes forgetting what an idle channel held that gave its place up', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, { maxChannels: 1, idleMs: 0 }, 0);
    await store.ingest([delivery('A', { body: bodyOf('A', 1) })]);
    expect(await store.registerChannel(OTHER_CHANNEL, { maxChannels: 1, idleMs: 0 }, 2_000_000)).toBe('registered');
    await store.retain({ bodyMs: HOUR, duplicateMs: HOUR, deadLetterMs: HOUR }, 2_000_000);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    expect((await client.query('SELECT * FROM deliveries')).rows).toEqual([]);
    expect((await client.query('SELECT * FROM forgotten')).rows).toEqual([]);
    await client.end();
  });

  it.each([
    [
      'postgres://nobody@127.0.0.1:1/x',
      /^Can't use the database of RELAY_DATABASE_URL: no connection \(ECONNREFUSED\)\.$/,
    ],
    ['postgres://user:hunter2@127.0.0.1:1/x', /^(?!.*hunter2)/],
  ])('says why it can not be used: %s', async (url, message) => {
    await expect(openPostgresStore(url, CONTRACT_OPTIONS)).rejects.toThrow(message);
  });
});
