/**
 * Reads of deliveries with large contents. The driver receives bytes as text in hexadecimal digits and converts it at once,
 * which takes about 10 ms per megabyte. All other requests wait meanwhile, so large contents are read in slices.
 */

import { toDelivery, type DeliveryRow } from '../rows.ts';
import type { Delivery } from '../store.ts';
import type { Connections } from './connections.ts';

/** Larger contents are read in slices of this size, in bytes. */
const SLICE_BYTES = 512 * 1024;

/** Columns of a {@link SlicedRow}, from a table or subquery named `d` and {@link DELIVERY_JOINS}. */
export const DELIVERY_COLUMNS = `d.channel_id, d.seq, c.channel, d.id, k.key_id AS "keyId", d.received_at AS "receivedAt",
  coalesce(d.actions, a.actions) AS actions, d.model, d.subject_id AS "subjectId", d.event_time AS "eventTime",
  k.wrapped AS "wrappedKey", octet_length(d.sealed) AS length,
  CASE WHEN octet_length(d.sealed) <= ${SLICE_BYTES} THEN d.sealed END AS sealed`;

/** Joins of a table or subquery of deliveries named `d`. */
export const DELIVERY_JOINS = `JOIN action_lists a ON a.id = d.list_id JOIN data_keys k ON k.id = d.data_key
  JOIN channels c ON c.id = d.channel_id`;

/** A delivery; its sealed content is null if it is large. */
export type SlicedRow = Omit<DeliveryRow, 'sealed'> & {
  readonly channel_id: number;
  readonly length: number;
  readonly sealed: Buffer | null;
};

/** Returns the content of a delivery; null if it has been deleted meanwhile. */
async function largeContent(connections: Connections, { channel_id, seq, length }: SlicedRow): Promise<Buffer | null> {
  const content = Buffer.allocUnsafe(length);
  for (let start = 0; start < length; start += SLICE_BYTES) {
    const [row] = await connections.query<{ slice: Buffer | null }>(
      'content-slice',
      `SELECT substring(sealed FROM $3 FOR ${SLICE_BYTES}) AS slice FROM deliveries WHERE channel_id = $1 AND seq = $2`,
      [channel_id, seq, start + 1],
    );
    if (!row?.slice) return null;
    row.slice.copy(content, start);
  }
  return content;
}

/** Returns the deliveries of rows, in order. Leaves out deliveries whose contents have been deleted meanwhile. */
export async function toDeliveries(connections: Connections, rows: readonly SlicedRow[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    const sealed = row.sealed ?? (await largeContent(connections, row));
    if (sealed) deliveries.push(toDelivery({ ...row, sealed }, null));
  }
  return deliveries;
}
