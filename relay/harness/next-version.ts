/** A simulated next version of the relay for tests of upgrades: a copy of the build with additional migrations. */

import { cpSync, existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { TABLES } from '../store/database/tables.ts';
import { RELAY_MAIN } from './relay-process.ts';

const NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Returns a migration that allows a way back, as CONTRIBUTING.md describes. The migration changes every table. */
function migrationOf(number: string): string {
  const tables = Object.keys(TABLES);
  return [
    '-- Relays without this migration may use the database.',
    `CREATE TABLE added_${number} (id bigint PRIMARY KEY);`,
    ...tables.map((table) => `ALTER TABLE ${table} ADD COLUMN added_${number} text NOT NULL DEFAULT 'none';`),
  ].join('\n');
}

/** Adds a migration to the copy of the built relay in a folder. Creates the copy if the folder does not exist. */
export function addMigration(build: string): void {
  if (!existsSync(build)) {
    cpSync(dirname(RELAY_MAIN), build, { recursive: true });
    // Node.js looks for packages and for package.json in the folder of the code first.
    symlinkSync(NODE_MODULES, join(build, 'node_modules'));
    writeFileSync(join(build, 'package.json'), '{"type": "module"}');
  }
  const migrations = join(build, 'migrations');
  const number = String(readdirSync(migrations).length + 1).padStart(3, '0');
  writeFileSync(join(migrations, `${number}-added.sql`), migrationOf(number));
}
