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

/**
 * The line that declares that relays without the migration can use the database. CONTRIBUTING.md specifies which
 * migrations can contain the line.
 */
const ALLOWS_WAY_BACK = /^-- Relays without this migration may use the database\.$/m;

/** Returns the number of migrations that a relay needs in order to use a database with all of the given migrations. */
export const requiredVersion = (migrations: readonly string[]): number =>
  migrations.findLastIndex((text) => !ALLOWS_WAY_BACK.test(text)) + 1;

/**
 * Returns the migrations that the database lacks. The list is empty if a newer version has written the database and the
 * migrations of that version allow this version to use the database.
 *
 * @param required - the database's own {@link requiredVersion}, if the database stores it
 * @throws {StoreUnavailable} if the relay lacks a migration that the database requires
 */
export function missingMigrations(
  migrations: readonly string[],
  version: number,
  required = version,
): readonly string[] {
  if (required <= migrations.length) return migrations.slice(version);
  throw new StoreUnavailable(
    `The database was written by a newer version of the relay: it has migration ${version}, and this version ends ` +
      `at ${migrations.length}. Start the newer version.`,
  );
}
