/** How fast deliveries may go: a bucket that fills steadily and is emptied by each. */

import type { Clock } from './clock.ts';

export class Pace {
  readonly #perMs: number;
  readonly #capacity: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  /** @param perSecond - deliveries a second; as many may go at once after a pause, but never less than one */
  constructor(perSecond: number, clock: Clock) {
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, perSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#filledAt = clock.now();
  }

  /**
   * Takes one.
   *
   * @returns how many milliseconds to wait before using it; those who come later wait longer
   */
  take(): number {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }
}
