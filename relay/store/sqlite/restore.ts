/** Restores a backup in place of a SQLite file. */

import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chown, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { StoreUnavailable } from '../store.ts';
import { checkBackup, checkUsable } from './restorable-backups.ts';
import { checkUnlocked } from './file-lock.ts';
import { versionOf } from './open-file.ts';

/** Returns true if a relay is using a file. The file may be damaged. */
function isUsed(path: string): boolean {
  try {
    checkUnlocked(path);
    // A relay of a version without the lock file has locked the store itself, and has created a write-ahead log. Open
    // the store only if the log exists, because this connection would create a log.
    if (existsSync(`${path}-wal`)) {
      const database = new Database(path, { readonly: true, timeout: 0 });
      try {
        versionOf(database);
      } finally {
        database.close();
      }
    }
    return false;
  } catch (error) {
    return /^SQLITE_(BUSY|LOCKED)/.test(nameOf(error));
  }
}

/** Renames the files of a store. Returns the new path of the store's file; null if no file exists. */
async function moveAway(path: string): Promise<string | null> {
  const previous = `${path}.${new Date().toISOString().replaceAll(':', '-')}`;
  // Rename the store's file first, because a relay refuses to start with only a log.
  const suffixes = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  for (const suffix of suffixes) await rename(path + suffix, previous + suffix);
  return suffixes.length > 0 ? previous : null;
}

/**
 * Returns the path of a file without symbolic links, because the write-ahead log is next to the real file.
 *
 * @throws {StoreUnavailable} if the path is a folder
 */
async function storeFile(path: string): Promise<string> {
  if (!existsSync(path)) return resolve(path);
  if ((await stat(path)).isFile()) return realpath(path);
  throw new StoreUnavailable(`${path} is not a file. Set RELAY_SQLITE_PATH to the file of the relay.`);
}

/** A backup to restore: the path of its file, or a stream of its bytes. */
export type BackupSource = string | Readable;

/**
 * Copies a backup to the folder of a store, and checks the copy. Returns the path of the copy.
 *
 * @throws {StoreUnavailable} if the relay cannot use the backup
 */
async function copyBackup(path: string, backup: BackupSource): Promise<string> {
  const isFile = typeof backup === 'string';
  if (isFile) checkBackup(backup);
  const copy = `${path}.${process.pid}`;
  try {
    const bytes = isFile ? createReadStream(backup) : backup;
    await pipeline(bytes, createWriteStream(copy, { mode: 0o600, flush: true }));
    if (!isFile) checkBackup(copy, '(standard input)');
    // Give the copy to the owner of the folder, who also owns the store.
    const { uid, gid } = await stat(dirname(copy));
    if (process.getuid?.() === 0) await chown(copy, uid, gid);
    return copy;
  } catch (error) {
    await rm(copy, { force: true });
    throw error;
  }
}

/** Makes the file names in a folder durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  await folder.sync();
  await folder.close();
}

/**
 * Renames a checked copy to the file of a store. Returns the path of the file, and the new path of the previous file.
 *
 * @throws {StoreUnavailable} if a relay uses the file
 */
async function replaceWith(copy: string, path: string) {
  // A supervisor may have started a relay in the meantime.
  if (isUsed(path)) throw new StoreUnavailable(`A relay uses ${path}. Stop it, and repeat the command.`);
  const previous = await moveAway(path);
  await rename(copy, path);
  await syncFolder(dirname(path));
  return { store: path, previous };
}

/** Returns the path of the backup that the next start of a relay restores. */
const preparedFor = (path: string): string => `${path}.restore`;

/**
 * Replaces the SQLite file of a store with a backup. Returns the path of the file, and the new path of the previous
 * file.
 *
 * @throws {StoreUnavailable} if a relay uses the file, or if the relay cannot use the backup
 */
export async function restoreFile(sqlitePath: string, backup: BackupSource) {
  const path = await storeFile(sqlitePath);
  const copy = await copyBackup(path, backup);
  try {
    const restored = await replaceWith(copy, path);
    // A backup that the operator chose earlier must not replace this backup.
    await rm(preparedFor(path), { force: true });
    return restored;
  } finally {
    await rm(copy, { force: true });
  }
}

/**
 * Puts a backup aside for {@link restorePrepared}. Returns the path of the prepared backup.
 *
 * @throws {StoreUnavailable} if the relay cannot use the backup
 */
export async function prepareRestore(sqlitePath: string, backup: BackupSource): Promise<string> {
  const path = await storeFile(sqlitePath);
  const copy = await copyBackup(path, backup);
  await rename(copy, preparedFor(path));
  await syncFolder(dirname(path));
  return preparedFor(path);
}

/**
 * Replaces the SQLite file of a store with the backup that was put aside. Returns the path of the file, and the new
 * path of the previous file; null if no backup was put aside, or if a relay uses the file.
 *
 * @throws {StoreUnavailable} if this version of the relay cannot use the backup, which is then renamed
 */
export async function restorePrepared(sqlitePath: string) {
  const path = await storeFile(sqlitePath);
  const prepared = preparedFor(path);
  // A relay that is still running prevents this process from starting. The next start then restores the backup.
  if (!existsSync(prepared) || isUsed(path)) return null;
  try {
    checkUsable(prepared);
  } catch (error) {
    // The next start must not restore this backup, because by then the operator may expect to keep the events that have
    // arrived since.
    await rename(prepared, `${prepared}-refused`);
    throw error;
  }
  return replaceWith(prepared, path);
}
