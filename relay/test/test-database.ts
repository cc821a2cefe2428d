/**
 * PostgreSQL for tests: the server in `RELAY_TEST_DATABASE_URL`, or a private cluster that is started from the
 * installed binaries.
 */

import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe } from '@jest/globals';
import pg from 'pg';

import { findPostgres, startCluster } from '../harness/postgres-cluster.ts';
import { whereAvailable } from './required-tool.ts';

export interface TestDatabase {
  /** Creates an empty schema, and returns a connection string whose search path is that schema. */
  readonly newSchema: () => Promise<string>;
  /** Runs a statement as the owner of the schemas. */
  readonly query: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
}

const given = process.env.RELAY_TEST_DATABASE_URL;

/** Returns the schema of a connection string that {@link TestDatabase.newSchema} returned. */
export const schemaOf = (url: string): string => /search_path%3D(\w+)/.exec(url)?.[1] ?? '';

const describeIfInstalled = whereAvailable(
  describe,
  Boolean(given) || findPostgres() !== null,
  'the tests that need PostgreSQL',
  'Install it (Debian: apt-get install postgresql), or set RELAY_TEST_DATABASE_URL.',
);

/** Defines tests with a database that is started before them. Skips them if PostgreSQL is not installed. */
export function describeWithDatabase(name: string, define: (database: TestDatabase) => void): void {
  describeIfInstalled(name, () => {
    let started: Awaited<ReturnType<typeof startTestDatabase>>;
    beforeAll(async () => {
      started = await startTestDatabase();
    });
    define({ newSchema: () => started.newSchema(), query: (text, values) => started.query(text, values) });
    afterAll(() => started.stop());
  });
}

/** Starts the private cluster, or connects to the given server. */
async function startTestDatabase(): Promise<TestDatabase & { readonly stop: () => Promise<void> }> {
  const cluster = given ? null : await startCluster();
  const url = cluster?.url ?? given ?? '';
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  pool.on('error', () => undefined);
  const schemas: string[] = [];
  return {
    newSchema: async () => {
      const schema = `relay_test_${randomUUID().replaceAll('-', '')}`;
      await pool.query(`CREATE SCHEMA ${schema}`);
      schemas.push(schema);
      const withSchema = new URL(url);
      withSchema.searchParams.set('options', `-c search_path=${schema}`);
      return withSchema.href;
    },
    query: async (text, values) => (await pool.query<Record<string, unknown>>(text, values)).rows,
    stop: async () => {
      for (const schema of cluster ? [] : schemas) await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
      await cluster?.remove();
    },
  };
}
