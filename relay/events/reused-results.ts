/** Cache for the results of slow reads. */

import { systemClock, type Clock } from '../clock.ts';

/** Minimum time for which a result is reused, in milliseconds. */
const MIN_AGE_MS = 1_000;
/**
 * Factor by which the duration of a read is multiplied to get the reuse time, so that reads take at most 2 % of the
 * time.
 */
const AGE_PER_DURATION = 50;

interface Entry<Result> {
  readonly result: Promise<Result>;
  /** Time until which the result is reused; Infinity during the read. */
  usedUntil: number;
}

/**
 * A cache for reads that pages repeat every few seconds. Many open pages cause little more load than one page, and slow
 * reads are repeated less often than fast reads.
 */
export class ReusedResults<Result> {
  readonly #maxAgeMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Entry<Result>>();

  /** @param maxAgeMs - maximum time for which a result is reused; 0 to share reads only while they are running */
  constructor(maxAgeMs: number, clock: Pick<Clock, 'now'> = systemClock) {
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
  }

  /**
   * Returns the result of a read. Reads only if there is no reusable result. Failures are not cached.
   *
   * @param key - the key of the result in the cache
   */
  async get(key: string, read: () => Promise<Result>): Promise<Result> {
    const begin = this.#clock.now();
    for (const [other, { usedUntil }] of this.#entries) if (usedUntil <= begin) this.#entries.delete(other);
    const known = this.#entries.get(key);
    if (known) return known.result;

    const entry: Entry<Result> = { result: read(), usedUntil: Infinity };
    this.#entries.set(key, entry);
    try {
      return await entry.result;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    } finally {
      const now = this.#clock.now();
      entry.usedUntil = now + Math.min(this.#maxAgeMs, Math.max(MIN_AGE_MS, AGE_PER_DURATION * (now - begin)));
    }
  }

  /** Forgets a result, so that the next call reads again. */
  forget(key: string): void {
    this.#entries.delete(key);
  }
}
