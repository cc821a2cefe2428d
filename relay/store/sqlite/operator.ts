import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type { ChannelSummary, DeadLetterSummary, DeliverySummary, OperatorStore } from '../operator-store.ts';
import type { Connection } from './connection.ts';

interface DeliverySummaryRow {
  readonly seq: number;
  readonly received_at: number;
  readonly actions: string;
  readonly bytes: number;
}

interface DeadLetterSummaryRow extends DeliverySummaryRow {
  readonly reason: string;
  readonly dead_at: number;
  readonly is_redriven: number;
}

const toSummary = ({ seq, received_at, actions, bytes }: DeliverySummaryRow): DeliverySummary => ({
  seq,
  receivedAt: received_at,
  actions: JSON.parse(actions) as DeliveryActions,
  bytes,
});

/** Creates the part of a SQLite store that serves the operator's commands. */
export function createOperatorStore(connection: Connection): OperatorStore {
  const sql = connection.sql.bind(connection);

  return {
    channelSummaries: () =>
      connection.transact(
        () =>
          sql(
            `SELECT channel, created_at AS createdAt, last_event_at AS lastEventAt, stored_bytes AS storedBytes,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel) AS subscriptions,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel AND s.failures > 0) AS failing,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel AND s.cursor < c.last_seq) AS behind,
               (SELECT coalesce(sum(s.dead_letters), 0) FROM subscriptions s WHERE s.channel = c.channel) AS deadLetters
             FROM channels c ORDER BY created_at, channel`,
          ).all() as ChannelSummary[],
      ),

    channelsStartingWith: (prefix, limit) =>
      connection.transact(
        () =>
          sql('SELECT channel FROM channels WHERE substr(channel, 1, length(@prefix)) = @prefix LIMIT @limit')
            .pluck()
            .all({ prefix, limit }) as string[],
      ),

    subscriptionsStartingWith: (prefix, limit) =>
      connection.transact(
        () =>
          sql('SELECT channel, id FROM subscriptions WHERE substr(id, 1, length(@prefix)) = @prefix LIMIT @limit').all({
            prefix,
            limit,
          }) as { channel: string; id: string }[],
      ),

    deliverySummaries: (channel, afterSeq, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT d.seq, d.received_at, a.actions, length(d.body) AS bytes
           FROM deliveries d CROSS JOIN action_lists a ON a.id = d.list_id
           WHERE d.channel_id = (SELECT id FROM channels WHERE channel = ?) AND d.seq > ? AND d.list_id IS NOT NULL
           ORDER BY d.seq LIMIT ?`,
        ).all(channel, afterSeq, limit) as DeliverySummaryRow[];
        return rows.map(toSummary);
      }),

    deadLetterSummaries: (subscriptionId, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT d.seq, d.received_at, a.actions, length(d.body) AS bytes, l.reason, l.dead_at, l.is_redriven
           FROM dead_letters l CROSS JOIN deliveries d ON d.seq = l.seq CROSS JOIN action_lists a ON a.id = d.list_id
           WHERE l.subscription_id = ? ORDER BY l.seq LIMIT ?`,
        ).all(subscriptionId, limit) as DeadLetterSummaryRow[];
        return rows.map((row): DeadLetterSummary => ({
          ...toSummary(row),
          reason: row.reason,
          deadAt: row.dead_at,
          isRedriven: row.is_redriven === 1,
        }));
      }),
  };
}
