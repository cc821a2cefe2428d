/**
 * Pauses of the process. A pause occurs if a platform puts the instance to sleep, stops its CPU between requests, or
 * suspends the machine. During a pause, webhooks fail, because TutorCruncher waits only 8 s for a response.
 */

import { systemClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';

/** Interval between two looks at the clocks, in milliseconds. */
const LOOK_MS = 1_000;
/**
 * Minimum length of a pause, in milliseconds. In a minute of measurements on a machine with two cores at a load of 36,
 * no look was more than 0.4 s late. A loaded machine is therefore not mistaken for an instance that sleeps.
 */
export const MIN_PAUSE_MS = 10_000;

/** The two clocks that are compared. Both return milliseconds. */
interface Clocks {
  /** The machine's clock. This clock can be corrected, and keeps running while the machine is suspended. */
  readonly wall: () => number;
  /**
   * The clock since the start of the process. On Linux, this clock stops while the machine is suspended, but keeps
   * running while only the process is suspended.
   */
  readonly monotonic: () => number;
}

const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** A pause of the process. */
export interface Pause {
  /** Time of the last look at the clocks before the pause, in milliseconds since 1970. */
  readonly since: number;
  readonly ms: number;
  /** True if only the machine's clock shows the pause, because the machine was suspended or its clock was corrected. */
  readonly isOfMachine: boolean;
}

/** The number of pauses since the start of the process, and the newest pause. */
export interface PauseSummary {
  readonly count: number;
  readonly newest: Pause | null;
}

/** Creates the detector of pauses. @param onPause - called with the length of each pause, in milliseconds */
export function createPauses(log: Pick<Log, 'warn'>, onPause: (ms: number) => void, clocks: Clocks = SYSTEM_CLOCKS) {
  let summary: PauseSummary = { count: 0, newest: null };
  let last = { wall: clocks.wall(), monotonic: clocks.monotonic() };

  /** Compares the time that has passed on each clock since the last look with the expected time, {@link LOOK_MS}. */
  function look(): void {
    const now = { wall: clocks.wall(), monotonic: clocks.monotonic() };
    const own = now.monotonic - last.monotonic - LOOK_MS;
    const machine = now.wall - last.wall - LOOK_MS;
    const since = last.wall;
    last = now;
    // If the process itself was paused, its own clock gives the length, because a correction does not affect this
    // clock.
    const isOfMachine = own < MIN_PAUSE_MS;
    const ms = Math.round(isOfMachine ? machine : own);
    if (ms < MIN_PAUSE_MS) return;
    summary = { count: summary.count + 1, newest: { since, ms, isOfMachine } };
    onPause(ms);
    const fields = { since: new Date(since).toISOString(), seconds: Math.round(ms / 1000) };
    log.warn(fields, isOfMachine ? MACHINE_PAUSED : PROCESS_PAUSED);
  }

  return {
    look,
    summary: (): PauseSummary => summary,
    /** Looks at the clocks every second until the signal is aborted. */
    run: async (signal: AbortSignal, clock: Pick<Clock, 'sleep'> = systemClock): Promise<void> => {
      last = { wall: clocks.wall(), monotonic: clocks.monotonic() };
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal);
        look();
      }
    },
  };
}

/** Advice that fits both kinds of pauses. */
const ADVICE = 'Keep the instance running, and give it a CPU between requests as well.';
const PROCESS_PAUSED =
  `The relay did not run for a while, so webhooks failed. If the platform lets it sleep or stops its CPU: ${ADVICE} ` +
  'Otherwise, the machine was overloaded or stopped.';
const MACHINE_PAUSED = `The machine was suspended, so webhooks failed, or its clock was set forward. If the platform suspends it: ${ADVICE}`;

/** The detector of pauses in a process. */
export type Pauses = ReturnType<typeof createPauses>;
