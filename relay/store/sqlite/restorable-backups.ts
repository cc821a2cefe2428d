/** Checks of backups that a relay can restore, and the list from which an operator chooses a backup. */

import { existsSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import Database from 'better-sqlite3';

import { StoreUnavailable } from '../store.ts';
import { checkNotMoved, hasLog, prepare, unusable, versionOf } from './open-file.ts';

/** A file in the folder of backups. */
export interface BackupFile {
  readonly path: string;
  readonly modifiedAt: number;
  readonly bytes: number;
  readonly fits: boolean;
}

/** Returns an empty in-memory database with the tables, the indexes and the version of another database. */
function withoutRows(database: Database.Database): Database.Database {
  const copy = new Database(':memory:');
  const statements = database.prepare<[], string>(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY rowid",
  );
  for (const statement of statements.pluck().all()) copy.exec(statement);
  copy.pragma(`user_version = ${versionOf(database)}`);
  return copy;
}

/** Checks that this version can migrate a backup to its schema. @throws {StoreUnavailable} if the migration fails */
function checkFits(database: Database.Database, path: string): void {
  if (versionOf(database) === 0) {
    throw new StoreUnavailable(`${path} is not a backup of a relay. Choose another file.`);
  }
  checkNotMoved(database, path);
  const copy = withoutRows(database);
  try {
    prepare(copy, path);
  } finally {
    copy.close();
  }
}

/**
 * Checks the size of a file, because SQLite accepts a file whose last page is cut off.
 *
 * @throws {StoreUnavailable} if the size of the file is wrong
 */
function checkSize(database: Database.Database, name: string): void {
  const bytes =
    Number(database.pragma('page_count', { simple: true })) * Number(database.pragma('page_size', { simple: true }));
  const { size } = statSync(database.name);
  if (size === bytes) return;
  throw new StoreUnavailable(`${name} has ${size} bytes instead of ${bytes}. Copy it again, or choose another backup.`);
}

function checkIntact(database: Database.Database, path: string): void {
  const result = String(database.pragma('integrity_check(1)', { simple: true }));
  if (result !== 'ok') throw new StoreUnavailable(`${path} is damaged (${result}). Choose another backup.`);
}

type Check = (database: Database.Database, name: string) => void;

/**
 * Runs checks on a file.
 *
 * @param name - the name of the file in messages
 * @throws {StoreUnavailable} if a check fails
 */
function checkFile(path: string, name: string, ...checks: readonly Check[]): void {
  try {
    if (hasLog(path) || existsSync(`${path}-wal`)) {
      throw new StoreUnavailable(
        `${name} is the file of a store or a copy of such a file, which may lack events. Restore a file that "backup" has written.`,
      );
    }
    const database = new Database(path, { readonly: true, timeout: 0 });
    try {
      for (const check of checks) check(database, name);
    } finally {
      database.close();
    }
  } catch (error) {
    throw unusable(name, error);
  }
}

/**
 * Checks that a file is an intact backup for this version of the relay.
 *
 * @param name - the name of the file in messages
 * @throws {StoreUnavailable} if the file is not such a backup
 */
export const checkBackup = (path: string, name = path): void => {
  checkFile(path, name, checkSize, checkFits, checkIntact);
};

/**
 * Checks that this version of the relay can use a backup. Omits the slow check for damaged rows.
 *
 * @throws {StoreUnavailable} if this version cannot use the backup
 */
export const checkUsable = (path: string): void => {
  checkFile(path, path, checkSize, checkFits);
};

function fits(path: string): boolean {
  try {
    checkUsable(path);
    return true;
  } catch {
    return false;
  }
}

/** Returns the files of a folder that have the name of a backup, newest first. @throws if the folder cannot be read */
export async function backupsIn(folder: string): Promise<BackupFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const named = entries.filter((entry) => entry.isFile() && entry.name.startsWith('backup-'));
  const files = await Promise.all(
    named.map(async ({ name }) => {
      const path = join(folder, name);
      // The backup timer can delete a file while the list is read.
      const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: null }));
      return size === null ? [] : [{ path, modifiedAt: mtimeMs, bytes: size, fits: fits(path) }];
    }),
  );
  return files.flat().sort((one, other) => other.modifiedAt - one.modifiedAt);
}
