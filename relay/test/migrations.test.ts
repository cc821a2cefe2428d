import { readdirSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { MIGRATIONS } from '../paths.ts';
import { missingMigrations, readMigrations } from '../store/migrations.ts';
import { postgresMigrations } from '../store/postgres/migrate.ts';
import { sqliteMigrations } from '../store/sqlite/open-file.ts';

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
  it('returns the migrations after the version of the database', () => {
    expect(missingMigrations(['one', 'two', 'three'], 1)).toEqual(['two', 'three']);
    expect(missingMigrations(['one', 'two'], 2)).toEqual([]);
    expect(missingMigrations(['one'], 0)).toEqual(['one']);
  });

  it('refuses a database of a newer version', () => {
    expect(() => missingMigrations(['one'], 2)).toThrow(/written by a newer version of the relay/);
  });
});
