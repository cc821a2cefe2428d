/**
 * `npm run release:snapshot`: writes a snapshot of this version into `snapshots/releases/<version>/`, and the schemas
 * that the migrations produce into `relay/store/schema/`. Later versions are tested with the snapshot. With `--schema`,
 * the command writes only the schemas. A released version, which has a tag, keeps its snapshot.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import pg from 'pg';

import ownPackage from '../package.json' with { type: 'json' };
import { startCluster } from '../relay/harness/postgres-cluster.ts';
import { applyMigrations, postgresMigrations } from '../relay/store/postgres/postgres-store.ts';
import { postgresSchema } from '../relay/store/postgres/postgres-schema.ts';
import { migrate, sqliteMigrations } from '../relay/store/sqlite/open-file.ts';
import { sqliteSchema } from '../relay/store/sqlite/sqlite-schema.ts';
import { BuildFailed, ROOT, runScript } from '../scripts/bundle.ts';
import { outputOf } from './command-output.ts';

const { version } = ownPackage;
const SCHEMAS = join(ROOT, 'relay/store/schema');

/** Writes the schemas that the migrations produce in an empty database of each kind. */
async function writeSchemas(url: string): Promise<void> {
  const file = new Database(':memory:');
  migrate(file, sqliteMigrations());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  await applyMigrations(client, postgresMigrations());
  mkdirSync(SCHEMAS, { recursive: true });
  writeFileSync(join(SCHEMAS, 'sqlite.txt'), sqliteSchema(file));
  writeFileSync(join(SCHEMAS, 'postgres.txt'), await postgresSchema(client));
  await client.query('ROLLBACK');
  await client.end();
  file.close();
}

await runScript(async () => {
  const isSchemaOnly = process.argv.includes('--schema');
  if (!isSchemaOnly && outputOf('git', ['tag', '--list', `v${version}`]) !== '') {
    throw new BuildFailed(
      `Version ${version} is released (there is a tag v${version}), so its snapshot never changes. Set the next version ` +
        'first. To write only the schemas that the migrations produce, add "-- --schema".',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'release-snapshot-'));
  const cluster = await startCluster();
  try {
    await writeSchemas(cluster.url);
    // The module is imported on demand, because it loads the whole app and the whole relay.
    if (!isSchemaOnly) await (await import('./snapshot-parts.ts')).writeSnapshot(folder, cluster.url);
  } finally {
    await cluster.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(`Wrote relay/store/schema/${isSchemaOnly ? '' : ` and snapshots/releases/${version}/`}.`);
});
