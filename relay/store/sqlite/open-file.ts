/** The file of a SQLite store: opening, migrating and marking it. */

import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

import Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { missingMigrations, readMigrations } from '../migrations.ts';
import { StoreUnavailable } from '../store.ts';
import { toSqlite } from './sqlite-database.ts';

/** Additions to the first migration: the newest sequence number, so that none is used again. */
const FIRST = 'CREATE TABLE last_seq (seq INTEGER NOT NULL); INSERT INTO last_seq VALUES (0);';

/** Returns the migrations of the SQLite store. */
export const sqliteMigrations = (): string[] =>
  readMigrations().map((text, index) => (index === 0 ? FIRST : '') + toSqlite(text));

/** Returns the number of migrations that a database has; 0 if it is no database of a relay. */
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

/** Position of the file format's version in a SQLite file. It is 2 if the file has a write-ahead log. */
const VERSION_AT = 18;

/** Returns true if the header of a file states that it has a write-ahead log. The header of a backup does not. */
export function hasLog(path: string): boolean {
  const version = Buffer.alloc(1);
  const file = openSync(path, 'r');
  readSync(file, version, 0, 1, VERSION_AT);
  closeSync(file);
  return version[0] === 2;
}

/**
 * Checks that a write-ahead log beside a file belongs to the file. SQLite does not check this, and would write the pages
 * of another file into a restored backup. @throws {StoreUnavailable} if it belongs to another file
 */
function checkLog(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (!log || log.size === 0 || (existsSync(path) && hasLog(path))) return;
  throw new StoreUnavailable(
    `${path}-wal does not belong to ${path}, and would corrupt it. Use the command "restore" to restore a backup. ` +
      'Otherwise, put back the file that was there before.',
  );
}

/**
 * Opens a SQLite file and locks it for this connection.
 *
 * @param path - path of the file, which is created if it does not exist, or `:memory:`
 * @throws if the file is locked by another process, or is not a database
 */
export function openDatabase(path: string): Database.Database {
  if (path !== ':memory:') {
    checkLog(path);
    // The file contains children's data. It is created with its final mode, so that other users can never open it.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
  }
  const database = new Database(path, { timeout: 0 });
  // A second process must fail to open the file, because it would send every delivery a second time.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('secure_delete = ON');
  // In pages of 4 kB. At 500 events per second, SQLite's default of 1,000 would copy the log several times per second, for
  // 20 to 50 ms each.
  database.pragma('wal_autocheckpoint = 4000');
  return database;
}

/** Records in a file that its data was moved to another store, so that no relay delivers the data a second time. */
export function markAsMoved(database: Database.Database, now: number): void {
  database.exec('CREATE TABLE relay_moved (moved_at INTEGER NOT NULL) STRICT');
  database.prepare('INSERT INTO relay_moved VALUES (?)').run(now);
}

/** @throws {StoreUnavailable} if the data of a file was moved to another store */
export function checkNotMoved(database: Database.Database, path: string): void {
  if (!hasTable(database, 'relay_moved')) return;
  const at = database.prepare('SELECT max(moved_at) FROM relay_moved').pluck().get();
  throw new StoreUnavailable(
    `The data in ${path} was moved to a PostgreSQL database on ${new Date(Number(at)).toISOString()}. Set RELAY_DATABASE_URL ` +
      'to the URL of that database. docs/relay-commands.md describes how to return to the file.',
  );
}

/** Returns the error for a file that cannot be used. */
export function unusable(path: string, error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  const code = nameOf(error);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new StoreUnavailable(
      `Another process uses ${path}, which only one relay can use at a time. Stop that process first.`,
    );
  }
  return new StoreUnavailable(
    `Can't use ${path} as a database: ${error instanceof Error ? error.message : String(error)}.`,
    // The error codes of a full or failing disk.
    /^(SQLITE_(FULL|IOERR)|ENOSPC|EDQUOT|EIO)/.test(code),
  );
}

/**
 * Opens, creates or migrates the file of a store.
 * @throws {StoreUnavailable} if another process uses the file, its data was moved, or the file cannot be used
 */
export function openFile(path: string): Database.Database {
  let database: Database.Database | null = null;
  try {
    database = openDatabase(path);
    migrate(database, sqliteMigrations());
    checkNotMoved(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw unusable(path, error);
  }
}

/** Opens the file of a store like {@link openFile}, but does not create it. */
export function openExistingFile(path: string): Database.Database {
  if (existsSync(path)) return openFile(path);
  throw new StoreUnavailable(`There is no SQLite file at ${path}. Set RELAY_SQLITE_PATH to the file of the relay.`);
}
