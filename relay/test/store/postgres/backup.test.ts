/** Backups of a PostgreSQL database with `pg_dump`. */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { readMigrations } from '../../../store/migrations.ts';
import { environmentOf } from '../../../store/postgres/backup.ts';
import { startAdminRelay } from '../../support/admin-relay.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { describeWithDatabase } from '../../support/test-database.ts';

const folder = temporaryFolder();
let count = 0;
const newPath = (suffix = ''): string => join(folder, `${++count}${suffix}`);

describeWithDatabase('a backup of a PostgreSQL database', (database) => {
  it('lets the documented command show which versions of the relay can use it', async () => {
    const environment = { RELAY_DATABASE_URL: await database.newSchema(), RELAY_ADMIN_SOCKET: newPath('.sock') };
    const relay = await startAdminRelay(environment);
    const file = newPath();
    expect(await relay.run(`backup ${file}`)).toMatchObject({ code: 0 });
    await relay.stop();
    const [command = ''] = /^pg_restore --data-only .*$/m.exec(readFileSync('docs/relay-variants.md', 'utf8')) ?? [];
    const { stdout } = await promisify(execFile)('sh', ['-c', command.replace(/ backup-\S+/, ` ${file}`)]);
    const { length } = readMigrations();
    expect(stdout).toMatch(new RegExp(`^COPY .*\\(version, required\\) FROM stdin;\\n${length}\\t\\d+\\n$`));
  });

  it('reports that pg_dump is not installed, and deletes the file', async () => {
    const environment = { RELAY_DATABASE_URL: await database.newSchema(), RELAY_ADMIN_SOCKET: newPath('.sock') };
    const relay = await startAdminRelay(environment);
    const { PATH } = process.env;
    const empty = newPath();
    mkdirSync(empty);
    const file = newPath();
    try {
      process.env.PATH = empty;
      expect(await relay.run(`backup ${file}`)).toEqual({
        code: 1,
        output: expect.stringContaining('pg_dump cannot be run on the machine of the relay.'),
      });
      // This `pg_dump` fails after it has written some output.
      writeFileSync(join(empty, 'pg_dump'), '#!/bin/sh\necho part\necho "server version mismatch" >&2\nexit 1\n', {
        mode: 0o755,
      });
      expect(await relay.run(`backup ${file}`)).toEqual({ code: 1, output: 'pg_dump failed: server version mismatch' });
      expect(existsSync(file)).toBe(false);
    } finally {
      process.env.PATH = PATH;
      await relay.stop();
    }
  });
});

describe('the environment of pg_dump', () => {
  it('contains the parts of the connection URL', () => {
    expect(
      environmentOf('postgres://a%40b:p%2Fw@[::1]:5433/my%20db?options=-c%20search_path%3Dx&sslmode=require'),
    ).toEqual({
      PGHOST: '::1',
      PGPORT: '5433',
      PGUSER: 'a@b',
      PGPASSWORD: 'p/w',
      PGDATABASE: 'my db',
      PGOPTIONS: '-c search_path=x',
      PGSSLMODE: 'require',
    });
    expect(environmentOf('postgres:///relay?host=/run/postgresql')).toEqual({
      PGHOST: '/run/postgresql',
      PGDATABASE: 'relay',
    });
  });
});
