import type { DeliveryActions } from '../../../wire/action-filter.ts';
import { hasContent } from '../has-content.ts';
import type { Delivery } from '../delivery.ts';
import { MAX_BATCH_BYTES, MAX_LATEST_BYTES, type OnChange, type Store, type StoreOptions } from '../store.ts';
import { actionListsOf } from './action-lists.ts';
import type { Connection } from './connection.ts';
import { DELIVERY_COLUMNS, DELIVERY_JOINS, withPrevious, type StoredRow } from './delivery-rows.ts';
import { IngestTransaction } from './ingest-transaction.ts';

/** Deliveries: ingest and reads. */
export type Deliveries = Pick<Store, 'ingest' | 'latest' | 'deliveriesAfter'>;

const sealedBytesOf = ({ sealed, previous }: Delivery): number => sealed.length + (previous?.sealed.length ?? 0);

/** Creates the part of a SQLite store that handles deliveries. */
export function createDeliveries(connection: Connection, options: StoreOptions, notify: OnChange): Deliveries {
  const sql = connection.sql.bind(connection);
  /** Returns the sequence numbers of the newest deliveries with an action, newest first. */
  function latestWith(channelId: number, action: string, limit: number): number[] {
    return actionListsOf(connection, channelId)
      .filter(({ actions }) => (JSON.parse(actions) as DeliveryActions)?.includes(action))
      .flatMap(
        ({ id }) =>
          sql('SELECT seq FROM deliveries WHERE list_id = ? AND is_concern IS NULL ORDER BY seq DESC LIMIT ?')
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
      const stored = deliveries.filter((delivery, index) => results[index] === 'stored' && hasContent(delivery));
      for (const channel of new Set(stored.map((delivery) => delivery.channel))) notify(channel, 'deliveries');
      return results;
    },

    latest: (channel, action, limit) =>
      connection.transact(() => {
        const channelId = sql('SELECT id FROM channels WHERE channel = ?').pluck().get(channel) as number | undefined;
        if (channelId === undefined) return [];
        const numbers =
          action === null
            ? (sql(
                `SELECT seq FROM deliveries WHERE channel_id = ? AND list_id IS NOT NULL AND is_concern IS NULL
                 ORDER BY seq DESC LIMIT ?`,
              )
                .pluck()
                .all(channelId, limit) as number[])
            : latestWith(channelId, action, limit);
        const deliveries: Delivery[] = [];
        let bytes = 0;
        for (const seq of numbers) {
          const row = sql(`SELECT ${DELIVERY_COLUMNS} FROM deliveries d ${DELIVERY_JOINS} WHERE d.seq = ?`).get(
            seq,
          ) as StoredRow;
          const delivery = withPrevious(connection, row);
          bytes += sealedBytesOf(delivery);
          if (deliveries.length > 0 && bytes > MAX_LATEST_BYTES) break;
          deliveries.push(delivery);
        }
        return deliveries;
      }),

    deliveriesAfter: (channel, seq, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT ${DELIVERY_COLUMNS} FROM deliveries d ${DELIVERY_JOINS}
           WHERE d.channel_id = (SELECT id FROM channels WHERE channel = ?) AND d.seq > ? AND d.list_id IS NOT NULL
           ORDER BY d.seq LIMIT ?`,
        ).iterate(channel, seq, limit) as IterableIterator<StoredRow>;
        const deliveries: Delivery[] = [];
        let bytes = 0;
        for (const row of rows) {
          const delivery = withPrevious(connection, row);
          deliveries.push(delivery);
          bytes += sealedBytesOf(delivery);
          if (bytes >= MAX_BATCH_BYTES) break;
        }
        return deliveries;
      }),
  };
}
