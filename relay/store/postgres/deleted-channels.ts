import { MAX_DELETED_BYTES } from '../store.ts';
import type { Connections } from './connections.ts';
import { deleteUnlocked } from './delete-unlocked.ts';

/** Number of rows that one statement deletes. */
const MAX_ROWS = 1000;

/** Tables that have rows of a channel but no foreign keys. The large tables, up to the deliveries, come first. */
const TABLES = ['attempts', 'dead_letters', 'deliveries', 'action_lists', 'hourly_counts', 'watermarks'];

/** Condition on a deleted channel `t`: all of its rows are deleted. */
const IS_EMPTY = TABLES.map((table) => `NOT EXISTS (SELECT 1 FROM ${table} r WHERE r.channel_id = t.channel_id)`).join(
  ' AND ',
);

/**
 * Deletes deliveries of the channel `$1`: at least one delivery, and more up to {@link MAX_DELETED_BYTES} of content.
 */
const DELETE_DELIVERIES = deleteUnlocked(
  'deliveries',
  `JOIN (SELECT d.seq, coalesce(sum(octet_length(d.sealed)) OVER (ORDER BY d.seq) - octet_length(d.sealed), 0) AS bytes_before
     FROM (SELECT seq, coalesce(sealed, '') AS sealed FROM deliveries
       WHERE channel_id = $1 ORDER BY seq LIMIT ${MAX_ROWS}) d) s USING (seq)
   WHERE t.channel_id = $1 AND s.bytes_before < ${MAX_DELETED_BYTES}`,
);

/**
 * Deletes rows of a deleted channel, as one step of a deletion.
 *
 * @returns the number of rows deleted; 0 if all remaining rows are locked by another session
 */
async function deleteStep(connections: Connections, channelId: number): Promise<number> {
  let count = 0;
  for (const table of TABLES) {
    const text =
      table === 'deliveries' ? DELETE_DELIVERIES : deleteUnlocked(table, `WHERE t.channel_id = $1 LIMIT ${MAX_ROWS}`);
    const [row] = await connections.query<{ count: number }>(
      `delete-remaining-${table}`,
      `WITH gone AS (${text} RETURNING 1) SELECT count(*) AS count FROM gone`,
      [channelId],
      'slow',
    );
    count += row?.count ?? 0;
    if (count > 0 && table === 'deliveries') break;
  }
  return count;
}

/** Deletes the mark of a deleted channel if all of its rows are deleted. Returns false if some rows are left. */
async function deleteMark(connections: Connections, channelId: number): Promise<boolean> {
  const rows = await connections.query(
    'delete-mark',
    `${deleteUnlocked('deleted_channels', `WHERE t.channel_id = $1 AND ${IS_EMPTY}`)} RETURNING 1`,
    [channelId],
    'slow',
  );
  return rows.length > 0;
}

/**
 * Deletes the rows of a deleted channel in steps, except those that another session has locked.
 *
 * @param maxSteps - number of steps after which to stop
 * @returns the number of rows deleted, and true if no rows are left
 */
export async function deleteRemains(
  connections: Connections,
  channelId: number,
  maxSteps = Infinity,
): Promise<{ readonly count: number; readonly isDone: boolean }> {
  let count = 0;
  for (let step = 0; step < maxSteps; step++) {
    const deleted = await deleteStep(connections, channelId);
    count += deleted;
    if (await deleteMark(connections, channelId)) return { count, isDone: true };
    if (deleted === 0) break;
  }
  return { count, isDone: false };
}
