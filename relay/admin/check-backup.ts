/** The check for a recent backup. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Config } from '../config.ts';
import { MAX_BACKUP_AGE_MS, newestBackup } from '../monitoring/newest-backup.ts';
import { Trouble, Unchecked } from './check-result.ts';
import { durationOf } from './formatting.ts';

/** Returns advice for a missing or old backup. */
function backupAdvice({ databaseUrl, backupFolder, nightlyBackups }: Config): string {
  if (nightlyBackups > 0) return 'The relay makes a backup every night. If a backup failed, its log says why.';
  return (
    'With systemd, "journalctl --unit=tutorcruncher-relay-backup" shows why no backup was made. Otherwise, ' +
    (databaseUrl === null
      ? 'set RELAY_NIGHTLY_BACKUPS to 7.'
      : `write a backup to ${backupFolder}/backup-DATE every night with the command "backup".`)
  );
}

/**
 * Checks that the newest backup is recent.
 *
 * @throws {Trouble} if the newest backup is old, if there is no backup, or if `pg_dump` is missing
 * @throws {Unchecked} if the folder cannot be read
 */
export async function checkBackup(config: Config): Promise<string> {
  const { databaseUrl, backupFolder: folder } = config;
  if (folder === null) return 'RELAY_BACKUP_FOLDER is "off", so the relay does not look for backups.';
  if (databaseUrl !== null) {
    await promisify(execFile)('pg_dump', ['--version'], { env: process.env }).catch(() => {
      throw new Trouble(
        'pg_dump is missing, so no backup can be made. On Debian, install the package postgresql-client.',
      );
    });
  }
  const at = await newestBackup(folder, databaseUrl).catch(() => {
    throw new Unchecked('Not checked. Correct the disk first.');
  });
  const found = at === null ? 'There is no backup' : `The newest backup is ${durationOf(Date.now() - at)} old`;
  if (at !== null && Date.now() - at < MAX_BACKUP_AGE_MS) return `${found}.`;
  throw new Trouble(`${found}. ${backupAdvice(config)}`);
}
