/**
 * Reads of deliveries with large bodies. The driver receives a body as text in hexadecimal digits and converts it at once,
 * which takes about 10 ms per megabyte. All other requests wait meanwhile, so large bodies are read in slices.
 */

import { toDelivery, type DeliveryRow } from '../rows.ts';
import type { Delivery } from '../store.ts';
import type { Connections } from './connections.ts';

/** Larger bodies are read in slices of this size, in bytes. */
const SLICE_BYTES = 512 * 1024;

/** Columns of a {@link SlicedRow}, from a table or subquery named `d` and its action list `a`. */
export const DELIVERY_COLUMNS = `d.channel_id, d.seq, d.id, octet_length(d.body) AS length,
  CASE WHEN octet_length(d.body) <= ${SLICE_BYTES} THEN d.body END AS body, d.signature, d.content_type, d.received_at,
  a.actions`;

/** A delivery; its body is null if it is large. */
export type SlicedRow = Omit<DeliveryRow, 'body'> & {
  readonly channel_id: number;
  readonly length: number;
  readonly body: Buffer | null;
};

/** Returns the body of a delivery; null if it has been deleted meanwhile. */
async function largeBody(connections: Connections, { channel_id, seq, length }: SlicedRow): Promise<Buffer | null> {
  const body = Buffer.allocUnsafe(length);
  for (let start = 0; start < length; start += SLICE_BYTES) {
    const [row] = await connections.query<{ slice: Buffer | null }>(
      'body-slice',
      `SELECT substring(body FROM $3 FOR ${SLICE_BYTES}) AS slice FROM deliveries WHERE channel_id = $1 AND seq = $2`,
      [channel_id, seq, start + 1],
    );
    if (!row?.slice) return null;
    row.slice.copy(body, start);
  }
  return body;
}

/** Returns the deliveries of rows, in order. Leaves out deliveries whose bodies have been deleted meanwhile. */
export async function toDeliveries(connections: Connections, rows: readonly SlicedRow[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    const body = row.body ?? (await largeBody(connections, row));
    if (body) deliveries.push(toDelivery({ ...row, body }));
  }
  return deliveries;
}
