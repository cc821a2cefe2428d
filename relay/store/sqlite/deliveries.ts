import type { DeliveryActions } from '../../../wire/action-filter.ts';
import { hasEvents } from '../has-events.ts';
import { toDelivery, type DeliveryRow } from '../rows.ts';
import {
  MAX_BATCH_BYTES,
  MAX_LATEST_BYTES,
  type Delivery,
  type OnChange,
  type Store,
  type StoreOptions,
} from '../store.ts';
import { actionListsOf } from './action-lists.ts';
import type { Connection } from './connection.ts';
import { IngestTransaction } from './ingest-transaction.ts';

/** Deliveries: ingest and reads. */
export type Deliveries = Pick<Store, 'ingest' | 'latest' | 'deliveriesAfter'>;

/** Columns of a {@link DeliveryRow}, from a table named `d` and its action list `a`. */
export const DELIVERY_COLUMNS = 'd.seq, d.id, d.body, d.signature, d.content_type, d.received_at, a.actions';

/** Creates the part of a SQLite store that handles deliveries. */
export function createDeliveries(connection: Connection, options: StoreOptions, notify: OnChange): Deliveries {
  const sql = connection.sql.bind(connection);
  /** Returns the sequence numbers of the newest deliveries with an action, newest first. */
  function latestWith(channelId: number, action: string, limit: number): number[] {
    return actionListsOf(connection, channelId)
      .filter(({ actions }) => (JSON.parse(actions) as DeliveryActions)?.includes(action))
      .flatMap(
        ({ id }) =>
          sql('SELECT seq FROM deliveries WHERE list_id = ? ORDER BY seq DESC LIMIT ?')
            .pluck()
            .all(id, limit) as number[],
      )
      .sort((one, other) => other - one)
      .slice(0, limit);
  }

  return {
    ingest: async (deliveries) => {
      const results = await connection.transact(() => {
        const transaction = new IngestTransaction(connection, options);
        const ingested = deliveries.map((delivery) => transaction.add(delivery));
        transaction.save();
        return ingested;
      });
      const stored = deliveries.filter((delivery, index) => results[index] === 'stored' && hasEvents(delivery));
      for (const channel of new Set(stored.map((delivery) => delivery.channel))) notify(channel, 'deliveries');
      return results;
    },

    latest: (channel, action, limit) =>
      connection.transact(() => {
        const channelId = sql('SELECT id FROM channels WHERE channel = ?').pluck().get(channel) as number | undefined;
        if (channelId === undefined) return [];
        const numbers =
          action === null
            ? (sql('SELECT seq FROM deliveries WHERE channel_id = ? AND list_id IS NOT NULL ORDER BY seq DESC LIMIT ?')
                .pluck()
                .all(channelId, limit) as number[])
            : latestWith(channelId, action, limit);
        const deliveries: Delivery[] = [];
        let bytes = 0;
        for (const seq of numbers) {
          const row = sql(
            `SELECT ${DELIVERY_COLUMNS} FROM deliveries d JOIN action_lists a ON a.id = d.list_id WHERE d.seq = ?`,
          ).get(seq) as DeliveryRow;
          bytes += row.body.length;
          if (deliveries.length > 0 && bytes > MAX_LATEST_BYTES) break;
          deliveries.push(toDelivery(row));
        }
        return deliveries;
      }),

    deliveriesAfter: (channel, seq, limit) =>
      connection.transact(() => {
        // The cross join makes SQLite read the deliveries in their order, and look up the action list of each.
        const rows = sql(
          `SELECT ${DELIVERY_COLUMNS} FROM deliveries d CROSS JOIN action_lists a ON a.id = d.list_id
           WHERE d.channel_id = (SELECT id FROM channels WHERE channel = ?) AND d.seq > ? AND d.list_id IS NOT NULL
           ORDER BY d.seq LIMIT ?`,
        ).iterate(channel, seq, limit) as IterableIterator<DeliveryRow>;
        const deliveries: Delivery[] = [];
        let bytes = 0;
        for (const row of rows) {
          deliveries.push(toDelivery(row));
          bytes += row.body.length;
          if (bytes >= MAX_BATCH_BYTES) break;
        }
        return deliveries;
      }),
  };
}
