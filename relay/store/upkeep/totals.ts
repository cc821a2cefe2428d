import { isOrphan } from '../outcomes/claims.ts';
import { countOf, sql, type ReadDatabase } from '../database/database.ts';
import { IS_DEAD, IS_PENDING } from '../rows/send.ts';
import type { Subscription } from '../rows/subscription.ts';

type WaitingZap = Pick<Subscription, 'channel' | 'lastFailure' | 'description'>;

/** The backlog of all channels and subscriptions. */
export interface Backlog {
  /** Number of channels that have been due for more than a second without a claim. */
  readonly overdueChannels: number;
  readonly failingSubscriptions: number;
  /**
   * The subscriptions that have waited longest, with the wait of their oldest delivery in milliseconds, longest wait
   * first.
   */
  readonly waiting: readonly (WaitingZap & { readonly waitingMs: number })[];
}

/** Totals over all channels, for the metrics. */
export interface Totals {
  readonly channels: number;
  readonly subscriptions: number;
  readonly pausedSubscriptions: number;
  /** Number of deliveries that are recognized as duplicates or repeats when they arrive again. */
  readonly deliveries: number;
  readonly deadLetters: number;
  /** Size of all stored deliveries in bytes. */
  readonly storedBytes: number;
  /** Number of deliveries that are kept only for comparison. */
  readonly rememberedDeliveries: number;
  /** Number of channels that have Zaps and an unusual silence. */
  readonly silentChannels: number;
}

const OVERDUE_MS = 1_000;

/** Creates the queries for totals over all channels. */
export function createTotals(database: ReadDatabase) {
  return {
    /** Returns the totals. Counts all rows, so the time of the query grows with the number of channels. */
    totals: async (): Promise<Totals> => {
      const [row] = await database.all<Totals>(sql`
        SELECT (SELECT count(*) FROM channels WHERE deleted_at IS NULL) AS channels,
           (SELECT count(*) FROM subscriptions WHERE ended_at IS NULL) AS subscriptions,
           (SELECT CAST(coalesce(sum(digests), 0) AS bigint) FROM channels) AS deliveries,
           (SELECT count(*) FROM deliveries WHERE is_remembered) AS remembered_deliveries,
           (SELECT count(*) FROM sends w JOIN subscriptions s ON s.key = w.subscription
              WHERE ${IS_DEAD} AND s.ended_at IS NULL) AS dead_letters,
           (SELECT CAST(coalesce(sum(stored_bytes), 0) AS bigint) FROM channels) AS stored_bytes,
           (SELECT count(*) FROM channels c WHERE silent_at IS NOT NULL AND deleted_at IS NULL AND EXISTS
              (SELECT 1 FROM subscriptions s WHERE s.channel = c.key AND s.ended_at IS NULL)) AS silent_channels,
           (SELECT count(*) FROM subscriptions WHERE paused_at IS NOT NULL AND ended_at IS NULL)
             AS paused_subscriptions`);
      if (!row) throw new Error('The database returned no totals.');
      return row;
    },

    /** Returns the backlog, with up to `limit` subscriptions that have waited longest. */
    backlog: async (limit: number): Promise<Backlog> => {
      const now = await database.now();
      const isOverdue = sql`due_at < ${now - OVERDUE_MS}`;
      const free = sql`channels WHERE claimed_by IS NULL AND ${isOverdue}`;
      const orphans = sql`channels WHERE ${isOrphan(now)} AND ${isOverdue}`;
      const failing = sql`subscriptions WHERE failures > 0 AND paused_at IS NULL AND ended_at IS NULL`;
      const rows = await database.all<WaitingZap & { readonly since: number }>(sql`
        SELECT c.channel, s.last_failure, s.description,
           CASE WHEN s.resumed_at > d.received_at THEN s.resumed_at ELSE d.received_at END AS since
         FROM channels c JOIN subscriptions s ON s.channel = c.key
           JOIN deliveries d ON d.seq = (SELECT min(w.seq) FROM sends w
             WHERE w.subscription = s.key AND ${IS_PENDING})
         WHERE c.key IN (SELECT key FROM channels WHERE claimed_by IS NULL AND due_at IS NOT NULL
             UNION ALL SELECT key FROM channels WHERE claimed_by IS NOT NULL)
           AND c.deleted_at IS NULL AND s.paused_at IS NULL AND s.ended_at IS NULL
         ORDER BY since LIMIT ${limit}`);
      return {
        overdueChannels: (await countOf(database, free)) + (await countOf(database, orphans)),
        failingSubscriptions: await countOf(database, failing),
        waiting: rows.map(({ since, ...row }) => ({ ...row, waitingMs: Math.max(0, now - since) })),
      };
    },
  };
}
