import { selectsDelivery, type DeliveryActions } from '../../wire/action-filter.ts';
import type { Subscription, SubscriptionState } from './store.ts';

/** The deliveries after a cursor that have the same actions. */
export interface PendingGroup {
  /** JSON array of the actions, or `null` if they are unknown. */
  readonly actions: string;
  readonly count: number;
  /** Time at which the oldest delivery of the group arrived. */
  readonly oldestAt: number;
}

/** Returns the number and age of the deliveries that a subscription's filter selects. */
export function pendingOf(
  { filter }: Subscription,
  groups: readonly PendingGroup[],
): Pick<SubscriptionState, 'pending' | 'oldestPendingAt'> {
  const selected = groups.filter(({ actions }) => selectsDelivery(filter, JSON.parse(actions) as DeliveryActions));
  return {
    pending: selected.reduce((sum, { count }) => sum + count, 0),
    oldestPendingAt: selected.length > 0 ? Math.min(...selected.map(({ oldestAt }) => oldestAt)) : null,
  };
}
