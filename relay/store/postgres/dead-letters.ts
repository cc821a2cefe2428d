import { SKIPPED } from '../operator-store.ts';
import type { Store } from '../store.ts';
import { firstUnsettled, settle } from './settlement.ts';
import type { Connections } from './connections.ts';
import { DELIVERY_COLUMNS, DELIVERY_JOINS, toDeliveries, type SlicedRow } from './large-contents.ts';
import type { HeldRow, Listener } from './listener.ts';
import { isSubscriptionId } from './subscriptions.ts';

/** Dead letters and their redelivery. */
export type DeadLetters = Pick<Store, 'bury' | 'redrive' | 'redriven' | 'settleRedriven'>;

/** Creates the part of a PostgreSQL store that handles dead letters. */
export function createDeadLetters(connections: Connections, listener: Listener): DeadLetters {
  return {
    bury: async (deadLetters, progress) => {
      const [held] = await connections.query<{ channel: string; firstUnsettled: number | null }>(
        'bury',
        `WITH held AS (SELECT id, channel FROM channels WHERE lease_id = $1 FOR NO KEY UPDATE),
           buried AS (INSERT INTO dead_letters (subscription_id, channel_id, seq, reason, dead_at)
             SELECT s.id, held.id, g.seq, g.reason, g.dead_at
             FROM held JOIN subscriptions s ON s.channel_id = held.id
               JOIN unnest($2::uuid[], $3::bigint[], $4::text[], $5::bigint[]) AS g(id, seq, reason, dead_at)
                 ON g.id = s.id
               JOIN deliveries d ON d.channel_id = held.id AND d.seq = g.seq AND d.list_id IS NOT NULL
             ON CONFLICT DO NOTHING),
           moved AS (UPDATE subscriptions s SET cursor = greatest(s.cursor, $6), failures = $7, next_attempt_at = $8,
               last_success_at = coalesce($9, s.last_success_at), paced_at = $10, refused_tries = $12,
               refused_events = $13, outage_from = $14, redrive_failures = $15, next_redrive_at = $16,
               redriven_up_to = $17, failing_since = $18, last_failure = $19
             FROM held WHERE s.channel_id = held.id AND s.id = $11)
         SELECT channel, ${firstUnsettled('held.id', '$11', '$6')} AS "firstUnsettled" FROM held`,
        [
          progress.leaseId,
          deadLetters.map(({ subscriptionId }) => subscriptionId),
          deadLetters.map(({ seq }) => seq),
          deadLetters.map(({ reason }) => reason),
          deadLetters.map(({ deadAt }) => deadAt),
          progress.cursor,
          progress.failures,
          Math.round(progress.nextAttemptAt),
          progress.lastSuccessAt,
          Math.round(progress.pacedAt),
          progress.subscriptionId,
          progress.refusedTries,
          progress.refusedEvents,
          progress.outageFrom,
          progress.redriveFailures,
          Math.round(progress.nextRedriveAt),
          progress.redrivenUpTo,
          progress.failingSince,
          progress.lastFailure,
        ],
      );
      if (typeof held?.firstUnsettled === 'number') {
        const range = { after: held.firstUnsettled - 1, upTo: progress.cursor };
        await settle(connections, held.channel, range);
      }
      return held !== undefined;
    },

    redrive: async (channel, subscriptionId, fromSeq = 0) => {
      if (!isSubscriptionId(subscriptionId)) return 0;
      const rows = await connections.query<HeldRow & { count: number }>(
        'redrive',
        `WITH held AS (SELECT id FROM channels WHERE channel = $1 FOR NO KEY UPDATE),
           marked AS (UPDATE dead_letters l SET is_redriven = true, redriven_at = relay_now() FROM subscriptions s, held
             WHERE s.channel_id = held.id AND s.id = $2 AND l.subscription_id = s.id
               AND l.seq >= $3 AND (l.reason <> $4 OR $3 = 0)
             RETURNING l.channel_id)
         UPDATE channels c SET revision = revision + 1,
           due_at = CASE WHEN lease_id IS NULL THEN relay_now() ELSE due_at END
         FROM (SELECT channel_id, count(*) AS count FROM marked GROUP BY 1) m WHERE c.id = m.channel_id
         RETURNING c.channel, c.leased_by AS holder, m.count`,
        [channel, subscriptionId, fromSeq, SKIPPED],
        'slow',
      );
      listener.notify(rows, 'subscriptions');
      return rows[0]?.count ?? 0;
    },

    redriven: async (subscriptionId, limit, afterSeq = 0) => {
      const rows = await connections.query<SlicedRow>(
        'redriven',
        `SELECT ${DELIVERY_COLUMNS}, l.is_sent_again AS "isSentAgain" FROM subscriptions s JOIN dead_letters l ON l.subscription_id = s.id
           JOIN deliveries d ON d.channel_id = l.channel_id AND d.seq = l.seq ${DELIVERY_JOINS}
         WHERE s.id = $1 AND l.is_redriven AND l.seq > $3 ORDER BY l.seq LIMIT $2`,
        [subscriptionId, limit, afterSeq],
      );
      return toDeliveries(connections, rows);
    },

    settleRedriven: async (leaseId, subscriptionId, seq, isDelivered, reason) => {
      if (!isDelivered) {
        await connections.query(
          'redelivery-failed',
          `UPDATE dead_letters l SET is_redriven = false, is_sent_again = false, reason = coalesce($4, l.reason)
           FROM channels c WHERE l.subscription_id = $1 AND l.seq = $2 AND c.id = l.channel_id AND c.lease_id = $3`,
          [subscriptionId, seq, leaseId, reason ?? null],
        );
        return;
      }
      const [passed] = await connections.query<{ channel: string }>(
        'redelivered',
        `WITH gone AS (DELETE FROM dead_letters WHERE subscription_id = $1 AND seq = $2 RETURNING channel_id, seq)
         SELECT c.channel FROM gone JOIN channels c ON c.id = gone.channel_id
           JOIN deliveries d ON d.channel_id = gone.channel_id AND d.seq = gone.seq
         WHERE d.is_concern OR NOT d.memory_ended`,
        [subscriptionId, seq],
      );
      if (passed) await settle(connections, passed.channel, { after: seq - 1, upTo: seq });
    },
  };
}
