/** Removal of deliveries from a channel that the transaction has locked. */

import { flag, raw, sql, type Database, type Transaction } from '../database/database.ts';
import { hasSend, IS_DEAD_BY_DELIVERY, IS_WAITING_BY_DELIVERY } from './send.ts';

/**
 * Maximum number of deliveries that one step of a deletion changes, so that the step does not block other transactions
 * for long.
 */
export const RETAIN_BATCH = 250;
/** Maximum number of other rows that one step of a deletion deletes from each table. */
export const ROW_BATCH = 4 * RETAIN_BATCH;

/** Returns the sequence numbers of rows. */
export const seqsOf = (rows: readonly { readonly seq: number }[]): number[] => rows.map(({ seq }) => seq);

/** Deletes the sends and attempts of deliveries. */
export async function deleteSendsOf({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run(sql`DELETE FROM sends WHERE seq = ANY(${seqs})`);
  await run(sql`DELETE FROM attempts WHERE seq = ANY(${seqs})`);
}

/** The condition that a stored delivery is sealed with a data key, a row of `data_keys`. */
export const IS_IN_USE = sql`
  EXISTS (SELECT 1 FROM deliveries d WHERE d.channel = data_keys.channel AND d.key_id = data_keys.key_id)`;

/**
 * Deletes deliveries and the settled data keys that no delivery needs any more. Makes earlier deliveries that were kept
 * only for the deleted deliveries due for retention. Returns the size of the deleted deliveries, for `stored_bytes`.
 */
export async function deleteDeliveries(transaction: Transaction, channel: number, seqs: readonly number[]) {
  if (seqs.length === 0) return 0;
  const { all, run } = transaction;
  await deleteSendsOf(transaction, seqs);
  await run(sql`
    DELETE FROM subjects WHERE (channel, model, subject_id) IN
      (SELECT channel, model, subject_id FROM deliveries WHERE seq = ANY(${seqs})) AND seq = ANY(${seqs})`);
  await expireEarlier(transaction, seqs);
  const deleted = await all<{ bytes: number; keyId: string }>(
    sql`DELETE FROM deliveries WHERE channel = ${channel} AND seq = ANY(${seqs}) RETURNING bytes, key_id`,
  );
  const keyIds = [...new Set(deleted.map(({ keyId }) => keyId))];
  await run(sql`
    DELETE FROM data_keys WHERE channel = ${channel} AND key_id = ANY(${keyIds}) AND is_settled AND NOT ${IS_IN_USE}`);
  return deleted.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Makes the remembered deliveries with which the given deliveries are compared due for retention. */
export async function expireEarlier({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run(sql`
    UPDATE deliveries SET expires_at = 0
    WHERE is_remembered AND seq IN (
      SELECT earlier_seq FROM deliveries WHERE seq = ANY(${seqs})
      UNION SELECT burst FROM deliveries WHERE seq = ANY(${seqs})
      UNION SELECT m.seq FROM deliveries d JOIN deliveries m ON m.burst = d.burst AND m.seq < d.seq
        WHERE d.seq = ANY(${seqs}))`);
}

/** Maximum number of batches of {@link RETAIN_BATCH} deliveries that one search for removable deliveries reads. */
export const MAX_REMOVAL_PARTS = 40;

/** A delivery that a search for removable deliveries has read. */
interface Candidate {
  readonly seq: number;
  readonly bytes: number;
  readonly isRemovable: boolean;
}

/**
 * The kinds of deliveries that are removed to make room, in order. `position` is the column with the sequence number
 * below which no such delivery is left.
 */
const REMOVABLE = [
  { position: raw('removable_from'), isOfKind: sql`NOT ${hasSend(IS_DEAD_BY_DELIVERY)}` },
  { position: raw('dead_removable_from'), isOfKind: hasSend(IS_DEAD_BY_DELIVERY) },
];

/**
 * Removes the oldest deliveries without waiting sends until `excess` bytes are removed: at most {@link RETAIN_BATCH}
 * deliveries without dead letters, then at most as many with dead letters. Returns the number of removed bytes.
 *
 * Each search starts where the previous search ended ({@link makeRemovable}) and reads a limited number of deliveries,
 * so that a waiting backlog is not read again for each webhook. The next call continues the search.
 */
export async function removeOldest(transaction: Transaction, channel: number, excess: number): Promise<number> {
  let removed = 0;
  for (const { position, isOfKind } of REMOVABLE) {
    if (removed >= excess) break;
    const [row] = await transaction.all<{ position: number }>(
      sql`SELECT ${position} AS position FROM channels WHERE key = ${channel}`,
    );
    let from = row?.position ?? 0;
    let room = RETAIN_BATCH;
    for (let part = 0; part < MAX_REMOVAL_PARTS && removed < excess && room > 0; part++) {
      const candidates = await transaction.all<Candidate>(sql`
        SELECT d.seq, d.bytes,
          ${flag('isRemovable', sql`d.number > 0 AND NOT ${hasSend(IS_WAITING_BY_DELIVERY)} AND ${isOfKind}`)}
        FROM deliveries d WHERE d.channel = ${channel} AND d.seq >= ${from} ORDER BY d.seq LIMIT ${raw(RETAIN_BATCH)}`);
      const needed = neededFrom(candidates, excess - removed, room);
      removed += await deleteDeliveries(transaction, channel, seqsOf(needed.removed));
      room -= needed.removed.length;
      from = needed.end ?? from;
      if (candidates.length < RETAIN_BATCH) break;
    }
    await transaction.run(sql`UPDATE channels SET ${position} = ${from} WHERE key = ${channel}`);
  }
  return removed;
}

/**
 * Chooses the first removable deliveries, at most `room`, until they have `bytes`. `end` is the position after the last
 * delivery that was read.
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

/** The positions of a channel from which searches start, by the kinds of {@link REMOVABLE}. */
interface RemovablePositions {
  readonly removableFrom: number;
  readonly deadRemovableFrom: number;
}

/** Returns the positions after deliveries have stopped waiting, so that searches find these deliveries. */
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

/** Removes the oldest digests of a channel. Returns their number. */
export const removeOldestDigests = ({ run }: Transaction, channel: number, count: number): Promise<number> =>
  run(sql`
    DELETE FROM digests WHERE (digest, channel) IN
      (SELECT digest, channel FROM digests WHERE channel = ${channel} ORDER BY received_at LIMIT ${count})`);

/** Deletes the data keys that open the contents of a channel, and their copies in links. */
export async function deleteKeys({ run }: Transaction, channel: number): Promise<void> {
  for (const table of ['data_keys', 'console_links'].map(raw))
    await run(sql`DELETE FROM ${table} WHERE channel = ${channel}`);
}

/** Tables with rows of a channel, besides its keys, deliveries and digests, and the columns of their primary keys. */
const TABLES = {
  subjects: 'subject_id, model, channel',
  subscriptions: 'key',
  problems: 'channel, subscription, kind',
  busy_hours: 'channel, hour',
};

/** Deletes rows from one of {@link TABLES}. Returns their number. */
const deleteRows = ({ run }: Transaction, table: keyof typeof TABLES, channel: number): Promise<number> =>
  run(sql`
    DELETE FROM ${raw(table)} WHERE (${raw(TABLES[table])}) IN
      (SELECT ${raw(TABLES[table])} FROM ${raw(table)} WHERE channel = ${channel} LIMIT ${raw(ROW_BATCH)})`);

/** Deletes rows of a deleted channel from all other tables, in one step. Returns true if there may be more. */
async function deleteRowsStep(transaction: Transaction, channel: number): Promise<boolean> {
  const { all } = transaction;
  const oldest = sql`SELECT seq FROM deliveries WHERE channel = ${channel} ORDER BY seq LIMIT ${raw(RETAIN_BATCH)}`;
  const seqs = seqsOf(await all<{ seq: number }>(oldest));
  await deleteDeliveries(transaction, channel, seqs);
  let rows = seqs.length + (await removeOldestDigests(transaction, channel, ROW_BATCH));
  for (const table of ['subjects', 'subscriptions', 'problems', 'busy_hours'] as const)
    rows += await deleteRows(transaction, table, channel);
  if (rows > 0) return true;
  // A relay of the previous version may have hidden the channel without deleting its keys.
  await deleteKeys(transaction, channel);
  return false;
}

/**
 * Deletes data of a deleted channel in one step. The channel's keys have been deleted before. Returns false after the
 * last step. The channel's row is deleted only when no deleted row is left in a write-ahead log, so that retention
 * repeats the last step until then.
 *
 * @throws {Error} with the code `LOG_IN_USE` if only the log still has deleted rows
 */
export async function deleteChannelStep(database: Database, channel: number): Promise<boolean> {
  const inTransaction = (step: (transaction: Transaction) => Promise<boolean>) =>
    database.transaction(
      async (transaction) => {
        const isDeleted = sql`SELECT key FROM channels WHERE key = ${channel} AND deleted_at IS NOT NULL FOR UPDATE`;
        return (await transaction.all(isDeleted)).length > 0 && (await step(transaction));
      },
      { isDurable: false },
    );
  if (await inTransaction((transaction) => deleteRowsStep(transaction, channel))) return true;
  await database.clearLog?.();
  await inTransaction(async ({ run }) => {
    await run(sql`DELETE FROM channels WHERE key = ${channel}`);
    return true;
  });
  return false;
}
