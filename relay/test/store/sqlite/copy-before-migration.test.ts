/** The copy of a file before its migration, and the return to the previous version with this copy. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { freePort } from '../../../harness/free-port.ts';
import { addMigration } from '../../../harness/next-version.ts';
import { startRelayProcess } from '../../../harness/relay-process.ts';
import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { openSqliteStore, sqliteMigrations } from '../../../store/sqlite/open-file.ts';
import { runIn } from '../../support/admin-relay.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'upgrade-'));
  path = join(folder, 'relay.sqlite');
  const store = openSqliteStore(path, TEST_OPTIONS);
  await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
  await store.ingest([delivery('A')]);
  await store.close();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const copies = () => readdirSync(folder).filter((name) => name.includes('backup'));
const versionIn = (file: string): unknown => {
  const database = new Database(file, { readonly: true });
  const version = database.pragma('user_version', { simple: true });
  database.close();
  return version;
};
const openWithCopy = () => openSqliteStore(path, { ...TEST_OPTIONS, copyFolder: folder });

/** Makes the file look like a file that was written before the last migration existed. */
function makeOlder(): void {
  const database = new Database(path);
  database.pragma(`user_version = ${sqliteMigrations().length - 1}`);
  database.close();
}

it('no copy is made of a file that is new, or needs no migration', async () => {
  await openWithCopy().close();
  rmSync(path);
  await openWithCopy().close();
  expect(copies()).toEqual([]);
});

it('the copy is deleted if the migration fails, because the file is then unchanged', () => {
  makeOlder();
  expect(openWithCopy).toThrow(/as a database/);
  expect(copies()).toEqual([]);
  expect(versionIn(path)).toBe(sqliteMigrations().length - 1);
});

it('a relay without room for the copy waits, and changes nothing', () => {
  makeOlder();
  const { size } = statSync(path);
  // Extend the file with a hole, so that the file is larger than the disk. SQLite ignores the hole.
  truncateSync(path, 2 ** 43);
  let error: unknown;
  try {
    openWithCopy();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    isTemporary: true,
    message: expect.stringMatching(
      /first makes a backup, for which .* needs \d+ MB of free space\. Free some, such as/,
    ),
  });
  truncateSync(path, size);
  expect(copies()).toEqual([]);
});

it('a relay that cannot write the copy names the folder and its setting, and changes nothing', () => {
  makeOlder();
  const missing = join(folder, 'missing');
  const open = () => openSqliteStore(path, { ...TEST_OPTIONS, copyFolder: missing });
  expect(open).toThrow(`which it cannot write to ${missing} (ENOENT). Correct RELAY_BACKUP_FOLDER, or the owner of`);
  expect(versionIn(path)).toBe(sqliteMigrations().length - 1);
});

describe('an upgrade that migrates the store', () => {
  it('leaves a copy, which the previous version names and uses again', async () => {
    const log = join(folder, 'log');
    const build = join(folder, 'next');
    mkdirSync(join(folder, 'data'));
    path = join(folder, 'data', 'relay.sqlite');
    addMigration(build);
    const environment = { RELAY_SQLITE_PATH: path, RELAY_NIGHTLY_BACKUPS: '3' };
    // Both versions use the same port. The port is a part of the origin, and a store belongs to one origin.
    const port = await freePort();
    const start = (of?: string) => startRelayProcess({ port, environment, build: of, logPath: log });

    await (await start()).kill('SIGTERM');
    await (await start(build)).kill('SIGTERM');
    const data = join(folder, 'data');
    const [name = '', ...others] = readdirSync(data).filter((file) => file.endsWith('-before-upgrade'));
    const copy = join(data, name);
    expect(others).toEqual([]);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect([versionIn(copy), versionIn(path)]).toEqual([sqliteMigrations().length, sqliteMigrations().length + 1]);

    await expect(start()).rejects.toThrow(/did not become ready/);
    expect(readFileSync(log, 'utf8')).toContain(`To go back to this version instead, restore ${copy} as`);

    // Use `--at-restart`, because some platforms offer a shell only while a relay runs, and the running relay is the
    // newer version.
    const prepared = await runIn({ RELAY_SQLITE_PATH: path }, 'restore', copy, '--at-restart');
    expect(prepared).toMatchObject({ code: 0 });
    await (await start()).kill('SIGTERM');
    expect(versionIn(path)).toBe(sqliteMigrations().length);
    expect(existsSync(`${path}.restore`)).toBe(false);
  });
});
