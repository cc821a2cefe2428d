/** Removal of deliveries from a channel that the transaction has locked. */

import type { Database, Transaction } from './database.ts';
import { hasSend, IS_DEAD, IS_WAITING } from './send.ts';

/** Maximum number of deliveries that one step of a deletion changes. The limit keeps the step from blocking others. */
export const RETAIN_BATCH = 250;

/**
 * Deletes deliveries with their sends and attempts, and returns their size, which the caller subtracts from the stored bytes.
 * Earlier deliveries that were kept only for them become due for retention.
 */
export async function deleteDeliveries(
  { all, run }: Transaction,
  channel: number,
  seqs: readonly number[],
): Promise<number> {
  if (seqs.length === 0) return 0;
  await run('DELETE FROM sends WHERE seq = ANY($1)', [seqs]);
  await run('DELETE FROM attempts WHERE seq = ANY($1)', [seqs]);
  await run(
    `DELETE FROM subjects WHERE (channel, model, subject_id) IN
       (SELECT channel, model, subject_id FROM deliveries WHERE seq = ANY($1)) AND seq = ANY($1) AND NOT has_ended`,
    [seqs],
  );
  await expireEarlier({ run }, seqs);
  const deleted = await all<{ bytes: number }>(
    'DELETE FROM deliveries WHERE channel = $1 AND seq = ANY($2) RETURNING bytes',
    [channel, seqs],
  );
  return deleted.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Makes the remembered deliveries with which deliveries are compared due for retention. */
export async function expireEarlier({ run }: Pick<Transaction, 'run'>, seqs: readonly number[]): Promise<void> {
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
    const needed = candidates.filter(({ bytes }) => (size += bytes) - bytes < excess).map(({ seq }) => seq);
    removed += await deleteDeliveries(transaction, channel, needed);
  }
  return removed;
}

/** Removes the oldest digests of a channel. Returns their number. */
export async function removeOldestDigests({ run }: Transaction, channel: number, count: number): Promise<number> {
  return run(
    `DELETE FROM digests WHERE (digest, channel) IN
       (SELECT digest, channel FROM digests WHERE channel = $1 ORDER BY received_at LIMIT $2)`,
    [channel, count],
  );
}

/** Tables whose rows belong to a channel, except for deliveries and digests, of which there are many. */
const TABLES = ['data_keys', 'console_links', 'subjects', 'subscriptions', 'problems'];

/** Deletes data of a deleted channel in one step, the data keys first. Returns false after the last step. */
export function deleteChannelStep(database: Database, channel: number): Promise<boolean> {
  return database.transaction(
    async (transaction) => {
      const text = 'SELECT key FROM channels WHERE key = $1 AND deleted_at IS NOT NULL FOR UPDATE';
      const locked = await transaction.all(text, [channel]);
      if (locked.length === 0) return false;
      for (const table of TABLES) await transaction.run(`DELETE FROM ${table} WHERE channel = $1`, [channel]);
      const rows = await transaction.all<{ seq: number }>(
        `SELECT seq FROM deliveries WHERE channel = $1 ORDER BY seq LIMIT ${RETAIN_BATCH}`,
        [channel],
      );
      const seqs = rows.map(({ seq }) => seq);
      await deleteDeliveries(transaction, channel, seqs);
      const digests = await removeOldestDigests(transaction, channel, 4 * RETAIN_BATCH);
      if (seqs.length > 0 || digests > 0) return true;
      await transaction.run('DELETE FROM channels WHERE key = $1', [channel]);
      return false;
    },
    { isDurable: false },
  );
}
