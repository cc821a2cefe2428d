import type pg from 'pg';

import { KEPT_HOURS, summarize, type HourlyCount } from '../hourly-counts.ts';
import type { Totals } from '../channel-state.ts';
import type { Registered } from '../registration.ts';
import { HOUR_MS, type Store } from '../store.ts';
import type { Connections } from './connections.ts';
import { deleteRemains } from './deleted-channels.ts';
import type { Listener } from './listener.ts';
import { subscriptionStatesOf } from './pending.ts';

/** Channels: registration, deletion, and the counts that the API shows. */
export type Channels = Pick<Store, 'registerChannel' | 'registration' | 'deleteChannel' | 'channelState' | 'totals'>;

/** Creates the part of a PostgreSQL store that handles channels. */
export function createChannels(connections: Connections, listener: Listener): Channels {
  return {
    registerChannel: async (channel, { sealKey, maxChannels, idleMs, withSecret = false }, now) => {
      const [row] = await connections.query<{ result: Registered }>(
        'register',
        'SELECT relay_register($1, $2, $3, $4, $5, $6) AS result',
        [channel, sealKey, maxChannels, now - idleMs, withSecret, now],
      );
      return row?.result ?? 'full';
    },

    registration: async (channel) => {
      const [row] = await connections.query<{ withSecret: boolean; sealKey: Buffer }>(
        'registration',
        'SELECT with_secret AS "withSecret", seal_key AS "sealKey" FROM channels WHERE channel = $1',
        [channel],
      );
      return row ?? null;
    },

    deleteChannel: async (channel) => {
      const [row] = await connections.query<{ id: number; holder: string | null }>(
        'delete-channel',
        `WITH gone AS (DELETE FROM channels WHERE channel = $1 RETURNING id, leased_by),
           noted AS (INSERT INTO deleted_channels SELECT id FROM gone)
         SELECT id, leased_by AS holder FROM gone`,
        [channel],
        'slow',
      );
      if (!row) return false;
      listener.notify([{ channel, holder: row.holder }], 'subscriptions');
      await deleteRemains(connections, row.id);
      return true;
    },

    channelState: async (channel, now) => {
      const [row] = await connections.query<{
        created_at: number;
        last_event_at: number | null;
        stored_bytes: number;
        seal_key: Buffer;
      }>('channel-state', 'SELECT created_at, last_event_at, stored_bytes, seal_key FROM channels WHERE channel = $1', [
        channel,
      ]);
      if (!row) return null;
      const counts = await connections.query<HourlyCount & pg.QueryResultRow>(
        'hourly-counts',
        `SELECT h.hour, h.events, h.others FROM channels c JOIN hourly_counts h ON h.channel_id = c.id
         WHERE c.channel = $1 AND h.hour >= $2 ORDER BY h.hour`,
        [channel, Math.floor(now / HOUR_MS) - KEPT_HOURS],
      );
      return {
        channel,
        createdAt: row.created_at,
        lastEventAt: row.last_event_at,
        ...summarize(counts, now),
        storedBytes: row.stored_bytes,
        sealKey: row.seal_key,
        subscriptions: await subscriptionStatesOf(connections, channel),
      };
    },

    totals: async () => {
      const [row] = await connections.query<Totals & pg.QueryResultRow>(
        'totals',
        `SELECT (SELECT count(*) FROM channels) AS channels, (SELECT count(*) FROM subscriptions) AS subscriptions,
           (SELECT coalesce(sum(deliveries), 0)::bigint FROM channels) AS deliveries,
           (SELECT coalesce(sum(dead_letters), 0)::bigint FROM subscriptions) AS "deadLetters",
           (SELECT coalesce(sum(remembered), 0)::bigint FROM channels) AS "rememberedDeliveries",
           (SELECT coalesce(sum(stored_bytes), 0)::bigint FROM channels) AS "storedBytes",
           (SELECT count(*) FROM channels WHERE due_at < relay_now() - 1000) AS "overdueChannels",
           (SELECT count(*) FROM subscriptions WHERE paused_at IS NOT NULL) AS "pausedSubscriptions"`,
      );
      if (!row) throw new Error('The database returned no totals.');
      return row;
    },
  };
}
