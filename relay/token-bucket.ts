/** Rate limiting with a token bucket. */

import type { Clock } from './clock.ts';

/** Maximum debt of a bucket, in milliseconds. This maximum limits the wait after the clock has been set back. */
const MAX_WAIT_MS = 60_000;
/** Tolerance in milliseconds, greater than the rounding errors of the calculated times. */
const ROUNDING_MS = 0.01;

/** A bucket that starts full and refills steadily. Tokens can be taken in advance, which puts the bucket into debt. */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #refillMs: number;
  readonly #clock: Pick<Clock, 'now'>;
  /**
   * Time when the bucket was or will be empty. A bucket with a past time has been refilling since that time. A bucket
   * with a future time is in debt until that time.
   */
  #emptyAt = -Infinity;

  /** @param seconds - number of seconds until an empty bucket is full; the capacity is at least one token */
  constructor(tokensPerSecond: number, clock: Pick<Clock, 'now'>, seconds = 1) {
    this.#intervalMs = 1000 / tokensPerSecond;
    this.#refillMs = Math.max(1, tokensPerSecond * seconds) * this.#intervalMs;
    this.#clock = clock;
  }

  /** Takes one token. Returns the milliseconds to wait before using the token; 0 if the bucket held a token. */
  take(): number {
    const now = this.#clock.now();
    this.#emptyAt = this.#boundedEmptyAt(now) + this.#intervalMs;
    return Math.max(0, this.#emptyAt - now);
  }

  /**
   * Takes one token if the bucket holds a token. Returns 0 if a token was taken, or else the milliseconds until the
   * bucket holds a token.
   */
  tryTake(): number {
    const now = this.#clock.now();
    const emptyAt = this.#boundedEmptyAt(now) + this.#intervalMs;
    if (emptyAt - now > ROUNDING_MS) return emptyAt - now;
    this.#emptyAt = emptyAt;
    return 0;
  }

  /** Fraction of the capacity that is filled: 1 if the bucket is full, 0 if it is empty or in debt. */
  get level(): number {
    const now = this.#clock.now();
    return Math.min(1, Math.max(0, now - this.#boundedEmptyAt(now)) / this.#refillMs);
  }

  #boundedEmptyAt(now: number): number {
    return Math.min(Math.max(this.#emptyAt, now - this.#refillMs), now + MAX_WAIT_MS);
  }
}
