/**
 * Readiness: the ability of a process to do all of its work. Load balancers and alerts depend on the readiness check.
 */

import { type Clock, monotonicClock, withinTime } from '../clock.ts';
import { nameOf } from '../log.ts';
import { createReusedResults } from '../reused-results.ts';
import type { Store } from '../store/store.ts';

/**
 * Time that the result of a check is reused, in milliseconds. Load balancers and Prometheus request the result often.
 */
const CACHE_MS = 1_000;
/** Time limit of a check, in milliseconds. A store that takes longer could not store a webhook in time, either. */
const CHECK_MS = 5_000;
/**
 * Time that the process is not ready after an important call to the store has failed, in milliseconds, unless a later
 * call succeeds. The check itself can succeed on a full disk, or while a table is locked. Failed calls, except for the
 * storage of webhooks, are repeated at shorter intervals.
 */
const FAILURE_MS = 2 * 60_000;

/**
 * The reason that a process is not ready. `full`: the store is full. `down`: the store fails or is too slow.
 * `undelivered`: the store accepts webhooks, but the process cannot deliver events or save the results.
 */
export type Unreadiness = 'full' | 'down' | 'undelivered';

/** The store's calls that are required to store and deliver webhooks. */
type Work = Pick<Store, 'ingest' | 'heartbeat' | 'dueInMs' | 'claim' | 'arrivals' | 'deliveries' | 'saveResults'>;

/** Codes for a full disk: SQLite's result code, the system's error codes and PostgreSQL's condition `disk_full`. */
const DISK_FULL: ReadonlySet<string> = new Set(['SQLITE_FULL', 'ENOSPC', 'EDQUOT', 'EFBIG', '53100']);
/**
 * PostgreSQL's condition `lock_not_available`. Another session has locked one channel, but the relay can serve other
 * channels.
 */
const LOCKED = '55P03';

const isFull = (error: unknown): boolean => DISK_FULL.has(nameOf(error));

/** The readiness check of a process. */
export type Readiness = ReturnType<typeof createReadiness>;

/** Creates the readiness check of a process. */
export function createReadiness(store: Pick<Store, 'ping'>, clock: Pick<Clock, 'now'> = monotonicClock) {
  const checks = createReusedResults<Unreadiness | null>({ maxAgeMs: CACHE_MS }, clock);
  /** The newest failure of each call that has not succeeded since. */
  const failures = new Map<keyof Work, { readonly reason: Unreadiness; readonly at: number }>();
  /** Time when a call or a check last failed. */
  let failedAt = -Infinity;
  const ask = () =>
    withinTime(store.ping(), CHECK_MS).then(
      () => null,
      (error: unknown) => {
        failedAt = clock.now();
        return isFull(error) ? 'full' : 'down';
      },
    );

  function rememberFailure(call: keyof Work, error: unknown): void {
    failedAt = clock.now();
    const isIngest = call === 'ingest';
    // A lock counts as a failure for all calls except ingest. For example, the results of all channels are saved
    // together, so a locked channel delays all results.
    if (isIngest && nameOf(error) === LOCKED) return;
    failures.set(call, { reason: isFull(error) ? 'full' : isIngest ? 'down' : 'undelivered', at: clock.now() });
  }

  /**
   * Returns a call whose results affect the readiness.
   *
   * @param proves - returns false for a result that does not prove that the store works
   */
  const watched =
    <Arguments extends readonly unknown[], Result>(
      name: keyof Work,
      call: (...args: Arguments) => Promise<Result>,
      proves: (result: Result) => boolean = () => true,
    ) =>
    async (...args: Arguments): Promise<Result> => {
      try {
        const result = await call(...args);
        if (proves(result)) failures.delete(name);
        return result;
      } catch (error) {
        rememberFailure(name, error);
        throw error;
      }
    };

  return {
    /** Returns the reason that the process is not ready; null if the process is ready. Never rejects. */
    problem: async (): Promise<Unreadiness | null> => {
      const problem = await checks.get('', ask);
      const recent = [...failures.values()].filter(({ at }) => clock.now() - at < FAILURE_MS);
      return problem ?? recent[0]?.reason ?? null;
    },

    /**
     * Returns the milliseconds since the store last failed, or since the database was last found in an earlier state,
     * whichever is more recent; Infinity if neither has happened.
     */
    sinceFailureMs: (): number => clock.now() - failedAt,

    /** Wraps the store's calls, so that their results affect the readiness. */
    watch: (work: Work): Work => ({
      ingest: watched('ingest', work.ingest, (results) => results.includes('stored')),
      heartbeat: watched('heartbeat', async (...args) => {
        const beat = await work.heartbeat(...args);
        if (beat === 'stepped back') failedAt = clock.now();
        return beat;
      }),
      dueInMs: watched('dueInMs', work.dueInMs),
      claim: watched('claim', work.claim),
      arrivals: watched('arrivals', work.arrivals),
      deliveries: watched('deliveries', work.deliveries),
      saveResults: watched('saveResults', work.saveResults),
    }),
  };
}
