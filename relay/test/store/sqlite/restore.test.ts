/** The replacement of a SQLite file by a backup, with the command `restore`. */

import { hash } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { markAsMoved, openSqliteStore, type SqliteStore } from '../../../store/sqlite/open-file.ts';
import { prepareRestore, restorePrepared } from '../../../store/sqlite/restore.ts';
import { StoreUnavailable } from '../../../store/store.ts';
import { runIn, startAdminRelay } from '../../support/admin-relay.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';

let folder: string;
let path: string;
let backup: string;
let store: SqliteStore;

// A store with one more event than its backup.
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restore-'));
  path = join(folder, 'relay.sqlite');
  backup = join(folder, 'backup');
  store = openSqliteStore(path, TEST_OPTIONS);
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
  await store.ingest([delivery('A')]);
  await store.backup(backup);
  await store.ingest([delivery('A')]);
});
afterEach(async () => {
  if (store.database.open) await store.close();
  rmSync(folder, { recursive: true });
});

const restore = (environment: NodeJS.ProcessEnv = {}) =>
  runIn({ RELAY_SQLITE_PATH: path, ...environment }, 'restore', backup);

const failure = (message: string | RegExp) => ({ code: 1, output: expect.stringMatching(message) });

/** Returns the files of the folder with the digests of their contents. */
const files = () => readdirSync(folder).map((name) => [name, hash('sha256', readFileSync(join(folder, name)))]);

async function countIn(file: string): Promise<number> {
  const opened = openSqliteStore(file, TEST_OPTIONS);
  const { deliveries } = await opened.totals();
  await opened.close();
  return deliveries;
}

describe('a restore', () => {
  it('replaces the store and a left-over log with the backup, and keeps both under another name', async () => {
    await store.close();
    writeFileSync(`${path}-wal`, 'left over');
    // Only root can give a file to another group.
    const { uid, gid: own } = statSync(folder);
    const gid = uid === 0 ? 7 : own;
    chownSync(folder, uid, gid);
    const { code, output } = await restore();
    expect(code).toBe(0);
    const [, previous = ''] = /^Restored .* Start the relay\. The previous files are now (.*)\*\. /.exec(output) ?? [];
    expect(readFileSync(path)).toEqual(readFileSync(backup));
    expect(statSync(path)).toMatchObject({ mode: 0o100600, gid });
    expect(readFileSync(`${previous}-wal`, 'utf8')).toBe('left over');
    rmSync(`${previous}-wal`);
    expect([await countIn(path), await countIn(previous)]).toEqual([1, 2]);
  });

  it('needs no previous store', async () => {
    await store.close();
    rmSync(path);
    expect(await restore()).toEqual({ code: 0, output: `Restored ${path} from ${backup}. Start the relay.` });
    expect(await countIn(path)).toBe(1);
  });

  it('changes nothing while a relay uses the file, even if the file was deleted', async () => {
    const message = /^A relay (is running|uses .*)\. Stop it, and repeat the command(, or add --at-restart)?\.$/;
    const before = files();
    expect(await restore()).toEqual(failure(message));
    expect(files()).toEqual(before);
    await store.close();
    const relay = await startAdminRelay({ RELAY_SQLITE_PATH: path, RELAY_ADMIN_SOCKET: join(folder, 's') });
    rmSync(path);
    expect(await restore({ RELAY_ADMIN_SOCKET: join(folder, 's') })).toEqual(failure(message));
    await relay.stop();
  });

  it('changes nothing if a relay starts while the backup is copied', async () => {
    await store.close();
    const restoring = restore();
    while (!existsSync(`${path}.${process.pid}`)) await new Promise((resolve) => setImmediate(resolve));
    store = openSqliteStore(path, TEST_OPTIONS);
    expect(await restoring).toEqual(failure(/^A relay uses .*\. Stop it, and repeat the command\.$/));
    expect((await store.totals()).deliveries).toBe(2);
  });

  it('follows a symbolic link to the file', async () => {
    const link = join(folder, 'link');
    symlinkSync(path, link);
    expect(await restore({ RELAY_SQLITE_PATH: link })).toEqual(failure(/^A relay uses /));
    await store.close();
    expect(await restore({ RELAY_SQLITE_PATH: link })).toMatchObject({ code: 0 });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(await countIn(path)).toBe(1);
  });

  it('refuses to replace a folder', async () => {
    const inner = join(folder, 'inner');
    mkdirSync(inner);
    expect(await restore({ RELAY_SQLITE_PATH: inner })).toEqual(failure(/ is not a file\. Set RELAY_SQLITE_PATH to /));
    expect(statSync(inner).isDirectory()).toBe(true);
  });

  const pragma = (text: string, file?: string) => (): void => {
    const database = new Database(file ?? backup);
    database.pragma(text);
    database.close();
  };
  const rewrite = (change: (bytes: Buffer) => Buffer | string) => (): void => {
    writeFileSync(backup, change(readFileSync(backup)));
  };
  function deleteIndices(): void {
    const database = new Database(backup).unsafeMode();
    database.exec("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'index'");
    database.close();
  }
  function mark(): void {
    const database = new Database(backup);
    markAsMoved(database, 0);
    database.close();
  }
  function dropColumn(): void {
    const database = new Database(backup);
    database.exec('ALTER TABLE channels DROP COLUMN last_refusal_at');
    database.close();
  }
  const addLog = (): void => {
    writeFileSync(`${backup}-wal`, '');
  };
  const remove = (): void => {
    rmSync(backup);
  };
  it.each<[what: string, message: RegExp, change: () => void]>([
    ['that a newer version has written', /newer version of the relay/, pragma('user_version = 99')],
    ['without tables', /is not a backup of a relay/, pragma('user_version = 0')],
    ['whose tables are of another version', /channels\.last_refusal_at is missing/, dropColumn],
    ['whose data was moved', /was moved to a PostgreSQL/, mark],
    ['of a running store', /is the file of a store or a copy of one/, pragma('journal_mode = WAL')],
    ['without an index', /is damaged \(/, deleteIndices],
    ['that is damaged', /malformed/, rewrite((bytes) => bytes.fill('x', bytes.length / 2))],
    ['that is cut off', /malformed/, rewrite((bytes) => bytes.subarray(0, -4096))],
    ['that is no database', /file is not a database/, rewrite(() => 'text'.repeat(100))],
    ['beside a log', /is the file of a store or a copy of one/, addLog],
    ['that does not exist', /no such file/, remove],
  ])('refuses a file %s, and changes nothing', async (_, message, change) => {
    await store.close();
    change();
    const before = files();
    expect(await restore()).toEqual(failure(message));
    expect(files()).toEqual(before);
  });
});

describe('a prepared backup', () => {
  it('replaces the store when a relay starts, but not while a relay uses the file', async () => {
    const prepared = await prepareRestore(path, backup);
    expect(await restorePrepared(path)).toBeNull();
    expect(existsSync(prepared)).toBe(true);
    await store.close();
    const restored = await restorePrepared(path);
    expect([await countIn(path), await countIn(restored?.previous ?? '')]).toEqual([1, 2]);
    expect(await restorePrepared(path)).toBeNull();
  });

  it('that this version cannot use changes nothing, and is not tried again', async () => {
    await store.close();
    const prepared = await prepareRestore(path, backup);
    writeFileSync(prepared, 'of a newer version');
    await expect(restorePrepared(path)).rejects.toBeInstanceOf(StoreUnavailable);
    expect([existsSync(prepared), existsSync(`${prepared}-refused`)]).toEqual([false, true]);
    expect(await restorePrepared(path)).toBeNull();
    expect(await countIn(path)).toBe(2);
  });

  it('is replaced by a backup that is restored at once', async () => {
    await store.close();
    const prepared = await prepareRestore(path, backup);
    expect(await restore()).toMatchObject({ code: 0 });
    expect(existsSync(prepared)).toBe(false);
  });
});
