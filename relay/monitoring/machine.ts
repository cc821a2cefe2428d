/**
 * The parts of a relay's environment that the operator must monitor: backups, disks and the certificate. The command
 * `check` and the metrics show them.
 */

import { once } from 'node:events';
import { open, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { connect } from 'node:tls';

import type { Config } from '../config.ts';

/** Maximum age of the newest backup, in milliseconds. A backup is made every night, at a random time within an hour. */
export const MAX_BACKUP_AGE_MS = 30 * 3_600_000;
/** Minimum free space of a disk, in bytes, and as a fraction of the disk's size. */
const MIN_FREE_BYTES = 1e9;
const MIN_FREE_PART = 0.1;
/** First bytes of a SQLite file and of its backup. */
const SQLITE_HEADER = 'SQLite format 3\0';
const CONNECT_MS = 10_000;
/** Interval at which the certificate is read for the metrics. Certificates are valid for weeks. */
const CERTIFICATE_MS = 3_600_000;

/** A folder that the relay writes to, and the space on its disk in bytes. */
export interface Disk {
  readonly use: 'database' | 'backups';
  readonly folder: string;
  readonly freeBytes: number;
  readonly bytes: number;
}

/** The settings that locate the database, the backups and the certificate. */
type Location = Pick<Config, 'databaseUrl' | 'sqlitePath' | 'backupFolder' | 'origin'>;

/** Returns the folder of the SQLite file; null with PostgreSQL. */
export const sqliteFolderOf = ({ databaseUrl, sqlitePath }: Location): string | null =>
  databaseUrl === null ? dirname(resolve(sqlitePath)) : null;

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
 * Returns the time of the newest `backup-*` in a folder; null if there is none. Ignores the empty file that an
 * interrupted backup leaves and, if the relay uses PostgreSQL, the backups of the SQLite file from before the move.
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
        // The backup was deleted in the meantime.
        return -Infinity;
      }
    }),
  );
  const newest = Math.max(...times);
  return newest === -Infinity ? null : newest;
}

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

/** Returns true if a disk has too little space left. `deploy/alerts.yml` has the same rule. */
export const isNearlyFull = ({ freeBytes, bytes }: Disk): boolean =>
  freeBytes < MIN_FREE_BYTES || freeBytes < MIN_FREE_PART * bytes;

/**
 * Returns the remaining fraction of the validity period of the public name's certificate, negative if the certificate
 * has expired. Returns null for an origin without TLS, and if there is no connection.
 */
export async function certificateTimeLeft(origin: string, now: number): Promise<number | null> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== 'https:') return null;
  const host = hostname.replaceAll(/[[\]]/g, '');
  // An expired certificate must be readable, too, so invalid certificates are accepted. Nothing is sent on the
  // connection.
  const socket = connect({ host, port: Number(port || 443), servername: host, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) });
    const { valid_from: from, valid_to: to } = socket.getPeerCertificate();
    const left = (Date.parse(to) - now) / (Date.parse(to) - Date.parse(from));
    return Number.isFinite(left) ? left : null;
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

/** Creates the values of the metrics. @param now - returns the time */
export function createMachine(location: Location, now: () => number) {
  const { backupFolder, databaseUrl, origin } = location;
  let timeLeft: number | null = null;
  let readAt = -Infinity;
  return {
    host: new URL(origin).hostname,

    /** Returns the time of the newest backup; 0 if there is none, null if the relay does not look for backups. */
    backupAt: async (): Promise<number | null> =>
      backupFolder === null ? null : ((await newestBackup(backupFolder, databaseUrl).catch(() => null)) ?? 0),

    disks: (): Promise<Disk[]> => disksOf(location),

    /**
     * Returns the last known remaining fraction of the certificate's validity period. Reads the certificate in the
     * background every hour, so that no scrape waits.
     */
    certificateTimeLeft: (): number | null => {
      if (now() - readAt >= CERTIFICATE_MS) {
        readAt = now();
        void certificateTimeLeft(origin, readAt).then((left) => (timeLeft = left));
      }
      return timeLeft;
    },
  };
}

/** The values of the metrics about a relay's environment. */
export type Machine = ReturnType<typeof createMachine>;
