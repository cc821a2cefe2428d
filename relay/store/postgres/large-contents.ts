/**
 * Reads of deliveries with their previous deliveries. The driver receives bytes as hexadecimal text and converts all of
 * it at once, which takes about 10 ms per megabyte. All other requests wait during that time, so large contents are
 * read in slices.
 */

import { toDelivery, type DeliveryRow } from '../rows.ts';
import type { Delivery } from '../delivery.ts';
import type { Connections } from './connections.ts';

/** Size of a slice in bytes. Smaller contents are read at once. */
const SLICE_BYTES = 512 * 1024;

/** Returns an expression for a content; NULL if it is large. */
const smallContent = (delivery: string): string =>
  `CASE WHEN octet_length(${delivery}.sealed) <= ${SLICE_BYTES} THEN ${delivery}.sealed END`;

/** Columns of a {@link SlicedRow}, from a table or subquery named `d` and {@link DELIVERY_JOINS}. */
export const DELIVERY_COLUMNS = `d.channel_id, d.seq, c.channel, d.id, k.key_id AS "keyId", d.received_at AS "receivedAt",
  coalesce(d.actions, a.actions) AS actions, d.model, d.subject_id AS "subjectId", d.event_time AS "eventTime",
  k.wrapped AS "wrappedKey", octet_length(d.sealed) AS length, ${smallContent('d')} AS sealed,
  p.seq AS "previousSeq", p.id AS "previousId", pk.key_id AS "previousKeyId", p.received_at AS "previousReceivedAt",
  coalesce(p.actions, pa.actions) AS "previousActions", p.event_time AS "previousEventTime",
  pk.wrapped AS "previousWrappedKey", octet_length(p.sealed) AS "previousLength", ${smallContent('p')} AS "previousSealed"`;

/**
 * Joins for a table or subquery of deliveries named `d`. The previous delivery is `p`. It has no event time if its
 * content has been removed. OFFSET makes the planner use an index look-up for each previous delivery, even if the table
 * was small when the statement was planned.
 */
export const DELIVERY_JOINS = `JOIN action_lists a ON a.id = d.list_id JOIN data_keys k ON k.id = d.data_key
  JOIN channels c ON c.id = d.channel_id
  LEFT JOIN LATERAL (SELECT o.* FROM deliveries o
    WHERE o.channel_id = d.channel_id AND o.seq = d.previous_seq AND o.event_time < d.event_time OFFSET 0) p ON true
  LEFT JOIN action_lists pa ON pa.id = p.list_id LEFT JOIN data_keys pk ON pk.id = p.data_key`;

/**
 * The total size in bytes of the contents of a delivery and its previous delivery, for use with {@link DELIVERY_JOINS}.
 */
export const DELIVERY_BYTES = '(octet_length(d.sealed) + coalesce(octet_length(p.sealed), 0))';

/** The columns of a previous delivery. Its channel, model and subject are those of the delivery itself. */
interface PreviousColumns {
  readonly previousSeq: number;
  readonly previousId: string;
  readonly previousKeyId: string;
  readonly previousReceivedAt: number;
  /** JSON of the actions. */
  readonly previousActions: string;
  readonly previousEventTime: number;
  readonly previousWrappedKey: Buffer;
  readonly previousLength: number;
  readonly previousSealed: Buffer | null;
}
/** The columns of a delivery without a previous delivery. */
type NoPrevious = { readonly [Name in keyof PreviousColumns]: null };

/**
 * A row for a delivery. Sealed contents, including the content of the previous delivery, are null if they are large.
 */
export type SlicedRow = Omit<DeliveryRow, 'sealed'> & {
  readonly channel_id: number;
  readonly length: number;
  readonly sealed: Buffer | null;
} & (PreviousColumns | NoPrevious);

/** Returns the content of a delivery; null if it has been deleted in the meantime. */
async function largeContent(
  connections: Connections,
  channelId: number,
  seq: number,
  length: number,
): Promise<Buffer | null> {
  const content = Buffer.allocUnsafe(length);
  for (let start = 0; start < length; start += SLICE_BYTES) {
    const [row] = await connections.query<{ slice: Buffer | null }>(
      'content-slice',
      `SELECT substring(sealed FROM $3 FOR ${SLICE_BYTES}) AS slice FROM deliveries WHERE channel_id = $1 AND seq = $2`,
      [channelId, seq, start + 1],
    );
    if (!row?.slice) return null;
    row.slice.copy(content, start);
  }
  return content;
}

/** Returns the previous delivery of a row; null if it has none, or if its content has been deleted in the meantime. */
async function previousOf(connections: Connections, row: SlicedRow): Promise<Omit<DeliveryRow, 'seq'> | null> {
  if (row.previousSeq === null) return null;
  const sealed =
    row.previousSealed ?? (await largeContent(connections, row.channel_id, row.previousSeq, row.previousLength));
  return (
    sealed && {
      channel: row.channel,
      id: row.previousId,
      keyId: row.previousKeyId,
      receivedAt: row.previousReceivedAt,
      actions: row.previousActions,
      model: row.model,
      subjectId: row.subjectId,
      eventTime: row.previousEventTime,
      wrappedKey: row.previousWrappedKey,
      sealed,
    }
  );
}

/** Returns the deliveries of rows, in order. Omits deliveries whose contents have been deleted in the meantime. */
export async function toDeliveries(connections: Connections, rows: readonly SlicedRow[]): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  for (const row of rows) {
    const sealed = row.sealed ?? (await largeContent(connections, row.channel_id, row.seq, row.length));
    if (sealed) deliveries.push(toDelivery({ ...row, sealed }, await previousOf(connections, row)));
  }
  return deliveries;
}
