import type pg from 'pg';

import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type {
  ChannelSummary,
  DeadLetterSummary,
  DeliverySummary,
  OperatorStore,
  SubscriptionName,
} from '../operator-store.ts';
import { dumpSchema } from './backup.ts';
import type { Connections } from './connections.ts';
import type { HeldRow, Listener } from './listener.ts';
import { isSubscriptionId } from './subscriptions.ts';

/** Columns of a {@link SummaryRow}, from deliveries named `d` and action lists named `a`. */
const SUMMARY_COLUMNS = `d.seq, d.received_at AS "receivedAt", coalesce(d.actions, a.actions) AS actions,
  octet_length(d.sealed) AS bytes`;

interface SummaryRow extends Omit<DeliverySummary, 'actions'> {
  readonly actions: string;
}
interface DeadLetterRow extends Omit<DeadLetterSummary, 'actions'> {
  readonly actions: string;
}

const actionsIn = (row: { readonly actions: string }): DeliveryActions => JSON.parse(row.actions) as DeliveryActions;

/** Creates the part of a PostgreSQL store that serves the operator's commands. */
export function createOperatorStore(connections: Connections, listener: Listener): OperatorStore {
  /**
   * Changes a subscription in a way that its channel's lease holder notices.
   *
   * @param statement - name of the prepared statement
   * @param changed - common table expressions; the last one is named `changed` and returns the rows of the subscription
   *   that have changed. `held` is the row of its channel, $1 the channel and $2 the id.
   */
  async function changeSubscription(
    statement: string,
    changed: string,
    { channel, id }: SubscriptionName,
    value: number,
  ): Promise<boolean> {
    if (!isSubscriptionId(id)) return false;
    const rows = await connections.query<HeldRow>(
      statement,
      `WITH held AS (SELECT id FROM channels WHERE channel = $1 FOR NO KEY UPDATE), ${changed}
       UPDATE channels c SET revision = revision + 1,
         due_at = CASE WHEN lease_id IS NULL THEN relay_now() ELSE due_at END
       FROM held WHERE c.id = held.id AND EXISTS (SELECT 1 FROM changed)
       RETURNING c.channel, c.leased_by AS holder`,
      [channel, id, value],
      'slow',
    );
    listener.notify(rows, 'subscriptions');
    return rows.length > 0;
  }

  return {
    channelSummaries: () =>
      connections.query<ChannelSummary & pg.QueryResultRow>(
        'channel-summaries',
        `SELECT c.channel, c.created_at AS "createdAt", c.last_event_at AS "lastEventAt",
           c.stored_bytes AS "storedBytes", c.remembered AS "rememberedDeliveries", count(s.id) AS subscriptions,
           count(s.id) FILTER (WHERE s.failures > 0) AS failing,
           count(s.id) FILTER (WHERE s.paused_at IS NOT NULL) AS paused,
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

    deadLetterSummaries: async (subscriptionId, fromSeq, limit) => {
      if (!isSubscriptionId(subscriptionId)) return [];
      const rows = await connections.query<DeadLetterRow & pg.QueryResultRow>(
        'dead-letter-summaries',
        `SELECT ${SUMMARY_COLUMNS}, l.reason, l.dead_at AS "deadAt", l.is_redriven AS "isRedriven"
         FROM dead_letters l JOIN deliveries d ON d.channel_id = l.channel_id AND d.seq = l.seq
           JOIN action_lists a ON a.id = d.list_id
         WHERE l.subscription_id = $1 AND l.seq >= $2 ORDER BY l.seq LIMIT $3`,
        [subscriptionId, fromSeq, limit],
        'slow',
      );
      return rows.map((row) => ({ ...row, actions: actionsIn(row) }));
    },

    pause: (name, now) =>
      changeSubscription(
        'pause',
        `changed AS (UPDATE subscriptions s SET paused_at = $3 FROM held
           WHERE s.channel_id = held.id AND s.id = $2 AND s.paused_at IS NULL RETURNING s.id)`,
        name,
        now,
      ),

    resume: (name, now) =>
      changeSubscription(
        'resume',
        `paused AS (SELECT s.id, s.paused_at FROM held JOIN subscriptions s ON s.channel_id = held.id
           WHERE s.id = $2 AND s.paused_at IS NOT NULL FOR UPDATE OF s),
         dated AS (UPDATE dead_letters l
           SET dead_at = l.dead_at + greatest(0, $3::bigint - greatest(l.dead_at, paused.paused_at))
           FROM paused WHERE l.subscription_id = paused.id),
         changed AS (UPDATE subscriptions s
           SET paused_at = NULL, resumed_at = $3::bigint, next_attempt_at = 0, next_redrive_at = 0
           FROM paused WHERE s.id = paused.id RETURNING s.id)`,
        name,
        now,
      ),

    requestSkip: (name, seq) =>
      changeSubscription(
        'request-skip',
        `changed AS (UPDATE subscriptions s SET skip_seq = $3 FROM held
           WHERE s.channel_id = held.id AND s.id = $2 AND s.cursor < $3 AND coalesce(s.skip_seq, 0) <= s.cursor
           RETURNING s.id)`,
        name,
        seq,
      ),

    backup: async (file) => {
      const [row] = await connections.query<{ schema: string }>('schema', 'SELECT current_schema() AS schema');
      if (!row) throw new Error('The database returned no schema.');
      await dumpSchema(connections.url, row.schema, file);
    },
  };
}
