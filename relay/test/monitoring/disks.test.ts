/** The disks whose free space the operator must monitor. */

import { statfsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { disksOf, isNearlyFull } from '../../monitoring/disks.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
/** The settings of a relay that keeps its backups in the folder of its SQLite file. */
const SETTINGS = { databaseUrl: null, sqlitePath: join(folder, 'relay.sqlite'), backupFolder: folder };

it('the disks are those of the SQLite file and of the backups, without folders that cannot be read', async () => {
  const usesOf = async (settings: Partial<Parameters<typeof disksOf>[0]>) =>
    (await disksOf({ ...SETTINGS, ...settings })).map(({ use }) => use);
  expect(await usesOf({})).toEqual(['database']);
  expect(await usesOf({ backupFolder: '/' })).toEqual(['database', 'backups']);
  expect(await usesOf({ backupFolder: '/no/such' })).toEqual(['database']);
  const postgres = { databaseUrl: 'postgres://x/y' };
  expect(await usesOf(postgres)).toEqual(['backups']);
  expect(await usesOf({ ...postgres, backupFolder: null })).toStrictEqual([]);
  expect(await usesOf({ ...postgres, backupFolder: '/no/such' })).toStrictEqual([]);
});

it('a disk has the size and the free space that processes without special rights can use', async () => {
  const { bavail, blocks, bsize } = statfsSync(folder);
  const [disk] = await disksOf(SETTINGS);
  expect(disk).toMatchObject({ use: 'database', folder, bytes: blocks * bsize });
  // The value is approximate, because other processes write to the disk.
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
