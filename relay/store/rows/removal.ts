/**
 * Removes deliveries before their retention period has ended, to make room in a channel that the transaction has
 * locked.
 */

import { flag, raw, sql, type Transaction } from '../database/database.ts';
import { deleteDeliveries, DELIVERY_BATCH, seqsOf } from './deletion.ts';
import { hasSend, IS_DEAD_BY_DELIVERY, IS_WAITING_BY_DELIVERY } from './send.ts';

/** Maximum number of batches of {@link DELIVERY_BATCH} deliveries that one search for removable deliveries reads. */
export const MAX_REMOVAL_PARTS = 40;

/** A delivery that a search for removable deliveries has read. */
interface Candidate {
  readonly seq: number;
  readonly bytes: number;
  readonly isRemovable: boolean;
}

/**
 * The kinds of deliveries that are removed to make room, in this order. `position` is the column with the sequence
 * number below which no removable delivery of the kind is left.
 */
const REMOVABLE = [
  { position: raw('removable_from'), isOfKind: sql`NOT ${hasSend(IS_DEAD_BY_DELIVERY)}` },
  { position: raw('dead_removable_from'), isOfKind: hasSend(IS_DEAD_BY_DELIVERY) },
];

/**
 * Removes the oldest deliveries without waiting sends until `excess` bytes are removed. First removes up to {@link
 * DELIVERY_BATCH} deliveries without dead letters, then up to the same number of deliveries with dead letters. Returns
 * the number of removed bytes.
 *
 * Each search starts where the previous search ended ({@link makeRemovable}) and reads a limited number of deliveries,
 * so that waiting deliveries are not read again for each webhook. The next call continues the search.
 */
export async function removeOldest(transaction: Transaction, channel: number, excess: number): Promise<number> {
  let removed = 0;
  for (const { position, isOfKind } of REMOVABLE) {
    if (removed >= excess) break;
    const [row] = await transaction.all<{ position: number }>(
      sql`SELECT ${position} AS position FROM channels WHERE key = ${channel}`,
    );
    let from = row?.position ?? 0;
    let room = DELIVERY_BATCH;
    for (let part = 0; part < MAX_REMOVAL_PARTS && removed < excess && room > 0; part++) {
      const candidates = await transaction.all<Candidate>(sql`
        SELECT d.seq, d.bytes,
          ${flag('isRemovable', sql`d.number > 0 AND NOT ${hasSend(IS_WAITING_BY_DELIVERY)} AND ${isOfKind}`)}
        FROM deliveries d WHERE d.channel = ${channel} AND d.seq >= ${from} ORDER BY d.seq LIMIT ${raw(DELIVERY_BATCH)}`);
      const needed = neededFrom(candidates, excess - removed, room);
      removed += await deleteDeliveries(transaction, channel, seqsOf(needed.removed));
      room -= needed.removed.length;
      from = needed.end ?? from;
      if (candidates.length < DELIVERY_BATCH) break;
    }
    await transaction.run(sql`UPDATE channels SET ${position} = ${from} WHERE key = ${channel}`);
  }
  return removed;
}

/**
 * Chooses the first removable deliveries, up to `room` deliveries, until their sizes add up to `bytes`. `end` is the
 * position after the last delivery that was read.
 */
function neededFrom(candidates: readonly Candidate[], bytes: number, room: number) {
  const removed: Candidate[] = [];
  let size = 0;
  for (const candidate of candidates) {
    if (!candidate.isRemovable) continue;
    if (size >= bytes || removed.length >= room) return { removed, end: candidate.seq };
    removed.push(candidate);
    size += candidate.bytes;
  }
  const last = candidates.at(-1);
  return { removed, end: last && last.seq + 1 };
}

/** The positions where the searches for each kind in {@link REMOVABLE} start. */
interface RemovablePositions {
  readonly removableFrom: number;
  readonly deadRemovableFrom: number;
}

/** Lowers the positions after deliveries have stopped waiting, so that searches find these deliveries. */
export function makeRemovable(
  { removableFrom, deadRemovableFrom }: RemovablePositions,
  settled: readonly { readonly seq: number; readonly isDead: boolean }[],
): RemovablePositions {
  const seqsWhere = (isOfKind: boolean) => seqsOf(settled.filter(({ isDead }) => isDead === isOfKind));
  return {
    removableFrom: Math.min(removableFrom, ...seqsWhere(false)),
    deadRemovableFrom: Math.min(deadRemovableFrom, ...seqsWhere(true)),
  };
}
