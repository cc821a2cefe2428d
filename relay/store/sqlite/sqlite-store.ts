import { createStore, type Store } from '../store.ts';
import type { StoreOptions } from '../store-options.ts';
import { openFile } from './open-file.ts';
import { sqliteDatabase } from './sqlite-database.ts';

/** A store in a SQLite file, for a relay with a single process. */
export type SqliteStore = Store & { readonly database: ReturnType<typeof openFile> };

/** Opens, creates or migrates a store in a file, or in `:memory:`. @throws {StoreUnavailable} like {@link openFile} */
export function openSqliteStore(path: string, options: StoreOptions, now: () => number = Date.now): SqliteStore {
  const database = openFile(path);
  // No other process can use the file, so all claims are from processes that have ended.
  database.exec('DELETE FROM processes; UPDATE channels SET claimed_by = NULL WHERE claimed_by IS NOT NULL');
  return { database, ...createStore(sqliteDatabase(database, now), options) };
}
