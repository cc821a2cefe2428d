/** The backups, disks and the certificate that the operator must look after. */

import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { execFileSync } from 'node:child_process';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { readConfig } from '../config.ts';
import { DAY, HOUR } from '../harness/durations.ts';
import { freePort } from '../harness/free-port.ts';
import { REGISTRATION_SECRET } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { certificateTimeLeft, createMachine, isNearlyFull } from '../monitoring/machine.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
const machineOf = (environment: Readonly<Record<string, string>>, now = Date.now) =>
  createMachine(
    readConfig({
      RELAY_ORIGIN: 'http://localhost',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      ...environment,
    }),
    now,
  );

it('the time of the newest backup is 0 without one, and unknown if the relay does not look for backups', async () => {
  expect(await machineOf({}).backupAt()).toBe(0);
  expect(await machineOf({ RELAY_BACKUP_FOLDER: join(folder, 'missing') }).backupAt()).toBe(0);
  const backups = join(folder, 'backups');
  mkdirSync(backups);
  for (const [name, seconds] of Object.entries({ 'backup-1': 5, 'backup-2': 7, 'backup-0': 6, other: 9 })) {
    writeFileSync(join(backups, name), '');
    utimesSync(join(backups, name), seconds, seconds);
  }
  expect(await machineOf({ RELAY_BACKUP_FOLDER: backups }).backupAt()).toBe(7_000);
  expect(await machineOf({ RELAY_BACKUP_FOLDER: 'off' }).backupAt()).toBeNull();
});

it('the disks are those of the SQLite file and of the backups, without folders that cannot be read', async () => {
  const usesOf = async (environment: Readonly<Record<string, string>>) =>
    (await machineOf(environment).disks()).map(({ use }) => use);
  expect(await usesOf({})).toEqual(['database']);
  expect(await usesOf({ RELAY_BACKUP_FOLDER: '/' })).toEqual(['database', 'backups']);
  expect(await usesOf({ RELAY_BACKUP_FOLDER: '/no/such' })).toEqual(['database']);
  const postgres = { RELAY_DATABASE_URL: 'postgres://x/y' };
  expect(await usesOf(postgres)).toEqual(['backups']);
  expect(await usesOf({ ...postgres, RELAY_BACKUP_FOLDER: 'off' })).toEqual([]);
  const [disk] = await machineOf({}).disks();
  expect(disk?.bytes).toBeGreaterThanOrEqual(disk?.freeBytes ?? Infinity);
});

it.each([
  [1e9, 10e9, false],
  [1e9 - 1, 5e9, true],
  [10e9, 100e9, false],
  [10e9 - 1, 100e9, true],
])('a disk with %d of %d bytes left is nearly full: %s', (freeBytes, bytes, isFull) => {
  expect(isNearlyFull({ use: 'database', folder, freeBytes, bytes })).toBe(isFull);
});

describe('the certificate', () => {
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-days', '10', '-nodes', '-newkey', 'rsa:2048'];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', cert], { stdio: 'pipe' });
    server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
  });

  it('has a part of its time left, which is negative after its end', async () => {
    const now = Date.now();
    expect(await certificateTimeLeft(origin, now)).toBeCloseTo(1, 1);
    expect(await certificateTimeLeft(origin, now + 9 * DAY)).toBeCloseTo(0.1, 1);
    expect(await certificateTimeLeft(origin, now + 11 * DAY)).toBeCloseTo(-0.1, 1);
  });

  it('is unknown without TLS and without a connection', async () => {
    expect(await certificateTimeLeft(origin.replace('https', 'http'), 0)).toBeNull();
    expect(await certificateTimeLeft(`https://localhost:${await freePort()}`, 0)).toBeNull();
  });

  it('is read once an hour, while the metrics show the last known value', async () => {
    let now = Date.now();
    const machine = machineOf({ RELAY_ORIGIN: origin }, () => now);
    expect(machine.certificateTimeLeft()).toBeNull();
    await until(() => machine.certificateTimeLeft() !== null);
    const first = machine.certificateTimeLeft();
    now += HOUR - 1;
    expect(machine.certificateTimeLeft()).toBe(first);
    now += 1;
    machine.certificateTimeLeft();
    await until(() => machine.certificateTimeLeft() !== first);
    expect(machine.host).toBe('localhost');
  });
});
