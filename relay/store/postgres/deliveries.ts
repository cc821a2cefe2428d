import { digestOf } from '../digest.ts';
import { hasEvents } from '../has-events.ts';
import { toDelivery, type DeliveryRow } from '../rows.ts';
import { LATEST_OF, MAX_BATCH_BYTES, type Ingested, type Store, type StoreOptions } from '../store.ts';
import type { Connections } from './connections.ts';
import type { Listener } from './listener.ts';

/** Deliveries: ingest and reads. */
export type Deliveries = Pick<Store, 'ingest' | 'latest' | 'deliveriesAfter'>;

/** Columns of a {@link DeliveryRow}, from a table or subquery named `d`. */
export const DELIVERY_COLUMNS = 'd.seq, d.id, d.body, d.signature, d.content_type, d.actions, d.received_at';

interface IngestedRow {
  result: Ingested | 'locked';
  holder: string | null;
}

const INGEST = 'SELECT result, holder FROM relay_ingest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)';

/** Creates the part of a PostgreSQL store that handles deliveries. */
export function createDeliveries(connections: Connections, options: StoreOptions, listener: Listener): Deliveries {
  /** Ingests deliveries. If a channel stays locked, repeats the statement without such channels. */
  async function ingestUnlocked(values: readonly unknown[]): Promise<IngestedRow[] | null> {
    for (const skipsLocked of [false, true]) {
      const rows = await connections.tryQuery<IngestedRow>('ingest', INGEST, [...values, skipsLocked], 'durable');
      if (rows) return rows;
    }
    return null;
  }

  return {
    ingest: async (deliveries, onLocked = 'wait') => {
      // A delivery without events is never sent, so its body is not stored.
      const bodies = deliveries.map((delivery) => (hasEvents(delivery) ? delivery.body : Buffer.alloc(0)));
      const values = [
        deliveries.map(({ channel }) => channel),
        bodies.map(({ length }) => length),
        Buffer.concat(bodies),
        Buffer.concat(deliveries.map(digestOf)),
        deliveries.map(({ signature }) => signature),
        deliveries.map(({ contentType }) => contentType),
        deliveries.map(({ actions }) => JSON.stringify(actions)),
        deliveries.map(({ receivedAt }) => receivedAt),
        options.maxChannelBytes,
        options.duplicateMs,
      ];
      const rows =
        onLocked === 'wait'
          ? await connections.query<IngestedRow>('ingest', INGEST, [...values, false])
          : await ingestUnlocked(values);
      if (rows === null) return deliveries.map(() => 'locked');
      const holders = new Map<string, string | null>();
      deliveries.forEach((delivery, index) => {
        const row = rows[index];
        if (row?.result === 'stored' && hasEvents(delivery)) holders.set(delivery.channel, row.holder);
      });
      listener.notify(
        [...holders].map(([channel, holder]) => ({ channel, holder })),
        'deliveries',
      );
      return rows.map(({ result }) => result);
    },

    latest: async (channel, action, limit) => {
      // If an array contains a string, the JSON of the array contains the JSON of the string.
      const rows = await connections.query<DeliveryRow>(
        'latest',
        `SELECT ${DELIVERY_COLUMNS} FROM (SELECT d.* FROM channels c JOIN deliveries d ON d.channel_id = c.id
           WHERE c.channel = $1 AND d.body IS NOT NULL ORDER BY d.seq DESC LIMIT ${LATEST_OF}) d
         WHERE $2::text IS NULL OR strpos(d.actions, $2::text) > 0 ORDER BY d.seq DESC LIMIT $3`,
        [channel, action === null ? null : JSON.stringify(action), limit],
      );
      // The reverse does not hold: the string `,` is also found between two elements.
      return rows.map(toDelivery).filter(({ actions }) => action === null || actions?.includes(action));
    },

    deliveriesAfter: async (channel, seq, limit) => {
      const rows = await connections.query<DeliveryRow>(
        'deliveries-after',
        `SELECT ${DELIVERY_COLUMNS} FROM (
           SELECT d.*, sum(octet_length(d.body)) OVER (ORDER BY d.seq) - octet_length(d.body) AS bytes_before FROM (
             SELECT d.* FROM deliveries d WHERE d.channel_id = (SELECT id FROM channels WHERE channel = $1)
               AND d.seq > $2 AND d.body IS NOT NULL ORDER BY d.seq LIMIT $3) d) d
         WHERE d.bytes_before < ${MAX_BATCH_BYTES} ORDER BY d.seq`,
        [channel, seq, limit],
      );
      return rows.map(toDelivery);
    },
  };
}
