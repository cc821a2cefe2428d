import { summarize, type HourlyCount } from '../hourly-counts.ts';
import type { Registration } from '../registration.ts';
import type { OnChange, Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { deleteRemains } from './deleted-channels.ts';
import { withCounts } from './pending.ts';

/** Channels: registration, deletion, and the counts that the API shows. */
export type Channels = Pick<Store, 'registerChannel' | 'registration' | 'deleteChannel' | 'channelState' | 'totals'>;

/** Creates the part of a SQLite store that handles channels. */
export function createChannels(connection: Connection, notify: OnChange): Channels {
  const { database } = connection;
  const sql = connection.sql.bind(connection);

  function registrationOf(channel: string): Registration | null {
    const row = sql('SELECT with_secret, seal_key FROM channels WHERE channel = ?').get(channel) as
      { with_secret: number; seal_key: Buffer } | undefined;
    return row ? { withSecret: row.with_secret === 1, sealKey: row.seal_key } : null;
  }

  /** Deletes a channel, except for its deliveries. Returns its id, or null if there is no such channel. */
  function deleteRow(channel: string): number | null {
    const id = sql('DELETE FROM channels WHERE channel = ? RETURNING id').pluck().get(channel) as number | undefined;
    if (id === undefined) return null;
    sql('INSERT INTO deleted_channels (channel_id) VALUES (?)').run(id);
    return id;
  }

  /** Deletes the channel that has been idle longest. Returns false if none has been idle since the given time. */
  function evictIdleChannel(idleSince: number): boolean {
    const channel = sql(
      `SELECT channel FROM channels c
       WHERE max(created_at, coalesce(last_event_at, 0)) < ?
         AND NOT EXISTS (SELECT 1 FROM subscriptions s WHERE s.channel = c.channel)
       ORDER BY max(created_at, coalesce(last_event_at, 0)) LIMIT 1`,
    )
      .pluck()
      .get(idleSince) as string | undefined;
    return channel !== undefined && deleteRow(channel) !== null;
  }

  return {
    registerChannel: (channel, { sealKey, maxChannels, idleMs, withSecret = false }, now) =>
      connection.transact(() => {
        const registered = registrationOf(channel);
        if (registered && !registered.sealKey.equals(sealKey)) return 'other-seal-key';
        if (withSecret) sql('UPDATE channels SET with_secret = 1 WHERE channel = ? AND with_secret = 0').run(channel);
        if (registered) return 'registered';
        const { count } = sql('SELECT count(*) AS count FROM channels').get() as { count: number };
        if (count >= maxChannels && !evictIdleChannel(now - idleMs)) return 'full';
        sql('INSERT INTO channels (channel, created_at, with_secret, seal_key) VALUES (?, ?, ?, ?)').run(
          channel,
          now,
          Number(withSecret),
          sealKey,
        );
        return 'registered';
      }),

    registration: (channel) => connection.transact(() => registrationOf(channel)),

    deleteChannel: async (channel) => {
      const id = await connection.transact(() => deleteRow(channel));
      notify(channel, 'subscriptions');
      if (id === null) return false;
      while (await connection.transact(() => deleteRemains(connection, id) > 0, false)) await connection.pause();
      // A checkpoint also removes the deleted data from the write-ahead log.
      database.pragma('wal_checkpoint(TRUNCATE)');
      return true;
    },

    channelState: (channel, now) =>
      connection.transact(() => {
        const row = sql('SELECT * FROM channels WHERE channel = ?').get(channel) as
          | { id: number; created_at: number; last_event_at: number | null; stored_bytes: number; seal_key: Buffer }
          | undefined;
        if (!row) return null;
        const counts = sql('SELECT hour, events, others FROM hourly_counts WHERE channel_id = ? ORDER BY hour').all(
          row.id,
        ) as HourlyCount[];
        return {
          channel,
          createdAt: row.created_at,
          lastEventAt: row.last_event_at,
          ...summarize(counts, now),
          storedBytes: row.stored_bytes,
          sealKey: row.seal_key,
          subscriptions: withCounts(connection, channel, row.id),
        };
      }),

    totals: () =>
      connection.transact(
        () =>
          sql(
            `SELECT (SELECT count(*) FROM channels) AS channels, (SELECT count(*) FROM subscriptions) AS subscriptions,
               (SELECT coalesce(sum(deliveries), 0) FROM channels) AS deliveries,
               (SELECT coalesce(sum(remembered), 0) FROM channels) AS rememberedDeliveries,
               (SELECT coalesce(sum(dead_letters), 0) FROM subscriptions) AS deadLetters,
               (SELECT coalesce(sum(stored_bytes), 0) FROM channels) AS storedBytes,
               (SELECT count(*) FROM channels WHERE due_at < ?) AS overdueChannels,
               (SELECT count(*) FROM subscriptions WHERE paused_at IS NOT NULL) AS pausedSubscriptions`,
          ).get(connection.now() - 1000) as Awaited<ReturnType<Store['totals']>>,
      ),
  };
}
