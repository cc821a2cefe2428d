/** Ends a subscription, and logs the events that its Zap does not receive any more. */

import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { shortNameOf } from './short-name.ts';
import type { Store } from './store/store.ts';
import type { Subscription } from './store/subscription.ts';

/** The reason why a subscription ends: its Zap responded with 410, or Zapier unsubscribed it. */
export type EndReason = 'gone' | 'unsubscribed';

const MESSAGES: Readonly<Record<EndReason, string>> = {
  gone: 'A Zap is off (410 Gone). Its subscription was deleted, with the events that were waiting for it.',
  unsubscribed: 'Zapier turned off a Zap. Its subscription was deleted, with the events that were waiting for it.',
};

/** Dependencies of {@link endSubscription}. */
export interface EndOptions {
  readonly store: Pick<Store, 'unsubscribe'>;
  readonly metrics?: Pick<Metrics, 'discarded'>;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Ends a subscription. Logs the number of waiting events and dead letters that it had.
 *
 * @param now - milliseconds since 1970
 * @throws {Error} if the store fails
 */
export async function endSubscription(
  { channel, id }: Pick<Subscription, 'channel' | 'id'>,
  reason: EndReason,
  now: number,
  { store, metrics, log }: EndOptions,
): Promise<void> {
  const discarded = await store.unsubscribe(channel, id, now);
  if (!discarded) return;
  metrics?.discarded.inc({ reason }, discarded.waiting + discarded.deadLetters);
  log.info({ channel: shortNameOf(channel), subscription: id, ...discarded }, MESSAGES[reason]);
}
