import { selectsDelivery, type DeliveryActions } from '../../../wire/action-filter.ts';
import type { SubscriptionState } from '../subscription.ts';
import { actionListsOf } from './action-lists.ts';
import type { Connection } from './connection.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** The deliveries of one action list after a cursor. */
interface Pending {
  readonly count: number;
  /** Arrival time of the oldest of these deliveries. */
  readonly oldestAt: number;
}

/**
 * Returns the subscriptions of a channel with their counts. The deliveries of a list are numbered, and deliveries that
 * are waiting for a subscription are never removed. The number of the first delivery after the cursor therefore
 * determines how many are waiting, at a cost that does not depend on their number.
 */
export function withCounts(connection: Connection, channel: string, channelId: number): SubscriptionState[] {
  const first = connection.sql(
    'SELECT ordinal, received_at AS receivedAt FROM deliveries WHERE list_id = ? AND seq > ? ORDER BY seq LIMIT 1',
  );
  const lists = actionListsOf(connection, channelId).map((list) => ({
    ...list,
    parsed: JSON.parse(list.actions) as DeliveryActions,
    byCursor: new Map<number, Pending | null>(),
  }));
  const pendingIn = ({ id, newestOrdinal, byCursor }: (typeof lists)[number], cursor: number): Pending | null => {
    let pending = byCursor.get(cursor);
    if (pending === undefined) {
      const row = first.get(id, cursor) as { ordinal: number; receivedAt: number } | undefined;
      pending = row ? { count: newestOrdinal - row.ordinal + 1, oldestAt: row.receivedAt } : null;
      byCursor.set(cursor, pending);
    }
    return pending;
  };
  const deadLetters = new Map(
    connection.sql('SELECT id, dead_letters FROM subscriptions WHERE channel = ?').raw().all(channel) as [
      string,
      number,
    ][],
  );

  return subscriptionsOf(connection, channel).map((subscription) => {
    let count = 0;
    let oldestAt = Infinity;
    for (const list of lists) {
      if (list.newestSeq <= subscription.cursor || !selectsDelivery(subscription.filter, list.parsed)) continue;
      const pending = pendingIn(list, subscription.cursor);
      count += pending?.count ?? 0;
      oldestAt = Math.min(oldestAt, pending?.oldestAt ?? Infinity);
    }
    return {
      ...subscription,
      pending: count,
      oldestPendingAt: count > 0 ? oldestAt : null,
      deadLetters: deadLetters.get(subscription.id) ?? 0,
    };
  });
}
