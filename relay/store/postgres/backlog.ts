import type pg from 'pg';

import type { WaitingSubscription } from '../backlog.ts';
import type { Store } from '../store.ts';
import type { Connections } from './connections.ts';

/** Creates the part of a PostgreSQL store that measures the backlog. */
export function createBacklog(connections: Connections): Pick<Store, 'backlog'> {
  return {
    backlog: async (limit) => {
      const [counted] = await connections.query<{ count: number }>(
        'failing-subscriptions',
        'SELECT count(*) AS count FROM subscriptions WHERE failures > 0 AND paused_at IS NULL',
        [],
        'slow',
      );
      // Finding the first delivery after each cursor takes one index look-up, regardless of the number of waiting
      // deliveries.
      const waiting = await connections.query<WaitingSubscription & pg.QueryResultRow>(
        'waiting-subscriptions',
        `SELECT c.channel, s.last_failure AS "lastFailure",
           greatest(0, relay_now() - d.received_at)::bigint AS "waitingMs"
         FROM subscriptions s JOIN channels c ON c.id = s.channel_id AND s.cursor < c.last_seq AND s.paused_at IS NULL
           CROSS JOIN LATERAL (SELECT received_at FROM deliveries
             WHERE channel_id = c.id AND seq > s.cursor AND list_id IS NOT NULL ORDER BY seq LIMIT 1) d
         ORDER BY d.received_at LIMIT $1`,
        [limit],
        'slow',
      );
      return { failingSubscriptions: counted?.count ?? 0, waiting };
    },
  };
}
