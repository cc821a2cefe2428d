import { KEPT_HOURS } from '../hourly-counts.ts';
import { HOUR_MS, RETAIN_BATCH, type RetentionLimits, type Store } from '../store.ts';
import { withinStep } from '../within-step.ts';
import type { Connection } from './connection.ts';
import { deleteUnusedKeys } from './data-keys.ts';
import { deleteRemains } from './deleted-channels.ts';
import { shrinkFile } from './free-space.ts';
import { deleteExpiredLinks } from './links.ts';
import { forgetAll, remove, type Removable } from './removal.ts';
import {
  EXPIRED_COLUMNS,
  expireFormerDeadLetters,
  remember,
  removeRemembered,
  type ExpiredDelivery,
} from './remembering.ts';
import { settleAll } from './settlement.ts';

/** A channel with deliveries that may have expired. */
interface ExpiredRow {
  channelId: number;
  /** Sequence number up to which contents have expired. */
  contentsExpiredUpTo: number;
  /** Sequence number up to which contents have been deleted. */
  contentsDeletedUpTo: number;
  /** Sequence number up to which deliveries are older than the duplicate window. */
  digestsExpiredUpTo: number;
}

/** Creates the part of a SQLite store that deletes expired data. */
export function createRetention(connection: Connection): Pick<Store, 'retain'> {
  const sql = connection.sql.bind(connection);

  /**
   * Saves, for each channel, the sequence number that all of its cursors have reached. If the cursors are at the newest
   * event, this number includes later deliveries without events.
   */
  function advanceWatermarks(now: number): void {
    sql(
      `INSERT INTO watermarks (channel_id, hour, seq, reached_at)
       SELECT id, ?, seq, ? FROM (
         SELECT c.id, iif(min(coalesce(s.cursor, c.last_seq)) >= c.last_seq, c.newest_seq, min(s.cursor)) AS seq
         FROM channels c LEFT JOIN subscriptions s USING (channel) GROUP BY c.id) AS reached
       WHERE seq > coalesce((SELECT max(w.seq) FROM watermarks w WHERE w.channel_id = reached.id), 0)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, reached_at = excluded.reached_at`,
    ).run(Math.floor(now / HOUR_MS), now);
  }

  /** Deletes expired dead letters, except those of paused subscriptions. Returns their number. */
  const deleteDeadLetters = (diedBefore: number): number =>
    sql(
      `DELETE FROM dead_letters WHERE (subscription_id, seq) IN (
         SELECT subscription_id, seq FROM dead_letters l WHERE dead_at < ? AND NOT EXISTS (
           SELECT 1 FROM subscriptions s WHERE s.id = l.subscription_id AND s.paused_at IS NOT NULL) ORDER BY dead_at LIMIT ?)`,
    ).run(diedBefore, RETAIN_BATCH).changes;

  /** Deletes deliveries of deleted channels. Returns their number. */
  function deleteDeletedChannels(): number {
    const ids = sql('SELECT channel_id FROM deleted_channels').pluck().all() as number[];
    for (const id of ids) {
      const count = deleteRemains(connection, id);
      if (count > 0) return count;
    }
    return 0;
  }

  /** Deletes deliveries without content whose digests have expired. Returns their number. */
  function deleteWithoutContent(
    { channelId, contentsExpiredUpTo, digestsExpiredUpTo }: ExpiredRow,
    limit: number,
  ): number {
    const rows = sql(
      `SELECT seq, 0 AS bytes FROM deliveries
       WHERE channel_id = ? AND seq <= ? AND list_id IS NULL ORDER BY seq LIMIT ?`,
    ).all(channelId, Math.min(contentsExpiredUpTo, digestsExpiredUpTo), limit) as Removable[];
    remove(connection, channelId, 'deliveries', rows);
    return rows.length;
  }

  /**
   * Deletes expired contents, except remembered contents and the contents of dead letters. Also deletes their
   * deliveries if the digests have expired.
   *
   * @param receivedAfter - the arrival time from which deliveries may be remembered
   * @returns the number of deliveries changed, and true if there may be more to delete
   */
  function deleteContents(
    row: ExpiredRow,
    receivedAfter: number,
    limit: number,
  ): { changed: number; hasMore: boolean } {
    const { channelId, contentsExpiredUpTo, contentsDeletedUpTo, digestsExpiredUpTo } = row;
    const rows = sql(
      `SELECT ${EXPIRED_COLUMNS} FROM deliveries d
       WHERE channel_id = ? AND seq > ? AND seq <= ? AND list_id IS NOT NULL ORDER BY seq LIMIT ?`,
    ).all(channelId, contentsDeletedUpTo, contentsExpiredUpTo, limit) as ExpiredDelivery[];
    const step = withinStep(rows);
    const last = step.at(-1);
    if (!last) return { changed: 0, hasMore: false };
    const expired = step.filter(({ isDead }) => isDead === 0);
    for (const delivery of expired) {
      // Deliveries are removed one by one, because the removal of a delivery may make its previous delivery removable.
      if (remember(connection, delivery, receivedAfter)) continue;
      remove(connection, channelId, delivery.seq <= digestsExpiredUpTo ? 'deliveries' : 'contents', [delivery]);
    }
    sql('UPDATE channels SET contents_deleted_up_to = ? WHERE id = ?').run(last.seq, channelId);
    return { changed: expired.length, hasMore: step.length < rows.length || rows.length === limit };
  }

  /**
   * Deletes hourly counts of deleted deliveries, and hourly counts and watermarks that later ones make redundant. The
   * newest hourly count of stored deliveries is kept, because it shows their age.
   */
  function deleteOldHours(now: number, bodyMs: number): void {
    sql(
      `DELETE FROM hourly_counts AS h WHERE hour < @hour AND (
         EXISTS (SELECT 1 FROM hourly_counts n WHERE n.channel_id = h.channel_id AND n.hour > h.hour AND n.hour < @hour)
         OR last_seq < min(
           coalesce((SELECT min(seq) FROM deliveries d WHERE d.channel_id = h.channel_id AND list_id IS NULL), last_seq + 1),
           coalesce((SELECT min(seq) FROM deliveries d WHERE d.channel_id = h.channel_id AND list_id IS NOT NULL),
             last_seq + 1)))`,
    ).run({ hour: Math.floor(now / HOUR_MS) - KEPT_HOURS });
    sql(
      `DELETE FROM watermarks AS w WHERE reached_at <= ? AND EXISTS (SELECT 1 FROM watermarks n
         WHERE n.channel_id = w.channel_id AND n.hour > w.hour AND n.reached_at <= ?)`,
    ).run(now - bodyMs, now - bodyMs);
  }

  /**
   * Deletes expired deliveries and contents of all channels, up to the limits of a step. Returns the same number as
   * {@link Store.retain}.
   */
  function deleteExpired({ bodyMs, duplicateMs }: RetentionLimits, receivedAfter: number, now: number): number {
    const expired = sql(
      `SELECT w.channel_id AS channelId, max(w.seq) AS contentsExpiredUpTo, c.contents_deleted_up_to AS contentsDeletedUpTo,
         coalesce((SELECT max(h.last_seq) FROM hourly_counts h
           WHERE h.channel_id = w.channel_id AND (h.hour + 1) * ${HOUR_MS} <= ?), 0) AS digestsExpiredUpTo
       FROM watermarks w JOIN channels c ON c.id = w.channel_id WHERE w.reached_at <= ? GROUP BY w.channel_id`,
    ).all(now - duplicateMs, now - bodyMs) as ExpiredRow[];
    let count = 0;
    for (const row of expired) {
      count += deleteWithoutContent(row, RETAIN_BATCH - count);
      if (count >= RETAIN_BATCH) break;
      const { changed, hasMore } = deleteContents(row, receivedAfter, RETAIN_BATCH - count);
      if (hasMore) return RETAIN_BATCH;
      count += changed;
    }
    return count;
  }

  /** Deletes expired data up to the limits of a step, and shrinks the file if there is time left. */
  function retainStep(
    limits: RetentionLimits,
    now: number,
  ): { readonly count: number; readonly isFileShrunk: boolean } {
    const more = { count: RETAIN_BATCH, isFileShrunk: false };
    deleteExpiredLinks(connection);
    if (deleteDeadLetters(now - limits.deadLetterMs) === RETAIN_BATCH) return more;
    if (deleteDeletedChannels() > 0 || settleAll(connection) > 0) return more;
    advanceWatermarks(now);
    if (limits.memoryMs === 0 && forgetAll(connection, RETAIN_BATCH) > 0) return more;
    const receivedAfter = now - limits.memoryMs;
    if (removeRemembered(connection, receivedAfter) > 0) return more;
    const former = expireFormerDeadLetters(connection, receivedAfter);
    if (former >= RETAIN_BATCH) return more;
    const count = former + deleteExpired(limits, receivedAfter, now);
    if (count >= RETAIN_BATCH) return more;
    deleteOldHours(now, limits.bodyMs);
    deleteUnusedKeys(connection);
    const shrinking = shrinkFile(connection);
    return shrinking === 'more' ? more : { count, isFileShrunk: shrinking === 'done' };
  }

  return {
    retain: async (limits, now) => {
      const { count, isFileShrunk } = await connection.transact(() => retainStep(limits, now));
      // Without this checkpoint, the file would keep its size until enough data is written to trigger SQLite's own
      // checkpoint.
      if (isFileShrunk) connection.database.pragma('wal_checkpoint(TRUNCATE)');
      return count;
    },
  };
}
