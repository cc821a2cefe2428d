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

/**
 * Counts the deliveries with content of a channel by actions, hour and range, in the transaction of the caller. Reads the
 * index of the action lists only, except for deliveries whose actions have no list of their own.
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

  const countDead = ({ after, upTo }: SeqRange): CountRow[] =>
    sql(
      `SELECT coalesce(d.actions, a.actions) AS actions, d.received_at / ${HOUR_MS} AS hour, count(*) AS count
       FROM (SELECT DISTINCT l.seq FROM subscriptions s CROSS JOIN dead_letters l ON l.subscription_id = s.id
           WHERE s.channel = (SELECT channel FROM channels WHERE id = ?) AND l.is_redriven = 0 AND l.seq > ? AND l.seq <= ?) l
         CROSS JOIN deliveries d ON d.seq = l.seq CROSS JOIN action_lists a ON a.id = d.list_id
       WHERE d.received_at >= ? AND NOT EXISTS (SELECT 1 FROM dead_letters r WHERE r.seq = l.seq AND r.is_redriven = 1)
       GROUP BY 1, 2`,
    ).all(channelId, after, upTo, since) as CountRow[];

  return ranges.flatMap((seqs, range) => {
    const dead = new Map(countDead(seqs).map(({ actions, hour, count }) => [`${hour} ${actions}`, count]));
    return lists.flatMap(({ id, actions }) =>
      countList(id, actions, seqs).map((row) => ({
        actions: JSON.parse(row.actions) as DeliveryActions,
        hour: row.hour,
        range,
        count: row.count,
        dead: dead.get(`${row.hour} ${row.actions}`) ?? 0,
      })),
    );
  });
}
