import { withinStep } from '../within-step.ts';
import type { Connection } from './connection.ts';
import { remove, type Removable } from './removal.ts';

/** Number of deliveries that one step deletes. */
const BATCH = 250;

/**
 * Deletes deliveries of a deleted channel, as one step in the caller's transaction.
 *
 * @returns the number of deliveries deleted; 0 if none are left
 */
export function deleteRemains(connection: Connection, channelId: number): number {
  let count = 0;
  for (const isNull of ['IS NOT NULL', 'IS NULL']) {
    const rows = connection
      .sql(
        `SELECT seq, coalesce(length(sealed), 0) AS bytes FROM deliveries
         WHERE channel_id = ? AND list_id ${isNull} ORDER BY seq LIMIT ?`,
      )
      .all(channelId, BATCH) as Removable[];
    const step = withinStep(rows);
    remove(connection, channelId, 'deliveries', step);
    count += step.length;
    if (count > 0) break;
  }
  if (count === 0) connection.sql('DELETE FROM deleted_channels WHERE channel_id = ?').run(channelId);
  return count;
}
