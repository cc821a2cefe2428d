/** Which store a configuration names. Only what is used is loaded. */

import type { Config } from '../config.ts';
import { DUPLICATE_MS } from '../retention.ts';
import type { Store } from './store.ts';

/** Bytes of bodies that one channel may hold. */
const MAX_CHANNEL_BYTES = 1024 * 1024 * 1024;

/**
 * Opens the store that a configuration names.
 *
 * @throws {StoreUnavailable} when it can't be used
 */
export async function openStore({
  databaseUrl,
  sqlitePath,
}: Pick<Config, 'databaseUrl' | 'sqlitePath'>): Promise<Store> {
  const options = { maxChannelBytes: MAX_CHANNEL_BYTES, duplicateMs: DUPLICATE_MS };
  if (databaseUrl !== null)
    return (await import('./postgres/postgres-store.ts')).openPostgresStore(databaseUrl, options);
  return (await import('./sqlite/sqlite-thread.ts')).openSqliteInThread(sqlitePath, options);
}
