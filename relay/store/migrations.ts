/** Migrations are numbered `.sql` files. A store applies the migrations that its database lacks. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

import { MIGRATIONS } from '../paths.ts';
import { StoreUnavailable } from './store.ts';

/**
 * Returns the statements of each migration, in order. The files are numbered without gaps and named `001-<subject>.sql`,
 * `002-<subject>.sql` and so on. The version of a database is the number of migrations applied to it.
 */
export const readMigrations = (): string[] =>
  readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => readFileSync(new URL(name, MIGRATIONS), 'utf8'));

/** A database's record of its applied migrations. */
export interface SchemaRecord {
  /** The number of migrations. */
  readonly version: number;
  /** The fingerprint of the migrations; null if no migration has been applied. */
  readonly fingerprint: string | null;
}

/** Returns the fingerprint of migrations: a hash of their statements. Comments and white space do not affect it. */
export function fingerprintOf(migrations: readonly string[]): string {
  const statements = migrations.map((text) => text.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim());
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex');
}

/**
 * Returns the migrations that a database lacks.
 *
 * @throws {StoreUnavailable} if the database has more migrations than this version, or migrations with different
 *   statements
 */
export function missingMigrations(
  migrations: readonly string[],
  { version, fingerprint }: SchemaRecord,
): readonly string[] {
  if (version > migrations.length) {
    throw new StoreUnavailable(
      `The database was written by a newer version of the relay: it has migration ${version}, and this version ends ` +
        `at ${migrations.length}. Start the newer version.`,
    );
  }
  if (version > 0 && fingerprint !== fingerprintOf(migrations.slice(0, version))) {
    throw new StoreUnavailable(
      'The database was written by a development version of the relay, whose tables differ from those of this version. ' +
        'Start that version, or use a new database.',
    );
  }
  return migrations.slice(version);
}
