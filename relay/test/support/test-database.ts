/**
 * PostgreSQL for tests: the server in `RELAY_TEST_DATABASE_URL`, or the private cluster that
 * `test/jest/shared-postgres.js` starts from the installed binaries. Each test file has a separate database.
 */

import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe } from '@jest/globals';
import pg from 'pg';

import { execute, findPostgres } from '../../harness/postgres-cluster.ts';
import { openPostgresStore } from '../../store/postgres/postgres-store.ts';
import { whereAvailable } from './required-tool.ts';
import type { TestedDatabase } from './store-context.ts';

export interface TestDatabase {
  /** Creates an empty schema, and returns a connection string whose search path is that schema. */
  readonly newSchema: () => Promise<string>;
  /**
   * Returns the connection string of the same schema each time, without rows from previous uses. This is faster than a
   * new schema, in which a store must create its tables.
   */
  readonly emptySchema: () => Promise<string>;
  /** Runs a statement as the owner of the schemas. */
  readonly query: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
}

const given = process.env.RELAY_TEST_DATABASE_URL;
const socket = process.env.TEST_POSTGRES_SOCKET;

/** True if the test run provides a PostgreSQL server. `npm test` provides no server. */
export const providesServer = given !== undefined || socket !== undefined;

const uniqueName = () => `relay_test_${randomUUID().replaceAll('-', '')}`;

/** Returns the schema of a connection string that {@link TestDatabase.newSchema} returned. */
export const schemaOf = (url: string): string => /search_path%3D(\w+)/.exec(url)?.[1] ?? '';

const describeIfInstalled = whereAvailable(
  describe,
  Boolean(given) || findPostgres() !== null,
  'the tests that need PostgreSQL',
  'Install it (Debian: apt-get install postgresql), or set RELAY_TEST_DATABASE_URL.',
);

/** Defines tests with a database that is created before them. Skips them if PostgreSQL is not installed. */
export function describeWithDatabase(name: string, define: (database: TestDatabase) => void): void {
  describeIfInstalled(name, () => {
    let created: Awaited<ReturnType<typeof createTestDatabase>>;
    beforeAll(async () => {
      created = await createTestDatabase();
    });
    define({
      newSchema: () => created.newSchema(),
      emptySchema: () => created.emptySchema(),
      query: (statement, values) => created.query(statement, values),
    });
    afterAll(() => created.drop());
  });
}

/** Returns a statement that deletes all rows of a store's tables and restarts their sequences. */
const emptyTables = (schema: string): string => `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' AND tablename <> 'relay_schema' LOOP
    EXECUTE format('DELETE FROM ${schema}.%I', name);
  END LOOP;
  PERFORM setval(format('${schema}.%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE schemaname = '${schema}';
END $$`;

/**
 * Returns a function that empties the database of a test file. The tests of the file use the database one after
 * another.
 */
export const postgresDatabases = (database: TestDatabase) => async (): Promise<TestedDatabase> => {
  const url = await database.emptySchema();
  return {
    open: (options) => openPostgresStore(url, options),
    query: async (statement) => {
      await database.query(`SET search_path = ${schemaOf(url)}`);
      const rows = await database.query(statement);
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])));
    },
  };
};

async function createTestDatabase(): Promise<TestDatabase & { readonly drop: () => Promise<void> }> {
  const server = given ?? (await text(connect(socket ?? '')));
  const name = uniqueName();
  await execute(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  pool.on('error', () => undefined);
  let reused = '';
  const newSchema = async () => {
    const schema = uniqueName();
    await pool.query(`CREATE SCHEMA ${schema}`);
    const withSchema = new URL(url);
    withSchema.searchParams.set('options', `-c search_path=${schema}`);
    return withSchema.href;
  };
  return {
    newSchema,
    emptySchema: async () => {
      if (reused === '') reused = await newSchema();
      else await pool.query(emptyTables(schemaOf(reused)));
      return reused;
    },
    query: async (statement, values) => (await pool.query<Record<string, unknown>>(statement, values)).rows,
    drop: async () => {
      await pool.end();
      await execute(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
