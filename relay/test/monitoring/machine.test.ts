/** The backups and disks that the operator must monitor. */

import { mkdirSync, readFileSync, statfsSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { readConfig } from '../../config.ts';
import { HOUR } from '../../harness/durations.ts';
import { REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { createMachine, isNearlyFull, MAX_BACKUP_AGE_MS } from '../../monitoring/machine.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const machineOf = (environment: Readonly<Record<string, string>>) =>
  createMachine(
    readConfig({
      RELAY_ORIGIN: 'http://localhost',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      ...environment,
    }),
    () => 0,
  );

it('the time of the newest backup is 0 without one, and unknown if the relay does not look for backups', async () => {
  expect(await machineOf({}).backupAt()).toBe(0);
  expect(await machineOf({ RELAY_BACKUP_FOLDER: join(folder, 'missing') }).backupAt()).toBe(0);
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
  // A backup that is deleted while the folder is read.
  symlinkSync(join(folder, 'missing'), join(backups, 'backup-3'));
  expect(await machineOf({ RELAY_BACKUP_FOLDER: backups }).backupAt()).toBe(7_000);
  expect(await machineOf({ RELAY_BACKUP_FOLDER: 'off' }).backupAt()).toBeNull();
});

it('a backup is too old after the same time as in the alert', () => {
  const alerts = readFileSync(new URL('../../../deploy/alerts.yml', import.meta.url), 'utf8');
  const [, hours] = /relay_last_backup_timestamp_seconds\) > (\d+) \* 3600$/m.exec(alerts) ?? [];
  expect(MAX_BACKUP_AGE_MS).toBe(Number(hours) * HOUR);
});

it('the disks are those of the SQLite file and of the backups, without folders that cannot be read', async () => {
  const usesOf = async (environment: Readonly<Record<string, string>>) =>
    (await machineOf(environment).disks()).map(({ use }) => use);
  expect(await usesOf({})).toEqual(['database']);
  expect(await usesOf({ RELAY_BACKUP_FOLDER: '/' })).toEqual(['database', 'backups']);
  expect(await usesOf({ RELAY_BACKUP_FOLDER: '/no/such' })).toEqual(['database']);
  const postgres = { RELAY_DATABASE_URL: 'postgres://x/y' };
  expect(await usesOf(postgres)).toEqual(['backups']);
  expect(await usesOf({ ...postgres, RELAY_BACKUP_FOLDER: 'off' })).toStrictEqual([]);
  expect(await usesOf({ ...postgres, RELAY_BACKUP_FOLDER: '/no/such' })).toStrictEqual([]);
});

it('a disk has the size and the free space that processes without special rights can use', async () => {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const [disk] = await machineOf({}).disks();
  expect(disk).toMatchObject({ use: 'database', folder, bytes: blocks * bsize });
  // Other processes write to the disk.
  expect((disk?.freeBytes ?? 0) / (bavail * bsize)).toBeCloseTo(1, 0);
});

it.each([
  [1e9, 10e9, false],
  [1e9 - 1, 5e9, true],
  [10e9, 100e9, false],
  [10e9 - 1, 100e9, true],
])('a disk with %d of %d bytes left is nearly full: %s', (freeBytes, bytes, isFull) => {
  expect(isNearlyFull({ use: 'database', folder, freeBytes, bytes })).toBe(isFull);
});
