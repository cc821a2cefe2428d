import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { checkBackup } from '../../admin/check-backup.ts';
import { Trouble, Unchecked } from '../../admin/check-result.ts';
import { readConfig } from '../../config.ts';
import { HOUR, SECOND } from '../../harness/durations.ts';
import { REGISTRATION_SECRET } from '../../harness/sample-delivery.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = temporaryFolder();
const backup = join(folder, 'backup-new');
const { PATH } = process.env;
beforeEach(() => {
  writeFileSync(backup, 'the content');
});
afterEach(() => {
  rmSync(backup, { force: true });
  process.env.PATH = PATH;
});

/** Checks the backups of a relay with the required variables and the given variables. */
const checked = (variables: Readonly<Record<string, string>> = {}) =>
  checkBackup(
    readConfig({
      RELAY_ORIGIN: 'https://relay.example.com',
      RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      ...variables,
    }),
  );

const remove = () => {
  rmSync(backup);
};
const empty = () => {
  writeFileSync(backup, '');
};
const age = (hours: number) => () => {
  utimesSync(backup, 0, (Date.now() - hours * HOUR) / SECOND);
};
const DATABASE = { RELAY_DATABASE_URL: 'postgres://localhost/relay' };

describe('check', () => {
  it.each<[mistake: string, make: () => void, variables: Readonly<Record<string, string>>, message: RegExp]>([
    ['a missing backup', remove, {}, /^There is no backup\. .*set RELAY_NIGHTLY_BACKUPS to 7\.$/],
    [
      'a missing backup of a relay that makes a backup every night',
      remove,
      { RELAY_NIGHTLY_BACKUPS: '7' },
      /^There is no backup\. The relay makes a backup every night\. If a backup failed, its log says why\.$/,
    ],
    ['an empty backup', empty, {}, /^There is no backup\./],
    [
      'an old backup',
      age(31),
      {},
      /^The newest backup is 1 d old\. With systemd, "journalctl --unit=tutorcruncher-relay-backup" shows why no backup was made\. Otherwise, set/,
    ],
  ])('says what to do about %s', async (_mistake, make, variables, message) => {
    make();
    const found = checked(variables);
    await expect(found).rejects.toBeInstanceOf(Trouble);
    await expect(found).rejects.toThrow(message);
  });

  it('accepts a backup of the last night', async () => {
    age(29)();
    expect(await checked()).toBe('The newest backup is 1 d old.');
    expect(await checked({ RELAY_BACKUP_FOLDER: 'off' })).toMatch(/^RELAY_BACKUP_FOLDER is "off"/);
  });

  it('reports no missing backups for a folder that cannot be read', async () => {
    const found = checked({ RELAY_BACKUP_FOLDER: backup });
    await expect(found).rejects.toBeInstanceOf(Unchecked);
    await expect(found).rejects.toThrow('Not checked. Correct the disk first.');
  });
});

describe('check with PostgreSQL', () => {
  /** Creates a folder with a program `pg_dump` that does nothing. */
  function installPgDump(): void {
    const programs = join(folder, 'programs');
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, 'pg_dump'), '#!/bin/sh\n', { mode: 0o755 });
    process.env.PATH = programs;
  }

  it('reports the age of the last backup, and that pg_dump is missing', async () => {
    installPgDump();
    const variables = { ...DATABASE, RELAY_BACKUP_FOLDER: folder };
    expect(await checked(variables)).toMatch(/^The newest backup is \d+ s old\.$/);
    writeFileSync(backup, 'SQLite format 3\0 and its pages');
    await expect(checked(variables)).rejects.toThrow(/^There is no backup\./);
    rmSync(backup);
    await expect(checked(variables)).rejects.toThrow(
      /^There is no backup\. .*write a backup to \/.*\/backup-DATE every night with the command "backup"\.$/,
    );
    expect(await checked({ ...DATABASE, RELAY_BACKUP_FOLDER: 'off' })).toMatch(/^RELAY_BACKUP_FOLDER is "off"/);
    process.env.PATH = folder;
    await expect(checked(variables)).rejects.toThrow(
      /^pg_dump is missing, .* install the package postgresql-client\.$/,
    );
  });
});
