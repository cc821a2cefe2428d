/** Rate limiting of deliveries with a token bucket. */

import type { Clock } from '../clock.ts';

/** Maximum wait for tokens that were already taken, in case the clock was set back. */
const MAX_WAIT_MS = 60_000;

/**
 * A bucket that holds the tokens of one second and refills steadily; each delivery takes one token. Tokens can be taken
 * in advance: the bucket is then in debt, and the taker waits. The state is a single time, which can be stored.
 */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #refillMs: number;
  readonly #clock: Clock;
  #emptyAt: number;

  /**
   * Creates a bucket.
   *
   * @param tokensPerSecond - the refill rate, which is also the capacity; the capacity is at least one token
   * @param emptyAt - a stored {@link TokenBucket.emptyAt}; without it, the bucket starts full
   */
  constructor(tokensPerSecond: number, clock: Clock, emptyAt = 0) {
    this.#intervalMs = 1000 / tokensPerSecond;
    this.#refillMs = Math.max(1, tokensPerSecond) * this.#intervalMs;
    this.#clock = clock;
    this.#emptyAt = emptyAt;
  }

  /**
   * The time at which the bucket holds no tokens, in milliseconds since 1970. It has refilled since a time in the past
   * and is in debt until a time in the future.
   */
  get emptyAt(): number {
    return this.#emptyAt;
  }

  /**
   * Takes one token.
   *
   * @returns the milliseconds to wait before using the token; 0 if the bucket held one
   */
  take(): number {
    const now = this.#clock.now();
    const emptyAt = Math.min(Math.max(this.#emptyAt, now - this.#refillMs), now + MAX_WAIT_MS);
    this.#emptyAt = emptyAt + this.#intervalMs;
    return Math.max(0, this.#emptyAt - now);
  }
}
