import type pg from 'pg';

import { selectsDelivery } from '../../../wire/action-filter.ts';
import type { SubscriptionState } from '../subscription.ts';
import { actionListsOf } from './action-lists.ts';
import type { Connections } from './connections.ts';
import { subscriptionsOf } from './subscriptions.ts';

/** The deliveries of one action list after a cursor. */
interface PendingRow extends pg.QueryResultRow {
  readonly listId: number;
  readonly cursor: number;
  readonly count: number;
  /** Arrival time of the oldest of these deliveries. */
  readonly oldestAt: number;
}

/**
 * Returns the subscriptions of a channel with their counts. The deliveries of a list are numbered, and deliveries that
 * are waiting for a subscription are never removed. The number of waiting deliveries therefore follows from the numbers
 * of the first delivery after the cursor and of the newest delivery, at a cost that does not depend on how many are
 * waiting.
 */
export async function subscriptionStatesOf(connections: Connections, channel: string): Promise<SubscriptionState[]> {
  const [subscriptions, { lists }, deadLetters] = await Promise.all([
    subscriptionsOf(connections, channel),
    actionListsOf(connections, channel),
    deadLettersOf(connections, channel),
  ]);
  const selected = subscriptions.map(({ filter, cursor }) =>
    lists.filter(({ actions, newestSeq }) => newestSeq > cursor && selectsDelivery(filter, actions)),
  );
  const keyOf = (listId: number, cursor: number): string => `${listId} ${cursor}`;
  const wanted = new Map<string, readonly [listId: number, cursor: number]>();
  subscriptions.forEach(({ cursor }, index) => {
    for (const { id } of selected[index] ?? []) wanted.set(keyOf(id, cursor), [id, cursor]);
  });
  const rows =
    wanted.size === 0
      ? []
      : await connections.query<PendingRow>(
          'pending',
          `SELECT w.list_id AS "listId", w.cursor, greatest(n.ordinal - f.ordinal + 1, 0) AS count, f.received_at AS "oldestAt"
           FROM unnest($1::integer[], $2::bigint[]) AS w(list_id, cursor)
             CROSS JOIN LATERAL (SELECT d.ordinal, d.received_at FROM deliveries d
               WHERE d.list_id = w.list_id AND d.seq > w.cursor ORDER BY d.seq LIMIT 1) f
             CROSS JOIN LATERAL (SELECT d.ordinal FROM deliveries d
               WHERE d.list_id = w.list_id ORDER BY d.seq DESC LIMIT 1) n`,
          [[...wanted.values()].map(([listId]) => listId), [...wanted.values()].map(([, cursor]) => cursor)],
        );
  const pending = new Map(rows.map((row) => [keyOf(row.listId, row.cursor), row]));
  return subscriptions.map((subscription, index) => {
    const found = (selected[index] ?? []).flatMap(({ id }) => pending.get(keyOf(id, subscription.cursor)) ?? []);
    return {
      ...subscription,
      pending: found.reduce((sum, { count }) => sum + count, 0),
      oldestPendingAt: found.length > 0 ? Math.min(...found.map(({ oldestAt }) => oldestAt)) : null,
      deadLetters: deadLetters.get(subscription.id) ?? 0,
    };
  });
}

/** Returns the number of dead letters of each subscription. */
async function deadLettersOf(connections: Connections, channel: string): Promise<Map<string, number>> {
  const rows = await connections.query<{ id: string; count: number }>(
    'dead-letters',
    `SELECT s.id, s.dead_letters AS count FROM channels c JOIN subscriptions s ON s.channel_id = c.id
     WHERE c.channel = $1`,
    [channel],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}
