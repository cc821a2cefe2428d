/**
 * Pauses of the process: a platform lets the instance sleep, stops its CPU between requests, or suspends the machine.
 * Webhooks fail meanwhile, because TutorCruncher waits 8 s for a response.
 */

import { systemClock, type Clock } from '../clock.ts';
import type { Log } from '../log.ts';

/** Interval between two looks at the clocks. */
const LOOK_MS = 1_000;
/**
 * Minimum length of a pause. On a machine with two cores at a load of 36, no look of a minute was later than 0.4 s, so
 * that a loaded machine is not mistaken for an instance that sleeps.
 */
export const MIN_PAUSE_MS = 10_000;

/** The clocks that are compared, in milliseconds. */
interface Clocks {
  /** The machine's clock, which somebody may correct. It goes on while the machine is suspended. */
  readonly wall: () => number;
  /** The clock since the start of the process. Linux stops it while the machine is suspended, but not while the process is. */
  readonly monotonic: () => number;
}

const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** A pause of the process. */
export interface Pause {
  /** Time of the last look before the pause, in milliseconds since 1970. */
  readonly since: number;
  readonly ms: number;
  /** True if only the machine's clock shows the pause: the machine was suspended, or its clock was corrected. */
  readonly isOfMachine: boolean;
}

/** The pauses of a process so far. */
export interface PauseSummary {
  readonly count: number;
  readonly newest: Pause | null;
}

/** Creates the watch for pauses. @param onPause - is called with the length of each pause, in milliseconds */
export function createPauses(log: Pick<Log, 'warn'>, onPause: (ms: number) => void, clocks: Clocks = SYSTEM_CLOCKS) {
  let summary: PauseSummary = { count: 0, newest: null };
  let last = { wall: clocks.wall(), monotonic: clocks.monotonic() };

  /** Compares the clocks with those of the last look, which was due {@link LOOK_MS} ago. */
  function look(): void {
    const now = { wall: clocks.wall(), monotonic: clocks.monotonic() };
    const own = now.monotonic - last.monotonic - LOOK_MS;
    const machine = now.wall - last.wall - LOOK_MS;
    const since = last.wall;
    last = now;
    // A clock that was corrected meanwhile does not change the length of a pause of the process alone.
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
    /** Looks every second until the signal is aborted. */
    run: async (signal: AbortSignal, clock: Pick<Clock, 'sleep'> = systemClock): Promise<void> => {
      last = { wall: clocks.wall(), monotonic: clocks.monotonic() };
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal);
        look();
      }
    },
  };
}

/** Advice for each kind of pause. */
const ADVICE = 'Let the instance always run, with a CPU also between requests.';
const PROCESS_PAUSED =
  `The relay did not run for a while, so webhooks failed. If the platform lets it sleep or stops its CPU: ${ADVICE} ` +
  'Otherwise, the machine was overloaded or stopped.';
const MACHINE_PAUSED = `The machine was suspended, so webhooks failed, or its clock was set forward. If the platform suspends it: ${ADVICE}`;

/** The pauses of a process, for the operator. */
export type Pauses = ReturnType<typeof createPauses>;
