/** Readiness: whether a process can store incoming deliveries. Load balancers and alerts depend on it. */

import { type Clock, monotonicClock, withinTime } from '../clock.ts';
import { nameOf } from '../log.ts';
import { createReusedResults } from '../reused-results.ts';
import type { Store } from '../store/store.ts';

/** Time for which the result of a check is reused. Load balancers and Prometheus request it often. */
const CACHE_MS = 1_000;
/** Time limit of a check. A slower store could not store a webhook in time either. */
const CHECK_MS = 5_000;
/**
 * Time for which the process is not ready after it failed to store a delivery, unless it stores a later one. The check
 * alone may succeed on a full disk.
 */
const FAILURE_MS = 2 * 60_000;

/** The reason why a process is not ready: its store is full, or it fails or is too slow (`down`). */
export type Unreadiness = 'full' | 'down';

/** Codes for a full disk: SQLite's result code, the system's error codes and PostgreSQL's condition `disk_full`. */
const DISK_FULL: ReadonlySet<string> = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT', 'EFBIG', '53100']);
/** PostgreSQL's condition `lock_not_available`: another session has locked one channel, but others can be served. */
const LOCKED = '55P03';

const reasonOf = (error: unknown): Unreadiness => (DISK_FULL.has(nameOf(error)) ? 'full' : 'down');

/** The check of a process. */
export type Readiness = ReturnType<typeof createReadiness>;

/** Creates the check of a process. */
export function createReadiness(store: Pick<Store, 'ping'>, clock: Pick<Clock, 'now'> = monotonicClock) {
  const checks = createReusedResults<Unreadiness | null>({ maxAgeMs: CACHE_MS }, clock);
  let failure: { readonly reason: Unreadiness; readonly at: number } | null = null;
  const ask = () => withinTime(store.ping(), CHECK_MS).then(() => null, reasonOf);
  return {
    /** Returns the reason why the process is not ready; null if it is ready. Never rejects. */
    problem: async (): Promise<Unreadiness | null> =>
      (await checks.get('', ask)) ?? (failure && clock.now() - failure.at < FAILURE_MS ? failure.reason : null),

    /** Wraps a store's `ingest`, so that its results affect the readiness. */
    watch:
      (ingesting: Pick<Store, 'ingest'>): Store['ingest'] =>
      async (deliveries) => {
        try {
          const results = await ingesting.ingest(deliveries);
          if (results.includes('stored')) failure = null;
          return results;
        } catch (error) {
          if (nameOf(error) !== LOCKED) failure = { reason: reasonOf(error), at: clock.now() };
          throw error;
        }
      },
  };
}
