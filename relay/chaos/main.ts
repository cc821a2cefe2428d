/**
 * `npm run chaos [-- --only kill,restart,expire,stop,neighbours --store sqlite|postgres --rounds N --stop-seconds N
 * --cases NAME,... --short]`:
 *
 * - In each round, the first four scenarios interrupt relays under load, and deliver to endpoints that fail in
 *   different ways. They check that every acknowledged event arrives at every live endpoint with a valid signature,
 *   and, except for `expire`, with the right previous event.
 * - `neighbours` runs the cases in `neighbours/`. Each case breaks something that belongs to one user, and measures the
 *   effect on others. `--short` reduces their loads.
 *
 * Everything runs on this machine.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BadArguments } from '../harness/command-line.ts';
import { startCluster, type Cluster } from '../harness/postgres-cluster.ts';
import { failedChecks } from './checks.ts';
import { postgresCases, runCases, sqliteCases, type CaseStore } from './neighbours/run-cases.ts';
import { readOptions, type Options, type Scenario } from './options.ts';
import { expireLease, fillDisk, killRelays, restartDatabase, stopProcess } from './scenarios.ts';

async function killOnSqlite({ rounds }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
  try {
    await killRelays('SQLite', 1, { RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') }, rounds);
    await fillDisk(join(folder, 'full.sqlite'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function interruptOnPostgres(cluster: Cluster, { rounds, stopMs, scenarios }: Options): Promise<void> {
  const runs: Readonly<Partial<Record<Scenario, (databaseUrl: string) => Promise<void>>>> = {
    kill: (url) => killRelays('PostgreSQL, two processes', 2, { RELAY_DATABASE_URL: url }, rounds),
    restart: (url) => restartDatabase(cluster, url, rounds),
    expire: (url) => expireLease(url, rounds),
    stop: (url) => stopProcess(url, rounds, stopMs),
  };
  for (const [name, run] of Object.entries(runs)) {
    // Dead letters and subscriptions of one scenario would disturb the next, so each scenario gets its own database.
    if (scenarios.has(name as Scenario)) await run(await cluster.createDatabase(`chaos_${name}`));
  }
}

async function runChaos(options: Options): Promise<void> {
  const { scenarios, stores, cases, isShort } = options;
  const caseStores: CaseStore[] = [];
  if (stores.has('sqlite')) {
    if (scenarios.has('kill')) await killOnSqlite(options);
    caseStores.push(sqliteCases());
  }
  const cluster = stores.has('postgres') ? await startCluster() : null;
  try {
    if (cluster) {
      console.log(`\n${cluster.version}`);
      await interruptOnPostgres(cluster, options);
      caseStores.push(postgresCases(cluster));
    }
    if (scenarios.has('neighbours')) await runCases(cases, caseStores, isShort);
  } finally {
    for (const { remove } of caseStores) remove();
    await cluster?.remove();
  }
}

try {
  await runChaos(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exit(1);
}
const failures = failedChecks();
console.log(failures.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
