/**
 * `npm run bench:relay [-- --only ceiling,ingest,... --store sqlite|postgres --seconds N --figures-only]`: measures
 * ingest, delivery and restart of a relay on each store, and compares them with the same route without a store and with
 * pg-boss. The load, the target server, the database and the relay share a machine, so only the ratios within one run
 * are meaningful. The exit code is 1 if a measurement has an error or, without `--figures-only`, if a goal is missed.
 */

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import { BadArguments } from '../harness/command-line.ts';
import { startCluster } from '../harness/postgres-cluster.ts';
import { startBenchProcess } from './child-process.ts';
import { readOptions, type Measure, type Options } from './options.ts';
import { postgresSystem, sqliteSystem } from './relay-system.ts';
import { BenchRun } from './run.ts';

const SYNC_SAMPLES = 100;
/** Measurements whose figures are compared with the ceiling. */
const COMPARED_WITH_CEILING: readonly Measure[] = ['ceiling', 'ingest', 'serving', 'scale', 'subjects', 'pgboss'];

/** The functions to call, in reverse order, at the end of the run. */
const cleanUps: (() => unknown)[] = [];

async function cleanUp(): Promise<void> {
  for (const undo of cleanUps.splice(0).reverse()) await undo();
}

/** Returns the median time of an fdatasync of one page, in milliseconds. Every commit waits for an fdatasync. */
function medianSyncMs(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w');
  const times = Array.from({ length: SYNC_SAMPLES }, () => {
    const start = performance.now();
    writeSync(file, Buffer.alloc(4096));
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[SYNC_SAMPLES / 2] ?? NaN;
}

function printMachine(folder: string): void {
  const [cpu] = cpus();
  const sync = medianSyncMs(folder).toFixed(2);
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores (${cpu?.model ?? 'unknown'}), fdatasync ${sync} ms.\n`,
  );
}

/** @returns false if a measurement had an error or missed a goal */
async function runBench(options: Options): Promise<boolean> {
  const { measures, stores, seconds } = options;
  const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  cleanUps.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const target = startBenchProcess('target');
  cleanUps.push(target.kill);
  const targetOrigin = await target.nextMessage<string>();
  const run = new BenchRun(options, { target, seconds }, targetOrigin);

  printMachine(folder);
  if (COMPARED_WITH_CEILING.some((measure) => measures.has(measure))) await run.measureCeiling();
  if (stores.includes('sqlite')) await run.measureRelay(sqliteSystem(folder, targetOrigin));
  const isRelayMeasured = [...measures].some((measure) => measure !== 'ceiling' && measure !== 'pgboss');
  const isPostgresMeasured = stores.includes('postgres') && isRelayMeasured;
  if (isPostgresMeasured || measures.has('pgboss')) {
    const cluster = await startCluster();
    cleanUps.push(cluster.remove);
    console.log(cluster.version);
    const system = postgresSystem(cluster, targetOrigin);
    if (isPostgresMeasured) await run.measureRelay(system);
    if (isPostgresMeasured && measures.has('host')) await run.simulateHost(cluster, system);
    if (measures.has('pgboss')) await run.measurePgBoss(cluster);
  }
  run.printReport();
  return run.isPassed;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}
try {
  process.exitCode = (await runBench(readOptions(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
