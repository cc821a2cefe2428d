/** The newest backup. The command `check` and an alert report a backup that is too old. */

import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Config } from '../config.ts';

/**
 * Maximum age of the newest backup, in milliseconds. A backup is made every night; the systemd timer delays the backup
 * by up to an hour.
 */
export const MAX_BACKUP_AGE_MS = 30 * 3_600_000;
/** First bytes of a SQLite file and of its backup. */
const SQLITE_HEADER = 'SQLite format 3\0';

/** Returns true if a file starts with the header of a SQLite database. */
async function isSqliteFile(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SQLITE_HEADER.length), 0, SQLITE_HEADER.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === SQLITE_HEADER;
  } finally {
    await file.close();
  }
}

/**
 * Returns the time of the newest `backup-*` file in a folder; null if there is no such file. Ignores the empty file
 * that an interrupted backup leaves. With PostgreSQL, also ignores backups of the SQLite file that the relay used
 * earlier.
 *
 * @throws if the folder cannot be read
 */
export async function newestBackup(folder: string, databaseUrl: string | null): Promise<number | null> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('backup-'));
  const times = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      try {
        const { mtimeMs, size } = await stat(path);
        return size === 0 || (databaseUrl !== null && (await isSqliteFile(path))) ? -Infinity : mtimeMs;
      } catch {
        // The backup was deleted after its name was read.
        return -Infinity;
      }
    }),
  );
  const newest = Math.max(...times);
  return newest === -Infinity ? null : newest;
}

/** Returns the time of the newest backup; 0 if there is no backup, null if the relay does not look for backups. */
export const backupAt = async ({ backupFolder, databaseUrl }: Pick<Config, 'backupFolder' | 'databaseUrl'>) =>
  backupFolder === null ? null : ((await newestBackup(backupFolder, databaseUrl).catch(() => null)) ?? 0);
