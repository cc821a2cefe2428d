/** The measures: each begins a system, loads it, and says what came of it. */

import type { Spread } from './event.ts';
import type { LoadPlan, LoadResult } from './load.ts';
import { cpuSeconds, machineCpuSeconds, startPart, type Part } from './processes.ts';
import type { Instance, Setup, System } from './systems.ts';
import type { Arrivals, TargetReport } from './target.ts';

const WARM_UP_SECONDS = 2;
const STEADY_PER_SECOND = 500;
/** After the last event of a steady load, whatever is still on its way has this long. */
const ARRIVAL_MS = 30_000;
const DRAIN_MS = 120_000;
const RESTARTS = 5;

/** How much of a core each kept busy, in percent; together they had two. */
export interface Cpu {
  readonly service: number;
  readonly database: number;
  readonly load: number;
  readonly target: number;
  /** All else that the machine did, the system's own work for the others' sockets among it. */
  readonly other: number;
}

/** What a measure found; what it doesn't look at is left out. */
export interface Figures {
  readonly perSecond?: number;
  readonly ack?: Spread | null;
  readonly endToEnd?: Spread | null;
  readonly deliveriesPerSecond?: number;
  readonly arrived?: number;
  readonly expected?: number;
  readonly restartMs?: number;
  readonly startMs?: number;
  readonly peakMb: number;
  readonly cpu?: Cpu;
  /** Seconds of a core, service and database, for a thousand events. */
  readonly cpuPerThousand?: number;
  /** What must not be: lost events, answers other than 202. */
  readonly wrong: readonly string[];
}

/** What all measures share. */
export interface Bench {
  readonly target: Part;
  readonly seconds: number;
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function withInstance<T>(
  { target }: Bench,
  system: System,
  setup: Setup,
  measure: (instance: Instance) => Promise<T>,
): Promise<T> {
  await target.ask('reset');
  const instance = await system.begin(setup);
  try {
    return await measure(instance);
  } finally {
    await instance.end();
  }
}

/** Begins to watch what everybody costs. */
function watchCpu({ target }: Bench, instance: Instance) {
  const read = () => ({
    time: performance.now() / 1000,
    service: instance.cpuSeconds(),
    database: instance.databaseCpuSeconds(),
    target: cpuSeconds(target.pid),
    machine: machineCpuSeconds(),
  });
  const before = read();
  return (loadSeconds: number) => {
    const after = read();
    const share = (seconds: number) => (100 * seconds) / (after.time - before.time);
    const service = after.service - before.service;
    const database = after.database - before.database;
    const target = after.target - before.target;
    const other = Math.max(0, after.machine - before.machine - service - database - target - loadSeconds);
    const cpu: Cpu = {
      service: share(service),
      database: share(database),
      load: share(loadSeconds),
      target: share(target),
      other: share(other),
    };
    return { seconds: service + database, cpu };
  };
}

const runLoad = (url: string, seconds: number, load: LoadPlan['load']): Promise<LoadResult> =>
  startPart('load', { url, warmUpSeconds: WARM_UP_SECONDS, seconds, load } satisfies LoadPlan).hear<LoadResult>();

async function wrongOf(instance: Instance, result: LoadResult): Promise<string[]> {
  const stored = await instance.stored();
  return [
    ...(result.failed > 0 ? [`${result.failed} answers were not 202`] : []),
    ...(stored !== null && stored < result.acked ? [`${result.acked} acknowledged, but ${stored} stored`] : []),
  ];
}

/** As many events as it takes from so many connections, which a relay may be serving subscriptions beside. */
async function flood(bench: Bench, instance: Instance, connections: number): Promise<Figures> {
  const watch = watchCpu(bench, instance);
  const result = await runLoad(instance.hookUrl, bench.seconds, { connections });
  const { cpu, seconds } = watch(result.cpuSeconds);
  const { requests, firstAt, lastAt } = await bench.target.ask<TargetReport>('report');
  return {
    perSecond: result.perSecond,
    ack: result.ack,
    ...(requests > 0 && { deliveriesPerSecond: (requests * 1000) / (lastAt - firstAt) }),
    peakMb: instance.peakMb(),
    cpu,
    cpuPerThousand: (seconds * 1000) / result.acked,
    wrong: await wrongOf(instance, result),
  };
}

/** Waits until so many events have arrived, or time is up. */
async function awaitArrivals({ target }: Bench, expected: number, milliseconds: number): Promise<TargetReport> {
  const end = performance.now() + milliseconds;
  while ((await target.ask<Arrivals>('count')).events < expected && performance.now() < end) await sleep(50);
  return target.ask<TargetReport>('report');
}

/** Events at a steady rate; ends when all have arrived. */
async function steadily(bench: Bench, instance: Instance, subscriptions: number): Promise<Figures> {
  const watch = watchCpu(bench, instance);
  const result = await runLoad(instance.hookUrl, bench.seconds, { perSecond: STEADY_PER_SECOND });
  const expected = result.acked * subscriptions;
  const { events, endToEnd, byFolder } = await awaitArrivals(bench, expected, ARRIVAL_MS);
  const { cpu, seconds } = watch(result.cpuSeconds);
  const idleCalls = byFolder.idle ?? 0;
  return {
    perSecond: result.perSecond,
    ack: result.ack,
    endToEnd,
    arrived: events - idleCalls,
    expected,
    peakMb: instance.peakMb(),
    cpu,
    cpuPerThousand: (seconds * 1000) / result.acked,
    wrong: [
      ...(await wrongOf(instance, result)),
      ...(idleCalls > 0 ? [`${idleCalls} events went to subscriptions that did not want them`] : []),
      ...(events - idleCalls < expected ? [`${expected - events + idleCalls} of ${expected} did not arrive`] : []),
    ],
  };
}

/** How fast it takes events in, with nobody to send them to. */
export const measureIngest = (bench: Bench, system: System, connections: number): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 0 }, (instance) => flood(bench, instance, connections));

/** The same while five subscriptions of the channel are served. */
export const measureServing = (bench: Bench, system: System, connections: number): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 5 }, (instance) => flood(bench, instance, connections));

/** How long events take, at a rate that is easy. */
export const measureSteady = (bench: Bench, system: System): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 5 }, (instance) => steadily(bench, instance, 5));

/** How fast a backlog goes that was there before the system started. */
export function measureDrain(bench: Bench, system: System, channels: number, waiting: number): Promise<Figures> {
  const active = 5;
  return withInstance(bench, system, { channels, active, waiting }, async (instance) => {
    const watch = watchCpu(bench, instance);
    const expected = channels * active * waiting;
    const { events, firstAt, lastAt } = await awaitArrivals(bench, expected, DRAIN_MS);
    return {
      deliveriesPerSecond: (events * 1000) / (lastAt - firstAt),
      arrived: events,
      expected,
      peakMb: instance.peakMb(),
      cpu: watch(0).cpu,
      wrong: events < expected ? [`${expected - events} of ${expected} did not arrive`] : [],
    };
  });
}

/** How long it doesn't serve when it is killed under load. */
export const measureRestart = (bench: Bench, system: System): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 5 }, async (instance) => {
    const seconds = 2 * RESTARTS;
    const load = runLoad(instance.hookUrl, seconds, { perSecond: STEADY_PER_SECOND });
    const times: number[] = [];
    await sleep(WARM_UP_SECONDS * 1000);
    for (let count = 0; count < RESTARTS; count++) {
      times.push(await instance.restart());
      await sleep(1000);
    }
    const { acked } = await load;
    const expected = acked * 5;
    // What was not acknowledged may have been stored all the same, so more than expected may arrive.
    const { events } = await awaitArrivals(bench, expected, ARRIVAL_MS);
    return {
      restartMs: Math.max(...times),
      arrived: events,
      expected,
      peakMb: instance.peakMb(),
      wrong: events < expected ? [`${expected - events} of ${expected} did not arrive`] : [],
    };
  });

/** Steady and ingest, beside subscriptions that want nothing of it, and events that everybody has got. */
export const measureScale = (
  bench: Bench,
  system: System,
  subscriptions: number,
  delivered: number,
): Promise<{ readonly steady: Figures; readonly ingest: Figures }> =>
  withInstance(bench, system, { channels: 1, active: 5, idle: subscriptions - 5, delivered }, async (instance) => {
    const steady = await steadily(bench, instance, 5);
    const ingest = await flood(bench, instance, 32);
    return { steady: { ...steady, startMs: instance.startMs }, ingest };
  });
