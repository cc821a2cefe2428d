import { SKIPPED } from '../operator-store.ts';
import type { OnChange, Store } from '../store.ts';
import type { Connection } from './connection.ts';
import { DELIVERY_COLUMNS, DELIVERY_JOINS, withPrevious, type StoredRow } from './delivery-rows.ts';
import { saveProgress } from './leases.ts';
import { settle } from './settlement.ts';
import { incrementRevision } from './subscriptions.ts';

/** Dead letters and their redelivery. */
export type DeadLetters = Pick<Store, 'bury' | 'redrive' | 'redriven' | 'settleRedriven'>;

/** Creates the part of a SQLite store that handles dead letters. */
export function createDeadLetters(connection: Connection, notify: OnChange): DeadLetters {
  const sql = connection.sql.bind(connection);

  return {
    bury: (deadLetters, progress) =>
      connection.transact(() => {
        if (!sql('SELECT 1 FROM channels WHERE lease_id = ?').get(progress.leaseId)) return false;
        for (const { subscriptionId, seq, reason, deadAt } of deadLetters) {
          // Inserts nothing if the subscription or the delivery has been deleted in the meantime.
          sql(
            `INSERT INTO dead_letters (subscription_id, seq, reason, dead_at)
             SELECT s.id, d.seq, ?, ? FROM subscriptions s JOIN deliveries d ON d.seq = ? AND d.list_id IS NOT NULL
             WHERE s.id = ? AND s.channel = (SELECT channel FROM channels WHERE lease_id = ?) ON CONFLICT DO NOTHING`,
          ).run(reason, deadAt, seq, subscriptionId, progress.leaseId);
        }
        saveProgress(connection, progress);
        return true;
      }),

    redrive: async (channel, subscriptionId, fromSeq = 0) => {
      const count = await connection.transact(() => {
        const { changes } = sql(
          `UPDATE dead_letters SET is_redriven = 1, redriven_at = ?
           WHERE subscription_id = (SELECT id FROM subscriptions WHERE id = ? AND channel = ?) AND seq >= ? AND (reason <> ? OR ? = 0)`,
        ).run(connection.now(), subscriptionId, channel, fromSeq, SKIPPED, fromSeq);
        if (changes > 0) {
          incrementRevision(connection, channel);
          sql('UPDATE channels SET due_at = ? WHERE channel = ? AND lease_id IS NULL').run(connection.now(), channel);
        }
        return changes;
      });
      notify(channel, 'subscriptions');
      return count;
    },

    redriven: (subscriptionId, limit, afterSeq = 0) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT ${DELIVERY_COLUMNS}, l.is_sent_again AS isSentAgain FROM dead_letters l
             CROSS JOIN deliveries d ON d.seq = l.seq ${DELIVERY_JOINS}
           WHERE l.subscription_id = (SELECT id FROM subscriptions WHERE id = ?) AND l.is_redriven = 1 AND l.seq > ?
           ORDER BY l.seq LIMIT ?`,
        ).all(subscriptionId, afterSeq, limit) as StoredRow[];
        return rows.map((row) => withPrevious(connection, row));
      }),

    settleRedriven: (leaseId, subscriptionId, seq, isDelivered, reason) =>
      connection.transact(() => {
        if (isDelivered) {
          sql('DELETE FROM dead_letters WHERE subscription_id = ? AND seq = ?').run(subscriptionId, seq);
          const channel = sql('SELECT channel FROM subscriptions WHERE id = ?').pluck().get(subscriptionId) as
            string | undefined;
          if (channel !== undefined) settle(connection, channel, { after: seq - 1, upTo: seq });
        } else {
          sql(
            `UPDATE dead_letters SET is_redriven = 0, is_sent_again = 0, reason = coalesce(?, reason)
             WHERE subscription_id = ? AND seq = ? AND EXISTS (SELECT 1 FROM channels WHERE lease_id = ?)`,
          ).run(reason ?? null, subscriptionId, seq, leaseId);
        }
      }),
  };
}
