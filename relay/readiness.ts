/** Readiness: whether a process can store incoming deliveries. Load balancers and alerts depend on it. */

import { type Clock, monotonicClock, withinTime } from './clock.ts';
import { nameOf } from './log.ts';
import { ReusedResults } from './reused-results.ts';
import type { Store } from './store/store.ts';

/** Time for which the result of a check is reused. Load balancers and Prometheus request it often. */
const CACHE_MS = 1_000;
/** Time limit of a check. A slower store could not store a webhook in time either. */
const CHECK_MS = 5_000;
/**
 * Time for which the process is not ready after it failed to store a delivery, unless it stores another delivery in the
 * meantime. A small write may succeed on a disk that has too little space for a delivery.
 */
const FAILURE_MS = 2 * 60_000;

/**
 * Reason why a process is not ready: its store is full (`full`), or its store fails or does not respond in time
 * (`down`).
 */
export type Unreadiness = 'full' | 'down';

/** Codes for a full disk: SQLite's result code, the system's error codes and PostgreSQL's condition `disk_full`. */
const DISK_FULL = /^(SQLITE_FULL|ENOSPC|EDQUOT|EFBIG|53100)$/;

/**
 * PostgreSQL's condition `lock_not_available`. Another session has locked the row of one channel, but deliveries to
 * other channels can still be stored.
 */
const LOCKED = '55P03';

const reasonOf = (error: unknown): Unreadiness => (DISK_FULL.test(nameOf(error)) ? 'full' : 'down');

/** Decides whether a process is ready. */
export class Readiness {
  readonly #store: Pick<Store, 'ping'>;
  readonly #clock: Pick<Clock, 'now'>;
  #failure: { readonly reason: Unreadiness; readonly at: number } | null = null;
  readonly #checks: ReusedResults<Unreadiness | null>;

  constructor(store: Pick<Store, 'ping'>, clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#store = store;
    this.#clock = clock;
    this.#checks = new ReusedResults(CACHE_MS, clock);
  }

  /** Returns the reason why the process is not ready; null if it is ready. Never rejects. */
  async problem(): Promise<Unreadiness | null> {
    const problem = await this.#checks.get('', () => this.#ask());
    if (problem !== null) return problem;
    const isRecent = this.#failure && this.#clock.now() - this.#failure.at < FAILURE_MS;
    return isRecent ? (this.#failure?.reason ?? null) : null;
  }

  /** Wraps a store's `ingest`, so that its results affect the readiness. */
  readonly watch =
    (store: Pick<Store, 'ingest'>): Store['ingest'] =>
    async (...args) => {
      try {
        const results = await store.ingest(...args);
        if (results.includes('stored')) this.#failure = null;
        return results;
      } catch (error) {
        if (nameOf(error) === LOCKED) throw error;
        this.#failure = { reason: reasonOf(error), at: this.#clock.now() };
        throw error;
      }
    };

  async #ask(): Promise<Unreadiness | null> {
    try {
      await withinTime(this.#store.ping(), CHECK_MS);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }
}
