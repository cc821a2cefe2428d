/** Ends a subscription, and logs the events that its Zap did not receive. */

import type { Counter } from 'prom-client';

import type { Log } from './log.ts';
import { shortNameOf } from './short-name.ts';
import type { Store } from './store/store.ts';
import type { Subscription } from './store/rows/subscription.ts';

const MESSAGES = {
  gone:
    'A Zap is off (410 Gone). Its subscription has ended, and the events that were waiting for it are dead letters. The ' +
    'console can send them to another Zap with the same trigger and choices.',
  unsubscribed:
    'Zapier turned off a Zap. Its subscription has ended, and the events that were waiting for it are dead letters. The ' +
    'console can send them to the Zap once it is on again.',
};

interface EndOptions {
  readonly store: Pick<Store, 'unsubscribe'>;
  /** Counts the events that were given up, by reason. */
  readonly metrics?: { readonly buried: Pick<Counter<'reason'>, 'inc'> };
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/**
 * Ends a subscription because its Zap responded with 410, or because Zapier unsubscribed the Zap.
 *
 * @throws if the store fails
 */
export async function endSubscription(
  { channel, id }: Pick<Subscription, 'channel' | 'id'>,
  reason: keyof typeof MESSAGES,
  now: number,
  { store, metrics, log }: EndOptions,
): Promise<void> {
  const isGone = reason === 'gone';
  const counts = await store.unsubscribe(channel, id, now, isGone);
  if (!counts) return;
  metrics?.buried.inc({ reason }, counts.waiting);
  log[isGone ? 'warn' : 'info']({ channel: shortNameOf(channel), subscription: id, ...counts }, MESSAGES[reason]);
}
