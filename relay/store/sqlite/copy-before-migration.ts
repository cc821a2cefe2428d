/**
 * The copy of a SQLite file before its migration. An operator can return to the previous version of the relay with this
 * copy.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { backupName, UNFINISHED } from '../backup-name.ts';
import { StoreUnavailable } from '../store.ts';
import { MIN_FREE_BYTES, sizeOf } from './sqlite-database.ts';

const MB = 1e6;
/** Error codes for a folder that is missing, or that the relay is not allowed to write to. */
const NOT_WRITABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'];
const COPIES_FIRST = 'This version of the relay has to change the tables, and first makes a backup';

/**
 * Returns the error for a disk without room for the copy. The error is temporary, because the operator can free some
 * space while the relay waits.
 */
const noRoom = (folder: string, bytes: number): StoreUnavailable =>
  new StoreUnavailable(
    `${COPIES_FIRST}, for which ${folder} needs ${Math.ceil(bytes / MB)} MB of free space. Free some, such as by moving ` +
      'old backups to another machine, or start the previous version.',
    true,
  );

/**
 * Creates an empty file with the mode of a backup. Returns the file descriptor.
 *
 * @throws {StoreUnavailable} if the folder is missing or not writable, or if its disk lacks `bytes` of free space
 */
function createFile(path: string, bytes: number): number {
  const folder = dirname(path);
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < bytes) throw noRoom(folder, bytes);
    rmSync(path, { force: true });
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (!NOT_WRITABLE.includes(nameOf(error))) throw error;
    throw new StoreUnavailable(
      `${COPIES_FIRST}, which it cannot write to ${folder} (${nameOf(error)}). Correct RELAY_BACKUP_FOLDER, or the owner ` +
        'of the folder, or start the previous version.',
    );
  }
}

/**
 * Copies a file to a folder. The copy gets its final name only when it is complete. Returns the path of the copy.
 *
 * @throws {StoreUnavailable} if the folder has too little space, or cannot be used
 */
export function copyBeforeMigration(database: Database.Database, folder: string): string {
  const unfinished = join(folder, `${UNFINISHED}upgrade`);
  const copy = join(folder, `${backupName(Date.now())}-before-upgrade`);
  // Create the empty file first, so that SQLite writes to a file that has its final mode from the start.
  const file = createFile(unfinished, sizeOf(database) + MIN_FREE_BYTES);
  try {
    try {
      database.prepare('VACUUM INTO ?').run(unfinished);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, copy);
    return copy;
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
