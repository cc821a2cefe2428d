/** The results of slow reads, which are used again for a while. */

import { systemClock, type Clock } from '../clock.ts';

/** Time for which a result is used at least, in milliseconds. */
const MIN_AGE_MS = 1_000;
/** A result is used for this many times as long as the read took, so that reads take at most a fiftieth of the time. */
const AGE_PER_DURATION = 50;

interface Entry<Result> {
  readonly result: Promise<Result>;
  /** Time until which the result is used; infinite during the read. */
  usedUntil: number;
}

/**
 * A cache in front of reads that pages request again every few seconds. Many open pages cost little more than one, and a
 * slow read is repeated less often than a fast one.
 */
export class ReusedResults<Result> {
  readonly #maxAgeMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #entries = new Map<string, Entry<Result>>();

  /** @param maxAgeMs - time for which a result is used at most; 0 to share reads only while they last */
  constructor(maxAgeMs: number, clock: Pick<Clock, 'now'> = systemClock) {
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
  }

  /**
   * Returns the result of a read. Reads only if there is no result that can be used. A failure is not kept.
   *
   * @param key - names the result
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
