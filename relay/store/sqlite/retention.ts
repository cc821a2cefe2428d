import { HOUR_MS, RETAIN_BATCH, type Store } from '../store.ts';
import type { Connection } from './connection.ts';

/** A channel with deliveries that may have expired. */
interface ExpiredRow {
  channel: string;
  /** Sequence number up to which bodies have expired. */
  bodiesExpiredUpTo: number;
  /** Sequence number up to which bodies have been deleted. */
  bodiesDeletedUpTo: number;
  /** Sequence number up to which deliveries are older than the duplicate window. */
  digestsExpiredUpTo: number;
}

/** Creates the part of a SQLite store that deletes expired data. */
export function createRetention(connection: Connection): Pick<Store, 'retain'> {
  const sql = connection.sql.bind(connection);

  /**
   * Saves, for each channel, the sequence number that all of its cursors have reached. When they are at the newest
   * event, that includes later deliveries without events.
   */
  function advanceWatermarks(now: number): void {
    sql(
      `INSERT INTO watermarks (channel, hour, seq, reached_at)
       SELECT channel, ?, seq, ? FROM (
         SELECT c.channel, iif(min(coalesce(s.cursor, c.last_seq)) >= c.last_seq,
           (SELECT max(d.seq) FROM deliveries d WHERE d.channel = c.channel), min(s.cursor)) AS seq
         FROM channels c LEFT JOIN subscriptions s USING (channel) GROUP BY c.channel) AS reached
       WHERE seq > coalesce((SELECT max(w.seq) FROM watermarks w WHERE w.channel = reached.channel), 0)
       ON CONFLICT DO UPDATE SET seq = excluded.seq, reached_at = excluded.reached_at`,
    ).run(Math.floor(now / HOUR_MS), now);
  }

  /**
   * Deletes expired deliveries of a channel whose digests have expired, too, and the bodies of those whose digests have
   * not. Returns the number of deliveries changed.
   */
  function deleteExpired(row: ExpiredRow, limit: number): number {
    const { channel, bodiesExpiredUpTo, bodiesDeletedUpTo, digestsExpiredUpTo } = row;
    const whole = sql(
      `SELECT seq, coalesce(length(body), 0) AS bytes FROM deliveries d WHERE channel = ? AND seq <= ?
         AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY seq LIMIT ?`,
    ).all(channel, Math.min(bodiesExpiredUpTo, digestsExpiredUpTo), limit) as { seq: number; bytes: number }[];
    const bodies = sql(
      `SELECT seq, length(body) AS bytes FROM deliveries d WHERE channel = ? AND seq > ? AND seq <= ?
         AND body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM dead_letters l WHERE l.seq = d.seq) ORDER BY seq LIMIT ?`,
    ).all(channel, Math.max(bodiesDeletedUpTo, digestsExpiredUpTo), bodiesExpiredUpTo, limit - whole.length) as {
      seq: number;
      bytes: number;
    }[];
    for (const { seq } of whole) sql('DELETE FROM deliveries WHERE seq = ?').run(seq);
    for (const { seq } of bodies) sql('UPDATE deliveries SET body = NULL WHERE seq = ?').run(seq);
    const bytes = [...whole, ...bodies].reduce((sum, deleted) => sum + deleted.bytes, 0);
    sql(
      `UPDATE channels SET stored_bytes = stored_bytes - ?, deliveries = deliveries - ?, bodies_deleted_up_to = ?
       WHERE channel = ?`,
    ).run(bytes, whole.length, bodies.at(-1)?.seq ?? bodiesDeletedUpTo, channel);
    return whole.length + bodies.length;
  }

  /** Deletes hourly counts of deleted deliveries, and watermarks that a later one makes superfluous. */
  function deleteOldHours(now: number, bodyMs: number): void {
    sql(
      `DELETE FROM hourly_counts WHERE hour < ? AND last_seq <
         coalesce((SELECT min(seq) FROM deliveries d WHERE d.channel = hourly_counts.channel), last_seq + 1)`,
    ).run(Math.floor(now / HOUR_MS) - 24);
    sql(
      `DELETE FROM watermarks AS w WHERE reached_at <= ? AND EXISTS (SELECT 1 FROM watermarks n
         WHERE n.channel = w.channel AND n.hour > w.hour AND n.reached_at <= ?)`,
    ).run(now - bodyMs, now - bodyMs);
  }

  return {
    retain: ({ bodyMs, duplicateMs, deadLetterMs }, now) =>
      connection.transact(() => {
        sql(
          `DELETE FROM dead_letters AS l WHERE dead_at < ? AND NOT EXISTS (
             SELECT 1 FROM subscriptions s WHERE s.id = l.subscription_id AND s.paused_at IS NOT NULL)`,
        ).run(now - deadLetterMs);
        advanceWatermarks(now);
        const expired = sql(
          `SELECT w.channel, max(w.seq) AS bodiesExpiredUpTo, c.bodies_deleted_up_to AS bodiesDeletedUpTo,
             coalesce((SELECT max(h.last_seq) FROM hourly_counts h
               WHERE h.channel = w.channel AND (h.hour + 1) * ${HOUR_MS} <= ?), 0) AS digestsExpiredUpTo
           FROM watermarks w JOIN channels c USING (channel) WHERE w.reached_at <= ? GROUP BY w.channel`,
        ).all(now - duplicateMs, now - bodyMs) as ExpiredRow[];
        let count = 0;
        for (const row of expired) count += deleteExpired(row, RETAIN_BATCH - count);
        deleteOldHours(now, bodyMs);
        return count;
      }),
  };
}
