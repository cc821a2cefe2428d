import type pg from 'pg';

import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type {
  ChannelSummary,
  DeadLetterSummary,
  DeliverySummary,
  OperatorStore,
  SubscriptionName,
} from '../operator-store.ts';
import type { Connections } from './connections.ts';
import { isSubscriptionId } from './subscriptions.ts';

/** Columns of a {@link SummaryRow}, from deliveries named `d` and action lists named `a`. */
const SUMMARY_COLUMNS = 'd.seq, d.received_at AS "receivedAt", a.actions, octet_length(d.body) AS bytes';

interface SummaryRow extends Omit<DeliverySummary, 'actions'> {
  readonly actions: string;
}
interface DeadLetterRow extends Omit<DeadLetterSummary, 'actions'> {
  readonly actions: string;
}

const actionsIn = (row: { readonly actions: string }): DeliveryActions => JSON.parse(row.actions) as DeliveryActions;

/** Creates the part of a PostgreSQL store that serves the operator's commands. */
export function createOperatorStore(connections: Connections): OperatorStore {
  return {
    channelSummaries: () =>
      connections.query<ChannelSummary & pg.QueryResultRow>(
        'channel-summaries',
        `SELECT c.channel, c.created_at AS "createdAt", c.last_event_at AS "lastEventAt",
           c.stored_bytes AS "storedBytes", count(s.id) AS subscriptions,
           count(s.id) FILTER (WHERE s.failures > 0) AS failing,
           count(s.id) FILTER (WHERE s.cursor < c.last_seq) AS behind,
           coalesce(sum(s.dead_letters), 0)::bigint AS "deadLetters"
         FROM channels c LEFT JOIN subscriptions s ON s.channel_id = c.id
         GROUP BY c.id ORDER BY c.created_at, c.channel`,
        [],
        'slow',
      ),

    channelsStartingWith: async (prefix, limit) => {
      const rows = await connections.query<{ channel: string }>(
        'channels-starting-with',
        'SELECT channel FROM channels WHERE left(channel, length($1)) = $1 LIMIT $2',
        [prefix, limit],
      );
      return rows.map(({ channel }) => channel);
    },

    subscriptionsStartingWith: (prefix, limit) =>
      connections.query<SubscriptionName & pg.QueryResultRow>(
        'subscriptions-starting-with',
        `SELECT c.channel, s.id FROM subscriptions s JOIN channels c ON c.id = s.channel_id
         WHERE left(s.id::text, length($1)) = $1 LIMIT $2`,
        [prefix, limit],
      ),

    deliverySummaries: async (channel, afterSeq, limit) => {
      const rows = await connections.query<SummaryRow & pg.QueryResultRow>(
        'delivery-summaries',
        `SELECT ${SUMMARY_COLUMNS} FROM channels c JOIN deliveries d ON d.channel_id = c.id
           JOIN action_lists a ON a.id = d.list_id
         WHERE c.channel = $1 AND d.seq > $2 AND d.list_id IS NOT NULL ORDER BY d.seq LIMIT $3`,
        [channel, afterSeq, limit],
        'slow',
      );
      return rows.map((row) => ({ ...row, actions: actionsIn(row) }));
    },

    deadLetterSummaries: async (subscriptionId, limit) => {
      if (!isSubscriptionId(subscriptionId)) return [];
      const rows = await connections.query<DeadLetterRow & pg.QueryResultRow>(
        'dead-letter-summaries',
        `SELECT ${SUMMARY_COLUMNS}, l.reason, l.dead_at AS "deadAt", l.is_redriven AS "isRedriven"
         FROM dead_letters l JOIN deliveries d ON d.channel_id = l.channel_id AND d.seq = l.seq
           JOIN action_lists a ON a.id = d.list_id
         WHERE l.subscription_id = $1 ORDER BY l.seq LIMIT $2`,
        [subscriptionId, limit],
        'slow',
      );
      return rows.map((row) => ({ ...row, actions: actionsIn(row) }));
    },
  };
}
