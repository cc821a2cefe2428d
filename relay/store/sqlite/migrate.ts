import type Database from 'better-sqlite3';

import { missingMigrations, readMigrations } from '../migrations.ts';

/**
 * Reads the migrations of the SQLite store.
 *
 * @throws {StoreUnavailable} when a file is missing or misnamed
 */
export const sqliteMigrations = (): string[] => readMigrations(new URL('migrations/', import.meta.url));

/**
 * Applies the migrations that a database lacks, each in a transaction of its own. The version of the database is its
 * `user_version`.
 *
 * @throws {StoreUnavailable} when the database was written by a newer version
 */
export function migrate(database: Database.Database, migrations: readonly string[]): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  missingMigrations(migrations, version).forEach((statements, index) => {
    database.transaction(() => {
      database.exec(statements);
      database.pragma(`user_version = ${version + index + 1}`);
    })();
  });
}
