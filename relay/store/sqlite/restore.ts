/** The restore of a backup in place of a SQLite file. */

import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chown, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import Database from 'better-sqlite3';

import { nameOf } from '../../log.ts';
import { StoreUnavailable } from '../store.ts';
import { checkBackup } from './backup-files.ts';
import { checkUnlocked } from './file-lock.ts';
import { versionOf } from './open-file.ts';

/** Returns true if a relay uses a file. The file may be damaged. */
function isUsed(path: string): boolean {
  try {
    checkUnlocked(path);
    // A relay of a version without the lock file has locked the store itself, and has created a write-ahead log. Open
    // the store only if the log exists, because this connection would create the log.
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

/** Renames the files of a store. Returns their new path, without suffixes; null if there are none. */
async function moveAway(path: string): Promise<string | null> {
  const previous = `${path}.${new Date().toISOString().replaceAll(':', '-')}`;
  // A relay does not start with a log alone, so the file is renamed first.
  const suffixes = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  for (const suffix of suffixes) await rename(path + suffix, previous + suffix);
  return suffixes.length > 0 ? previous : null;
}

/**
 * Returns the path of a file without symbolic links, because the write-ahead log is beside the real file.
 *
 * @throws {StoreUnavailable} for a folder
 */
async function storeFile(path: string): Promise<string> {
  if (!existsSync(path)) return resolve(path);
  if ((await stat(path)).isFile()) return realpath(path);
  throw new StoreUnavailable(`${path} is not a file. Set RELAY_SQLITE_PATH to the file of the relay.`);
}

/**
 * Replaces the SQLite file of a store with a backup. Returns both paths.
 *
 * @throws {StoreUnavailable} if the file is in use, or the relay cannot use the backup
 */
export async function restoreFile(sqlitePath: string, backup: string) {
  const path = await storeFile(sqlitePath);
  checkBackup(backup);
  const copy = `${path}.${process.pid}`;
  try {
    await pipeline(createReadStream(backup), createWriteStream(copy, { mode: 0o600, flush: true }));
    // The owner of the folder also owns the store.
    const { uid, gid } = await stat(dirname(copy));
    if (process.getuid?.() === 0) await chown(copy, uid, gid);
    // A supervisor may have started a relay during the copy.
    if (isUsed(path)) throw new StoreUnavailable(`A relay uses ${path}. Stop it, and repeat the command.`);
    const previous = await moveAway(path);
    await rename(copy, path);
    const folder = await open(dirname(path));
    await folder.sync();
    await folder.close();
    return { store: path, previous };
  } finally {
    await rm(copy, { force: true });
  }
}
