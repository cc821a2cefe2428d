/** The driver for SQLite files, and files that are restored, deleted or used by other processes. */

import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { MIGRATIONS } from '../../../paths.ts';
import type { Database as StoreDatabase } from '../../../store/database/database.ts';
import { sqliteDatabase } from '../../../store/sqlite/sqlite-database.ts';
import { migrate, openFile, openSqliteStore, sqliteMigrations, unusable } from '../../../store/sqlite/open-file.ts';
import { openSqliteInThread } from '../../../store/sqlite/sqlite-thread.ts';
import { createStore, type Store } from '../../../store/store.ts';
import { fill, OPTIONS, T0 } from '../../support/filled-store.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };
const folder = temporaryFolder();
let count = 0;
const newPath = (name = 'relay') => join(folder, `${++count}-${name}`);

async function open(path = newPath(), options = TEST_OPTIONS) {
  const store = openSqliteStore(path, options);
  await store.registerChannel(CHANNEL, REGISTRATION, 0);
  return store;
}

it('migrations are numbered without gaps', () => {
  readdirSync(MIGRATIONS)
    .sort()
    .forEach((name, index) => {
      expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(3, '0')}-[a-z0-9-]+\\.sql$`));
    });
});

describe('a SQLite file', () => {
  it('keeps its data when a migration is added, and applies each migration once', async () => {
    const path = newPath();
    const store = await open(path);
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
    expect(database.prepare('SELECT channel, note, digests FROM channels').all()).toEqual([
      { channel: CHANNEL, note: 'none yet', digests: 1 },
    ]);
    expect(database.prepare('SELECT count(*) AS count FROM deliveries').get()).toEqual({ count: 1 });
    database.close();
    // A process of a version that has all migrations except this one.
    expect(() => openSqliteStore(path, TEST_OPTIONS)).toThrow(/written by a newer version/);
  });

  it('is unchanged when a migration fails', () => {
    const database = new Database(':memory:');
    const first = 'CREATE TABLE last_seq (seq INTEGER);';
    migrate(database, [first]);
    const failing = [first, 'CREATE TABLE two (id INTEGER); INSERT INTO three VALUES (1);'];
    expect(() => {
      migrate(database, failing);
    }).toThrow(/three/);
    expect(database.pragma('user_version', { simple: true })).toBe(1);
    const tables = database.prepare('SELECT name FROM sqlite_schema ORDER BY name').pluck().all();
    expect(tables).toEqual(['last_seq']);
    database.close();
  });

  it('deletes the waiting events of a Zap that was turned off by a process that was killed', async () => {
    const store = await open();
    await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, 0);
    await store.ingest([delivery('A')]);
    store.database.exec('UPDATE subscriptions SET ended_at = 1');
    while (await store.retain(Date.now() + 4 * DAY));
    expect(store.database.prepare('SELECT waiting_bytes, stored_bytes FROM channels').all()).toEqual([
      { waiting_bytes: 0, stored_bytes: 0 },
    ]);
    await store.close();
  });

  it('ends the claims of a process that was killed', async () => {
    const path = newPath();
    const claim = async (process: string) => {
      const store = await open(path);
      await store.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, 0);
      await store.heartbeat(process, null);
      const claims = await store.claim(process, 9);
      await store.close();
      return claims[0]?.claim ?? 0;
    };
    const before = await claim('one');
    expect(before).toBeGreaterThan(0);
    expect(await claim('two')).toBeGreaterThan(before);
  });

  it("is readable only by its owner, and written with SQLite's durable settings", async () => {
    const path = newPath();
    const store = await open(path);
    for (const file of [path, `${path}-wal`]) expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(store.database.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(store.database.pragma('synchronous', { simple: true })).toBe(2);
    await store.close();
  });

  it('waits for the disk when it stores an event, but not when a channel is claimed', async () => {
    const store = await open(newPath());
    const writesWithoutWaiting = () => store.database.pragma('synchronous', { simple: true }) === 1;
    await store.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { actions: ['A'] } }, 9, 0);
    await store.heartbeat('one', null);
    await store.ingest([delivery('A')]);
    expect(writesWithoutWaiting()).toBe(false);
    expect(await store.claim('one', 9)).toHaveLength(1);
    expect(writesWithoutWaiting()).toBe(true);
    await store.ingest([delivery('A')]);
    expect(writesWithoutWaiting()).toBe(false);
    await store.close();
  });

  it('rejects a delivery when the disk is full, and accepts one that fits', async () => {
    const store = await open(newPath(), { ...TEST_OPTIONS, maxChannelBytes: 1e9 });
    const pages = store.database.pragma('page_count', { simple: true }) as number;
    store.database.pragma(`max_page_count = ${pages + 20}`);
    const big = () => delivery('A', { body: randomBytes(200_000) });
    await expect(store.ingest([big()])).rejects.toThrow(/full/);
    expect(await store.latest(CHANNEL, null, 10)).toEqual([]);
    expect(await store.ingest([delivery('A')])).toEqual(['stored']);
    await store.close();
  });

  it('writes no backup to a disk that would then be full', async () => {
    const path = newPath();
    const store = await open(path, TEST_OPTIONS);
    // SQLite ignores the hole that makes the file larger than the disk.
    const { size } = statSync(path);
    truncateSync(path, 2 ** 43);
    const file = newPath();
    await expect(store.backup(file)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(existsSync(file)).toBe(false);
    truncateSync(path, size);
    await store.backup(file);
    expect(existsSync(file)).toBe(true);
    await store.close();
  });

  it('is on a full disk if opening it fails and no space is left, although SQLite reports an I/O error', () => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
    // The file system of /proc has no free space.
    expect(unusable('/proc/relay.sqlite', error)).toMatchObject({
      message: "Can't use /proc/relay.sqlite as a database: the disk with /proc is full. Free some space.",
      isTemporary: true,
    });
    const other = join(folder, 'relay.sqlite');
    expect(unusable(other, error).message).toBe(`Can't use ${other} as a database: disk I/O error.`);
  });

  it('cannot be a folder, or be in a folder that does not exist', () => {
    expect(() => openSqliteStore(folder, TEST_OPTIONS)).toThrow(/Can't use .* as a database/);
    expect(() => openSqliteStore(join(folder, 'no', 'such', 'folder'), TEST_OPTIONS)).toThrow(/Can't use/);
  });
});

describe('a file that is copied', () => {
  const countIn = async (path: string): Promise<number> => {
    const store = openSqliteStore(path, TEST_OPTIONS);
    const { deliveries } = await store.totals();
    await store.close();
    return deliveries;
  };

  it('is refused beside the write-ahead log of another file, and opened with its own after a crash', async () => {
    const [path, restored, crashed] = [newPath(), newPath('restored'), newPath()];
    const store = await open(path);
    await store.backup(restored);
    await store.ingest([delivery('A')]);
    copyFileSync(`${path}-wal`, `${restored}-wal`);
    await expect(countIn(restored)).rejects.toThrow(/restored-wal does not belong to .*, and would corrupt it/);
    rmSync(`${restored}-wal`);
    for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${crashed}${suffix}`);
    expect([await countIn(restored), await countIn(crashed)]).toEqual([0, 1]);
    await store.close();
  });
});

it('nothing is stored and the store is not ready once its file is deleted or replaced', async () => {
  const path = newPath();
  const store = await open(path);
  rmSync(path);
  const refused = { code: 'STORE_FILE_DELETED' };
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject(refused);
  await expect(store.ping()).rejects.toMatchObject(refused);
  writeFileSync(path, '');
  await expect(store.ingest([delivery('A')])).rejects.toMatchObject(refused);
  await store.close();
});

it('ends a subscription completely if the responses of its transactions are lost', async () => {
  const database = sqliteDatabase(openFile(':memory:'), Date.now);
  let isLost = false;
  const run = database.transaction;
  const transaction: StoreDatabase['transaction'] = async (work, options) => {
    // The transaction was committed, but the driver repeats it.
    if (isLost) await run(work, options);
    return run(work, options);
  };
  const store = createStore(Object.assign(database, { transaction }), TEST_OPTIONS);
  await store.registerChannel(CHANNEL, REGISTRATION, 0);
  const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 9, 0);
  if (subscription === 'full') throw new Error('The channel is full.');
  await store.ingest([delivery('A')]);
  isLost = true;
  expect(await store.unsubscribe(CHANNEL, subscription.id, 0)).not.toBeNull();
  expect(await store.sendSummaries('waiting', subscription.id, 9)).toEqual([]);
  expect(await store.unsubscribe(CHANNEL, subscription.id, 0)).toBeNull();
  await database.close();
});

it('a SQLite store in a worker thread returns the same data as a store in the same thread', async () => {
  const path = newPath();
  const read = async (store: Store) => {
    const latest = await store.latest(CHANNEL, 'A', 100);
    const attempts = await Promise.all(latest.map(({ seq }) => store.attemptsOf(CHANNEL, seq)));
    return { latest, attempts, state: await store.channelState(CHANNEL, T0), keys: await store.dataKeys(CHANNEL, 9) };
  };
  const store = await openSqliteInThread(path, OPTIONS);
  await fill(store);
  const data = await read(store);
  await store.close();
  const again = openSqliteStore(path, OPTIONS);
  expect(data).toEqual(await read(again));
  expect(data.attempts.flat()).not.toEqual([]);
  await again.close();
});
