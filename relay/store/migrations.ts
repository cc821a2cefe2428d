/** Migrations are numbered `.sql` files. A store applies the migrations that its database lacks. */

import { readdirSync, readFileSync } from 'node:fs';

import { MIGRATIONS } from '../paths.ts';
import { StoreUnavailable } from './store.ts';

/**
 * Returns the statements of each migration, in order. The version of a database is the number of applied migrations.
 */
export const readMigrations = (): string[] =>
  readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(new URL(name, MIGRATIONS), 'utf8'));

/** Returns the missing migrations. @throws {StoreUnavailable} if a newer version has written the database */
export function missingMigrations(migrations: readonly string[], version: number): readonly string[] {
  if (version <= migrations.length) return migrations.slice(version);
  throw new StoreUnavailable(
    `The database was written by a newer version of the relay: it has migration ${version}, and this version ends ` +
      `at ${migrations.length}. Start the newer version.`,
  );
}
