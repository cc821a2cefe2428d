import { KEPT_HOURS } from '../hourly-counts.ts';
import { BURST_MS } from '../memory.ts';
import { HOUR_MS, MAX_DELETED_BYTES, RETAIN_BATCH, type Store } from '../store.ts';
import { settleAll } from './settlement.ts';
import type { Connections } from './connections.ts';
import { deleteUnlocked } from './delete-unlocked.ts';
import { deleteRemains } from './deleted-channels.ts';
import { DELETE_EXPIRED_LINKS } from './links.ts';

/** Maximum number of channels that one statement deletes expired deliveries from. It locks them until it ends. */
const MAX_CHANNELS = 50;

/**
 * Saves, for each channel, the sequence number that all of its cursors have reached. If the cursors are at the newest
 * event, this number includes later deliveries without events. Skips watermarks that another session has locked.
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

/**
 * Deletes hourly counts whose deliveries are deleted, and counts that are no longer needed to determine the age of
 * deliveries.
 */
const DELETE_HOURLY_COUNTS = deleteUnlocked(
  'hourly_counts',
  `JOIN (SELECT c.id, (SELECT min(d.seq) FROM deliveries d WHERE d.channel_id = c.id) AS oldest FROM channels c) o
     ON t.channel_id = o.id
   WHERE t.hour < $1 AND (t.last_seq < coalesce(o.oldest, t.last_seq + 1) OR EXISTS (
     SELECT 1 FROM hourly_counts n WHERE n.channel_id = t.channel_id AND n.hour > t.hour AND n.hour < $1))`,
);

/** Deletes watermarks that a later watermark makes redundant. */
const DELETE_WATERMARKS = deleteUnlocked(
  'watermarks',
  `WHERE t.reached_at <= $1 AND EXISTS (
     SELECT 1 FROM watermarks n WHERE n.channel_id = t.channel_id AND n.hour > t.hour AND n.reached_at <= $1)`,
);

/** Deletes dead letters that died before `$1`, except those of paused subscriptions. */
const DELETE_DEAD_LETTERS = `WITH gone AS (${deleteUnlocked(
  'dead_letters',
  `JOIN subscriptions s ON s.id = t.subscription_id
   WHERE t.dead_at < $1 AND s.paused_at IS NULL ORDER BY t.dead_at LIMIT ${RETAIN_BATCH}`,
  's',
)} RETURNING 1) SELECT count(*) AS count FROM gone`;

/** Makes the next search for delivered contents start at the oldest delivery again. See the table `action_lists`. */
const RESET_ACTION_LISTS = `UPDATE action_lists SET dead_up_to = 0 WHERE id = ANY (ARRAY(
  SELECT id FROM action_lists WHERE dead_up_to > 0 FOR NO KEY UPDATE SKIP LOCKED))`;

/** Maximum number of steps that one call takes to delete the data of a deleted channel. */
const MAX_STEPS = 3;

/** Creates the part of a PostgreSQL store that deletes expired data. */
export function createRetention(connections: Connections): Pick<Store, 'retain'> {
  /** Deletes rows that no delivery needs. */
  async function deleteUnneeded(bodyMs: number, now: number): Promise<void> {
    const oldestHour = Math.floor(now / HOUR_MS) - KEPT_HOURS;
    await connections.query('delete-old-hourly-counts', DELETE_HOURLY_COUNTS, [oldestHour], 'slow');
    await connections.query('delete-old-watermarks', DELETE_WATERMARKS, [now - bodyMs], 'slow');
    await connections.query('reset-action-lists', RESET_ACTION_LISTS, [], 'slow');
    await connections.query('delete-unused-keys', 'SELECT relay_delete_unused_keys()', [], 'slow');
  }

  /** Forgets states after memory has been switched off. Returns their number. */
  async function forgetAll(): Promise<number> {
    const [row] = await connections.query<{ count: number }>(
      'forget-all',
      'SELECT relay_forget_all($1) AS count',
      [RETAIN_BATCH],
      'slow',
    );
    return row?.count ?? 0;
  }

  /** Deletes data of deleted channels. Returns the number of rows deleted. */
  async function deleteDeletedChannels(): Promise<number> {
    const deleted = await connections.query<{ id: number }>(
      'deleted-channels',
      'SELECT channel_id AS id FROM deleted_channels',
      [],
      'slow',
    );
    let sum = 0;
    for (const { id } of deleted) {
      const { count } = await deleteRemains(connections, id, MAX_STEPS);
      sum += count;
      if (sum >= RETAIN_BATCH) break;
    }
    return sum;
  }

  return {
    retain: async ({ bodyMs, duplicateMs, deadLetterMs, memoryMs }, now) => {
      const wholeContentMs = Math.round(bodyMs);
      await connections.query('delete-expired-links', DELETE_EXPIRED_LINKS, [], 'slow');
      const [dead] = await connections.query<{ count: number }>(
        'delete-dead-letters',
        DELETE_DEAD_LETTERS,
        [now - deadLetterMs],
        'slow',
      );
      if ((dead?.count ?? 0) >= RETAIN_BATCH || (await deleteDeletedChannels()) >= RETAIN_BATCH) return RETAIN_BATCH;
      if ((await settleAll(connections)) > 0) return RETAIN_BATCH;
      await connections.query('advance-watermarks', ADVANCE_WATERMARKS, [now], 'slow');
      if (memoryMs === 0 && (await forgetAll()) > 0) return RETAIN_BATCH;
      const [row] = await connections.query<{ count: number }>(
        'delete-expired',
        'SELECT relay_delete_expired($1, $2, $3, $4, $5, $6, $7, $8) AS count',
        [
          wholeContentMs,
          duplicateMs,
          Math.round(memoryMs),
          BURST_MS,
          RETAIN_BATCH,
          MAX_DELETED_BYTES,
          MAX_CHANNELS,
          now,
        ],
        'slow',
      );
      const count = row?.count ?? 0;
      if (count < RETAIN_BATCH) await deleteUnneeded(wholeContentMs, now);
      return count;
    },
  };
}
