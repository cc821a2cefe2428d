/** The automatic backups that a relay makes every night (`RELAY_NIGHTLY_BACKUPS`). */

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { DAY_MS, HOUR_MS, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { newestBackup } from '../monitoring/newest-backup.ts';
import { backupName, isBackupName } from '../store/backup-name.ts';
import type { Store } from '../store/store.ts';
import { writeBackup } from './backup.ts';

/** Time of day when a backup becomes due, in milliseconds after midnight UTC. */
const TIME_MS = 3 * HOUR_MS;
/** Interval between two checks for a due backup, in milliseconds. A missed backup is made at the next check. */
const CHECK_MS = 60_000;
/** Pause after a failure, in milliseconds. */
const RETRY_MS = HOUR_MS;

interface NightlyBackups {
  readonly store: Pick<Store, 'backup'>;
  readonly folder: string;
  /** Number of backups that are kept. */
  readonly kept: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Returns true if the newest backup is older than the last due time. Backups made by other programs also count. */
async function isDue(folder: string, now: number): Promise<boolean> {
  const lastNight = Math.floor((now - TIME_MS) / DAY_MS) * DAY_MS + TIME_MS;
  return ((await newestBackup(folder, null)) ?? -Infinity) < lastNight;
}

/**
 * Deletes all but the newest backups. Considers only file names that the relay or the systemd timer gives to backups.
 */
async function deleteOld(folder: string, kept: number): Promise<void> {
  const names = (await readdir(folder)).filter(isBackupName).sort();
  for (const name of names.slice(0, -kept)) await rm(join(folder, name), { force: true });
}

/**
 * Makes a backup. Old backups are deleted before and after, so that the disk never holds more than `kept + 1` backups.
 */
async function backUp({ store, folder, kept, clock, log }: NightlyBackups): Promise<void> {
  await deleteOld(folder, kept);
  const file = join(folder, backupName(clock.now()));
  const bytes = await writeBackup(store, file);
  log.info({ file, bytes }, 'The nightly backup was made.');
  await deleteOld(folder, kept);
}

/**
 * Makes a backup every night until the signal is aborted. After a failure, logs the reason and tries again an hour
 * later.
 */
export async function runNightlyBackups(options: NightlyBackups, signal: AbortSignal): Promise<void> {
  const { folder, clock, log } = options;
  while (!signal.aborted) {
    let pauseMs = CHECK_MS;
    try {
      if (await isDue(folder, clock.now())) await backUp(options);
    } catch (error) {
      pauseMs = RETRY_MS;
      const reason = error instanceof Error ? error.message : String(error);
      log.error({ reason }, 'The nightly backup failed. The relay tries again in an hour.');
    }
    await clock.sleep(pauseMs, signal);
  }
}
