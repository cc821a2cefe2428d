/** The limit on the webhooks that a process accepts for each channel per minute. */

import { monotonicClock } from './clock.ts';
import { TokenBucket } from './delivery/token-bucket.ts';

const MINUTE_MS = 60_000;

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
    /**
     * Counts a webhook of a registered channel, unless it is over the limit. Returns the milliseconds until the next
     * webhook is accepted (0 if this one is), and true if more than half of the limit is used.
     */
    take: (channel: string) => {
      sweep();
      const bucket = buckets.get(channel) ?? new TokenBucket(perMinute / 60, clock, 60);
      buckets.set(channel, bucket);
      const waitMs = bucket.tryTake();
      return { waitMs, isHigh: bucket.level < 1 / 2 };
    },
  };
}
