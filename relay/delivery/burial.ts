/** Burial: turns deliveries that are refused, too large, skipped or too old into dead letters. */

import { selectsDelivery } from '../../wire/action-filter.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { SKIPPED } from '../store/operator-store.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import { GIVE_UP_AFTER_MS, waitedMs } from './back-off.ts';
import { BATCH_SIZE } from './channel-feed.ts';
import { TOO_LARGE } from './envelope.ts';
import { kindOfFailure } from './failure-kind.ts';
import { afterGivingUp, afterRefusedForGood, afterSkip } from './refusal.ts';
import type { SubscriptionState } from './subscription-state.ts';

/** Dependencies of a burial. */
export interface BurialOptions {
  readonly store: Pick<Store, 'deliveriesAfter'>;
  readonly metrics: Metrics | undefined;
  readonly log: Log;
}

/**
 * Turns a refused delivery into a dead letter.
 *
 * @param reason - the reason for the refusal
 * @param now - milliseconds since 1970
 * @returns false if the lease is lost
 * @throws if the store fails
 */
export async function buryRefused(
  state: SubscriptionState,
  { seq }: Delivery,
  reason: string,
  now: number,
  { metrics, log }: BurialOptions,
): Promise<boolean> {
  const { current } = state;
  const letters = [{ subscriptionId: current.id, seq, reason, deadAt: now }];
  if (!(await state.bury(letters, { ...afterRefusedForGood(current, seq), cursor: seq }))) return false;
  metrics?.buried.inc({ reason: kindOfFailure(reason) });
  log.warn(
    { reason },
    'The target refused a delivery three times. Continuing with the next delivery. Redrive this dead letter when the Zap accepts it.',
  );
  return true;
}

/**
 * Turns a delivery into a dead letter without an attempt, because Zapier accepts no request of its size.
 *
 * @param now - milliseconds since 1970
 * @returns false if the lease is lost
 * @throws if the store fails
 */
export async function buryTooLarge(
  state: SubscriptionState,
  { seq }: Delivery,
  now: number,
  { metrics, log }: Pick<BurialOptions, 'metrics' | 'log'>,
): Promise<boolean> {
  const letters = [{ subscriptionId: state.current.id, seq, reason: TOO_LARGE, deadAt: now }];
  if (!(await state.bury(letters, { cursor: seq }))) return false;
  metrics?.buried.inc({ reason: 'too_large' });
  log.warn({ reason: TOO_LARGE }, 'A delivery is larger than Zapier accepts. Continuing with the next delivery.');
  return true;
}

/**
 * Turns a delivery into a dead letter because the operator wants to skip it.
 *
 * @param seq - the oldest delivery that waits
 * @param now - milliseconds since 1970
 * @returns false if the lease is lost
 * @throws if the store fails
 */
export async function burySkipped(
  state: SubscriptionState,
  seq: number,
  now: number,
  { metrics, log }: Pick<BurialOptions, 'metrics' | 'log'>,
): Promise<boolean> {
  const { current } = state;
  const letters = [{ subscriptionId: current.id, seq, reason: SKIPPED, deadAt: now }];
  if (!(await state.bury(letters, { ...afterSkip(current), cursor: seq }))) return false;
  metrics?.buried.inc({ reason: 'skipped' });
  log.info({ subscription: current.id, number: seq }, "Skipped a delivery at the operator's request.");
  return true;
}

/**
 * Turns all pending deliveries that are too old into dead letters, without attempting them.
 *
 * @param reason - the reason for the last failure
 * @param now - milliseconds since 1970
 * @returns false if the lease is lost
 * @throws if the store fails
 */
export async function giveUpOld(
  state: SubscriptionState,
  reason: string,
  now: number,
  { store, metrics, log }: BurialOptions,
): Promise<boolean> {
  const { id: subscriptionId, channel, filter } = state.current;
  for (;;) {
    const deliveries = await store.deliveriesAfter(channel, state.current.cursor, BATCH_SIZE);
    const firstRecent = deliveries.findIndex((delivery) => waitedMs(delivery, state.current, now) <= GIVE_UP_AFTER_MS);
    const old = firstRecent < 0 ? deliveries : deliveries.slice(0, firstRecent);
    const last = old.at(-1);
    if (!last) return true;
    const letters = old
      .filter(({ actions }) => selectsDelivery(filter, actions))
      .map(({ seq }) => ({ subscriptionId, seq, reason, deadAt: now }));
    const [first = last] = letters;
    if (!(await state.bury(letters, { ...afterGivingUp(state.current, first.seq), cursor: last.seq }))) return false;
    metrics?.buried.inc({ reason: kindOfFailure(reason) }, letters.length);
    log.warn(
      { count: letters.length, reason },
      'Gave up deliveries that had waited for more than a day. They are redriven when the target accepts a delivery.',
    );
  }
}
