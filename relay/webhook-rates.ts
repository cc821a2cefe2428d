/** The limit on the webhooks that a process accepts for each channel per minute. */

import { monotonicClock } from './clock.ts';
import { TokenBucket } from './delivery/token-bucket.ts';

const MINUTE_MS = 60_000;

/** The decision on a webhook. */
export interface Rate {
  /** 0 if the webhook is accepted; otherwise, the milliseconds until the channel's next webhook is accepted. */
  readonly waitMs: number;
  /** True if more than half of the limit is used, so that the channel is about to reach it. */
  readonly isHigh: boolean;
}

/** Counts the webhooks of each channel. */
export type WebhookRates = ReturnType<typeof createWebhookRates>;

/**
 * Limits the rate of each channel. A channel that has been idle for a minute may send a minute's worth of webhooks at
 * once, because bulk actions in TutorCruncher cause bursts.
 */
export function createWebhookRates(perMinute: number, clock = monotonicClock) {
  const buckets = new Map<string, TokenBucket>();
  let sweptAt = clock.now();

  /** Forgets the channels that have not sent anything for about a minute. */
  function sweep(): void {
    const now = clock.now();
    if (now - sweptAt < MINUTE_MS) return;
    sweptAt = now;
    for (const [channel, { level }] of buckets) if (level > 0.99) buckets.delete(channel);
  }

  return {
    /** Counts a webhook of a registered channel, unless it is over the limit. */
    take: (channel: string): Rate => {
      sweep();
      const bucket = buckets.get(channel) ?? new TokenBucket(perMinute / 60, clock, 60);
      buckets.set(channel, bucket);
      const waitMs = bucket.tryTake();
      return { waitMs, isHigh: bucket.level < 1 / 2 };
    },
  };
}
