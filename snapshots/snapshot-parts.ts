/** The parts of a snapshot, which `npm run release:snapshot` writes. */

import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

import ownPackage from '../package.json' with { type: 'json' };
import { HOUR } from '../relay/harness/durations.ts';
import { execute } from '../relay/harness/postgres-cluster.ts';
import { ORIGIN } from '../relay/harness/sample-delivery.ts';
import { sqliteSchema } from '../relay/store/sqlite/sqlite-schema.ts';
import { startTargetServer } from '../relay/harness/target-server.ts';
import { move } from '../relay/store/move/move.ts';
import { openFile } from '../relay/store/sqlite/open-file.ts';
import { createBranchStore } from './branch-history.ts';
import { PROCESS } from './branch-store.ts';
import { loadApp, prepareFolder } from './built-versions.ts';
import { DUMPED_SCHEMA, SNAPSHOT_AT } from './constants.ts';
import { recordsOfEnvelopes } from './envelope-records.ts';
import { recordIds } from './record-ids.ts';
import { hoursSince, shownEvents, startRelayOn, statementsToPresent } from './relay-on-snapshot.ts';
import { RELEASES, SCHEMAS } from './snapshot.ts';
import { build } from '../scripts/build.ts';
import { ROOT } from '../scripts/bundle.ts';
import { outputOf } from './command-output.ts';

const RELEASE = join(ROOT, RELEASES, ownPackage.version);

const write = (name: string, content: string): void => {
  writeFileSync(join(RELEASE, name), content);
};

const writeCompressed = (name: string, content: string | Buffer): void => {
  writeFileSync(join(RELEASE, `${name}.br`), brotliCompressSync(content));
};

/**
 * Returns a dump as statements that any connection can run, without comments, psql commands and settings of the server.
 */
const portable = (dump: string): string =>
  dump.replace(/^(?:--.*|SET .*|\\.*|SELECT pg_catalog\.set_config.*)?\n/gm, '');

/**
 * Writes the store as a SQLite file and as a dump, with the records of its envelopes and the events that the console
 * shows.
 */
async function writeStore(folder: string, url: string, bundle: string): Promise<void> {
  const [path, copy] = [join(folder, 'store.sqlite'), join(folder, 'copy.sqlite')];
  const { envelopes, waiting } = await createBranchStore(path);
  const records = await recordsOfEnvelopes(await loadApp(folder, 'app', bundle), envelopes);
  writeCompressed(
    'envelopes.json',
    JSON.stringify(envelopes.map((each, index) => ({ ...each, records: records[index] }))),
  );
  writeCompressed('store.sqlite', readFileSync(path));

  cpSync(path, copy);
  await execute(url, `CREATE SCHEMA ${DUMPED_SCHEMA}`);
  const target = new URL(url);
  target.searchParams.set('options', `-c search_path=${DUMPED_SCHEMA}`);
  await move(copy, target.href);
  // `move` does not copy the rows of running processes.
  await execute(target.href, `INSERT INTO processes VALUES ('${PROCESS}', ${SNAPSHOT_AT - HOUR})`);
  const options = ['--inserts', '--no-owner', '--no-privileges', `--schema=${DUMPED_SCHEMA}`];
  writeCompressed('store.sql', portable(outputOf('pg_dump', [...options, url])));

  // The Zaps do not respond, so the relay changes nothing.
  const zaps = await startTargetServer(() => undefined);
  const offset = hoursSince();
  const file = openFile(path);
  file.exec(statementsToPresent(sqliteSchema(file), offset, zaps.origin));
  file.close();
  const relay = await startRelayOn({ sqlitePath: path }, zaps.origin);
  write('expected.json', JSON.stringify({ waiting, shown: await shownEvents(relay, offset) }, null, 1));
  zaps.close();
  await relay.stop();
}

/**
 * Writes the snapshot of this version. Its relay must have been built.
 *
 * @param folder - an empty folder
 * @param url - the URL of an empty PostgreSQL database
 */
export async function writeSnapshot(folder: string, url: string): Promise<void> {
  rmSync(RELEASE, { recursive: true, force: true });
  mkdirSync(RELEASE, { recursive: true });
  for (const name of ['sqlite.txt', 'postgres.txt']) cpSync(join(ROOT, SCHEMAS, name), join(RELEASE, `schema-${name}`));
  const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  const migrations = globSync(join(ROOT, 'relay/store/migrations/*.sql')).sort();
  const hashes = Object.fromEntries(migrations.map((path) => [basename(path), hashOf(path)]));
  write('migrations.json', JSON.stringify(hashes, null, 1));
  writeCompressed('contract.txt', readFileSync(join(ROOT, 'docs/contract.txt')));
  writeCompressed('record-ids.json', JSON.stringify(await recordIds()));

  prepareFolder(folder);
  await build(join(folder, 'built'), ORIGIN);
  const bundle = readFileSync(join(folder, 'built/index.js'), 'utf8');
  writeCompressed('app.js', bundle);
  const dist = join(ROOT, 'relay/dist');
  const files = globSync('**/*.*', { cwd: dist }).sort();
  const relay = files.map((path) => [path, readFileSync(join(dist, path), 'utf8')]);
  writeCompressed('relay.json', JSON.stringify(Object.fromEntries(relay)));
  await writeStore(folder, url, bundle);
}
