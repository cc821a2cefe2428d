import pg from 'pg';

import { createStore, StoreUnavailable, type Store } from '../store.ts';
import type { StoreOptions } from '../store-options.ts';
import { CONNECT_MS, isTransient, reasonOf, types } from './connection.ts';
import { applyMigrations, columnTypes, postgresMigrations } from './migrate.ts';
import { postgresDatabase } from './postgres-database.ts';

/** Lends a connection. @throws {StoreUnavailable} if the database cannot be used, with no part of the URL */
async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  let client: pg.Client | undefined;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, types });
    client.on('error', () => undefined);
    await client.connect();
    return await use(client);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error;
    throw new StoreUnavailable(`Can't use the database of RELAY_DATABASE_URL: ${reasonOf(error)}`, isTransient(error));
  } finally {
    await client?.end().catch(() => undefined);
  }
}

/** Opens, creates or migrates a store that several processes may share. @throws {StoreUnavailable} if it cannot be used */
export const openPostgresStore = (url: string, options: StoreOptions): Promise<Store> =>
  withClient(url, async (client) => {
    await client.query('BEGIN');
    await applyMigrations(client, postgresMigrations());
    await client.query('COMMIT');
    return createStore(postgresDatabase(url, await columnTypes(client)), options);
  });

/** Checks a database with a migration that is rolled back. @throws {StoreUnavailable} if it cannot be used */
export const checkPostgres = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('BEGIN');
    await applyMigrations(client, postgresMigrations());
    await client.query('ROLLBACK');
  });
