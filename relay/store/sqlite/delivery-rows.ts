import { toDelivery, type DeliveryRow, type PreviousRow } from '../rows.ts';
import type { Delivery } from '../delivery.ts';
import type { Connection } from './connection.ts';

/** A delivery as the database returns it. */
export interface StoredRow extends DeliveryRow {
  /** Sequence number of the previous delivery, whose content may have been removed; null if there is none. */
  readonly previousSeq: number | null;
}

const COLUMNS = `d.seq, c.channel, d.id, k.key_id AS keyId, d.received_at AS receivedAt,
  coalesce(d.actions, a.actions) AS actions, d.model, d.subject_id AS subjectId, d.event_time AS eventTime,
  k.wrapped AS wrappedKey, d.sealed`;

/** Columns of a {@link StoredRow}, from a table named `d` and {@link DELIVERY_JOINS}. */
export const DELIVERY_COLUMNS = `${COLUMNS}, d.previous_seq AS previousSeq`;

/**
 * Joins for a table `d` of deliveries. Cross joins make SQLite read the deliveries first, in order, and then look up
 * the other rows for each delivery.
 */
export const DELIVERY_JOINS = `CROSS JOIN action_lists a ON a.id = d.list_id CROSS JOIN data_keys k ON k.id = d.data_key
  CROSS JOIN channels c ON c.id = d.channel_id`;

/** Returns a delivery with its previous delivery. */
export function withPrevious(connection: Connection, row: StoredRow): Delivery {
  if (row.previousSeq === null) return toDelivery(row, null);
  const previous = connection
    .sql(`SELECT ${COLUMNS} FROM deliveries d ${DELIVERY_JOINS} WHERE d.seq = ?`)
    .get(row.previousSeq) as PreviousRow | undefined;
  return toDelivery(row, previous ?? null);
}
