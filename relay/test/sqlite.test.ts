import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { migrate, sqliteMigrations } from '../store/sqlite/migrate.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { openSqliteInThread } from '../store/sqlite/sqlite-thread.ts';
import type { Store } from '../store/store.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { CONTRACT_OPTIONS, storeContract } from './store-contract.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-sqlite-'));
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

storeContract('SQLite', (options) => Promise.resolve(openSqliteStore(newPath(), options)));
storeContract('SQLite in a worker thread', (options) => openSqliteInThread(newPath(), options));

const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };

describe('a SQLite file', () => {
  it('has no other process to announce a dispatcher to', async () => {
    const announcement = { holder: '', load: 1, milliseconds: HOUR };
    for (const store of [
      openSqliteStore(newPath(), CONTRACT_OPTIONS),
      await openSqliteInThread(newPath(), CONTRACT_OPTIONS),
    ]) {
      expect(await store.announce(announcement)).toBeNull();
      await store.close();
    }
  });

  it('keeps its data when a migration is added, and applies each migration once', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    await store.close();

    const database = new Database(path);
    const migrations = [
      ...sqliteMigrations(),
      `ALTER TABLE channels ADD COLUMN note TEXT NOT NULL DEFAULT 'none';
       UPDATE channels SET note = note || ' yet';`,
    ];
    for (let run = 0; run < 2; run++) migrate(database, migrations);
    expect(database.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(database.prepare('SELECT channel, note, deliveries FROM channels').all()).toEqual([
      { channel: CHANNEL, note: 'none yet', deliveries: 1 },
    ]);
    expect(database.prepare('SELECT count(*) AS count FROM deliveries').get()).toEqual({ count: 1 });
    database.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('is unchanged when a migration fails', () => {
    const database = new Database(':memory:');
    migrate(database, ['CREATE TABLE one (id INTEGER);']);
    const failing = ['CREATE TABLE one (id INTEGER);', 'CREATE TABLE two (id INTEGER); INSERT INTO three VALUES (1);'];
    expect(() => {
      migrate(database, failing);
    }).toThrow(/three/);
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    const tables = database.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();
    expect(tables).toEqual(['one', 'relay_schema']);
    database.close();
  });

  it('is refused if a development version with different tables wrote it', () => {
    const path = newPath();
    const database = new Database(path);
    migrate(database, ['CREATE TABLE channels (id INTEGER);']);
    database.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a development version/);
  });

  it('has leases that expire by the clock of the store', async () => {
    const clock = new FakeClock();
    const store = openSqliteStore(':memory:', CONTRACT_OPTIONS, clock.now);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    const lease = () => store.lease({ holder: 'holder', limit: 9, milliseconds: HOUR });
    const { leases } = await lease();
    expect(leases).toHaveLength(1);
    await clock.advance(HOUR - 1);
    expect(await lease()).toEqual({ leases: [], lookAgainInMs: 1 });
    await store.renew(
      leases.map(({ leaseId }) => leaseId),
      HOUR,
    );
    await clock.advance(HOUR - 1);
    expect(await lease()).toEqual({ leases: [], lookAgainInMs: 1 });
    await clock.advance(1);
    expect((await lease()).leases).toHaveLength(1);
    await store.close();
  });

  it('ends the leases of a process that was killed', async () => {
    const path = newPath();
    const clock = new FakeClock();
    const first = openSqliteStore(path, CONTRACT_OPTIONS, clock.now);
    await first.registerChannel(CHANNEL, LIMITS, 0);
    await first.ingest([delivery('A')]);
    const lease = (store: Store) => store.lease({ holder: 'holder', limit: 9, milliseconds: HOUR });
    expect((await lease(first)).leases).toHaveLength(1);
    await first.close();
    const second = openSqliteStore(path, CONTRACT_OPTIONS, clock.now);
    expect((await lease(second)).leases).toHaveLength(1);
    await second.close();
  });

  it('is readable only by its owner', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    for (const file of [path, `${path}-wal`]) expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    await store.close();
  });

  it("is written with SQLite's durable settings", async () => {
    const store = openSqliteStore(newPath(), CONTRACT_OPTIONS);
    expect(store.database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(store.database.pragma('synchronous', { simple: true })).toBe(2);
    await store.close();
  });

  it('is locked against a second process', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    const script =
      `import('${new URL('../store/sqlite/sqlite-store.ts', import.meta.url).href}')` +
      `.then((m) => m.openSqliteStore(${JSON.stringify(path)}, {})).catch((error) => console.log(error.message))`;
    const { stdout } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^Another process uses .*Stop that process first\.\n$/);
    await store.close();
  });

  it('keeps its data when it is opened again, and is refused when a newer version wrote it', async () => {
    const path = newPath();
    const store = openSqliteStore(path, CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    await store.ingest([delivery('A')]);
    await store.close();
    const again = openSqliteStore(path, CONTRACT_OPTIONS);
    expect(await again.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(1);
    again.database.pragma('user_version = 99');
    await again.close();
    expect(() => openSqliteStore(path, CONTRACT_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('rejects a delivery when the disk is full, and accepts one that fits', async () => {
    const store = openSqliteStore(newPath(), { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, LIMITS, 0);
    const pages = store.database.pragma('page_count', { simple: true }) as number;
    store.database.pragma(`max_page_count = ${pages + 20}`);
    const big = () => delivery('A', { body: Buffer.alloc(200_000, 'x') });
    await expect(store.ingest([big()])).rejects.toThrow(/full/);
    expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toEqual([]);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await store.close();
  });

  it('ends a batch after about a megabyte of bodies', async () => {
    const store = openSqliteStore(':memory:', { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    await store.registerChannel(CHANNEL, LIMITS, 0);
    for (let i = 0; i < 6; i++) await store.ingest([delivery('A', { body: Buffer.alloc(400_000, String(i)) })]);
    await store.ingest([delivery('A', { body: Buffer.alloc(5_000_000, 'x') })]);
    const first = await store.deliveriesAfter(CHANNEL, 0, 50);
    expect(first).toHaveLength(3);
    expect(await store.deliveriesAfter(CHANNEL, 6, 50)).toHaveLength(1);
    await store.close();
  });

  it('keeps a data key until no delivery needs it, or its channel is deleted', async () => {
    const store = openSqliteStore(':memory:', CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    const keys = () => store.database.prepare('SELECT key_id FROM data_keys').pluck().all();
    const retention = { bodyMs: 0, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY, memoryMs: 0 };
    await store.ingest([delivery('A'), delivery('', { actions: [] })]);
    expect(keys()).toEqual([DATA_KEY.keyId]);
    await store.retain({ ...retention, bodyMs: DAY }, 2_000_000);
    expect(keys()).toEqual([DATA_KEY.keyId]);
    await store.retain(retention, 2_000_000);
    expect(keys()).toEqual([]);
    expect(await store.totals()).toMatchObject({ deliveries: 2 });
    await store.ingest([delivery('A')]);
    expect(keys()).toEqual([DATA_KEY.keyId]);
    await store.deleteChannel(CHANNEL);
    expect(keys()).toEqual([]);
    await store.close();
  });

  it('cannot be a folder, or be in a folder that does not exist', () => {
    expect(() => openSqliteStore(folder, CONTRACT_OPTIONS)).toThrow(/Can't use .* as a database/);
    expect(() => openSqliteStore(join(folder, 'no', 'such', 'folder'), CONTRACT_OPTIONS)).toThrow(/Can't use/);
  });
});
