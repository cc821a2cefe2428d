/** How fast deliveries may go: a bucket that fills steadily and is emptied by each. */

import type { Clock } from '../clock.ts';

/** Nobody waits for longer than this for a turn, should a clock be set back. */
const MAX_WAIT_MS = 60_000;

export class Pace {
  readonly #intervalMs: number;
  readonly #fullAfterMs: number;
  readonly #clock: Clock;
  /** When the bucket is or was empty; it has filled since. One number says it all, and can be written down. */
  #pacedAt: number;

  /**
   * @param perSecond - deliveries a second; as many may go at once after a pause, but never less than one
   * @param pacedAt - what {@link Pace.pacedAt} was when somebody last went by this pace
   */
  constructor(perSecond: number, clock: Clock, pacedAt = 0) {
    this.#intervalMs = 1000 / perSecond;
    this.#fullAfterMs = Math.max(1, perSecond) * this.#intervalMs;
    this.#clock = clock;
    this.#pacedAt = pacedAt;
  }

  /** How far the pace is used up; in milliseconds since 1970. */
  get pacedAt(): number {
    return this.#pacedAt;
  }

  /**
   * Takes one.
   *
   * @returns how many milliseconds to wait before using it; those who come later wait longer
   */
  take(): number {
    const now = this.#clock.now();
    const from = Math.min(Math.max(this.#pacedAt, now - this.#fullAfterMs), now + MAX_WAIT_MS);
    this.#pacedAt = from + this.#intervalMs;
    return Math.max(0, this.#pacedAt - now);
  }
}
