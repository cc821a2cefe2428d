/** The limit on the number of webhooks per minute that a process accepts for each channel. */

import { monotonicClock } from '../clock.ts';
import { TokenBucket } from '../token-bucket.ts';

const MINUTE_MS = 60_000;

/** The rate limits of a process. */
export type WebhookRates = ReturnType<typeof createWebhookRates>;

/**
 * Limits the rate of each channel. A burst can use the limit of a whole minute at once, because bulk actions in
 * TutorCruncher cause bursts.
 */
export function createWebhookRates(perMinute: number, clock = monotonicClock) {
  const buckets = new Map<string, TokenBucket>();
  let sweptAt = clock.now();

  return {
    /**
     * Counts a webhook unless the webhook exceeds the limit. `waitMs` is 0 for an accepted webhook, or else the number
     * of milliseconds until the relay accepts another webhook. `isHigh` is true if more than half of the limit is used.
     */
    take: (channel: string) => {
      const now = clock.now();
      // Buckets of channels that have not sent anything for about a minute are dropped.
      if (now - sweptAt >= MINUTE_MS) {
        sweptAt = now;
        for (const [other, { level }] of buckets) if (level > 0.99) buckets.delete(other);
      }
      const bucket = buckets.get(channel) ?? new TokenBucket(perMinute / 60, clock, 60);
      buckets.set(channel, bucket);
      const waitMs = bucket.tryTake();
      return { waitMs, isHigh: bucket.level < 1 / 2 };
    },
  };
}
