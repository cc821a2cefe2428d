/** Runs the cases of the neighbours scenario on empty stores, in lanes. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Cluster } from '../../harness/postgres-cluster.ts';
import { machineSlowness } from './machine-speed.ts';
import type { CaseContext, Lane, NeighbourCase } from './neighbour-case.ts';
import { NeighbourBed, type StorePlace } from './neighbour-bed.ts';
import { Report } from './report.ts';

/** Time limit of a case. */
const CASE_MS = 300_000;

/** A kind of store. It provides a new, empty store for each case. */
export interface CaseStore {
  readonly name: CaseContext['store'];
  readonly createPlace: () => Promise<StorePlace>;
  readonly remove: () => void;
}

/** Creates the stores of the SQLite cases, in a temporary folder. */
export function sqliteCases(): CaseStore {
  const folder = mkdtempSync(join(tmpdir(), 'relay-chaos-'));
  let count = 0;
  return {
    name: 'SQLite',
    createPlace: () => Promise.resolve({ sqlitePath: join(folder, `${++count}.sqlite`), databaseUrl: null }),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Creates the stores of the PostgreSQL cases, in databases of a cluster. */
export function postgresCases(cluster: Cluster): CaseStore {
  let count = 0;
  return {
    name: 'PostgreSQL',
    createPlace: async () => ({
      sqlitePath: null,
      databaseUrl: await cluster.createDatabase(`neighbours_${++count}`),
    }),
    remove: () => undefined,
  };
}

/** Runs a case on a store. An error fails the run, but the other cases continue. */
async function runCase(
  { name, run }: NeighbourCase,
  store: CaseStore,
  { isShort, slowness }: { readonly isShort: boolean; readonly slowness: number },
): Promise<void> {
  const report = new Report(`${store.name}, ${name}`, slowness);
  const beds: NeighbourBed[] = [];
  const timeout = new AbortController();
  const context: CaseContext = {
    store: store.name,
    isShort,
    report,
    createBed: async (environment = {}) => {
      const bed = await NeighbourBed.create(await store.createPlace(), environment);
      beds.push(bed);
      return bed;
    },
  };
  const start = performance.now();
  try {
    const inTime = run(context).then(() => true);
    // The case may reject after its time limit, when its relays are stopped.
    inTime.catch(() => undefined);
    const late = sleep(CASE_MS, false, { signal: timeout.signal });
    late.catch(() => undefined);
    if (!(await Promise.race([inTime, late]))) report.holds(false, `ended within ${CASE_MS / 1000} s`);
  } catch (error) {
    report.holds(false, `ended without an error (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    timeout.abort();
    for (const bed of beds) await bed.stop();
    const rejected = beds.reduce((sum, { target }) => sum + target.rejected, 0);
    report.holds(rejected === 0, `every envelope could be opened (${rejected} could not)`);
  }
  console.log(`     ${store.name}, ${name}: ended after ${Math.round((performance.now() - start) / 1000)} s`);
}

/** Runs cases on all stores. */
export async function runCases(
  cases: readonly NeighbourCase[],
  stores: readonly CaseStore[],
  isShort: boolean,
): Promise<void> {
  const slowness = await machineSlowness();
  if (slowness > 1) console.log(`Limits of delays are ${slowness.toFixed(1)} times as long on this machine.`);
  const runs = cases.flatMap((one) =>
    stores
      .filter(({ name }) => one.store === undefined || one.store === name)
      .map((store) => ({ lane: one.lane ?? 'measured', run: () => runCase(one, store, { isShort, slowness }) })),
  );
  const runsOf = (chosen: Lane) => runs.filter(({ lane }) => lane === chosen);
  async function inTurn(lane: Lane): Promise<void> {
    for (const { run } of runsOf(lane)) await run();
  }
  await Promise.all([...runsOf('waiting').map(({ run }) => run()), inTurn('checked'), inTurn('measured')]);
}
