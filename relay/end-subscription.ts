/** Deletes a subscription, and logs the events that are discarded with it. */

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
  readonly store: Pick<Store, 'channelState' | 'unsubscribe'>;
  readonly metrics: Pick<Metrics, 'discarded'> | undefined;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Deletes a subscription. Logs the number of waiting events and dead letters that it had just before it ended.
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
  const state = await store.channelState(channel, now);
  const subscription = state?.subscriptions.find((candidate) => candidate.id === id);
  if (!(await store.unsubscribe(channel, id))) return;
  const { pending = 0, deadLetters = 0 } = subscription ?? {};
  metrics?.discarded.inc({ reason }, pending + deadLetters);
  log.info({ channel: shortNameOf(channel), subscription: id, waiting: pending, deadLetters }, MESSAGES[reason]);
}
