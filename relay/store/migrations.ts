/** Migrations: numbered `.sql` files, of which a store applies those that its database does not have yet. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { StoreUnavailable } from './store.ts';

const incomplete = (directory: string, problem: string): StoreUnavailable =>
  new StoreUnavailable(`The migrations in ${directory} cannot be used: ${problem}. Install the relay again.`);

/**
 * Reads the migrations of a store. Their files are numbered without gaps and named `001-<subject>.sql`,
 * `002-<subject>.sql` and so on. The version of a database is the number of migrations that it has.
 *
 * @param directory - URL of the directory, with a slash at its end
 * @returns the statements of each migration, in order
 * @throws {StoreUnavailable} when a file is missing or misnamed
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

/**
 * Returns the migrations that a database lacks.
 *
 * @param version - the number of migrations that the database has
 * @throws {StoreUnavailable} when the database has more migrations than there are
 */
export function missingMigrations(migrations: readonly string[], version: number): readonly string[] {
  if (version > migrations.length) {
    throw new StoreUnavailable(
      `The database was written by a newer version of the relay: it has migration ${version}, and this version ends ` +
        `at ${migrations.length}. Start the newer version.`,
    );
  }
  return migrations.slice(version);
}
