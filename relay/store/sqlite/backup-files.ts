/** Backups of a SQLite file: the checks before a restore, and the list from which an operator chooses one. */

import { existsSync } from 'node:fs';
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

/** Returns an empty database in memory with the tables, the indexes and the version of another database. */
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

function checkIntact(database: Database.Database, path: string): void {
  const result = String(database.pragma('integrity_check(1)', { simple: true }));
  if (result !== 'ok') throw new StoreUnavailable(`${path} is damaged (${result}). Choose another backup.`);
}

function checkFile(path: string, ...checks: readonly ((database: Database.Database, path: string) => void)[]): void {
  try {
    if (hasLog(path) || existsSync(`${path}-wal`)) {
      throw new StoreUnavailable(
        `${path} is the file of a store or a copy of one, which may lack events. Restore a file that "backup" has written.`,
      );
    }
    const database = new Database(path, { readonly: true, timeout: 0 });
    try {
      for (const check of checks) check(database, path);
    } finally {
      database.close();
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

/**
 * Checks that a file is an intact backup for this version of the relay. @throws {StoreUnavailable} for any other file
 */
export const checkBackup = (path: string): void => {
  checkFile(path, checkFits, checkIntact);
};

/** Returns true if this version of the relay can use a backup. Omits the slow check for damaged rows. */
function fits(path: string): boolean {
  try {
    checkFile(path, checkFits);
    return true;
  } catch {
    return false;
  }
}

/** Returns the files of a folder that are named like backups, the newest first. @throws if the folder cannot be read */
export async function backupsIn(folder: string): Promise<BackupFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const named = entries.filter((entry) => entry.isFile() && entry.name.startsWith('backup-'));
  const files = await Promise.all(
    named.map(async ({ name }) => {
      const path = join(folder, name);
      // The backup timer may delete a file while the list is read.
      const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: null }));
      return size === null ? [] : [{ path, modifiedAt: mtimeMs, bytes: size, fits: fits(path) }];
    }),
  );
  return files.flat().sort((one, other) => other.modifiedAt - one.modifiedAt);
}
