/** Deletes deliveries from a channel that the transaction has locked, and the data of a deleted channel. */

import { raw, sql, type Database, type Transaction } from '../database/database.ts';

/**
 * Maximum number of deliveries that one step of a deletion changes, so that the step does not block other transactions
 * for long.
 */
export const DELIVERY_BATCH = 250;
/** Maximum number of other rows that one step of a deletion deletes from each table. */
export const ROW_BATCH = 4 * DELIVERY_BATCH;

/** Returns the sequence numbers of rows. */
export const seqsOf = (rows: readonly { readonly seq: number }[]): number[] => rows.map(({ seq }) => seq);

/** Deletes the sends and attempts of deliveries. */
export async function deleteSendsOf({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run(sql`DELETE FROM sends WHERE seq = ANY(${seqs})`);
  await run(sql`DELETE FROM attempts WHERE seq = ANY(${seqs})`);
}

/** Condition on a row of `data_keys`: a stored delivery is sealed with this data key. */
export const IS_IN_USE = sql`
  EXISTS (SELECT 1 FROM deliveries d WHERE d.channel = data_keys.channel AND d.key_id = data_keys.key_id)`;

/**
 * Deletes deliveries, and the settled data keys that no other delivery needs. Earlier deliveries that were kept only
 * for the deleted deliveries become due for retention. Returns the size of the deleted deliveries, for `stored_bytes`.
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

/** Makes remembered deliveries due for retention if the given deliveries are compared with them. */
export async function expireEarlier({ run }: Transaction, seqs: readonly number[]): Promise<void> {
  await run(sql`
    UPDATE deliveries SET expires_at = 0
    WHERE is_remembered AND seq IN (
      SELECT earlier_seq FROM deliveries WHERE seq = ANY(${seqs})
      UNION SELECT burst FROM deliveries WHERE seq = ANY(${seqs})
      UNION SELECT m.seq FROM deliveries d JOIN deliveries m ON m.burst = d.burst AND m.seq < d.seq
        WHERE d.seq = ANY(${seqs}))`);
}

/** Deletes the oldest digests of a channel. Returns the number of deleted digests. */
export const deleteOldestDigests = ({ run }: Transaction, channel: number, count: number): Promise<number> =>
  run(sql`
    DELETE FROM digests WHERE (digest, channel) IN
      (SELECT digest, channel FROM digests WHERE channel = ${channel} ORDER BY received_at LIMIT ${count})`);

/** Deletes the data keys that open the contents of a channel, and the copies of these keys in links. */
export async function deleteKeys({ run }: Transaction, channel: number): Promise<void> {
  for (const table of ['data_keys', 'console_links'].map(raw))
    await run(sql`DELETE FROM ${table} WHERE channel = ${channel}`);
}

/**
 * The tables for {@link deleteRows}, each with the columns of its primary key. Rows of keys, deliveries and digests are
 * deleted separately.
 */
const TABLES = {
  subjects: 'subject_id, model, channel',
  subscriptions: 'key',
  problems: 'channel, subscription, kind',
  busy_hours: 'channel, hour',
};

/** Deletes rows from one of {@link TABLES}. Returns the number of deleted rows. */
const deleteRows = ({ run }: Transaction, table: keyof typeof TABLES, channel: number): Promise<number> =>
  run(sql`
    DELETE FROM ${raw(table)} WHERE (${raw(TABLES[table])}) IN
      (SELECT ${raw(TABLES[table])} FROM ${raw(table)} WHERE channel = ${channel} LIMIT ${raw(ROW_BATCH)})`);

/**
 * Deletes rows of a deleted channel from all tables except `channels`, in one step. Returns true if more rows may
 * exist.
 */
async function deleteRowsStep(transaction: Transaction, channel: number): Promise<boolean> {
  const { all } = transaction;
  const oldest = sql`SELECT seq FROM deliveries WHERE channel = ${channel} ORDER BY seq LIMIT ${raw(DELIVERY_BATCH)}`;
  const seqs = seqsOf(await all<{ seq: number }>(oldest));
  await deleteDeliveries(transaction, channel, seqs);
  let rows = seqs.length + (await deleteOldestDigests(transaction, channel, ROW_BATCH));
  for (const table of ['subjects', 'subscriptions', 'problems', 'busy_hours'] as const)
    rows += await deleteRows(transaction, table, channel);
  if (rows > 0) return true;
  // A relay of the previous version may have hidden the channel without deleting its keys.
  await deleteKeys(transaction, channel);
  return false;
}

/**
 * Deletes data of a deleted channel in one step, after the channel's keys were deleted. Returns false after the last
 * step. The channel's row is deleted only when no deleted row is left in a write-ahead log. Until then, retention
 * repeats the last step.
 *
 * @throws {Error} with the code `LOG_IN_USE` if deleted rows are left only in the log
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
