/** The links that are valid, so that guessed links do not put load on the store. */

import { setTimeout as sleep } from 'node:timers/promises';

/** Minimum time between two reads of the links. The first request with a new link waits for up to this long. */
const INTERVAL_MS = 250;

/**
 * The hashes of all links that are valid. They are read again when an unknown link is used, at most four times per
 * second. A new link therefore works at once, no matter how many links somebody else guesses.
 */
export class ValidLinks {
  readonly #read: () => Promise<readonly string[]>;
  #hashes = new Set<string>();
  #readAt = -Infinity;
  #next: Promise<void> | null = null;

  /** @param read - returns the hashes of all links that are valid */
  constructor(read: () => Promise<readonly string[]>) {
    this.#read = read;
  }

  /** Returns true if a link with this hash exists. It may have expired since the last read. */
  async has(tokenHash: string): Promise<boolean> {
    if (!this.#hashes.has(tokenHash)) await (this.#next ??= this.#refresh());
    return this.#hashes.has(tokenHash);
  }

  /** Forgets a link that has expired or was deleted. */
  forget(tokenHash: string): void {
    this.#hashes.delete(tokenHash);
  }

  async #refresh(): Promise<void> {
    await sleep(Math.max(0, this.#readAt + INTERVAL_MS - performance.now()));
    // A link may be added during this read, so later requests wait for the next one.
    this.#next = null;
    this.#readAt = performance.now();
    this.#hashes = new Set(await this.#read());
  }
}
