/**
 * `npm run bench:relay [-- --only ceiling,ingest,... --store sqlite|postgres --seconds N]`: what the relay takes in and
 * hands on, on each store, beside the same route that stores nothing and beside pg-boss doing the same. Load, target,
 * database and relay share this machine, so the figures are no machine's limits, but their ratios hold in one run.
 */

import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import {
  measureDrain,
  measureIngest,
  measureRestart,
  measureScale,
  measureServing,
  measureSteady,
  type Bench,
  type Figures,
} from './measures.ts';
import { startPart } from './processes.ts';
import {
  BOSS_BATCH,
  bossSystem,
  ceilingSystem,
  postgresSystem,
  postmasterPid,
  sqliteSystem,
  type System,
} from './systems.ts';
import { disturbed, formatProgress, formatTable, judgeStore, type Row } from './table.ts';
import { startCluster, type Cluster } from '../harness/postgres-cluster.ts';

const MEASURES = ['ceiling', 'ingest', 'serving', 'steady', 'drain', 'restart', 'scale', 'pgboss'] as const;
const STORES = ['sqlite', 'postgres'] as const;
const FEW = 32;
const MANY = 250;
/** Subscriptions in the store, and events of the active channel that everybody has got. */
const SCALES = [
  { subscriptions: 10, delivered: 0 },
  { subscriptions: 1_000, delivered: 0 },
  { subscriptions: 10_000, delivered: 0 },
  { subscriptions: 10, delivered: 1_000_000 },
] as const;
/** 100,000 deliveries each. */
const BACKLOGS = [
  { channels: 10, waiting: 2_000 },
  { channels: 1, waiting: 20_000 },
] as const;

/** pg-boss in each way that has something to be said for it. */
const BOSSES = [
  { way: 'publish', isNotified: false },
  { way: 'publish', isNotified: true },
  { way: 'insert', isNotified: true },
] as const;

type Measure = (typeof MEASURES)[number];
type StoreName = (typeof STORES)[number];

interface Options {
  readonly only: ReadonlySet<Measure>;
  readonly stores: readonly StoreName[];
  readonly seconds: number;
}

/** Arguments that can't be right: one clear line, exit 1. */
class BadArguments extends Error {}

const whole = (value: number): string => value.toLocaleString('en-US');

const isOneOf = <T extends string>(all: readonly T[], text: string): text is T => all.some((one) => one === text);

function readArguments(): Options {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        only: { type: 'string', default: MEASURES.join(',') },
        store: { type: 'string' },
        seconds: { type: 'string', default: '8' },
      },
    }));
  } catch (error) {
    throw new BadArguments(error instanceof Error ? error.message : String(error));
  }
  const only = values.only.split(',').map((name) => {
    if (!isOneOf(MEASURES, name)) throw new BadArguments(`--only takes some of ${MEASURES.join(',')}, not "${name}".`);
    return name;
  });
  const { store } = values;
  if (store !== undefined && !isOneOf(STORES, store)) throw new BadArguments(`--store takes ${STORES.join(' or ')}.`);
  const seconds = Number(values.seconds);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 600) {
    throw new BadArguments('--seconds takes a whole number from 1 to 600.');
  }
  return { only: new Set(only), stores: store === undefined ? STORES : [store], seconds };
}

/** How long this disk takes to have a page for sure, which is what every commit waits for. */
function medianSyncMs(folder: string): number {
  const file = openSync(join(folder, 'sync'), 'w');
  const times = Array.from({ length: 100 }, () => {
    const start = performance.now();
    writeSync(file, Buffer.alloc(4096));
    fdatasyncSync(file);
    return performance.now() - start;
  });
  closeSync(file);
  return times.sort((a, b) => a - b)[50] ?? NaN;
}

/** A run: what was found so far, and what was wrong with it. */
class Run {
  readonly rows: Row[] = [];
  readonly wrong: string[] = [];
  readonly ceilings = new Map<number, number>();
  readonly #options: Options;
  readonly #bench: Bench;
  readonly #targetOrigin: string;

  constructor(options: Options, bench: Bench, targetOrigin: string) {
    this.#options = options;
    this.#bench = bench;
    this.#targetOrigin = targetOrigin;
  }

  /** Keeps what a measure found. What is wrong with something that isn't ours is only said. */
  #keep(system: System, measure: string, figures: Figures, connections?: number): void {
    const ceiling = connections === undefined ? undefined : this.ceilings.get(connections);
    const row: Row = { system: system.name, measure, figures, ceiling };
    this.rows.push(row);
    console.log(formatProgress(row));
    for (const text of figures.wrong) this.#complain(system, measure, text);
  }

  #complain(system: System, measure: string, text: string): void {
    console.log(`  ${text}`);
    const isOurs = isOneOf(STORES, system.name) || system === ceilingSystem;
    if (isOurs) this.wrong.push(`${system.name}, ${measure}: ${text}`);
  }

  /** Measures one thing. When that fails, the others are measured all the same. */
  async #one(system: System, measure: string, found: Promise<Figures>, connections?: number): Promise<void> {
    try {
      this.#keep(system, measure, await found, connections);
    } catch (error) {
      this.#complain(system, measure, error instanceof Error ? error.message : String(error));
    }
  }

  async ceiling(): Promise<void> {
    for (const connections of [FEW, MANY]) {
      const figures = await measureIngest(this.#bench, ceilingSystem, connections);
      this.#keep(ceilingSystem, `nothing stored, ${connections} connections`, figures);
      this.ceilings.set(connections, figures.perSecond ?? NaN);
    }
  }

  #ingest(system: System): Promise<void> {
    return this.#one(system, `ingest, ${FEW} connections`, measureIngest(this.#bench, system, FEW), FEW);
  }

  #serving(system: System): Promise<void> {
    const measure = `serving, ${MANY} connections, 5 subscriptions`;
    return this.#one(system, measure, measureServing(this.#bench, system, MANY), MANY);
  }

  #steady(system: System): Promise<void> {
    return this.#one(system, 'steady, 500/s to 5 subscriptions', measureSteady(this.#bench, system));
  }

  async #drain(system: System): Promise<void> {
    for (const { channels, waiting } of BACKLOGS) {
      const measure = `drain, ${channels * 5} subscriptions of ${channels === 1 ? 'a channel' : `${channels} channels`}`;
      await this.#one(system, measure, measureDrain(this.#bench, system, channels, waiting));
    }
  }

  #restart(system: System): Promise<void> {
    return this.#one(system, 'restart, SIGKILL under load', measureRestart(this.#bench, system));
  }

  async #scale(system: System): Promise<void> {
    for (const { subscriptions, delivered } of SCALES) {
      const beside = `${whole(subscriptions)} subscriptions${delivered > 0 ? `, ${whole(delivered)} delivered` : ''}`;
      try {
        const { steady, ingest } = await measureScale(this.#bench, system, subscriptions, delivered);
        this.#keep(system, `steady with ${beside}`, steady);
        this.#keep(system, `ingest with ${beside}`, ingest, FEW);
      } catch (error) {
        this.#complain(system, `scale with ${beside}`, error instanceof Error ? error.message : String(error));
      }
    }
  }

  async store(system: System): Promise<void> {
    const { only } = this.#options;
    if (only.has('ingest')) await this.#ingest(system);
    if (only.has('serving')) await this.#serving(system);
    if (only.has('steady')) await this.#steady(system);
    if (only.has('drain')) await this.#drain(system);
    if (only.has('restart')) await this.#restart(system);
    if (only.has('scale')) await this.#scale(system);
  }

  async boss(cluster: Cluster, databasePid: number): Promise<void> {
    for (const settings of BOSSES) {
      const system = bossSystem(cluster, databasePid, this.#targetOrigin, settings);
      await this.#ingest(system);
      await this.#serving(system);
      await this.#steady(system);
      // Workers are the same, however jobs came in.
      if (settings.way === 'insert') await this.#drain(system);
    }
  }

  report(): void {
    console.log(`\n${formatTable(this.rows)}\n`);
    console.log('Times in ms; autocannon counts whole ones. "end" is from sending to arrival at the target.');
    if (this.#options.only.has('pgboss')) {
      console.log(
        `pg-boss: a queue and a worker a subscription; 20 connections, batches of ${BOSS_BATCH}, burstWhenBatchFull, ` +
          'polling every 0.5 s, with NOTIFY where named. publish: its fan-out, an insert for each event and queue. ' +
          'insert: one for each group of events and queue, in one transaction. ' +
          'Its ingest is into 5 queues, as it fans out there.',
      );
    }
    console.log('');
    for (const store of this.#options.stores) {
      for (const { isReached, text } of judgeStore(this.rows.filter(({ system }) => system === store))) {
        console.log(`${isReached ? 'ok    ' : 'MISSED'} ${text}`);
      }
    }
    for (const text of this.wrong) console.log(`FAIL   ${text}`);
    const disturbances = disturbed(this.rows);
    if (disturbances.length > 0) {
      console.log('\nSomething else was running, so measure these again:');
      for (const text of disturbances) console.log(`  ${text}`);
    }
  }
}

/** What was started, to be cleaned up in reverse. */
const cleanUps: (() => unknown)[] = [];

async function cleanUp(): Promise<void> {
  for (const undo of cleanUps.splice(0).reverse()) await undo();
}

async function measure(options: Options): Promise<boolean> {
  const { only, stores, seconds } = options;
  const folder = mkdtempSync(join(tmpdir(), 'relay-bench-'));
  cleanUps.push(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const target = startPart('target');
  cleanUps.push(target.end);
  const targetOrigin = await target.hear<string>();
  const run = new Run(options, { target, seconds }, targetOrigin);

  const [cpu] = cpus();
  const sync = medianSyncMs(folder).toFixed(2);
  console.log(
    `Node.js ${process.version}, ${cpus().length} cores (${cpu?.model ?? 'unknown'}), fdatasync ${sync} ms.\n`,
  );

  if (['ceiling', 'ingest', 'serving', 'scale', 'pgboss'].some((name) => only.has(name as Measure)))
    await run.ceiling();
  if (stores.includes('sqlite')) await run.store(sqliteSystem(folder, targetOrigin));
  const isStoreMeasured = [...only].some((name) => name !== 'ceiling' && name !== 'pgboss');
  if ((stores.includes('postgres') && isStoreMeasured) || only.has('pgboss')) {
    const cluster = await startCluster();
    cleanUps.push(cluster.remove);
    console.log(cluster.version);
    const databasePid = await postmasterPid(cluster);
    if (stores.includes('postgres')) await run.store(postgresSystem(cluster, databasePid, targetOrigin));
    if (only.has('pgboss')) await run.boss(cluster, databasePid);
  }
  run.report();
  return run.wrong.length === 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
}
try {
  const options = readArguments();
  process.exitCode = (await measure(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof BadArguments)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
