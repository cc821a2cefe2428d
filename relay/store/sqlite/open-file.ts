import { chmodSync, closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

import Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { StoreUnavailable } from '../store.ts';
import { migrate, sqliteMigrations } from './migrate.ts';

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
 * of another file into a restored backup.
 *
 * @throws {StoreUnavailable} if it belongs to another file
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
  // This setting takes effect only before the first table is created. It allows free pages to be returned to the disk
  // in small steps.
  database.pragma('auto_vacuum = INCREMENTAL');
  // A second process must fail to open the file, because it would send every delivery a second time.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('secure_delete = ON');
  return database;
}

/**
 * Creates the table that records when the file's data was moved to another store. A file without this table has not
 * been moved.
 */
const MOVED = 'CREATE TABLE relay_moved (moved_at INTEGER NOT NULL) STRICT';

/** Records in a file that its data was moved to another store, so that no relay delivers the data a second time. */
export function markAsMoved(database: Database.Database, now: number): void {
  database.exec(MOVED);
  database.prepare('INSERT INTO relay_moved VALUES (?)').run(now);
}

/** @throws {StoreUnavailable} if the data of a file was moved to another store */
export function checkNotMoved(database: Database.Database, path: string): void {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'relay_moved'").get() === undefined)
    return;
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
 * Opens the file of a store, and creates or migrates it.
 *
 * @param path - path of the file, or `:memory:`
 * @throws {StoreUnavailable} if another process uses the file, its data was moved, or the file cannot be used
 */
export function openFile(path: string): Database.Database {
  const migrations = sqliteMigrations();
  let database: Database.Database | null = null;
  try {
    database = openDatabase(path);
    migrate(database, migrations);
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
