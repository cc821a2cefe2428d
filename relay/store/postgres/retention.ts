import { HOUR_MS, RETAIN_BATCH, type Store } from '../store.ts';
import type { Connections } from './connections.ts';

/** Number of deliveries that one statement deletes from a deleted channel. */
const DELETE_BATCH = 5_000;
/** Number of channels from which one statement deletes expired deliveries; it locks them until it ends. */
const MAX_CHANNELS = 50;

/** Returns a statement that deletes rows, named `t` in the condition, except those that another session has locked. */
function deleteUnlocked(table: string, condition: string): string {
  return `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
    SELECT t.ctid FROM ${table} t ${condition} FOR UPDATE OF t SKIP LOCKED))`;
}

/**
 * Saves, for each channel, the sequence number that all of its cursors have reached. When they are at the newest event,
 * that includes later deliveries without events. Leaves out watermarks that another session has locked.
 */
const ADVANCE_WATERMARKS = `WITH current AS MATERIALIZED (
    SELECT channel_id FROM watermarks WHERE hour = $1::bigint / ${HOUR_MS}),
  unlocked AS MATERIALIZED (
    SELECT channel_id FROM watermarks WHERE hour = $1::bigint / ${HOUR_MS} FOR NO KEY UPDATE SKIP LOCKED)
  INSERT INTO watermarks (channel_id, hour, seq, reached_at)
  SELECT reached.id, $1::bigint / ${HOUR_MS}, reached.seq, $1 FROM (
    SELECT c.id, CASE WHEN min(coalesce(s.cursor, c.last_seq)) >= c.last_seq THEN c.newest_seq ELSE min(s.cursor) END
      AS seq FROM channels c LEFT JOIN subscriptions s ON s.channel_id = c.id GROUP BY c.id) reached
  WHERE reached.seq > coalesce((SELECT max(w.seq) FROM watermarks w WHERE w.channel_id = reached.id), 0)
    AND (reached.id NOT IN (SELECT channel_id FROM current) OR reached.id IN (SELECT channel_id FROM unlocked))
  ORDER BY reached.id
  ON CONFLICT (channel_id, hour) DO UPDATE SET seq = excluded.seq, reached_at = excluded.reached_at`;

/** Deletes hourly counts whose deliveries are deleted. */
const DELETE_HOURLY_COUNTS = deleteUnlocked(
  'hourly_counts',
  `JOIN (SELECT c.id, (SELECT min(d.seq) FROM deliveries d WHERE d.channel_id = c.id) AS oldest FROM channels c) o
     ON t.channel_id = o.id
   WHERE t.hour < $1 AND t.last_seq < coalesce(o.oldest, t.last_seq + 1)`,
);

/** Deletes watermarks that a later one makes superfluous. */
const DELETE_WATERMARKS = deleteUnlocked(
  'watermarks',
  `WHERE t.reached_at <= $1 AND EXISTS (
     SELECT 1 FROM watermarks n WHERE n.channel_id = t.channel_id AND n.hour > t.hour AND n.reached_at <= $1)`,
);

/** Deletes dead letters that died before `$1`. */
const DELETE_DEAD_LETTERS = deleteUnlocked(
  'dead_letters',
  `WHERE t.dead_at < $1 AND NOT EXISTS (
     SELECT 1 FROM subscriptions s WHERE s.id = t.subscription_id AND s.paused_at IS NOT NULL)
   ORDER BY t.dead_at LIMIT ${RETAIN_BATCH}`,
);

/** Condition on a deleted channel `t`: nothing of it is left. */
const IS_EMPTY = ['deliveries', 'hourly_counts', 'watermarks']
  .map((table) => `NOT EXISTS (SELECT 1 FROM ${table} r WHERE r.channel_id = t.channel_id)`)
  .join(' AND ');

/** Deletes the deliveries, hourly counts and watermarks of a deleted channel. */
export async function deleteRemains(connections: Connections, channelId: number): Promise<void> {
  for (;;) {
    const [row] = await connections.query<{ count: number }>(
      'delete-deliveries',
      `WITH gone AS (${deleteUnlocked('deliveries', `WHERE t.channel_id = $1 LIMIT ${DELETE_BATCH}`)} RETURNING 1)
       SELECT count(*) AS count FROM gone`,
      [channelId],
      'slow',
    );
    if (!row || row.count === 0) break;
  }
  for (const table of ['hourly_counts', 'watermarks']) {
    await connections.query(`delete-${table}`, deleteUnlocked(table, 'WHERE t.channel_id = $1'), [channelId]);
  }
  await connections.query(
    'delete-deleted-channel',
    deleteUnlocked('deleted_channels', `WHERE t.channel_id = $1 AND ${IS_EMPTY}`),
    [channelId],
  );
}

/** Creates the part of a PostgreSQL store that deletes expired data. */
export function createRetention(connections: Connections): Pick<Store, 'retain'> {
  /** Deletes rows about deliveries that are deleted. */
  async function deleteOldHours(bodyMs: number, now: number): Promise<void> {
    const oldestHour = Math.floor(now / HOUR_MS) - 24;
    await connections.query('delete-old-hourly-counts', DELETE_HOURLY_COUNTS, [oldestHour], 'slow');
    await connections.query('delete-old-watermarks', DELETE_WATERMARKS, [now - bodyMs], 'slow');
    for (const table of ['hourly_counts', 'watermarks']) {
      const text = deleteUnlocked(table, 'JOIN deleted_channels c USING (channel_id)');
      await connections.query(`delete-remaining-${table}`, text, [], 'slow');
    }
    await connections.query(
      'delete-empty-channels',
      deleteUnlocked('deleted_channels', `WHERE ${IS_EMPTY}`),
      [],
      'slow',
    );
  }

  return {
    retain: async ({ bodyMs, duplicateMs, deadLetterMs }, now) => {
      const wholeBodyMs = Math.round(bodyMs);
      await connections.query('delete-dead-letters', DELETE_DEAD_LETTERS, [now - deadLetterMs], 'slow');
      await connections.query('advance-watermarks', ADVANCE_WATERMARKS, [now], 'slow');
      const [row] = await connections.query<{ count: number }>(
        'delete-expired',
        'SELECT relay_delete_expired($1, $2, $3, $4, $5) AS count',
        [wholeBodyMs, duplicateMs, RETAIN_BATCH, MAX_CHANNELS, now],
        'slow',
      );
      const count = row?.count ?? 0;
      if (count < RETAIN_BATCH) await deleteOldHours(wholeBodyMs, now);
      return count;
    },
  };
}
