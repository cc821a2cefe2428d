import type { Store, StoreOptions } from './store.ts';

/** The location of a store: a PostgreSQL database, or a SQLite file if there is no database URL. */
export interface StoreLocation {
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
}

/**
 * Opens the store at a location. Loads only the code and the driver for that kind of store.
 *
 * @throws {StoreUnavailable} if the store cannot be opened
 */
export async function openStore({ databaseUrl, sqlitePath }: StoreLocation, options: StoreOptions): Promise<Store> {
  if (databaseUrl !== null)
    return (await import('./postgres/postgres-store.ts')).openPostgresStore(databaseUrl, options);
  return (await import('./sqlite/sqlite-thread.ts')).openSqliteInThread(sqlitePath, options);
}
