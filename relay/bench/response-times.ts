/** Measurements with targets that respond as quickly or as slowly as Zapier. */

import {
  ACTIVE,
  awaitArrivals,
  ingestErrors,
  measureBacklog,
  missingErrors,
  runLoad,
  WARM_UP_SECONDS,
  withInstance,
  type BenchContext,
  type Figures,
} from './measures.ts';
import type { System } from './systems.ts';

/** Time limit for the events to arrive, in milliseconds. */
const ARRIVAL_MS = 90_000;
const ARRIVAL_SECONDS = 20;
/** Response time of a slow target, in milliseconds. */
export const SLOW_MS = 200;
/**
 * Events per second to targets that respond immediately. The rate is low enough that the relay is idle between events.
 */
const APART_PER_SECOND = 20;
/** Events per second to slow targets. The rate is low enough that the relay is idle between events. */
const APART_PER_SECOND_SLOW = 3;
/** Duration of a backlog in seconds if each delivery takes {@link SLOW_MS}. */
const BACKLOG_SECONDS = 40;

/** Measures the time between sending an event to an idle relay and the response of its target. */
export const measureArrival = (bench: BenchContext, system: System, delayMs: number): Promise<Figures> =>
  withInstance(bench, system, { channels: 1, active: 1, delayMs }, async (instance) => {
    const perSecond = delayMs > 0 ? APART_PER_SECOND_SLOW : APART_PER_SECOND;
    const { ack, acked, ...result } = await runLoad(instance.hookUrl, ARRIVAL_SECONDS, {
      perSecond,
      countsFromRequest: true,
    });
    const { events, endToEnd } = await awaitArrivals(bench, acked, ARRIVAL_MS);
    return {
      ack,
      endToEnd,
      arrived: events,
      expected: acked,
      peakMb: instance.peakMb(),
      errors: [...(await ingestErrors(instance, { ...result, ack, acked })), ...missingErrors(acked - events, acked)],
    };
  });

/**
 * Measures the rate of deliveries to each of many Zaps that have a backlog and whose targets take {@link SLOW_MS} to
 * respond. Excludes the warm-up, during which the processes open a connection per Zap and V8 compiles their code.
 */
export const measureZaps = (bench: BenchContext, system: System, zaps: number, processes: number): Promise<Figures> => {
  const waiting = (BACKLOG_SECONDS * 1000) / SLOW_MS;
  const setup = { channels: zaps / ACTIVE, waiting, delayMs: SLOW_MS, processes };
  return measureBacklog(bench, system, setup, ARRIVAL_MS, WARM_UP_SECONDS);
};
