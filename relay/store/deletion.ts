/** The data of deleted channels. */

import type { Database } from './database.ts';
import { deleteDeliveries } from './room.ts';
import { RETAIN_BATCH } from './store.ts';

/** Tables whose rows belong to a channel, except for deliveries and digests, of which there are many. */
const TABLES = ['data_keys', 'console_links', 'subjects', 'subscriptions'];

/**
 * Deletes data of a deleted channel in one step: first the data keys, without which no content can be opened.
 *
 * @param channel - key of the channel
 * @returns false after the last step
 */
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
      const digests = await transaction.run(
        `DELETE FROM digests WHERE (digest, channel) IN
           (SELECT digest, channel FROM digests WHERE channel = $1 LIMIT ${4 * RETAIN_BATCH})`,
        [channel],
      );
      if (seqs.length > 0 || digests > 0) return true;
      await transaction.run('DELETE FROM channels WHERE key = $1', [channel]);
      return false;
    },
    { isDurable: false },
  );
}
