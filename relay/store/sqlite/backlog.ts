import type { WaitingSubscription } from '../backlog.ts';
import type { Store } from '../store.ts';
import type { Connection } from './connection.ts';

/** Creates the part of a SQLite store that measures the backlog. */
export function createBacklog(connection: Connection): Pick<Store, 'backlog'> {
  const sql = connection.sql.bind(connection);
  return {
    backlog: (limit) =>
      connection.transact(() => {
        // Finding the first delivery after each cursor takes one index look-up, regardless of the number of waiting
        // deliveries.
        const rows = sql(
          `SELECT s.channel, s.last_failure AS lastFailure, d.received_at AS receivedAt
           FROM subscriptions s JOIN channels c ON c.channel = s.channel AND s.cursor < c.last_seq AND s.paused_at IS NULL
             JOIN deliveries d ON d.seq = (SELECT min(seq) FROM deliveries
               WHERE channel_id = c.id AND seq > s.cursor AND list_id IS NOT NULL)
           ORDER BY d.received_at LIMIT ?`,
        ).all(limit) as (Omit<WaitingSubscription, 'waitingMs'> & { receivedAt: number })[];
        const now = connection.now();
        return {
          failingSubscriptions: sql('SELECT count(*) FROM subscriptions WHERE failures > 0 AND paused_at IS NULL')
            .pluck()
            .get() as number,
          waiting: rows.map(({ channel, lastFailure, receivedAt }) => ({
            channel,
            lastFailure,
            waitingMs: Math.max(0, now - receivedAt),
          })),
        };
      }, false),
  };
}
