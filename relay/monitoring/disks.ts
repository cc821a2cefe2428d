/** The disks that the relay writes to, and the minimum free space of a disk. */

import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import type { Config } from '../config.ts';

/** Minimum free space of a disk, in bytes. */
const MIN_FREE_BYTES = 1e9;
/** Minimum free space of a disk, as a fraction of the disk's size. */
const MIN_FREE_PART = 0.1;

/** A folder that the relay writes to, and the space on its disk in bytes. */
export interface Disk {
  readonly use: 'database' | 'backups';
  readonly folder: string;
  readonly freeBytes: number;
  readonly bytes: number;
}

/** The settings that locate the database and the backups. */
type Location = Pick<Config, 'databaseUrl' | 'sqlitePath' | 'backupFolder'>;

/** Returns the folder of the SQLite file; null with PostgreSQL. */
export const sqliteFolderOf = ({ databaseUrl, sqlitePath }: Location): string | null =>
  databaseUrl === null ? dirname(resolve(sqlitePath)) : null;

async function diskOf(use: Disk['use'], folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { use, folder, freeBytes: bavail * bsize, bytes: blocks * bsize };
}

/** Returns the disks that the relay writes to. A folder that cannot be read is left out. */
export async function disksOf(location: Location): Promise<Disk[]> {
  const folder = sqliteFolderOf(location);
  const { backupFolder } = location;
  const disks = await Promise.allSettled([
    ...(folder === null ? [] : [diskOf('database', folder)]),
    ...(backupFolder === null || backupFolder === folder ? [] : [diskOf('backups', backupFolder)]),
  ]);
  return disks.flatMap((disk) => (disk.status === 'fulfilled' ? [disk.value] : []));
}

/** Returns true if a disk has too little space left. `deploy/alerts.yml` contains the same rule. */
export const isNearlyFull = ({ freeBytes, bytes }: Disk): boolean =>
  freeBytes < MIN_FREE_BYTES || freeBytes < MIN_FREE_PART * bytes;
