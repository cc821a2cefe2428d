/**
 * The copy of a SQLite file before its migration, with which an operator returns to the previous version of the relay.
 */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

import type Database from 'better-sqlite3';

import { backupName, UNFINISHED } from '../backup-name.ts';
import { StoreUnavailable } from '../store.ts';
import { MIN_FREE_BYTES, sizeOf } from './sqlite-database.ts';

const MB = 1e6;

/**
 * Returns the error for a disk without room for the copy. The relay waits, so that the operator can free some space.
 */
const noRoom = (folder: string, bytes: number): StoreUnavailable =>
  new StoreUnavailable(
    `This version of the relay has to change the tables, and first makes a backup, for which ${folder} needs ` +
      `${Math.ceil(bytes / MB)} MB of free space. Free some, such as by moving old backups to another machine, or start the ` +
      'previous version.',
    true,
  );

/**
 * Copies a file to a folder, under a name that only a complete copy gets. Returns the path of the copy.
 *
 * @throws {StoreUnavailable} if the disk has too little space
 */
export function copyBeforeMigration(database: Database.Database, folder: string): string {
  const needed = sizeOf(database) + MIN_FREE_BYTES;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < needed) throw noRoom(folder, needed);
  const unfinished = join(folder, `${UNFINISHED}upgrade`);
  const copy = join(folder, `${backupName(Date.now())}-before-upgrade`);
  try {
    rmSync(unfinished, { force: true });
    // SQLite writes to an empty file, which has its final mode from the start.
    const file = openSync(unfinished, 'wx', 0o600);
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
