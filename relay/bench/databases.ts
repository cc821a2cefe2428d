/** A new, empty database for each measurement. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { execute, type Cluster } from '../harness/postgres-cluster.ts';

export interface BenchDatabase {
  /** Null for SQLite. */
  readonly databaseUrl: string | null;
  /** Empty for PostgreSQL. */
  readonly sqlitePath: string;
  /** The variables that make a relay use this database. */
  readonly environment: Readonly<Record<string, string>>;
  /** Writes the database to disk and updates the planner's statistics. In production, both happen within minutes. */
  readonly flush: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

let created = 0;

export function createSqliteDatabase(folder: string): BenchDatabase {
  const sqlitePath = join(folder, `bench-${++created}.sqlite`);
  return {
    databaseUrl: null,
    sqlitePath,
    environment: { RELAY_SQLITE_PATH: sqlitePath },
    flush: () => Promise.resolve(),
    remove: () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(sqlitePath + suffix, { force: true });
      return Promise.resolve();
    },
  };
}

export async function createPostgresDatabase(
  cluster: Cluster,
): Promise<BenchDatabase & { readonly databaseUrl: string }> {
  const name = `bench_${++created}`;
  const databaseUrl = await cluster.createDatabase(name);
  return {
    databaseUrl,
    sqlitePath: '',
    environment: { RELAY_DATABASE_URL: databaseUrl },
    flush: async () => {
      await execute(databaseUrl, 'VACUUM ANALYZE');
      await execute(databaseUrl, 'CHECKPOINT');
    },
    remove: () => execute(cluster.url, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}
