/** A run of the bench: its measurements in order, and the report. */

import type { Cluster } from '../harness/postgres-cluster.ts';
import {
  measureDrain,
  measureIngest,
  measureRestart,
  measureScale,
  measureServing,
  measureSteady,
  measureSubjects,
  type BenchContext,
  type Figures,
} from './measures.ts';
import type { Options } from './options.ts';
import { measureInTurn } from './in-turn.ts';
import { simulateLargeHost } from './large-host.ts';
import { measureArrival, measureZaps, SLOW_MS } from './response-times.ts';
import { PGBOSS_BATCH, pgBossSystem } from './pgboss-system.ts';
import { ceilingSystem, type System } from './systems.ts';
import { formatNumber, formatProgress, formatTable, type Row } from './table.ts';
import { disturbedMeasures, judgeStore, type Verdict } from './verdicts.ts';

const FEW_CONNECTIONS = 32;
const MANY_CONNECTIONS = 250;

/** Number of subscriptions in the store, and of delivered events of the loaded channel. */
const SCALES = [
  { subscriptions: 10, delivered: 0 },
  { subscriptions: 1_000, delivered: 0 },
  { subscriptions: 10_000, delivered: 0 },
  { subscriptions: 10, delivered: 1_000_000 },
] as const;

/** Numbers of lessons that the delivered events are about. */
const SUBJECTS = [10, 1_000_000] as const;
/** Number of delivered events for each number of lessons. */
const EVENTS_ABOUT_SUBJECTS = 1_000_000;

/** Two backlogs of 100,000 deliveries each. */
const BACKLOGS = [
  { channels: 10, waiting: 2_000 },
  { channels: 1, waiting: 20_000 },
] as const;

/** Numbers of Zaps with slow targets, and of processes that serve them. SQLite allows only one process. */
const SLOW_ZAPS = [
  { zaps: 300, processes: 1 },
  { zaps: 2_000, processes: 2 },
] as const;

/** The configurations of pg-boss that are compared. */
const PGBOSS_CONFIGURATIONS = [
  { enqueueMethod: 'publish', usesNotify: false },
  { enqueueMethod: 'publish', usesNotify: true },
  { enqueueMethod: 'insert', usesNotify: true },
] as const;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export class BenchRun {
  readonly #rows: Row[] = [];
  readonly #errors: string[] = [];
  /** Events per second of the ceiling, by number of connections. */
  readonly #ceilings = new Map<number, number>();
  readonly #options: Options;
  readonly #context: BenchContext;
  readonly #targetOrigin: string;

  constructor(options: Options, context: BenchContext, targetOrigin: string) {
    this.#options = options;
    this.#context = context;
    this.#targetOrigin = targetOrigin;
  }

  /** True if no measurement of the relay or of the ceiling had an error, and no required goal is missed. */
  get isPassed(): boolean {
    const areGoalsReached = this.#verdicts().every(({ isReached }) => isReached);
    return this.#errors.length === 0 && (areGoalsReached || !this.#options.areGoalsRequired);
  }

  #verdicts(): Verdict[] {
    return this.#options.stores.flatMap((store) => judgeStore(this.#rows.filter(({ system }) => system === store)));
  }

  #record(system: System, measure: string, figures: Figures, ceiling?: number): void {
    const row: Row = { system: system.name, measure, figures, ceiling };
    this.#rows.push(row);
    console.log(formatProgress(row));
    for (const error of figures.errors) this.#recordError(system, measure, error);
  }

  /** Prints an error. An error of pg-boss does not fail the run. */
  #recordError(system: System, measure: string, error: string): void {
    console.log(`  ${error}`);
    if (!system.name.startsWith('pg-boss')) this.#errors.push(`${system.name}, ${measure}: ${error}`);
  }

  #ceilingOf(connections: number | undefined): number | undefined {
    return connections === undefined ? undefined : this.#ceilings.get(connections);
  }

  /** Records a measurement. If it fails, the run continues with the next one. */
  async #measure(system: System, measure: string, pending: Promise<Figures>, connections?: number): Promise<void> {
    try {
      this.#record(system, measure, await pending, this.#ceilingOf(connections));
    } catch (error) {
      this.#recordError(system, measure, messageOf(error));
    }
  }

  async measureCeiling(): Promise<void> {
    for (const connections of [FEW_CONNECTIONS, MANY_CONNECTIONS]) {
      const figures = await measureIngest(this.#context, ceilingSystem, connections);
      this.#record(ceilingSystem, `nothing stored, ${connections} connections`, figures);
      this.#ceilings.set(connections, figures.perSecond ?? NaN);
    }
  }

  #ingest(system: System): Promise<void> {
    const figures = measureIngest(this.#context, system, FEW_CONNECTIONS);
    return this.#measure(system, `ingest, ${FEW_CONNECTIONS} connections`, figures, FEW_CONNECTIONS);
  }

  /** Measures the ingest of a relay and the ceiling in turn. */
  async #ingestInTurn(system: System): Promise<void> {
    const measure = `ingest, ${FEW_CONNECTIONS} connections`;
    try {
      const { own, ceiling } = await measureInTurn(this.#context, system, FEW_CONNECTIONS);
      this.#record(ceilingSystem, `nothing stored, in turn with ${system.name}`, ceiling);
      this.#record(system, measure, own, ceiling.perSecond);
    } catch (error) {
      this.#recordError(system, measure, messageOf(error));
    }
  }

  #serving(system: System): Promise<void> {
    const figures = measureServing(this.#context, system, MANY_CONNECTIONS);
    const measure = `serving, ${MANY_CONNECTIONS} connections, 5 subscriptions`;
    return this.#measure(system, measure, figures, MANY_CONNECTIONS);
  }

  #steady(system: System): Promise<void> {
    return this.#measure(system, 'steady, 500/s to 5 subscriptions', measureSteady(this.#context, system));
  }

  async #drain(system: System): Promise<void> {
    for (const { channels, waiting } of BACKLOGS) {
      const where = channels === 1 ? 'a channel' : `${channels} channels`;
      const measure = `drain, ${channels * 5} subscriptions of ${where}`;
      await this.#measure(system, measure, measureDrain(this.#context, system, channels, waiting));
    }
  }

  async #arrival(system: System): Promise<void> {
    for (const delayMs of [0, SLOW_MS]) {
      const measure = `arrival, targets respond ${delayMs === 0 ? 'at once' : `after ${delayMs} ms`}`;
      await this.#measure(system, measure, measureArrival(this.#context, system, delayMs));
    }
  }

  async #zaps(system: System): Promise<void> {
    for (const { zaps, processes } of SLOW_ZAPS) {
      if (processes > 1 && system.name === 'sqlite') continue;
      const measure = `${formatNumber(zaps)} Zaps, ${processes} ${processes === 1 ? 'process' : 'processes'}`;
      await this.#measure(system, measure, measureZaps(this.#context, system, zaps, processes));
    }
  }

  #restart(system: System): Promise<void> {
    return this.#measure(system, 'restart, SIGKILL under load', measureRestart(this.#context, system));
  }

  async #scale(system: System): Promise<void> {
    for (const { subscriptions, delivered } of SCALES) {
      const events = delivered > 0 ? `, ${formatNumber(delivered)} delivered` : '';
      const content = `${formatNumber(subscriptions)} subscriptions${events}`;
      await this.#measureBoth(system, content, measureScale(this.#context, system, subscriptions, delivered));
    }
  }

  async #subjects(system: System): Promise<void> {
    for (const subjects of SUBJECTS) {
      const pending = measureSubjects(this.#context, system, subjects, EVENTS_ABOUT_SUBJECTS);
      await this.#measureBoth(system, `${formatNumber(subjects)} subjects`, pending);
    }
  }

  /** Records a measurement at a steady rate and a measurement of ingest, on the same content. */
  async #measureBoth(system: System, content: string, pending: ReturnType<typeof measureScale>): Promise<void> {
    try {
      const { steady, ingest } = await pending;
      this.#record(system, `steady with ${content}`, steady);
      this.#record(system, `ingest with ${content}`, ingest, this.#ceilingOf(FEW_CONNECTIONS));
    } catch (error) {
      this.#recordError(system, `scale with ${content}`, messageOf(error));
    }
  }

  /** Measures a relay. */
  async measureRelay(system: System): Promise<void> {
    const { measures } = this.#options;
    if (measures.has('ingest')) await this.#ingestInTurn(system);
    if (measures.has('serving')) await this.#serving(system);
    if (measures.has('steady')) await this.#steady(system);
    if (measures.has('arrival')) await this.#arrival(system);
    if (measures.has('zaps')) await this.#zaps(system);
    if (measures.has('drain')) await this.#drain(system);
    if (measures.has('restart')) await this.#restart(system);
    if (measures.has('scale')) await this.#scale(system);
    if (measures.has('subjects')) await this.#subjects(system);
  }

  /** Simulates a large host. */
  async simulateHost(cluster: Cluster, system: System): Promise<void> {
    try {
      const { database, ...figures } = await simulateLargeHost(this.#context, cluster, this.#targetOrigin);
      this.#record(system, 'a school day at 5,000 branches', figures);
      const { connections, leases, transactions } = database;
      console.log(
        `  At its peak, PostgreSQL had ${connections} connections and ${leases} leased channels. ` +
          `It committed ${formatNumber(transactions)} transactions.`,
      );
    } catch (error) {
      this.#recordError(system, 'a school day', messageOf(error));
    }
  }

  async measurePgBoss(cluster: Cluster): Promise<void> {
    for (const configuration of PGBOSS_CONFIGURATIONS) {
      const system = pgBossSystem(cluster, this.#targetOrigin, configuration);
      await this.#ingest(system);
      await this.#serving(system);
      await this.#steady(system);
      // The workers do not depend on the way jobs are added, so one drain is enough.
      if (configuration.enqueueMethod === 'insert') await this.#drain(system);
    }
  }

  printReport(): void {
    console.log(`\n${formatTable(this.#rows)}\n`);
    console.log(
      'Times are in ms; autocannon rounds them to whole ms. "end" is the time from sending to arrival at the target.',
    );
    if (this.#options.measures.has('pgboss')) {
      console.log(
        `pg-boss: one queue and one worker per subscription; 20 connections, batches of ${PGBOSS_BATCH}, ` +
          'burstWhenBatchFull, polling every 0.5 s, with NOTIFY where named. publish: its fan-out, one INSERT per event ' +
          'and queue. insert: one INSERT per group of events and queue, in one transaction. Its ingest adds each event ' +
          'to 5 queues, because pg-boss fans out at ingest.',
      );
    }
    console.log('');
    for (const { isReached, text } of this.#verdicts()) console.log(`${isReached ? 'ok    ' : 'MISSED'} ${text}`);
    for (const error of this.#errors) console.log(`FAIL   ${error}`);
    const disturbed = disturbedMeasures(this.#rows);
    if (disturbed.length === 0) return;
    console.log('\nOther processes used this machine during these measurements. Repeat them:');
    for (const text of disturbed) console.log(`  ${text}`);
  }
}
