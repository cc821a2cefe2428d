import type pg from 'pg';

import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type {
  AttemptSummary,
  ConsoleStore,
  EventCount,
  EventIndex,
  ListedDelivery,
  ListedLetter,
  NotableKind,
  ReadOrder,
  StoredEvent,
} from '../console-store.ts';
import { HOUR_MS } from '../store.ts';
import type { Connections } from './connections.ts';
import { DELIVERY_JOINS } from './large-contents.ts';

/** Reads of events for the console. */
export type Events = Pick<
  ConsoleStore,
  'eventIndex' | 'eventsIn' | 'notableEvents' | 'eventFacts' | 'countEvents' | 'listedDeliveries'
>;

const EVENT_COLUMNS = 'd.seq, d.received_at AS "receivedAt", coalesce(d.actions, a.actions) AS actions';

/** Selects the sequence numbers of each kind for a subscription `s`, after $3 and up to $4. */
const SELECT_NOTABLE: Readonly<Record<NotableKind, string>> = {
  dead: `SELECT l.seq FROM dead_letters l
    WHERE l.subscription_id = s.id AND NOT l.is_redriven AND l.seq > $3 AND l.seq <= $4`,
  redriven: `SELECT l.seq FROM dead_letters l
    WHERE l.subscription_id = s.id AND l.is_redriven AND l.seq > $3 AND l.seq <= $4`,
  attempted: `SELECT DISTINCT t.seq FROM attempts t WHERE t.subscription_id = s.id AND t.seq > $3 AND t.seq <= $4`,
};

const DIRECTION: Readonly<Record<ReadOrder, string>> = { 'newest first': 'DESC', 'oldest first': 'ASC' };

/** A value as the database returns it, with its actions as JSON. */
type WithText<T extends { readonly actions: DeliveryActions }> = Omit<T, 'actions'> & { readonly actions: string };

const withActions = <Row extends { readonly actions: string }>(
  row: Row,
): Omit<Row, 'actions'> & { readonly actions: DeliveryActions } => ({
  ...row,
  actions: JSON.parse(row.actions) as DeliveryActions,
});

/** Counts deliveries by actions, hour and range. Reads the index of the action lists, except for unknown actions. */
const COUNT_EVENTS = `WITH lists AS MATERIALIZED (
    SELECT a.id, a.actions FROM channels c JOIN action_lists a ON a.channel_id = c.id WHERE c.channel = $1),
  ranges AS MATERIALIZED (
    SELECT r.after, r.up_to, r.number - 1 AS range
    FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS r(after, up_to, number)),
  counted AS (
    SELECT n.actions, n.hour, r.range, n.count FROM ranges r CROSS JOIN lists a CROSS JOIN LATERAL (
      SELECT a.actions, d.received_at / ${HOUR_MS} AS hour, count(*) AS count FROM deliveries d
      WHERE a.actions <> 'null' AND d.list_id = a.id AND d.seq > r.after AND d.seq <= r.up_to AND d.received_at >= $4
      GROUP BY 2) n
    UNION ALL
    SELECT n.actions, n.hour, r.range, n.count FROM ranges r CROSS JOIN lists a CROSS JOIN LATERAL (
      SELECT coalesce(d.actions, a.actions) AS actions, d.received_at / ${HOUR_MS} AS hour, count(*) AS count
      FROM deliveries d
      WHERE a.actions = 'null' AND d.list_id = a.id AND d.seq > r.after AND d.seq <= r.up_to AND d.received_at >= $4
      GROUP BY 1, 2) n),
  letters AS MATERIALIZED (
    SELECT c.id AS channel_id, r.range, l.seq, l.is_dead, l.has_failed FROM channels c CROSS JOIN ranges r
      CROSS JOIN LATERAL (
        SELECT l.seq, bool_or(NOT l.is_redriven) AS is_dead,
          bool_or(l.is_redriven AND EXISTS (SELECT 1 FROM attempts t
            WHERE t.subscription_id = l.subscription_id AND t.seq = l.seq AND t.ended_at > l.redriven_at)) AS has_failed
        FROM dead_letters l JOIN subscriptions s ON s.id = l.subscription_id
        WHERE l.channel_id = c.id AND l.seq > r.after AND l.seq <= r.up_to GROUP BY l.seq) l
    WHERE c.channel = $1),
  exceptions AS (
    SELECT channel_id, range, seq, has_failed AS failed, NOT has_failed AND is_dead AS dead,
      NOT has_failed AND NOT is_dead AS redriven, false AS accepted_later FROM letters
    UNION ALL
    SELECT DISTINCT c.id, r.range, t.seq, false, false, false, true
    FROM channels c JOIN subscriptions s ON s.channel_id = c.id CROSS JOIN ranges r
      JOIN attempts t ON t.subscription_id = s.id AND t.seq > r.after AND t.seq <= least(r.up_to, s.starts_after)
    WHERE c.channel = $1 AND t.failure IS NULL AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.seq = t.seq)),
  grouped AS (
    SELECT coalesce(d.actions, a.actions) AS actions, d.received_at / ${HOUR_MS} AS hour, e.range,
      count(*) FILTER (WHERE e.failed) AS failed, count(*) FILTER (WHERE e.dead) AS dead,
      count(*) FILTER (WHERE e.redriven) AS redriven, count(*) FILTER (WHERE e.accepted_later) AS accepted_later
    FROM exceptions e JOIN deliveries d ON d.channel_id = e.channel_id AND d.seq = e.seq
      JOIN action_lists a ON a.id = d.list_id
    WHERE d.received_at >= $4 GROUP BY 1, 2, 3)
  SELECT n.actions, n.hour::integer AS hour, n.range::integer AS range, n.count, coalesce(g.failed, 0) AS failed,
    coalesce(g.dead, 0) AS dead, coalesce(g.redriven, 0) AS redriven,
    coalesce(g.accepted_later, 0) AS "acceptedLater"
  FROM counted n LEFT JOIN grouped g USING (actions, hour, range)`;

/** Creates the part of a PostgreSQL store that reads events for the console. */
export function createEvents(connections: Connections): Events {
  return {
    eventIndex: async (channel): Promise<EventIndex | null> => {
      const [row] = await connections.query<{
        expiredUpTo: number;
        lists: { id: number; actions: string }[];
        hours: EventIndex['hours'];
      }>(
        'event-index',
        `SELECT c.contents_deleted_up_to AS "expiredUpTo",
           coalesce((SELECT json_agg(json_build_object('id', a.id, 'actions', a.actions)) FROM action_lists a
             WHERE a.channel_id = c.id), '[]') AS lists,
           coalesce((SELECT json_agg(json_build_object('hour', h.hour, 'lastSeq', h.last_seq) ORDER BY h.hour)
             FROM hourly_counts h WHERE h.channel_id = c.id), '[]') AS hours
         FROM channels c WHERE c.channel = $1`,
        [channel],
      );
      return row ? { ...row, lists: row.lists.map(withActions) } : null;
    },

    eventsIn: async (channel, ranges, limit, order = 'newest first') => {
      const direction = DIRECTION[order];
      const rows = await connections.query<WithText<StoredEvent> & pg.QueryResultRow>(
        `events-in ${direction}`,
        `WITH ranges AS (SELECT * FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) AS r(list_id, after, up_to)),
           first AS MATERIALIZED (
             SELECT DISTINCT n.channel_id, n.seq FROM (
               SELECT c.id AS channel_id, d.seq FROM channels c CROSS JOIN ranges r CROSS JOIN LATERAL (
                 SELECT d.seq FROM deliveries d WHERE r.list_id IS NULL AND d.channel_id = c.id AND d.seq > r.after
                   AND d.seq <= r.up_to AND d.list_id IS NOT NULL ORDER BY d.seq ${direction} LIMIT $5) d
               WHERE c.channel = $1
               UNION ALL
               SELECT c.id, d.seq FROM channels c JOIN action_lists a ON a.channel_id = c.id
                 JOIN ranges r ON r.list_id = a.id CROSS JOIN LATERAL (
                   SELECT d.seq FROM deliveries d WHERE d.list_id = a.id AND d.seq > r.after AND d.seq <= r.up_to
                   ORDER BY d.seq ${direction} LIMIT $5) d
               WHERE c.channel = $1) n
             ORDER BY n.seq ${direction} LIMIT $5)
         SELECT ${EVENT_COLUMNS} FROM first n JOIN deliveries d ON d.channel_id = n.channel_id AND d.seq = n.seq
           JOIN action_lists a ON a.id = d.list_id ORDER BY d.seq ${direction}`,
        [
          channel,
          ranges.map(({ listId }) => listId),
          ranges.map(({ after }) => after),
          ranges.map(({ upTo }) => upTo),
          limit,
        ],
      );
      return rows.map((row) => withActions<WithText<StoredEvent>>(row));
    },

    notableEvents: async (channel, kind, subscriptionId, { after, upTo }, limit, order = 'newest first') => {
      const direction = DIRECTION[order];
      const rows = await connections.query<WithText<StoredEvent> & pg.QueryResultRow>(
        `notable-events-${kind} ${direction}`,
        `SELECT ${EVENT_COLUMNS} FROM (
           SELECT DISTINCT c.id AS channel_id, n.seq FROM channels c JOIN subscriptions s ON s.channel_id = c.id
             CROSS JOIN LATERAL (${SELECT_NOTABLE[kind]} ORDER BY 1 ${direction} LIMIT $5) n
           WHERE c.channel = $1 AND ($2::text IS NULL OR s.id::text = $2) ORDER BY n.seq ${direction} LIMIT $5) n
           JOIN deliveries d ON d.channel_id = n.channel_id AND d.seq = n.seq JOIN action_lists a ON a.id = d.list_id
         ORDER BY d.seq ${direction}`,
        [channel, subscriptionId, after, upTo, limit],
      );
      return rows.map((row) => withActions<WithText<StoredEvent>>(row));
    },

    eventFacts: async (channel, seqs) => {
      const [letters, attempts] = await Promise.all([
        connections.query<ListedLetter & pg.QueryResultRow>(
          'event-letters',
          `SELECT l.subscription_id AS "subscriptionId", l.seq, l.reason, l.is_redriven AS "isRedriven",
             l.redriven_at AS "redrivenAt", l.is_sent_again AS "isSentAgain"
           FROM channels c JOIN dead_letters l ON l.channel_id = c.id JOIN subscriptions s ON s.id = l.subscription_id
           WHERE c.channel = $1 AND l.seq = ANY ($2)`,
          [channel, seqs],
        ),
        connections.query<AttemptSummary & pg.QueryResultRow>(
          'event-attempts',
          `SELECT DISTINCT ON (t.subscription_id, t.seq) t.subscription_id AS "subscriptionId", t.seq,
             t.failure AS "lastFailure", t.ended_at AS "lastEndedAt", bool_or(t.is_sent_again) OVER (PARTITION BY t.subscription_id, t.seq)
               AS "isSentAgain"
           FROM channels c JOIN attempts t ON t.channel_id = c.id JOIN subscriptions s ON s.id = t.subscription_id
           WHERE c.channel = $1 AND t.seq = ANY ($2) ORDER BY t.subscription_id, t.seq, t.number DESC`,
          [channel, seqs],
        ),
      ]);
      return { letters, attempts };
    },

    countEvents: async (channel, ranges, sinceHour) => {
      const rows = await connections.query<WithText<EventCount> & pg.QueryResultRow>('count-events', COUNT_EVENTS, [
        channel,
        ranges.map(({ after }) => after),
        ranges.map(({ upTo }) => upTo),
        sinceHour * HOUR_MS,
      ]);
      return rows.map((row) => withActions<WithText<EventCount>>(row));
    },

    listedDeliveries: async (channel, seqs, maxBytes) => {
      // Most polls of the console list no new events.
      if (seqs.length === 0) return [];
      const rows = await connections.query<WithText<ListedDelivery> & pg.QueryResultRow>(
        'listed-deliveries',
        `SELECT d.seq, c.channel, d.id, k.key_id AS "keyId", d.received_at AS "receivedAt",
           coalesce(d.actions, a.actions) AS actions, d.model, d.subject_id AS "subjectId",
           d.event_time AS "eventTime", k.wrapped AS "wrappedKey",
           CASE WHEN octet_length(d.sealed) <= $3 THEN d.sealed END AS sealed
         FROM (SELECT d.* FROM channels c JOIN deliveries d ON d.channel_id = c.id
             WHERE c.channel = $1 AND d.seq = ANY ($2) AND d.list_id IS NOT NULL) d
           ${DELIVERY_JOINS} ORDER BY d.seq DESC`,
        [channel, seqs, maxBytes],
      );
      return rows.map((row) => withActions<WithText<ListedDelivery>>(row));
    },
  };
}
