/**
 * The copy of a SQLite file before its migration, with which an operator returns to the previous version of the relay.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { backupName, UNFINISHED } from '../backup-name.ts';
import { StoreUnavailable } from '../store.ts';
import { MIN_FREE_BYTES, sizeOf } from './sqlite-database.ts';

const MB = 1e6;
/** Codes of the errors of a folder that is missing or that the relay may not write to. */
const NOT_WRITABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS'];
const COPIES_FIRST = 'This version of the relay has to change the tables, and first makes a backup';

/**
 * Returns the error for a disk without room for the copy. The relay waits, so that the operator can free some space.
 */
const noRoom = (folder: string, bytes: number): StoreUnavailable =>
  new StoreUnavailable(
    `${COPIES_FIRST}, for which ${folder} needs ${Math.ceil(bytes / MB)} MB of free space. Free some, such as by moving ` +
      'old backups to another machine, or start the previous version.',
    true,
  );

/**
 * Creates an empty file with the mode of a backup. Returns its descriptor.
 *
 * @throws {StoreUnavailable} if the folder lacks a number of bytes, is missing, or may not be written to
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
 * Copies a file to a folder, under a name that only a complete copy gets. Returns the path of the copy.
 *
 * @throws {StoreUnavailable} if the folder has too little space, or cannot be used
 */
export function copyBeforeMigration(database: Database.Database, folder: string): string {
  const unfinished = join(folder, `${UNFINISHED}upgrade`);
  const copy = join(folder, `${backupName(Date.now())}-before-upgrade`);
  // SQLite writes to an empty file, which has its final mode from the start.
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
