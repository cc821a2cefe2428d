/** The links that are valid, so that guessed links do not put load on the store. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Minimum time between two reads of the links. The first request with a new link waits for up to this long. */
const INTERVAL_MS = 250;

/**
 * Keeps the hashes of all links that are valid. They are read again when an unknown link is used, at most four times per
 * second. A new link therefore works at once, no matter how many links somebody else guesses.
 *
 * @param read - returns the hashes of all links that are valid
 */
export function createValidLinks(read: () => Promise<readonly string[]>) {
  let hashes = new Set<string>();
  let readAt = -Infinity;
  let next: Promise<void> | null = null;

  async function refresh(): Promise<void> {
    await sleep(Math.max(0, readAt + INTERVAL_MS - performance.now()));
    // A link may be added during this read, so later requests wait for the next one.
    next = null;
    readAt = performance.now();
    hashes = new Set(await read());
  }

  return {
    /** Returns true if a link with this hash exists. It may have expired since the last read. */
    has: async (tokenHash: string): Promise<boolean> => {
      if (!hashes.has(tokenHash)) await (next ??= refresh());
      return hashes.has(tokenHash);
    },
    /** Forgets a link that has expired or was deleted. */
    forget: (tokenHash: string): void => {
      hashes.delete(tokenHash);
    },
  };
}
