/** Migrations are numbered `.sql` files. A store applies the migrations that its database lacks. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { StoreUnavailable } from './store.ts';

const incomplete = (directory: string, problem: string): StoreUnavailable =>
  new StoreUnavailable(`The migrations in ${directory} cannot be used: ${problem}. Install the relay again.`);

/**
 * Reads the migrations of a store. Their files are numbered without gaps and named `001-<subject>.sql`,
 * `002-<subject>.sql` and so on. The version of a database is the number of migrations applied to it.
 *
 * @param directory - URL of the directory, with a slash at its end
 * @returns the statements of each migration, in order
 * @throws {StoreUnavailable} if a file is missing or misnamed
 */
export function readMigrations(directory: URL): string[] {
  const path = fileURLToPath(directory);
  let files: string[];
  try {
    files = readdirSync(directory).filter((name) => name.endsWith('.sql'));
  } catch {
    throw incomplete(path, 'the directory cannot be read');
  }
  if (files.length === 0) throw incomplete(path, 'there are none');
  return files.sort().map((name, index) => {
    const number = String(index + 1).padStart(3, '0');
    if (!/^\d{3}-[a-z0-9-]+\.sql$/.test(name) || !name.startsWith(number)) {
      throw incomplete(path, `${name} should be number ${number}`);
    }
    return readFileSync(new URL(name, directory), 'utf8');
  });
}

/** A database's record of its applied migrations. */
export interface SchemaRecord {
  /** The number of migrations. */
  readonly version: number;
  /** The fingerprint of the migrations; null if no migration has been applied. */
  readonly fingerprint: string | null;
}

/**
 * Returns the fingerprint of migrations: a hash of their statements. Comments and white space do not affect it.
 */
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
