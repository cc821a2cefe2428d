/** Reads deliveries together with the earlier deliveries that they are compared with. */

import { MAX_ENVELOPE_BYTES, type DeliveryMetadata } from '../../../wire/sealing/format.ts';
import { sql, type Reader, type Sql } from '../database/database.ts';
import { earlierInBurst, type BurstMember } from './earlier-states.ts';

/** The metadata and the sealed content of an earlier delivery about the same subject. */
export interface EarlierDelivery extends DeliveryMetadata {
  readonly wrappedKey: Buffer;
  readonly sealed: Buffer;
}

/** The metadata and the sealed content of a stored delivery, and the earlier deliveries that it is compared with. */
export interface Delivery extends EarlierDelivery {
  /**
   * Sequence number. Within a channel, sequence numbers increase in the order of commits, so that a cursor cannot skip
   * a delivery.
   */
  readonly seq: number;
  /**
   * The newest state before the burst, as determined when the delivery was stored; null if no such state existed, or if
   * the state has been removed since.
   */
  readonly previous: EarlierDelivery | null;
  /** Deliveries of the burst that arrived before this delivery; see {@link earlierInBurst}. */
  readonly burst: readonly EarlierDelivery[];
  /** True if the same body and signature arrived earlier, before the duplicate window. */
  readonly isRepeat: boolean;
}

/**
 * Size of a slice in bytes. Larger contents are read in slices to keep the event loop responsive, because PostgreSQL's
 * driver converts a value synchronously, at 10 ms per MB.
 */
const SLICE_BYTES = 512 * 1024;

/**
 * Maximum number of sealed bytes in an envelope. Base64 adds a third, and the metadata of ten deliveries takes less
 * than 100 kB.
 */
const MAX_SEALED_BYTES = ((MAX_ENVELOPE_BYTES - 100_000) * 3) / 4;

/** A delivery without its earlier deliveries. */
export interface DeliveryRow extends Omit<EarlierDelivery, 'sealed'> {
  readonly seq: number;
  readonly length: number;
  readonly sealed: Buffer | null;
}

/** A delivery with its size, the size of its previous delivery, and the first delivery of its burst. */
interface DeliverySize {
  readonly seq: number;
  /** Sequence number of the previous delivery; null if the delivery has no previous delivery. */
  readonly earlierSeq: number | null;
  /** Size of the previous delivery in bytes; null if the delivery has no previous delivery. */
  readonly earlierBytes: number | null;
  /** Sequence number of the first delivery of the burst; null for the first delivery itself, and outside of bursts. */
  readonly burst: number | null;
  readonly id: string;
  readonly isRepeat: boolean;
  readonly bytes: number;
}

/** Returns true if two deliveries are about the same subject of a channel. */
const isSameSubject = (one: EarlierDelivery, other: EarlierDelivery): boolean =>
  one.channel === other.channel && one.model === other.model && one.subjectId === other.subjectId;

/** Reads the content of a delivery in slices. Returns null if the delivery has been deleted in the meantime. */
async function largeContent(
  reader: Reader,
  { seq, id, length }: Pick<DeliveryRow, 'seq' | 'id' | 'length'>,
): Promise<Buffer | null> {
  const content = Buffer.allocUnsafe(length);
  for (let start = 0; start < length; start += SLICE_BYTES) {
    const [row] = await reader.all<{ slice: Buffer }>(sql`
      SELECT substr(sealed, ${start + 1}, ${SLICE_BYTES}) AS slice FROM deliveries WHERE seq = ${seq} AND id = ${id}`);
    if (!row) return null;
    row.slice.copy(content, start);
  }
  return content;
}

/**
 * Returns the deliveries that meet a condition on the table `d`, newest first. Omits contents larger than `maxBytes`.
 */
export const selectDeliveries = ({ all }: Reader, condition: Sql, maxBytes: number) =>
  all<DeliveryRow>(sql`
    SELECT d.seq, c.channel, d.id, d.key_id, d.received_at, d.actions, d.model, d.subject_id, d.event_time,
      k.wrapped AS wrapped_key, octet_length(d.sealed) AS length,
      CASE WHEN octet_length(d.sealed) <= ${maxBytes} THEN d.sealed END AS sealed
    FROM deliveries d JOIN channels c ON c.key = d.channel
      JOIN data_keys k ON k.channel = d.channel AND k.key_id = d.key_id
    WHERE ${condition} ORDER BY d.seq DESC`);

async function readRows(reader: Reader, seqs: readonly number[]) {
  const rows = await selectDeliveries(reader, sql`d.seq = ANY(${seqs})`, SLICE_BYTES);
  const deliveries = new Map<number, EarlierDelivery>();
  for (const { seq, length, sealed: small, ...row } of rows) {
    const sealed = small ?? (await largeContent(reader, { seq, id: row.id, length }));
    if (sealed) deliveries.set(seq, { ...row, sealed });
  }
  return deliveries;
}

async function readBursts(reader: Reader, bursts: readonly number[]): Promise<Map<number | null, BurstMember[]>> {
  if (bursts.length === 0) return new Map();
  const rows = await reader.all<BurstMember, 'burst'>(sql`
    SELECT seq, burst, bytes FROM (
      SELECT seq, seq AS burst, bytes, event_time FROM deliveries WHERE seq = ANY(${bursts})
      UNION ALL SELECT seq, burst, bytes, event_time FROM deliveries WHERE burst = ANY(${bursts})) AS members
    ORDER BY event_time, seq`);
  return Map.groupBy(rows, ({ burst }) => burst);
}

/**
 * Chooses the earlier deliveries to send with a delivery: its previous delivery and some deliveries of its burst,
 * oldest first.
 */
function withEarlier(delivery: DeliverySize, members: readonly BurstMember[]) {
  const { seq, earlierSeq, earlierBytes } = delivery;
  const previous = earlierSeq === null ? [] : [{ seq: earlierSeq, bytes: earlierBytes ?? 0 }];
  const earlier = [...previous, ...earlierInBurst(seq, members)];
  let bytes = earlier.reduce((sum, member) => sum + member.bytes, delivery.bytes);
  while (bytes > MAX_SEALED_BYTES && earlier.length > 0) bytes -= earlier.shift()?.bytes ?? 0;
  return { ...delivery, bytes, earlier: earlier.map((member) => member.seq) };
}

/**
 * Reads the deliveries that meet a condition, which ends with an ORDER BY clause. If `isAlone`, omits all earlier
 * deliveries. Otherwise, omits only the oldest earlier deliveries that would not fit in an envelope. The list of
 * deliveries ends before the contents exceed `maxBytes`, but always contains the first delivery.
 */
export async function readDeliveries(
  reader: Reader,
  condition: Sql,
  maxBytes: number,
  isAlone = false,
): Promise<Delivery[]> {
  const isCompared = isAlone ? sql`1 = 0` : sql`NOT d.is_remembered`;
  const sizes = await reader.all<DeliverySize>(sql`
    SELECT d.seq, d.id, d.is_repeat, d.bytes, e.seq AS earlier_seq, e.bytes AS earlier_bytes,
      CASE WHEN ${isCompared} THEN d.burst END AS burst
    FROM deliveries d LEFT JOIN deliveries e ON e.seq = d.earlier_seq AND ${isCompared} WHERE ${condition}`);
  const bursts = await readBursts(reader, [...new Set(sizes.flatMap(({ burst }) => burst ?? []))]);
  let total = 0;
  const chosen = sizes
    .map((size) => withEarlier(size, bursts.get(size.burst) ?? []))
    .filter(({ bytes }, index) => {
      total += bytes;
      return index === 0 || total <= maxBytes;
    });
  if (chosen.length === 0) return [];
  const rows = await readRows(reader, [...new Set(chosen.flatMap(({ seq, earlier }) => [seq, ...earlier]))]);
  return chosen.flatMap(({ seq, id, isRepeat, earlierSeq, earlier }): Delivery[] => {
    const delivery = rows.get(seq);
    // Between the statements, the database may have been set back to an older state, in which the sequence numbers
    // belong to other deliveries.
    if (delivery?.id !== id) return [];
    const earlierWith = (each: number): EarlierDelivery[] => {
      const found = rows.get(each);
      return found && isSameSubject(found, delivery) ? [found] : [];
    };
    const hasPrevious = earlierSeq !== null && earlier[0] === earlierSeq;
    const [previous = null] = hasPrevious ? earlierWith(earlierSeq) : [];
    const burst = earlier.slice(hasPrevious ? 1 : 0).flatMap(earlierWith);
    return [{ seq, ...delivery, previous, burst, isRepeat }];
  });
}
