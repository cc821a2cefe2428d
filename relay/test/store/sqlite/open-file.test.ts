/**
 * The file of a SQLite store: its migrations, its access rights, its write-ahead log, and files that a relay cannot
 * use.
 */

import { copyFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { DAY } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { MIGRATIONS } from '../../../paths.ts';
import { migrate, openSqliteStore, sqliteMigrations, unusable } from '../../../store/sqlite/open-file.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { sqliteFiles } from '../../support/sqlite-files.ts';

const { folder, newPath, open } = sqliteFiles();

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
    // This version lacks the migration that was added last.
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

  it('counts as being on a full disk if opening it fails and no space is left, even if SQLite reports an I/O error', () => {
    const error = Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_WRITE' });
    // The file system of /proc has no free space.
    expect(unusable('/proc/relay.sqlite', error)).toMatchObject({
      message: "Can't use /proc/relay.sqlite as a database: the disk that contains /proc is full. Free some space.",
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
