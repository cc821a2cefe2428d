/** Cache for the results of reads. */

import { monotonicClock, type Clock } from './clock.ts';

/** Minimum time for which a result is reused, in milliseconds. */
const MIN_AGE_MS = 1_000;
/**
 * Factor by which the duration of a read is multiplied to get the reuse time, so that reads take at most 2 % of the
 * time.
 */
const AGE_PER_DURATION = 50;

interface Entry<Result> {
  readonly reading: Promise<Result>;
  /** The result; undefined during the read. */
  result?: Result;
  /** Time until which the result is reused; Infinity during the read. */
  usedUntil: number;
}

/**
 * A cache for reads that are often repeated, for example by open pages. Concurrent calls share a read, and slow reads
 * are repeated less often than fast reads.
 */
export class ReusedResults<Result> {
  readonly #maxAgeMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Entry<Result>>();

  /** @param maxAgeMs - maximum time for which a result is reused; 0 to share reads only while they are running */
  constructor(maxAgeMs: number, clock: Pick<Clock, 'now'> = monotonicClock) {
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
  }

  /** Returns the reusable result with a key; undefined if there is none. */
  known(key: string): Result | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.usedUntil > this.#clock.now() ? entry.result : undefined;
  }

  /** Returns the result of a read. Reads only if there is no reusable result. Failures are not cached. */
  async get(key: string, read: () => Promise<Result>): Promise<Result> {
    const known = this.known(key);
    return known === undefined ? this.read(key, read) : known;
  }

  /** Reads, even if there is a reusable result. Concurrent calls share a read. */
  async read(key: string, read: () => Promise<Result>): Promise<Result> {
    const begin = this.#clock.now();
    for (const [other, { usedUntil }] of this.#entries) if (usedUntil <= begin) this.#entries.delete(other);
    const running = this.#entries.get(key);
    if (running?.usedUntil === Infinity) return running.reading;

    const entry: Entry<Result> = { reading: read(), usedUntil: Infinity };
    this.#entries.set(key, entry);
    try {
      entry.result = await entry.reading;
      return entry.result;
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
