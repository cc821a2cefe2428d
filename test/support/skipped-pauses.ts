/** Lets the pauses between repeated reads end at once. */

import { afterEach, beforeEach, jest } from '@jest/globals';

/**
 * The pauses of `src/lookups/decisive-read.ts`, in milliseconds. No other timer of a run has one of these durations.
 */
const PAUSES_MS: ReadonlySet<unknown> = new Set([1_250, 2_500, 5_000]);

/**
 * Ends the pauses between repeated reads at once, and advances the clock by their length. Must be called at the top of
 * a test file.
 */
export function skipPauses(): void {
  beforeEach(() => {
    const { now } = Date;
    const setTimer = globalThis.setTimeout;
    let skippedMs = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + skippedMs);
    const skip = (callback: () => void, ms?: number): NodeJS.Timeout => {
      if (!PAUSES_MS.has(ms)) return setTimer(callback, ms);
      skippedMs += Number(ms);
      return setTimer(callback, 0);
    };
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(skip);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
}
