/** Opens and migrates the file of a SQLite store, and marks a file whose data was moved. */

import { chmodSync, closeSync, existsSync, openSync, readSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { types } from 'node:util';

import Database from 'better-sqlite3';

import { networkShareProblem, readFileSystem } from '../../file-system.ts';
import { nameOf } from '../../log.ts';
import { missingMigrations, readMigrations } from '../migrations.ts';
import { OWN_ORIGIN, type OwnOrigin } from '../channels/origin.ts';
import { checkSchema, type CheckedStore } from '../schema-check.ts';
import type { StoreOptions } from '../store-options.ts';
import { createReads, createStore, StoreUnavailable, type Store, type StoreReads } from '../store.ts';
import { copyBeforeMigration } from './copy-before-migration.ts';
import { lockFile } from './file-lock.ts';
import { missingRight } from './missing-right.ts';
import { sqliteSchema } from './sqlite-schema.ts';
import { MIN_FREE_BYTES, readDatabase, sqliteDatabase, toSqlite } from './sqlite-database.ts';

/** Additions to the first migration: a table with the newest sequence number, so that no number is reused. */
const FIRST = 'CREATE TABLE last_seq (seq INTEGER NOT NULL); INSERT INTO last_seq VALUES (0);';

/** Returns the migrations of the SQLite store. */
export const sqliteMigrations = (): string[] =>
  readMigrations().map((text, index) => (index === 0 ? FIRST : '') + toSqlite(text));

/** Returns the number of migrations that a database has; 0 if the database is not a relay's database. */
export const versionOf = (database: Database.Database): number =>
  hasTable(database, 'last_seq') ? Number(database.pragma('user_version', { simple: true })) : 0;

const hasTable = (database: Database.Database, name: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;

/** Applies missing migrations. @throws {StoreUnavailable} if a newer version has written the database */
export function migrate(database: Database.Database, migrations: readonly string[]): void {
  const version = versionOf(database);
  missingMigrations(migrations, version).forEach((statements, index) => {
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`user_version = ${version + index + 1}`);
    })();
  });
}

/** Maximum wait of a read while SQLite recovers the write-ahead log, in milliseconds. */
const READ_TIMEOUT_MS = 1_000;

/** Offset of the format version in the header of a SQLite file. The version is 2 if the file has a write-ahead log. */
const VERSION_AT = 18;

/** Returns true if the header of a file declares a write-ahead log. The header of a backup declares none. */
export function hasLog(path: string): boolean {
  const header = Buffer.alloc(VERSION_AT + 1);
  const file = openSync(path, 'r');
  readSync(file, header);
  closeSync(file);
  return header[VERSION_AT] === 2;
}

/**
 * Checks that SQLite would not write the pages of another file's write-ahead log into a file.
 *
 * @throws {StoreUnavailable} if the write-ahead log next to the file belongs to another file
 */
function checkLog(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (!log?.size || (existsSync(path) && hasLog(path))) return;
  throw new StoreUnavailable(
    `${path}-wal does not belong to ${path}, and would corrupt it. Use the command "restore" to restore a backup. ` +
      'Otherwise, put back the file that was there before.',
  );
}

/**
 * Applies the migrations that a file lacks, and checks the schema of the file. If the relay cannot use the file, its
 * content stays unchanged, so that the previous version can still use the file.
 *
 * @throws {StoreUnavailable} if the relay cannot use the file
 */
export function prepare(database: Database.Database, path: string): void {
  database.transaction(() => {
    migrate(database, sqliteMigrations());
    checkSchema('sqlite', sqliteSchema(database), path);
  })();
}

/** Opens or creates a SQLite file, and locks the file for this connection. @throws if another process uses the file */
export function openDatabase(path: string): Database.Database {
  if (path !== ':memory:') {
    checkLog(path);
    // The file contains children's data. Create the file with its final mode, so that other users can never open it.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const database = new Database(path, { timeout: 0 });
  // A second process must fail to open the file, because two processes would send every delivery twice.
  if (path !== ':memory:') lockFile(database, path);
  database.pragma('journal_mode = WAL');
  database.pragma('secure_delete = ON');
  // Checkpoint after 4,000 pages of 4 kB. At 500 events per second, SQLite would copy the log several times per second
  // with the default of 1,000 pages.
  database.pragma('wal_autocheckpoint = 4000');
  return database;
}

/** Records in a file that its data was moved to another store, so that no relay delivers the data a second time. */
export const markAsMoved = (database: Database.Database, now: number): unknown =>
  database.exec(`CREATE TABLE relay_moved AS SELECT ${now} AS moved_at`);

/** Checks that the data of a file was not moved. @throws {StoreUnavailable} if the data was moved to another store */
export function checkNotMoved(database: Database.Database, path: string): void {
  if (!hasTable(database, 'relay_moved')) return;
  const at = database.prepare('SELECT max(moved_at) FROM relay_moved').pluck().get();
  throw new StoreUnavailable(
    `The data in ${path} was moved to a PostgreSQL database on ${new Date(Number(at)).toISOString()}. Set RELAY_DATABASE_URL ` +
      'to the URL of that database. docs/relay-commands.md describes how to return to the file.',
  );
}

/** Returns true if the disk that contains a folder has too little space for the largest delivery. */
function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < MIN_FREE_BYTES;
  } catch {
    return false;
  }
}

/** Returns the error for a file that the relay cannot use. */
export function unusable(path: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const code = nameOf(error);
  const text =
    `Another process uses ${path}, which only one relay can use at a time. Stop that process first. On a platform, run ` +
    'at most one instance, even during a deploy.';
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return new StoreUnavailable(text);
  const isDiskFailure = /^(SQLITE_(FULL|IOERR)|ENOSPC|EDQUOT|EIO)/.test(code);
  const folder = dirname(path);
  // On a full disk, SQLite sometimes reports only a "disk I/O error".
  if (isDiskFailure && isFull(folder))
    return new StoreUnavailable(
      `Can't use ${path} as a database: the disk that contains ${folder} is full. Free some space.`,
      true,
    );
  const lack = missingRight(path);
  if (lack !== null) return new StoreUnavailable(`Can't use ${path} as a database: ${lack}`);
  // The error classes of better-sqlite3 belong to the first realm that loads the module, so `instanceof` fails in other
  // realms.
  const reason = types.isNativeError(error) ? error.message : String(error);
  return new StoreUnavailable(`Can't use ${path} as a database: ${reason}.`, isDiskFailure);
}

/**
 * Copies a file with older tables to a folder, and then migrates the file. Deletes the copy if the file stays
 * unchanged.
 */
function prepareWithCopy(database: Database.Database, path: string, folder: string): void {
  const version = versionOf(database);
  const isOlder = version > 0 && version < sqliteMigrations().length;
  const copy = isOlder ? copyBeforeMigration(database, folder) : null;
  try {
    prepare(database, path);
  } catch (error) {
    if (copy !== null) rmSync(copy, { force: true });
    throw error;
  }
}

/**
 * Opens, creates or migrates the file of a store.
 *
 * @param copyFolder - the folder for a copy before a migration; null for no copy
 * @throws {StoreUnavailable} if the file is in use, moved, or unusable
 */
export function openFile(path: string, copyFolder: string | null = null): Database.Database {
  let database: Database.Database | null = null;
  try {
    database = openDatabase(path);
    checkNotMoved(database, path);
    if (copyFolder === null) prepare(database, path);
    else prepareWithCopy(database, path, copyFolder);
    return database;
  } catch (error) {
    database?.close();
    throw unusable(path, error);
  }
}

/** Returns true if a version of the relay with more migrations has written a file. */
export function isNewer(path: string): boolean {
  const database = new Database(path, { readonly: true, timeout: READ_TIMEOUT_MS });
  try {
    return versionOf(database) > sqliteMigrations().length;
  } finally {
    database.close();
  }
}

/**
 * Checks that a file exists.
 *
 * @throws {StoreUnavailable} if the file does not exist
 */
export function checkExists(path: string): void {
  if (existsSync(path)) return;
  throw new StoreUnavailable(`There is no SQLite file at ${path}. Set RELAY_SQLITE_PATH to the file of the relay.`);
}

/** Opens an existing file as {@link openFile} does. @throws {StoreUnavailable} if the file does not exist */
export function openExistingFile(path: string): Database.Database {
  checkExists(path);
  return openFile(path);
}

/**
 * Reads the file of a store, which a relay may be using.
 *
 * @throws {StoreUnavailable} if the file cannot be read
 */
function readFrom<T>(path: string, read: (database: Database.Database) => T): T {
  try {
    const database = new Database(path, { readonly: true, timeout: READ_TIMEOUT_MS });
    try {
      return read(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * Returns the origin in a file; null if the file has no origin, for example because an earlier version of the relay has
 * written it.
 */
const originIn = (database: Database.Database): OwnOrigin | null =>
  hasTable(database, 'relay_origin') ? (database.prepare<[], OwnOrigin>(OWN_ORIGIN).get() ?? null) : null;

/**
 * Checks the file that a relay uses.
 *
 * @throws {StoreUnavailable} if the relay cannot use the file
 */
export const checkSqliteFile = (path: string): CheckedStore =>
  readFrom(path, (database) => ({
    differences: checkSchema('sqlite', sqliteSchema(database), path),
    own: originIn(database),
  }));

/**
 * Returns the origin in a file without migrating the file; null if the file does not exist or has no origin.
 *
 * @throws {StoreUnavailable} if the file cannot be read
 */
export const originOfFile = (path: string): OwnOrigin | null => (existsSync(path) ? readFrom(path, originIn) : null);

/** A store in a SQLite file, for a relay with a single process. */
export type SqliteStore = Store & { readonly database: Database.Database };

/** Opens a second, read-only connection to the file of a store that this process has opened. */
export function openSqliteReads(path: string): StoreReads & Pick<Store, 'close'> {
  const database = readDatabase(() => new Database(path, { readonly: true, timeout: READ_TIMEOUT_MS }), Date.now);
  return {
    ...createReads(database),
    close: () => {
      database.close();
      return Promise.resolve();
    },
  };
}

/**
 * Opens, creates or migrates a store in a file, or in `:memory:`.
 *
 * @param fileSystemOf - returns the file system of the file
 * @throws {StoreUnavailable} under the conditions of {@link openFile}, and for a file on a network share
 */
export function openSqliteStore(
  path: string,
  options: StoreOptions,
  now: () => number = Date.now,
  fileSystemOf = readFileSystem,
): SqliteStore {
  const problem = networkShareProblem(path, fileSystemOf(path));
  if (problem !== null) throw new StoreUnavailable(problem);
  const database = openFile(path, options.copyFolder);
  try {
    // No other process can use the file, so all claims belong to processes that have ended.
    database.exec('DELETE FROM processes; UPDATE channels SET claimed_by = NULL WHERE claimed_by IS NOT NULL');
  } catch (error) {
    database.close();
    throw unusable(path, error);
  }
  return { database, ...createStore(sqliteDatabase(database, now), options) };
}
