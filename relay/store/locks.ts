/** Locks of channels, and the changes under them. */

import type { Database, Transaction } from './database.ts';
import type { ClaimId } from './send.ts';

/** Locks a channel. Returns its key; null if it does not exist. */
export async function lockChannel({ all }: Transaction, channel: string): Promise<number | null> {
  const text = 'SELECT key FROM channels WHERE channel = $1 FOR UPDATE';
  return (await all<{ key: number }>(text, [channel]))[0]?.key ?? null;
}

/** Locks the channels of rows. */
export async function lockChannelsOf({ all }: Transaction, rows: readonly { readonly channel: number }[]) {
  const text = 'SELECT key FROM channels WHERE key = ANY($1) ORDER BY key FOR UPDATE';
  await all(text, [[...new Set(rows.map(({ channel }) => channel))]]);
}

/** Locks the channels of claims. Returns the claims that are not lost. */
export async function lockHeld<Id extends ClaimId>(
  { all }: Transaction,
  process: string,
  claims: readonly Id[],
): Promise<Id[]> {
  const locked = await all<{ key: number; claim: number }>(
    'SELECT key, claim FROM channels WHERE key = ANY($1) AND claimed_by = $2 ORDER BY key FOR UPDATE',
    [claims.map(({ channel }) => channel), process],
  );
  return claims.filter(({ channel, claim }) => locked.some((row) => row.key === channel && row.claim === claim));
}

/**
 * Makes a change that the claimant of a channel must notice: locks the channel, makes it due, and notifies. Returns the
 * result of the change, which is falsy if nothing was changed; null if the channel does not exist.
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
    const text =
      'UPDATE channels SET revision = revision + 1, due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END WHERE key = $1';
    if (changed) await transaction.run(text, [key, now]);
    return changed;
  });
  if (result) database.onChange(channel, 'subscriptions');
  return result;
}
