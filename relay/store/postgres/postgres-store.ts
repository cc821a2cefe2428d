import pg from 'pg';

import { createStore, StoreUnavailable, type Store } from '../store.ts';
import type { StoreOptions } from '../store-options.ts';
import type { ColumnTypes } from './changes.ts';
import { applyMigrations, columnTypes, postgresMigrations } from './migrate.ts';
import { CONNECT_MS, isTransient, postgresDatabase, reasonOf, types } from './postgres-database.ts';

/**
 * Migrates a database in a transaction that ends with a statement, and returns the types of its columns.
 * @throws {StoreUnavailable} if the database cannot be used, with no part of the URL
 */
async function migrate(url: string, end: 'COMMIT' | 'ROLLBACK'): Promise<ColumnTypes> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, types });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await applyMigrations(client, postgresMigrations());
    const columns = await columnTypes(client);
    await client.query(end);
    return columns;
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`Can't use the database of RELAY_DATABASE_URL: ${reasonOf(error)}`, isTransient(error));
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Opens, creates or migrates a store that several processes may share. @throws {StoreUnavailable} if it cannot be used */
export const openPostgresStore = async (url: string, options: StoreOptions): Promise<Store> =>
  createStore(postgresDatabase(url, await migrate(url, 'COMMIT')), options);

/** Checks a database with a migration that is rolled back. @throws {StoreUnavailable} if it cannot be used */
export const checkPostgres = (url: string): Promise<unknown> => migrate(url, 'ROLLBACK');
