/** Removal of deliveries from a channel that the transaction has locked. */

import type { Database, Transaction } from './database.ts';
import { hasSend, IS_DEAD, IS_WAITING } from './send.ts';

/** Maximum number of deliveries that one step of a deletion changes, so that it does not block others. */
export const RETAIN_BATCH = 250;

/** Returns the sequence numbers of rows. */
export const seqsOf = (rows: readonly { readonly seq: number }[]): number[] => rows.map(({ seq }) => seq);

/** Deletes the sends and attempts of deliveries. */
export async function deleteSendsOf({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run('DELETE FROM sends WHERE seq = ANY($1)', [seqs]);
  await run('DELETE FROM attempts WHERE seq = ANY($1)', [seqs]);
}

/** Deletes deliveries, and makes earlier ones due that were kept only for them. Returns the size, for `stored_bytes`. */
export async function deleteDeliveries(transaction: Transaction, channel: number, seqs: readonly number[]) {
  if (seqs.length === 0) return 0;
  const { all, run } = transaction;
  await deleteSendsOf(transaction, seqs);
  await run(
    `DELETE FROM subjects WHERE (channel, model, subject_id) IN
       (SELECT channel, model, subject_id FROM deliveries WHERE seq = ANY($1)) AND seq = ANY($1) AND NOT has_ended`,
    [seqs],
  );
  await expireEarlier(transaction, seqs);
  const deleted = await all<{ bytes: number }>(
    'DELETE FROM deliveries WHERE channel = $1 AND seq = ANY($2) RETURNING bytes',
    [channel, seqs],
  );
  return deleted.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Makes the remembered deliveries with which deliveries are compared due for retention. */
export async function expireEarlier({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run(
    `UPDATE deliveries SET expires_at = 0
     WHERE is_remembered AND seq IN (
       SELECT earlier_seq FROM deliveries WHERE seq = ANY($1)
       UNION SELECT burst FROM deliveries WHERE seq = ANY($1)
       UNION SELECT m.seq FROM deliveries d JOIN deliveries m ON m.burst = d.burst AND m.seq < d.seq
         WHERE d.seq = ANY($1))`,
    [seqs],
  );
}

/**
 * Removes the oldest deliveries that wait for no subscription, until they have `excess` bytes: first those without dead
 * letters, at most {@link RETAIN_BATCH}, then as many others. Returns the removed size.
 */
export async function removeOldest(transaction: Transaction, channel: number, excess: number): Promise<number> {
  let removed = 0;
  for (const isChosen of [`NOT ${hasSend(IS_DEAD)}`, hasSend(IS_DEAD)]) {
    if (removed >= excess) break;
    const candidates = await transaction.all<{ seq: number; bytes: number }>(
      `SELECT d.seq, d.bytes FROM deliveries d
       WHERE d.channel = $1 AND d.number > 0 AND NOT ${hasSend(IS_WAITING)} AND ${isChosen}
       ORDER BY d.seq LIMIT ${RETAIN_BATCH}`,
      [channel],
    );
    let size = removed;
    const needed = candidates.filter(({ bytes }) => (size += bytes) - bytes < excess);
    removed += await deleteDeliveries(transaction, channel, seqsOf(needed));
  }
  return removed;
}

/** Removes the oldest digests of a channel. Returns their number. */
export const removeOldestDigests = ({ run }: Transaction, ...values: [channel: number, count: number]) =>
  run(
    `DELETE FROM digests WHERE (digest, channel) IN
       (SELECT digest, channel FROM digests WHERE channel = $1 ORDER BY received_at LIMIT $2)`,
    values,
  );

const TABLES = ['data_keys', 'console_links', 'subjects', 'subscriptions', 'problems'];

/** Deletes data of a deleted channel in one step, the data keys first. Returns false after the last step. */
export function deleteChannelStep(database: Database, channel: number): Promise<boolean> {
  return database.transaction(
    async (transaction) => {
      const text = 'SELECT key FROM channels WHERE key = $1 AND deleted_at IS NOT NULL FOR UPDATE';
      const locked = await transaction.all(text, [channel]);
      if (locked.length === 0) return false;
      for (const table of TABLES) await transaction.run(`DELETE FROM ${table} WHERE channel = $1`, [channel]);
      const oldest = `SELECT seq FROM deliveries WHERE channel = $1 ORDER BY seq LIMIT ${RETAIN_BATCH}`;
      const seqs = seqsOf(await transaction.all<{ seq: number }>(oldest, [channel]));
      await deleteDeliveries(transaction, channel, seqs);
      const digests = await removeOldestDigests(transaction, channel, 4 * RETAIN_BATCH);
      if (seqs.length > 0 || digests > 0) return true;
      await transaction.run('DELETE FROM channels WHERE key = $1', [channel]);
      return false;
    },
    { isDurable: false },
  );
}
