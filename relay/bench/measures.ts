/** The measurements. Each starts a system, puts load on it, and returns figures. */

import { setTimeout as sleep } from 'node:timers/promises';

import { startBenchProcess, type BenchProcess } from './child-process.ts';
import type { Percentiles } from './event.ts';
import type { LoadPlan, LoadResult } from './load-process.ts';
import { cpuSeconds, machineCpuSeconds } from './process-usage.ts';
import type { Instance, Setup, System } from './systems.ts';
import type { Arrivals, TargetCommand, TargetReport } from './target-process.ts';

/** Duration of the warm-up of a load or of a backlog whose rates are measured. */
export const WARM_UP_SECONDS = 2;
const STEADY_PER_SECOND = 500;
/** Time limit for the last events of a load to arrive. */
export const ARRIVAL_MS = 30_000;
const DRAIN_MS = 120_000;
const RESTARTS = 5;
/** Active subscriptions per channel. */
export const ACTIVE = 5;

/** CPU usage by component, in percent of one core. */
export interface Cpu {
  readonly service: number;
  readonly database: number;
  readonly load: number;
  readonly target: number;
  /** CPU usage of all other processes on the machine, and of the kernel for sockets. */
  readonly other: number;
}

/** The result of a measurement. Times are in milliseconds. A measurement omits the figures that it does not measure. */
export interface Figures {
  /** Accepted events per second. */
  readonly perSecond?: number;
  /** Time from sending an event to its acknowledgement. */
  readonly ack?: Percentiles | null;
  /** Time from sending an event to its arrival at the target server. */
  readonly endToEnd?: Percentiles | null;
  readonly deliveriesPerSecond?: number;
  /** Deliveries per second, after the warm-up, to the subscription with the lowest rate. */
  readonly slowestPerSecond?: number;
  readonly arrived?: number;
  readonly expected?: number;
  /** Longest time from SIGKILL until the system serves requests again. */
  readonly restartMs?: number;
  readonly startMs?: number;
  readonly peakMb: number;
  readonly cpu?: Cpu;
  /** CPU seconds of the service and the database per thousand events. */
  readonly cpuPerThousand?: number;
  /** Descriptions of errors, such as lost events and responses other than 202. */
  readonly errors: readonly string[];
}

/** The parts that all measurements share. */
export interface BenchContext {
  readonly target: BenchProcess;
  /** Duration of a load, without the warm-up. */
  readonly seconds: number;
}

export const askTarget = <T extends Arrivals>({ target }: BenchContext, command: TargetCommand): Promise<T> =>
  target.ask<T>(command);

export async function withInstance<T>(
  bench: BenchContext,
  system: System,
  setup: Setup,
  measure: (instance: Instance) => Promise<T>,
): Promise<T> {
  await askTarget(bench, 'reset');
  const instance = await system.start(setup);
  try {
    return await measure(instance);
  } finally {
    await instance.stop();
  }
}

/**
 * Starts measuring CPU time.
 *
 * @returns a function that takes the CPU time of the load, in seconds, and returns the usage since the start
 */
export function watchCpu({ target }: BenchContext, instance: Pick<Instance, 'cpuSeconds' | 'databaseCpuSeconds'>) {
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
    const percent = (seconds: number) => (100 * seconds) / (after.time - before.time);
    const service = after.service - before.service;
    const database = after.database - before.database;
    const target = after.target - before.target;
    const other = Math.max(0, after.machine - before.machine - service - database - target - loadSeconds);
    const cpu: Cpu = {
      service: percent(service),
      database: percent(database),
      load: percent(loadSeconds),
      target: percent(target),
      other: percent(other),
    };
    return { seconds: service + database, cpu };
  };
}

export const runLoad = (
  url: string,
  seconds: number,
  load: LoadPlan['load'],
  subjects?: number,
): Promise<LoadResult> => {
  const plan: LoadPlan = { url, warmUpSeconds: WARM_UP_SECONDS, seconds, load, subjects };
  return startBenchProcess('load', plan).nextMessage<LoadResult>();
};

/** @param storedBefore - the number of events that were stored before the load */
export async function ingestErrors(instance: Instance, result: LoadResult, storedBefore = 0): Promise<string[]> {
  const total = await instance.stored();
  const stored = total === null ? null : total - storedBefore;
  return [
    ...(result.failed > 0 ? [`${result.failed} requests did not receive a 202 response`] : []),
    ...(stored !== null && stored < result.acked ? [`${result.acked} acknowledged, but only ${stored} stored`] : []),
  ];
}

export const missingErrors = (missing: number, expected: number): string[] =>
  missing > 0 ? [`${missing} of ${expected} deliveries did not arrive`] : [];

/** Sends as many events as the system accepts on a number of connections. */
export async function saturate(
  bench: BenchContext,
  instance: Instance,
  connections: number,
  subjects?: number,
): Promise<Figures> {
  const storedBefore = (await instance.stored()) ?? 0;
  const stopCpu = watchCpu(bench, instance);
  const result = await runLoad(instance.hookUrl, bench.seconds, { connections }, subjects);
  const { cpu, seconds } = stopCpu(result.cpuSeconds);
  const { requests, firstAt, lastAt } = await askTarget<TargetReport>(bench, 'report');
  return {
    perSecond: result.perSecond,
    ack: result.ack,
    ...(requests > 0 && { deliveriesPerSecond: (requests * 1000) / (lastAt - firstAt) }),
    peakMb: instance.peakMb(),
    cpu,
    cpuPerThousand: (seconds * 1000) / result.acked,
    errors: await ingestErrors(instance, result, storedBefore),
  };
}

/** Waits until a number of events have arrived, up to a time limit. */
export async function awaitArrivals(
  bench: BenchContext,
  expected: number,
  milliseconds: number,
): Promise<TargetReport> {
  const end = performance.now() + milliseconds;
  while ((await askTarget(bench, 'count')).events < expected && performance.now() < end) await sleep(50);
  return askTarget<TargetReport>(bench, 'report');
}

/** Sends events at a steady rate and waits until all have arrived at all active subscriptions. */
async function sendSteadily(bench: BenchContext, instance: Instance, subjects?: number): Promise<Figures> {
  const stopCpu = watchCpu(bench, instance);
  const result = await runLoad(instance.hookUrl, bench.seconds, { perSecond: STEADY_PER_SECOND }, subjects);
  const expected = result.acked * ACTIVE;
  const { events, endToEnd, byFolder } = await awaitArrivals(bench, expected, ARRIVAL_MS);
  const { cpu, seconds } = stopCpu(result.cpuSeconds);
  const unwanted = byFolder.idle ?? 0;
  const arrived = events - unwanted;
  return {
    perSecond: result.perSecond,
    ack: result.ack,
    endToEnd,
    arrived,
    expected,
    peakMb: instance.peakMb(),
    cpu,
    cpuPerThousand: (seconds * 1000) / result.acked,
    errors: [
      ...(await ingestErrors(instance, result)),
      ...(unwanted > 0 ? [`${unwanted} events were delivered to subscriptions that do not select them`] : []),
      ...missingErrors(expected - arrived, expected),
    ],
  };
}

/** Measures how many events per second the system accepts, without subscriptions. */
export const measureIngest = (bench: BenchContext, system: System, connections: number): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 0 }, (instance) => saturate(bench, instance, connections));

/** Measures how many events per second the system accepts while it serves five subscriptions. */
export const measureServing = (bench: BenchContext, system: System, connections: number): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: ACTIVE }, (instance) => saturate(bench, instance, connections));

/** Measures latencies at a steady rate, far below the limit. */
export const measureSteady = (bench: BenchContext, system: System): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: ACTIVE }, (instance) => sendSteadily(bench, instance));

/**
 * Measures how fast the system delivers a backlog that exists when it starts.
 *
 * @param milliseconds - time limit for the arrival of all events
 * @param warmUpSeconds - time until the measurement of the subscriptions' rates starts
 */
export function measureBacklog(
  bench: BenchContext,
  system: System,
  setup: Omit<Setup, 'active'> & { readonly waiting: number },
  milliseconds: number,
  warmUpSeconds = 0,
): Promise<Figures> {
  return withInstance(bench, system, { ...setup, active: ACTIVE }, async (instance) => {
    const stopCpu = watchCpu(bench, instance);
    if (warmUpSeconds > 0) {
      await sleep(warmUpSeconds * 1000);
      await askTarget(bench, 'startRates');
    }
    const expected = setup.channels * ACTIVE * setup.waiting;
    const { events, firstAt, lastAt, slowestPerSecond } = await awaitArrivals(bench, expected, milliseconds);
    return {
      deliveriesPerSecond: (events * 1000) / (lastAt - firstAt),
      slowestPerSecond,
      arrived: events,
      expected,
      peakMb: instance.peakMb(),
      cpu: stopCpu(0).cpu,
      errors: missingErrors(expected - events, expected),
    };
  });
}

/** Measures how fast the system delivers a backlog to targets that respond at once. */
export const measureDrain = (
  bench: BenchContext,
  system: System,
  channels: number,
  waiting: number,
): Promise<Figures> => measureBacklog(bench, system, { channels, waiting }, DRAIN_MS);

/** Measures the time from SIGKILL until the system serves requests again, under load. */
export const measureRestart = (bench: BenchContext, system: System): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: ACTIVE }, async (instance) => {
    const seconds = 2 * RESTARTS;
    const loading = runLoad(instance.hookUrl, seconds, { perSecond: STEADY_PER_SECOND });
    const times: number[] = [];
    await sleep(WARM_UP_SECONDS * 1000);
    for (let count = 0; count < RESTARTS; count++) {
      times.push(await instance.restart());
      await sleep(1000);
    }
    const { acked } = await loading;
    const expected = acked * ACTIVE;
    // A delivery may be stored without being acknowledged, so more than the expected number may arrive.
    const { events } = await awaitArrivals(bench, expected, ARRIVAL_MS);
    return {
      restartMs: Math.max(...times),
      arrived: events,
      expected,
      peakMb: instance.peakMb(),
      errors: missingErrors(expected - events, expected),
    };
  });

/** Measures latencies and ingest with given content in the store. */
const measureBoth = (
  bench: BenchContext,
  system: System,
  setup: Setup,
): Promise<{ readonly steady: Figures; readonly ingest: Figures }> =>
  withInstance(bench, system, setup, async (instance) => {
    const steady = await sendSteadily(bench, instance, setup.subjects);
    const ingest = await saturate(bench, instance, 32, setup.subjects);
    return { steady: { ...steady, startMs: instance.startMs }, ingest };
  });

/** Measures latencies and ingest with many idle subscriptions and many delivered events in the store. */
export const measureScale = (bench: BenchContext, system: System, subscriptions: number, delivered: number) =>
  measureBoth(bench, system, { channels: 1, active: ACTIVE, idle: subscriptions - ACTIVE, delivered });

/** Measures latencies and ingest for events whose previous events are in the store. */
export const measureSubjects = (bench: BenchContext, system: System, subjects: number, delivered: number) =>
  measureBoth(bench, system, { channels: 1, active: ACTIVE, delivered, subjects });
