/** PostgreSQL for tests: the one of RELAY_TEST_DATABASE_URL, or a private one from the installed binaries. */

import { randomUUID } from 'node:crypto';

import pg from 'pg';

import { findPostgres, startCluster } from '../harness/postgres-cluster.ts';

export interface TestDatabase {
  /** The connection string of a new, empty schema. */
  readonly newSchema: () => Promise<string>;
  readonly query: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

const given = process.env.RELAY_TEST_DATABASE_URL;

/**
 * Whether there is a PostgreSQL to test with. Without, tests are skipped with a line that says so.
 *
 * @throws where tests must not be skipped: when `CI` is set
 */
export function hasTestDatabase(): boolean {
  if (given || findPostgres() !== null) return true;
  if (process.env.CI) throw new Error('Tests need PostgreSQL: install it, or set RELAY_TEST_DATABASE_URL.');
  process.stderr.write(
    'SKIPPED: what needs PostgreSQL. Install it (Debian: apt-get install postgresql), or set RELAY_TEST_DATABASE_URL.\n',
  );
  return false;
}

/** Starts it, or connects to the one that is there. */
export async function startTestDatabase(): Promise<TestDatabase> {
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
