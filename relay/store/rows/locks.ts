/** Locks channels, and makes changes under a lock. */

import { sql, type Database, type Transaction } from '../database/database.ts';
import type { ClaimId } from './send.ts';

/** Locks a channel. Returns the key of the channel; null if the channel does not exist. */
export async function lockChannel({ all }: Transaction, channel: string): Promise<number | null> {
  const [row] = await all<{ key: number }>(sql`SELECT key FROM channels WHERE channel = ${channel} FOR UPDATE`);
  return row?.key ?? null;
}

/** Locks the channels that rows belong to. */
export async function lockChannelsOf({ all }: Transaction, rows: readonly { readonly channel: number }[]) {
  const keys = [...new Set(rows.map(({ channel }) => channel))];
  await all(sql`SELECT key FROM channels WHERE key = ANY(${keys}) ORDER BY key FOR UPDATE`);
}

/** Locks the channels of claims. Returns the claims that the process still holds. */
export async function lockHeld<Id extends ClaimId>(
  { all }: Transaction,
  process: string,
  claims: readonly Id[],
): Promise<Id[]> {
  const keys = claims.map(({ channel }) => channel);
  const locked = await all<{ key: number; claim: number }>(sql`
    SELECT key, claim FROM channels WHERE key = ANY(${keys}) AND claimed_by = ${process} ORDER BY key FOR UPDATE`);
  return claims.filter(({ channel, claim }) => locked.some((row) => row.key === channel && row.claim === claim));
}

/**
 * Makes a change that the claimant of a channel must notice. Locks the channel, makes it due, and notifies the
 * listener. Returns the result of the change, which is falsy if nothing was changed; null if the channel does not
 * exist.
 */
export async function changeChannel<T>(
  database: Database,
  channel: string,
  change: (transaction: Transaction, key: number) => Promise<T>,
): Promise<T | null> {
  const now = await database.now();
  const result = await database.transaction(async (transaction) => {
    const key = await lockChannel(transaction, channel);
    const changed = key === null ? null : await change(transaction, key);
    const update = sql`
      UPDATE channels SET revision = revision + 1, problems_check_at = 0,
        due_at = CASE WHEN due_at < ${now} THEN due_at ELSE ${now} END
      WHERE key = ${key}`;
    if (changed) await transaction.run(update);
    return changed;
  });
  if (result) database.onChange(channel, 'subscriptions');
  return result;
}
