/** Bodies that are discarded while they arrive, because the response to their request has already been sent. */

import type { Readable } from 'node:stream';

import { systemClock, type Clock } from '../clock.ts';

/**
 * Bytes per second that a process reads and discards, over all connections. Reading a body takes CPU time even if the
 * body is discarded. At this rate, it takes a few percent of a processor core, and a body of 10 MB takes less than a
 * second.
 */
const BYTES_PER_SECOND = 32 * 1024 * 1024;
/** Time by which reading may be ahead of the rate, in milliseconds. It lets small bodies be read without a timer. */
const BURST_MS = 5;

/** A monotonic clock. */
const MONOTONIC: Clock = { ...systemClock, now: () => performance.now() };

/** Reads bodies at a limited rate. A faster sender must wait. */
export class DiscardedBodies {
  readonly #clock: Clock;
  /** Time at which the bytes read so far no longer exceed the rate. */
  #paidAt = 0;

  constructor(clock: Clock = MONOTONIC) {
    this.#clock = clock;
  }

  /** Reads the rest of a body, so that the connection can be reused. */
  discard(body: Readable): void {
    const closed = new AbortController();
    body.on('error', () => undefined);
    body.once('close', () => {
      closed.abort();
    });
    body.on('data', ({ length }: Buffer) => {
      const now = this.#clock.now();
      this.#paidAt = Math.max(now, this.#paidAt) + (length * 1000) / BYTES_PER_SECOND;
      const aheadMs = this.#paidAt - now;
      if (aheadMs <= BURST_MS) return;
      body.pause();
      void this.#clock.sleep(aheadMs, closed.signal).then(() => body.resume());
    });
    body.resume();
  }
}
