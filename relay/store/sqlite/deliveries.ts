import { randomUUID } from 'node:crypto';

import { digestOf } from '../digest.ts';
import { hasEvents } from '../has-events.ts';
import { toDelivery, type DeliveryRow } from '../rows.ts';
import {
  HOUR_MS,
  LATEST_OF,
  MAX_BATCH_BYTES,
  MAX_LATEST_BYTES,
  type Delivery,
  type Ingested,
  type NewDelivery,
  type OnChange,
  type Store,
  type StoreOptions,
} from '../store.ts';
import type { Connection } from './connection.ts';

/** Deliveries: ingest and reads. */
export type Deliveries = Pick<Store, 'ingest' | 'latest' | 'deliveriesAfter'>;

/** Creates the part of a SQLite store that handles deliveries. */
export function createDeliveries(connection: Connection, options: StoreOptions, notify: OnChange): Deliveries {
  const sql = connection.sql.bind(connection);

  function ingestOne(delivery: NewDelivery): Ingested {
    const { channel, body, signature, contentType, actions, receivedAt } = delivery;
    const row = sql('SELECT stored_bytes FROM channels WHERE channel = ?').get(channel) as
      { stored_bytes: number } | undefined;
    if (!row) return 'unregistered';

    const digest = digestOf(delivery);
    const known = sql('SELECT 1 FROM deliveries WHERE channel = ? AND digest = ? AND received_at > ?').get(
      channel,
      digest,
      receivedAt - options.duplicateMs,
    );
    if (known) return 'duplicate';

    // A delivery without events is never sent, so its body is not stored.
    const stored = hasEvents(delivery) ? body : null;
    const bytes = stored?.length ?? 0;
    if (row.stored_bytes + bytes > options.maxChannelBytes) return 'full';

    const { lastInsertRowid: seq } = sql(
      `INSERT INTO deliveries (channel, id, digest, body, signature, content_type, actions, received_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(channel, randomUUID(), digest, stored, signature, contentType, JSON.stringify(actions), receivedAt);
    sql(
      `INSERT INTO hourly_counts (channel, hour, events, others, last_seq) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
         SET events = events + excluded.events, others = others + excluded.others, last_seq = excluded.last_seq`,
    ).run(channel, Math.floor(receivedAt / HOUR_MS), stored ? 1 : 0, stored ? 0 : 1, seq);
    if (stored) {
      const now = connection.now();
      sql(
        `UPDATE channels SET deliveries = deliveries + 1, last_event_at = ?, stored_bytes = stored_bytes + ?,
           last_seq = ?, due_at = iif(lease_id IS NULL, min(coalesce(due_at, ?), ?), due_at) WHERE channel = ?`,
      ).run(receivedAt, bytes, seq, now, now, channel);
    } else {
      sql('UPDATE channels SET deliveries = deliveries + 1, last_event_at = ? WHERE channel = ?').run(
        receivedAt,
        channel,
      );
    }
    return 'stored';
  }

  return {
    ingest: async (deliveries) => {
      const results = await connection.transact(() => deliveries.map(ingestOne));
      const stored = deliveries.filter((delivery, index) => results[index] === 'stored' && hasEvents(delivery));
      for (const channel of new Set(stored.map((delivery) => delivery.channel))) notify(channel, 'deliveries');
      return results;
    },

    latest: (channel, action, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT * FROM (SELECT * FROM deliveries WHERE channel = ? AND body IS NOT NULL ORDER BY seq DESC LIMIT ?)
           WHERE ? IS NULL OR EXISTS (SELECT 1 FROM json_each(actions) WHERE value = ?) ORDER BY seq DESC LIMIT ?`,
        ).iterate(channel, LATEST_OF, action, action, limit) as IterableIterator<DeliveryRow>;
        const deliveries: Delivery[] = [];
        let bytes = 0;
        for (const row of rows) {
          bytes += row.body.length;
          if (deliveries.length > 0 && bytes > MAX_LATEST_BYTES) break;
          deliveries.push(toDelivery(row));
        }
        return deliveries;
      }),

    deliveriesAfter: (channel, seq, limit) =>
      connection.transact(() => {
        const rows = sql(
          'SELECT * FROM deliveries WHERE channel = ? AND seq > ? AND body IS NOT NULL ORDER BY seq LIMIT ?',
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
