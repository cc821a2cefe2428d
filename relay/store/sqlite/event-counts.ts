import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type { EventCount, SeqRange } from '../console-store.ts';
import { HOUR_MS } from '../store.ts';
import { UNKNOWN_ACTIONS } from './action-lists.ts';
import type { Connection } from './connection.ts';

interface CountRow {
  /** JSON of the actions. */
  readonly actions: string;
  readonly hour: number;
  readonly count: number;
}

/** Counts of the deliveries whose outcomes do not follow from cursors. */
type Exceptions = Pick<EventCount, 'failed' | 'dead' | 'redriven' | 'acceptedLater'>;

interface ExceptionsRow extends Exceptions, Pick<CountRow, 'actions' | 'hour'> {}

const NO_EXCEPTIONS: Exceptions = { failed: 0, dead: 0, redriven: 0, acceptedLater: 0 };

/**
 * Counts a channel's deliveries with content by actions, hour and range, in the caller's transaction. Reads only the
 * index of the action lists, except for deliveries whose actions have no action list.
 */
export function countEvents(
  connection: Connection,
  channelId: number,
  ranges: readonly SeqRange[],
  sinceHour: number,
): EventCount[] {
  const sql = connection.sql.bind(connection);
  const since = sinceHour * HOUR_MS;
  const lists = sql('SELECT id, actions FROM action_lists WHERE channel_id = ?').all(channelId) as {
    id: number;
    actions: string;
  }[];

  const countList = (id: number, actions: string, { after, upTo }: SeqRange): CountRow[] =>
    actions === UNKNOWN_ACTIONS
      ? (sql(
          `SELECT coalesce(actions, '${UNKNOWN_ACTIONS}') AS actions, received_at / ${HOUR_MS} AS hour, count(*) AS count
           FROM deliveries WHERE list_id = ? AND seq > ? AND seq <= ? AND received_at >= ? GROUP BY 1, 2`,
        ).all(id, after, upTo, since) as CountRow[])
      : (sql(
          `SELECT ? AS actions, received_at / ${HOUR_MS} AS hour, count(*) AS count
           FROM deliveries WHERE list_id = ? AND seq > ? AND seq <= ? AND received_at >= ? GROUP BY 2`,
        ).all(actions, id, after, upTo, since) as CountRow[]);

  const countExceptions = ({ after, upTo }: SeqRange): ExceptionsRow[] =>
    sql(
      `WITH own AS MATERIALIZED (
         SELECT id, starts_after FROM subscriptions WHERE channel = (SELECT channel FROM channels WHERE id = @channelId)),
       letters AS MATERIALIZED (
         SELECT l.seq, max(l.is_redriven = 0) AS is_dead,
           max(l.is_redriven = 1 AND EXISTS (SELECT 1 FROM attempts t
             WHERE t.subscription_id = l.subscription_id AND t.seq = l.seq AND t.ended_at > l.redriven_at)) AS has_failed
         FROM own o CROSS JOIN dead_letters l ON l.subscription_id = o.id
         WHERE l.seq > @after AND l.seq <= @upTo GROUP BY l.seq),
       exceptions AS (
         SELECT seq, has_failed AS failed, NOT has_failed AND is_dead AS dead, NOT has_failed AND NOT is_dead AS redriven,
           0 AS acceptedLater FROM letters
         UNION ALL
         SELECT DISTINCT t.seq, 0, 0, 0, 1 FROM own o CROSS JOIN attempts t ON t.subscription_id = o.id
         WHERE t.seq > @after AND t.seq <= min(@upTo, o.starts_after) AND t.failure IS NULL
           AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.seq = t.seq))
       SELECT coalesce(d.actions, a.actions) AS actions, d.received_at / ${HOUR_MS} AS hour, sum(e.failed) AS failed,
         sum(e.dead) AS dead, sum(e.redriven) AS redriven, sum(e.acceptedLater) AS acceptedLater
       FROM exceptions e CROSS JOIN deliveries d ON d.seq = e.seq CROSS JOIN action_lists a ON a.id = d.list_id
       WHERE d.received_at >= @since GROUP BY 1, 2`,
    ).all({ channelId, after, upTo, since }) as ExceptionsRow[];

  return ranges.flatMap((seqs, range) => {
    const exceptions = new Map(
      countExceptions(seqs).map(({ actions, hour, ...counts }) => [`${hour} ${actions}`, counts]),
    );
    return lists.flatMap(({ id, actions }) =>
      countList(id, actions, seqs).map((row) => ({
        ...(exceptions.get(`${row.hour} ${row.actions}`) ?? NO_EXCEPTIONS),
        actions: JSON.parse(row.actions) as DeliveryActions,
        hour: row.hour,
        range,
        count: row.count,
      })),
    );
  });
}
