import { HOUR_MS } from '../clock.ts';
import type { Readiness } from './readiness.ts';

/**
 * Time during which a process does not look for silences, in milliseconds. The time starts when the process starts,
 * when the store fails, and when a suspended process resumes. Webhooks that arrived while the relay could not store
 * them are missing from the store, although TutorCruncher was not silent.
 */
const GRACE_MS = HOUR_MS;

/**
 * Creates a process's grace period. The period starts at once.
 *
 * @param readiness - reports the time since the store's newest failure
 * @param graceMs - length of the grace period, in milliseconds
 */
export function createSilenceGracePeriod(
  readiness: Pick<Readiness, 'sinceFailureMs'>,
  now: number,
  graceMs = GRACE_MS,
) {
  let startedAt = now;
  return {
    /** Restarts the grace period. Called after a failed pass, and after the process was suspended. */
    restart(time: number): void {
      startedAt = time;
    },
    /** Returns true if the grace period has passed since its start and since the store's newest failure. */
    isOver: (time: number): boolean => Math.min(time - startedAt, readiness.sinceFailureMs()) >= graceMs,
  };
}
