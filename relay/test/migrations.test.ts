import { readdirSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { MIGRATIONS } from '../paths.ts';
import { fingerprintOf, missingMigrations, readMigrations } from '../store/migrations.ts';
import { postgresMigrations } from '../store/postgres/migrate.ts';
import { sqliteMigrations } from '../store/sqlite/migrate.ts';

describe('readMigrations', () => {
  it('reads files that are numbered without gaps', () => {
    const names = readdirSync(MIGRATIONS).sort();
    names.forEach((name, index) => {
      expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(3, '0')}-[a-z0-9-]+\\.sql$`));
    });
    expect(readMigrations()).toHaveLength(names.length);
  });

  it('reads the migrations of both stores', () => {
    for (const migrations of [sqliteMigrations(), postgresMigrations()]) {
      expect(migrations[0]).toContain('CREATE TABLE channels');
    }
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
