import type pg from 'pg';

import { POSTGRES_MIGRATIONS } from '../../paths.ts';
import { fingerprintOf, missingMigrations, readMigrations } from '../migrations.ts';
import { StoreUnavailable } from '../store.ts';

/** The oldest supported server version. PostgreSQL 13 is the first release with `gen_random_uuid()`. */
const OLDEST_SERVER = 130_000;

/**
 * Reads the migrations of the PostgreSQL store. After a release, a migration must leave the schema usable for relays of
 * the previous version, which keep running during an upgrade.
 *
 * @throws {StoreUnavailable} if a file is missing or misnamed
 */
export const postgresMigrations = (): string[] => readMigrations(POSTGRES_MIGRATIONS);

async function checkServer(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ number: string; name: string }>(
    `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name`,
  );
  const [server] = rows;
  if (!server || Number(server.number) < OLDEST_SERVER) {
    throw new StoreUnavailable(
      `The relay needs PostgreSQL 13 or newer, and this server is ${server?.name ?? 'of unknown version'}. Upgrade it.`,
    );
  }
}

/**
 * Applies the migrations that a database lacks, in one transaction. The version of the database and the fingerprint of
 * its migrations are in the table `relay_schema`. If several processes start at once, one process migrates the
 * database, and the others wait.
 *
 * @throws {StoreUnavailable} if the server is too old, or the database was written by a newer version or by a
 *   development version
 */
export async function migrate(client: pg.ClientBase, migrations: readonly string[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await applyMigrations(client, migrations);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Applies the missing migrations like {@link migrate}, within the caller's transaction. */
export async function applyMigrations(client: pg.ClientBase, migrations: readonly string[]): Promise<void> {
  await checkServer(client);
  await client.query(`SELECT pg_advisory_xact_lock(hashtext('relay_migrate'), hashtext(current_schema()))`);
  await client.query('CREATE TABLE IF NOT EXISTS relay_schema (version integer NOT NULL, fingerprint text NOT NULL)');
  // Tables from development versions may have no fingerprint column.
  const { rows } = await client.query<{ version: number; fingerprint?: string }>('SELECT * FROM relay_schema');
  const schema = { version: rows[0]?.version ?? 0, fingerprint: rows[0]?.fingerprint ?? null };
  const missing = missingMigrations(migrations, schema);
  for (const statements of missing) await client.query(statements);
  if (missing.length > 0) {
    await client.query('DELETE FROM relay_schema');
    await client.query('INSERT INTO relay_schema VALUES ($1, $2)', [migrations.length, fingerprintOf(migrations)]);
  }
}
