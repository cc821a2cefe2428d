import { systemClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { OwnOrigin } from './channels/origin.ts';
import type { CheckedStore } from './schema-check.ts';
import { StoreUnavailable, type Store } from './store.ts';
import type { StoreOptions } from './store-options.ts';
import type { BackupSource } from './sqlite/restore.ts';

export type { BackupSource };

/** Pause between two attempts to open the store, in milliseconds. */
const RETRY_MS = 2_000;
/** Minimum time between two log lines about failed attempts, in milliseconds. */
const LOG_MS = 60_000;

/** The location of a store: a PostgreSQL database, or a SQLite file if the database URL is null. */
export interface StoreLocation {
  readonly databaseUrl: string | null;
  readonly sqlitePath: string;
}

/** Opens a store, and loads only the driver for it. @throws {StoreUnavailable} if the store cannot be opened */
export async function openStore({ databaseUrl, sqlitePath }: StoreLocation, options: StoreOptions): Promise<Store> {
  if (databaseUrl !== null)
    return (await import('./postgres/postgres-store.ts')).openPostgresStore(databaseUrl, options);
  return (await import('./sqlite/sqlite-thread.ts')).openSqliteInThread(sqlitePath, options);
}

/** Opens a store like {@link openStore}, but creates no SQLite file. */
export async function openExistingStore(location: StoreLocation, options: StoreOptions): Promise<Store> {
  if (location.databaseUrl === null) (await import('./sqlite/open-file.ts')).checkExists(location.sqlitePath);
  return openStore(location, options);
}

/**
 * Returns the path of the newest backup that this version can use; null if no newer version has written the SQLite
 * file, or if no backup is usable.
 */
export async function newestUsableBackup(
  { databaseUrl, sqlitePath }: StoreLocation,
  folder: string | null,
): Promise<string | null> {
  if (databaseUrl !== null || folder === null) return null;
  try {
    const { isNewer } = await import('./sqlite/open-file.ts');
    if (!isNewer(sqlitePath)) return null;
    const { backupsIn } = await import('./sqlite/restorable-backups.ts');
    return (await backupsIn(folder)).find(({ fits }) => fits)?.path ?? null;
  } catch {
    // The caller reports why the store could not be opened.
    return null;
  }
}

/** Opens a store. Retries after temporary failures. Returns null when the signal is aborted. Throws other failures. */
export async function openWhenAvailable<T>(
  open: () => Promise<T>,
  log: Pick<Log, 'warn'>,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<T | null> {
  let logAt = -Infinity;
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof StoreUnavailable && error.isTemporary)) throw error;
      if (clock.now() >= logAt) {
        log.warn({}, `${error.message} The relay is waiting for its store and retries every ${RETRY_MS / 1000} s.`);
        logAt = clock.now() + LOG_MS;
      }
    }
    await clock.sleep(RETRY_MS, signal);
    if (signal.aborted) return null;
  }
}

/**
 * Checks a PostgreSQL database, or the SQLite file of a running relay, without changing it.
 *
 * @throws {StoreUnavailable} if the relay cannot use the store
 */
export async function checkStore({ databaseUrl, sqlitePath }: StoreLocation): Promise<CheckedStore> {
  if (databaseUrl !== null) return (await import('./postgres/postgres-store.ts')).checkPostgres(databaseUrl);
  return (await import('./sqlite/open-file.ts')).checkSqliteFile(sqlitePath);
}

/** Returns the origin in the SQLite file of a stopped relay; null if the file does not exist or has no origin. */
export const originOfFile = async (path: string): Promise<OwnOrigin | null> =>
  (await import('./sqlite/open-file.ts')).originOfFile(path);

/**
 * Checks that a store is a SQLite file.
 *
 * @throws {StoreUnavailable} for a PostgreSQL database, which "restore" cannot restore
 */
function checkIsFile({ databaseUrl }: StoreLocation): void {
  if (databaseUrl === null) return;
  throw new StoreUnavailable(
    '"restore" replaces a SQLite file, but RELAY_DATABASE_URL is set. Restore a backup of a PostgreSQL database with ' +
      'pg_restore, as docs/relay-variants.md describes.',
  );
}

/**
 * Replaces a SQLite file with a backup.
 *
 * @throws {StoreUnavailable} if the location is a PostgreSQL database, the file is in use, or the backup is unusable
 */
export async function restoreStore(location: StoreLocation, backup: BackupSource) {
  checkIsFile(location);
  return (await import('./sqlite/restore.ts')).restoreFile(location.sqlitePath, backup);
}

/**
 * Prepares a backup for {@link restorePrepared}. Returns the path of the prepared backup.
 *
 * @throws {StoreUnavailable} if the location is a PostgreSQL database, or the backup is unusable
 */
export async function prepareRestore(location: StoreLocation, backup: BackupSource): Promise<string> {
  checkIsFile(location);
  return (await import('./sqlite/restore.ts')).prepareRestore(location.sqlitePath, backup);
}

/**
 * Replaces a SQLite file with the prepared backup, before a relay opens the file. Returns the paths of the restored
 * file and of the previous file; null if no backup was prepared, or if another relay uses the file.
 *
 * @throws {StoreUnavailable} if this version cannot use the backup
 */
export async function restorePrepared({ databaseUrl, sqlitePath }: StoreLocation) {
  if (databaseUrl !== null) return null;
  return (await import('./sqlite/restore.ts')).restorePrepared(sqlitePath);
}

/**
 * Returns the backups of a SQLite file in a folder, newest first.
 *
 * @throws {StoreUnavailable} for a PostgreSQL database
 */
export async function backupsOf(location: StoreLocation, folder: string) {
  checkIsFile(location);
  return (await import('./sqlite/restorable-backups.ts')).backupsIn(folder);
}
