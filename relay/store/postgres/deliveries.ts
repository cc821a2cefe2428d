import { MAX_BATCH_BYTES, MAX_LATEST_BYTES, type Store } from '../store.ts';
import { actionListsOf } from './action-lists.ts';
import type { Connections } from './connections.ts';
import { DELIVERY_BYTES, DELIVERY_COLUMNS, DELIVERY_JOINS, toDeliveries, type SlicedRow } from './large-contents.ts';

/** Reads of deliveries. */
export type Deliveries = Pick<Store, 'latest' | 'deliveriesAfter'>;

/** Creates the part of a PostgreSQL store that reads deliveries. */
export function createDeliveries(connections: Connections): Deliveries {
  return {
    latest: async (channel, action, limit) => {
      const { lists } = await actionListsOf(connections, channel);
      const chosen = lists.filter(({ actions }) => action === null || actions?.includes(action));
      const rows = await connections.query<SlicedRow>(
        'latest',
        `WITH newest AS MATERIALIZED (
           SELECT a.channel_id, d.seq FROM action_lists a CROSS JOIN LATERAL (
             SELECT d.seq FROM deliveries d WHERE d.list_id = a.id AND d.is_concern IS NULL
             ORDER BY d.seq DESC LIMIT $2) d
           WHERE a.id = ANY ($1) ORDER BY d.seq DESC LIMIT $2
         )
         SELECT * FROM (
           SELECT ${DELIVERY_COLUMNS}, row_number() OVER by_age AS number, sum(${DELIVERY_BYTES}) OVER by_age AS bytes
           FROM newest n JOIN deliveries d ON d.channel_id = n.channel_id AND d.seq = n.seq ${DELIVERY_JOINS}
           WINDOW by_age AS (ORDER BY d.seq DESC)) s
         WHERE s.number = 1 OR s.bytes <= ${MAX_LATEST_BYTES} ORDER BY s.seq DESC`,
        [chosen.map(({ id }) => id), limit],
      );
      return toDeliveries(connections, rows);
    },

    deliveriesAfter: async (channel, seq, limit) => {
      const rows = await connections.query<SlicedRow>(
        'deliveries-after',
        `SELECT * FROM (
           SELECT ${DELIVERY_COLUMNS}, sum(${DELIVERY_BYTES}) OVER (ORDER BY d.seq) - ${DELIVERY_BYTES} AS bytes_before
           FROM (
             SELECT d.* FROM deliveries d WHERE d.channel_id = (SELECT id FROM channels WHERE channel = $1)
               AND d.seq > $2 AND d.list_id IS NOT NULL ORDER BY d.seq LIMIT $3) d
           ${DELIVERY_JOINS}) s
         WHERE s.bytes_before < ${MAX_BATCH_BYTES} ORDER BY s.seq`,
        [channel, seq, limit],
      );
      return toDeliveries(connections, rows);
    },
  };
}
