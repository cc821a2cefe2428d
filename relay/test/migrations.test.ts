import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, describe, expect, it } from '@jest/globals';

import { fingerprintOf, missingMigrations, readMigrations } from '../store/migrations.ts';
import { postgresMigrations } from '../store/postgres/migrate.ts';
import { sqliteMigrations } from '../store/sqlite/migrate.ts';
import { StoreUnavailable } from '../store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-migrations-'));
let count = 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Returns the URL of a new directory with these files, each of which contains its name. */
function directoryWith(...names: string[]): URL {
  const path = join(folder, String(++count));
  mkdirSync(path);
  for (const name of names) writeFileSync(join(path, name), name);
  return pathToFileURL(`${path}/`);
}

describe('readMigrations', () => {
  it('reads the files in the order of their numbers, and ignores files of other kinds', () => {
    const directory = directoryWith('002-second.sql', '001-first.sql', 'README.md', '001-first.sql~');
    expect(readMigrations(directory)).toEqual(['001-first.sql', '002-second.sql']);
  });

  it('reads the migrations of both stores', () => {
    for (const migrations of [sqliteMigrations(), postgresMigrations()]) {
      expect(migrations[0]).toContain('CREATE TABLE channels');
    }
  });

  it.each([
    [[], /there are none/],
    [['002-second.sql'], /002-second\.sql should be number 001/],
    [['001-first.sql', '003-third.sql'], /003-third\.sql should be number 002/],
    [['001-first.sql', '001-other.sql'], /001-other\.sql should be number 002/],
    [['001-first.sql', '2-second.sql'], /2-second\.sql should be number 002/],
    [['001.sql'], /001\.sql should be number 001/],
  ])('refuses missing or misnamed files: %j', (names, message) => {
    const read = () => readMigrations(directoryWith(...names));
    expect(read).toThrow(StoreUnavailable);
    expect(read).toThrow(message);
  });

  it('refuses a directory that does not exist', () => {
    expect(() => readMigrations(pathToFileURL(`${folder}/none/`))).toThrow(/the directory cannot be read/);
  });
});

describe('missingMigrations', () => {
  /** Returns the record of a database that has these migrations. */
  const having = (...migrations: string[]) => ({ version: migrations.length, fingerprint: fingerprintOf(migrations) });

  it('returns the migrations after the version of the database', () => {
    expect(missingMigrations(['one', 'two', 'three'], having('one'))).toEqual(['two', 'three']);
    expect(missingMigrations(['one', 'two'], having('one', 'two'))).toEqual([]);
    expect(missingMigrations(['one'], { version: 0, fingerprint: null })).toEqual(['one']);
  });

  it('refuses a database of a newer version', () => {
    expect(() => missingMigrations(['one'], having('one', 'two'))).toThrow(/written by a newer version of the relay/);
  });

  it('refuses a database with migrations that have different statements, or without a fingerprint', () => {
    const refusal = /written by a development version of the relay/;
    expect(() => missingMigrations(['one', 'two'], having('other'))).toThrow(refusal);
    expect(() => missingMigrations(['one'], { version: 1, fingerprint: null })).toThrow(refusal);
  });

  it('ignores comments and white space', () => {
    const database = having('CREATE TABLE a (b integer); -- a comment');
    expect(missingMigrations(['-- another comment\nCREATE TABLE a\n  (b integer);'], database)).toEqual([]);
  });
});
