import { monotonicClock, type Clock } from './clock.ts';

/** Limits on how long a result is reused. */
export interface ReuseTimes {
  /** Minimum time in milliseconds; default: 1,000. */
  readonly minAgeMs?: number;
  /** Maximum time in milliseconds; 0 to share reads only while they are running. */
  readonly maxAgeMs: number;
  /** Ratio of the reuse time to the duration of the read; default: 50, so that reads take at most 2 % of the time. */
  readonly agePerDuration?: number;
}

interface Entry<Result> {
  readonly reading: Promise<Result>;
  /** The result; undefined during the read. */
  result?: Result;
  /** Time when the result expires; Infinity during the read. */
  usedUntil: number;
}

/**
 * Creates a cache for reads that are often repeated, for example by open pages. Concurrent calls share a read, and slow
 * reads are repeated less often than fast reads. Failures are not cached.
 */
export function createReusedResults<Result>(
  { minAgeMs = 1_000, maxAgeMs, agePerDuration = 50 }: ReuseTimes,
  clock: Pick<Clock, 'now'> = monotonicClock,
) {
  const entries = new Map<string, Entry<Result>>();

  function known(key: string): Result | undefined {
    const entry = entries.get(key);
    return entry && entry.usedUntil > clock.now() ? entry.result : undefined;
  }

  /** Calls `readNow` even if there is a reusable result. A call during a read shares this read. */
  async function read(key: string, readNow: () => Promise<Result>): Promise<Result> {
    const begin = clock.now();
    for (const [other, { usedUntil }] of entries) if (usedUntil <= begin) entries.delete(other);
    const running = entries.get(key);
    if (running?.usedUntil === Infinity) return running.reading;

    const entry: Entry<Result> = { reading: readNow(), usedUntil: Infinity };
    entries.set(key, entry);
    try {
      entry.result = await entry.reading;
      return entry.result;
    } catch (error) {
      if (entries.get(key) === entry) entries.delete(key);
      throw error;
    } finally {
      const now = clock.now();
      entry.usedUntil = now + Math.min(maxAgeMs, Math.max(minAgeMs, agePerDuration * (now - begin)));
    }
  }

  return {
    /** Returns the reusable result with a key; undefined if there is none. */
    known,
    read,
    /** Returns the reusable result with a key, or else the result of a read. */
    get: async (key: string, readNow: () => Promise<Result>): Promise<Result> => {
      const result = known(key);
      return result === undefined ? read(key, readNow) : result;
    },
    forget: (key: string): void => {
      entries.delete(key);
    },
  };
}
