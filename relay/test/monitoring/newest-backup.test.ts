/** The newest backup, whose age the operator must monitor. */

import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { backupAt, MAX_BACKUP_AGE_MS } from '../../monitoring/newest-backup.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const timeIn = (backupFolder: string | null) => backupAt({ backupFolder, databaseUrl: null });

it('the time of the newest backup is 0 without one, and unknown if the relay does not look for backups', async () => {
  expect(await timeIn(folder)).toBe(0);
  expect(await timeIn(join(folder, 'missing'))).toBe(0);
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  for (const [name, seconds] of Object.entries({
    'backup-1': 5,
    'backup-2': 7,
    'backup-0': 6,
    'backup-empty': 8,
    other: 9,
  })) {
    writeFileSync(join(backups, name), name === 'backup-empty' ? '' : 'the content');
    utimesSync(join(backups, name), seconds, seconds);
  }
  // The dangling link simulates a backup that is deleted while the folder is being read.
  symlinkSync(join(folder, 'missing'), join(backups, 'backup-3'));
  expect(await timeIn(backups)).toBe(7_000);
  expect(await timeIn(null)).toBeNull();
});

it('a backup counts as too old after the same time as in the alert', () => {
  const alerts = readFileSync(new URL('../../../deploy/alerts.yml', import.meta.url), 'utf8');
  const [, hours] = /relay_last_backup_timestamp_seconds\) > (\d+) \* 3600$/m.exec(alerts) ?? [];
  expect(MAX_BACKUP_AGE_MS).toBe(Number(hours) * HOUR);
});
