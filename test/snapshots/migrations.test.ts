/** The migrations: their result, and the properties on which released versions depend. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { MIGRATIONS } from '../../relay/paths.ts';
import { applyMigrations, postgresMigrations } from '../../relay/store/postgres/postgres-store.ts';
import { postgresSchema } from '../../relay/store/postgres/postgres-schema.ts';
import { openFile } from '../../relay/store/sqlite/open-file.ts';
import { sqliteSchema } from '../../relay/store/sqlite/sqlite-schema.ts';
import { describeWithDatabase } from '../../relay/test/support/test-database.ts';
import { currentSchema, neighbours, snapshots } from '../../snapshots/snapshot.ts';

describe('the schema of a new store is the text in relay/store/schema/', () => {
  it('in SQLite', () => {
    const file = openFile(':memory:');
    expect(sqliteSchema(file)).toBe(currentSchema('sqlite'));
    file.close();
  });

  describeWithDatabase('in PostgreSQL:', (database) => {
    it('with all tables, indexes and settings', async () => {
      const client = new pg.Client({ connectionString: await database.newSchema() });
      await client.connect();
      await client.query('BEGIN');
      await applyMigrations(client, postgresMigrations());
      const schema = await postgresSchema(client);
      await client.end();
      expect(schema).toBe(currentSchema('postgres'));
    });
  });
});

describe.each(snapshots)('the migrations of version $version', (snapshot) => {
  it.each(Object.entries(snapshot.migrations()))('have not changed since: %s', (name, hash) => {
    expect(
      createHash('sha256')
        .update(readFileSync(new URL(name, MIGRATIONS)))
        .digest('hex'),
    ).toBe(hash);
  });
});

/** Matches the line of a column. */
const COLUMN = /^(\w+)\.\w+ .*$/gm;
const columnsOf = (schema: string) => [...schema.matchAll(COLUMN)].map(([line, table = '']) => ({ line, table }));

describe.each(neighbours)('a relay of version $version that is still running', (snapshot) => {
  it.each(['sqlite', 'postgres'] as const)('finds its columns unchanged in %s', (database) => {
    const current = new Set(columnsOf(currentSchema(database)).map(({ line }) => line));
    const missing = columnsOf(snapshot.schema(database)).filter(({ line }) => !current.has(line));
    expect(missing).toEqual([]);
  });

  it.each(['sqlite', 'postgres'] as const)('can leave out the columns that it does not know in %s', (database) => {
    const known = columnsOf(snapshot.schema(database));
    const added = columnsOf(currentSchema(database)).filter(
      ({ line, table }) => known.some((each) => each.table === table) && !known.some((each) => each.line === line),
    );
    expect(added.filter(({ line }) => line.includes('NOT NULL') && !line.includes('DEFAULT'))).toEqual([]);
  });
});
