import type { Database, Transaction } from './database.ts';

/**
 * Makes a change that the claimant of a channel must notice: locks the channel, makes it due, and notifies. Returns the
 * result of the change; null if it has changed nothing, or if the channel does not exist.
 */
export async function changeChannel<T>(
  database: Database,
  channel: string,
  change: (transaction: Transaction, key: number) => Promise<T | null>,
): Promise<T | null> {
  const now = await database.now();
  const result = await database.transaction(async (transaction) => {
    const text = 'SELECT key FROM channels WHERE channel = $1 FOR UPDATE';
    const [row] = await transaction.all<{ key: number }>(text, [channel]);
    if (!row) return null;
    const changed = await change(transaction, row.key);
    if (changed !== null) {
      const text =
        'UPDATE channels SET revision = revision + 1, due_at = CASE WHEN due_at < $2 THEN due_at ELSE $2 END WHERE key = $1';
      await transaction.run(text, [row.key, now]);
    }
    return changed;
  });
  if (result !== null) database.onChange(channel, 'subscriptions');
  return result;
}
