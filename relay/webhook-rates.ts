/** The limit on the webhooks that a process accepts for each channel per minute. */

import { monotonicClock, type Clock } from './clock.ts';
import { TokenBucket } from './delivery/token-bucket.ts';

const MINUTE_MS = 60_000;

/** The decision on a webhook. */
export interface Rate {
  /** 0 if the webhook is accepted; otherwise, the milliseconds until the channel's next webhook is accepted. */
  readonly waitMs: number;
  /** True if more than half of the limit is used, so that the channel is about to reach it. */
  readonly isHigh: boolean;
}

/**
 * Limits the rate of each channel. A channel that has been idle for a minute may send a minute's worth of webhooks at
 * once, because bulk actions in TutorCruncher cause bursts.
 */
export class WebhookRates {
  readonly #perMinute: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #buckets = new Map<string, TokenBucket>();
  #sweptAt: number;

  constructor(perMinute: number, clock = monotonicClock) {
    this.#perMinute = perMinute;
    this.#clock = clock;
    this.#sweptAt = clock.now();
  }

  /** Counts a webhook of a registered channel, unless it is over the limit. */
  take(channel: string): Rate {
    this.#sweep();
    let bucket = this.#buckets.get(channel);
    if (!bucket) {
      bucket = new TokenBucket(this.#perMinute / 60, this.#clock, 60);
      this.#buckets.set(channel, bucket);
    }
    const waitMs = bucket.tryTake();
    return { waitMs, isHigh: bucket.level < 1 / 2 };
  }

  /** Forgets the channels that have not sent anything for about a minute. */
  #sweep(): void {
    const now = this.#clock.now();
    if (now - this.#sweptAt < MINUTE_MS) return;
    this.#sweptAt = now;
    for (const [channel, { level }] of this.#buckets) if (level > 0.99) this.#buckets.delete(channel);
  }
}
