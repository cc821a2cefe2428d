/** The checks of the store in the `check` command: its tables and its origin. */

import { rmSync, writeFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { freePort } from '../../harness/free-port.ts';
import { openFile, openSqliteStore, type SqliteStore } from '../../store/sqlite/open-file.ts';
import { CheckedInstallation } from '../support/checked-installation.ts';
import { TEST_OPTIONS } from '../support/store-context.ts';
import { describeWithDatabase } from '../support/test-database.ts';

const installation = new CheckedInstallation();

async function withStore(change: (opened: SqliteStore) => Promise<unknown>): Promise<void> {
  const opened = openSqliteStore(installation.sqlitePath, TEST_OPTIONS);
  await change(opened);
  await opened.close();
}

describe('check', () => {
  it('names an index that an operator has added', async () => {
    expect(await installation.checked(true)).toMatch(/^ok {7}database {5}The tables are those of this version\.$/m);
    const file = openFile(installation.sqlitePath);
    file.exec('CREATE INDEX mine ON sends (ended_at)');
    expect(await installation.checked(true)).toMatch(
      /^ok {7}database {5}The relay works, but the tables differ from those of this version: the index mine is additional\.$/m,
    );
    file.close();
  });

  it.each([false, true])('says which relay the store belongs to, with a running relay: %s', async (isRunning) => {
    expect(await installation.checked(isRunning)).toMatch(/^ok {7}origin {7}The store has no origin yet\./m);
    await withStore((opened) => opened.rememberOrigin(installation.server.origin));
    expect(await installation.checked(isRunning)).toContain(
      `origin       The store belongs to the relay at ${installation.server.origin}.`,
    );
    await withStore((opened) => opened.replaceOrigin('https://old.example.com'));
    expect(await installation.problems(isRunning)).toMatch(
      /^PROBLEM {2}origin {7}The store belongs to the relay at https:\/\/old\.example\.com, but RELAY_ORIGIN is http:.*$/,
    );
  });

  it('names no relay for the store of an earlier version', async () => {
    const file = openFile(installation.sqlitePath);
    file.exec('DROP TABLE relay_origin');
    file.close();
    expect(await installation.checked()).toMatch(/^ok {7}origin {7}The store has no origin yet\./m);
    rmSync(installation.sqlitePath);
    expect(await installation.checked()).toMatch(/^ok {7}origin {7}The store has no origin yet\./m);
    writeFileSync(installation.sqlitePath, 'something else'.repeat(100));
    expect(await installation.checked()).toMatch(/^- {8}origin {7}Not checked, because the store cannot be read\./m);
  });

  it('says that the file of the store was deleted', async () => {
    rmSync(installation.sqlitePath);
    expect(await installation.problems(true)).toMatch(
      /^PROBLEM {2}database {5}Can't use .*relay\.sqlite as a database: unable to open/,
    );
  });
});

describeWithDatabase('check with PostgreSQL', (database) => {
  it('accepts an empty database and leaves it empty, and reports missing rights and a missing server', async () => {
    const url = await database.newSchema();
    installation.environment.RELAY_DATABASE_URL = url;
    expect(await installation.problems()).toBe('');
    const tables = "SELECT count(*)::int AS count FROM pg_tables WHERE schemaname LIKE 'relay_test_%'";
    expect(await database.query(tables)).toEqual([{ count: 0 }]);

    installation.environment.RELAY_DATABASE_URL = url.replace(/search_path%3D\w+/, 'search_path%3Dpg_catalog');
    expect(await installation.problems()).toMatch(
      /database .*Can't use the database of RELAY_DATABASE_URL: permission denied/,
    );
    installation.environment.RELAY_DATABASE_URL = `postgres://user:password@127.0.0.1:${await freePort()}/x`;
    expect(await installation.problems()).toMatch(/no connection \(ECONNREFUSED\)/);
  });
});
