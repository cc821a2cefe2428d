/** Limit on look-ups of access tokens that a process does not know. */

import { systemClock, type Clock } from '../clock.ts';
import { tooManyRequests } from './problem.ts';

const WINDOW_MS = 60_000;
/** Maximum number of addresses that are counted. When it is reached, all counts are reset. */
const MAX_ADDRESSES = 10_000;

/**
 * Counts look-ups by address to limit the load that invalid tokens put on the store. Tokens that were recently valid
 * are exempt, because an attacker may share a user's address.
 */
export class LookUpLimit {
  readonly #perMinute: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #counts = new Map<string, number>();
  /** Expiry times of valid tokens, by token hash. */
  readonly #valid = new Map<string, number>();
  #windowEnd = 0;

  constructor(perMinute: number, clock: Pick<Clock, 'now'> = systemClock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /**
   * Counts a look-up.
   *
   * @throws {Problem} 429 if the address has used up its look-ups for this minute
   */
  take(address: string, tokenHash: string): void {
    this.#beginWindow();
    if (this.#valid.has(tokenHash)) return;
    const count = (this.#counts.get(address) ?? 0) + 1;
    if (count > this.#perMinute) {
      const seconds = Math.ceil((this.#windowEnd - this.#clock.now()) / 1000);
      throw tooManyRequests(
        'Too many requests with links that are not valid came from this address. Try again in a minute.',
        seconds,
      );
    }
    if (this.#counts.size >= MAX_ADDRESSES) this.#counts.clear();
    this.#counts.set(address, count);
  }

  /** Records the result of a look-up: the time at which the token expires, or null for an unknown token. */
  note(tokenHash: string, expiresAt: number | null): void {
    if (expiresAt === null) this.#valid.delete(tokenHash);
    else this.#valid.set(tokenHash, expiresAt);
  }

  #beginWindow(): void {
    const now = this.#clock.now();
    if (now < this.#windowEnd) return;
    this.#windowEnd = now + WINDOW_MS;
    this.#counts.clear();
    for (const [tokenHash, expiresAt] of this.#valid) if (expiresAt <= now) this.#valid.delete(tokenHash);
  }
}
