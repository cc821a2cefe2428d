/**
 * `npm run chaos [-- --rounds N --store sqlite|postgres --stop-seconds N --only kill,restart,expire,stop]`: interrupts
 * relays under load in every round, and delivers to endpoints that fail in different ways. Checks that every acknowledged
 * event arrives at every live endpoint with a valid signature. Everything runs on this machine.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BadArguments } from '../harness/command-line.ts';
import { startCluster } from '../harness/postgres-cluster.ts';
import { failedChecks } from './checks.ts';
import { readOptions, type Options, type Scenario } from './options.ts';
import { expireLease, fillDisk, killRelays, restartDatabase, stopProcess } from './scenarios.ts';

async function runOnSqlite({ rounds }: Options): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
  try {
    await killRelays('SQLite', 1, { RELAY_SQLITE_PATH: join(folder, 'relay.sqlite') }, rounds);
    await fillDisk(join(folder, 'full.sqlite'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runOnPostgres({ rounds, stopMs, scenarios }: Options): Promise<void> {
  const cluster = await startCluster();
  const runs: Record<Scenario, (databaseUrl: string) => Promise<void>> = {
    kill: (url) => killRelays('PostgreSQL, two processes', 2, { RELAY_DATABASE_URL: url }, rounds),
    restart: (url) => restartDatabase(cluster, url, rounds),
    expire: (url) => expireLease(url, rounds),
    stop: (url) => stopProcess(url, rounds, stopMs),
  };
  try {
    console.log(`\n${cluster.version}`);
    for (const [name, run] of Object.entries(runs)) {
      // Dead letters and subscriptions of one scenario would disturb the next, so each gets a database of its own.
      if (scenarios.has(name as Scenario)) await run(await cluster.createDatabase(`chaos_${name}`));
    }
  } finally {
    await cluster.remove();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.stores.has('sqlite') && options.scenarios.has('kill')) await runOnSqlite(options);
  if (options.stores.has('postgres')) await runOnPostgres(options);
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exit(1);
}
const failures = failedChecks();
console.log(failures.length === 0 ? '\nAll checks passed.' : `\nFailed: ${failures.join('; ')}`);
process.exit(failures.length === 0 ? 0 : 1);
