import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type {
  ChannelSummary,
  DeadLetterSummary,
  DeliverySummary,
  OperatorStore,
  SubscriptionName,
} from '../operator-store.ts';
import type { OnChange } from '../store.ts';
import type { Connection } from './connection.ts';
import { incrementRevision } from './subscriptions.ts';

/** Number of pages that one step of a backup copies, about 400 kB. Other calls are served between two steps. */
const BACKUP_PAGES = 100;

interface DeliverySummaryRow {
  readonly seq: number;
  readonly received_at: number;
  readonly actions: string;
  readonly bytes: number;
}

interface DeadLetterSummaryRow extends DeliverySummaryRow {
  readonly reason: string;
  readonly dead_at: number;
  readonly is_redriven: number;
}

const toSummary = ({ seq, received_at, actions, bytes }: DeliverySummaryRow): DeliverySummary => ({
  seq,
  receivedAt: received_at,
  actions: JSON.parse(actions) as DeliveryActions,
  bytes,
});

/** Creates the part of a SQLite store that serves the operator's commands. */
export function createOperatorStore(connection: Connection, notify: OnChange): OperatorStore {
  const sql = connection.sql.bind(connection);

  /**
   * Changes a subscription in a way that its channel's lease holder notices.
   *
   * @param change - returns true if it has changed the subscription
   */
  async function changeSubscription({ channel }: SubscriptionName, change: () => boolean): Promise<boolean> {
    const isChanged = await connection.transact(() => {
      if (!change()) return false;
      incrementRevision(connection, channel);
      sql('UPDATE channels SET due_at = ? WHERE channel = ? AND lease_id IS NULL').run(connection.now(), channel);
      return true;
    });
    if (isChanged) notify(channel, 'subscriptions');
    return isChanged;
  }

  return {
    channelSummaries: () =>
      connection.transact(
        () =>
          sql(
            `SELECT channel, created_at AS createdAt, last_event_at AS lastEventAt, stored_bytes AS storedBytes, remembered AS rememberedDeliveries,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel) AS subscriptions,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel AND s.failures > 0) AS failing,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel AND s.paused_at IS NOT NULL) AS paused,
               (SELECT count(*) FROM subscriptions s WHERE s.channel = c.channel AND s.cursor < c.last_seq) AS behind,
               (SELECT coalesce(sum(s.dead_letters), 0) FROM subscriptions s WHERE s.channel = c.channel) AS deadLetters
             FROM channels c ORDER BY created_at, channel`,
          ).all() as ChannelSummary[],
      ),

    channelsStartingWith: (prefix, limit) =>
      connection.transact(
        () =>
          sql('SELECT channel FROM channels WHERE substr(channel, 1, length(@prefix)) = @prefix LIMIT @limit')
            .pluck()
            .all({ prefix, limit }) as string[],
      ),

    subscriptionsStartingWith: (prefix, limit) =>
      connection.transact(
        () =>
          sql('SELECT channel, id FROM subscriptions WHERE substr(id, 1, length(@prefix)) = @prefix LIMIT @limit').all({
            prefix,
            limit,
          }) as { channel: string; id: string }[],
      ),

    deliverySummaries: (channel, afterSeq, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT d.seq, d.received_at, coalesce(d.actions, a.actions) AS actions, length(d.sealed) AS bytes
           FROM deliveries d CROSS JOIN action_lists a ON a.id = d.list_id
           WHERE d.channel_id = (SELECT id FROM channels WHERE channel = ?) AND d.seq > ? AND d.list_id IS NOT NULL
           ORDER BY d.seq LIMIT ?`,
        ).all(channel, afterSeq, limit) as DeliverySummaryRow[];
        return rows.map(toSummary);
      }),

    deadLetterSummaries: (subscriptionId, fromSeq, limit) =>
      connection.transact(() => {
        const rows = sql(
          `SELECT d.seq, d.received_at, coalesce(d.actions, a.actions) AS actions, length(d.sealed) AS bytes, l.reason, l.dead_at, l.is_redriven
           FROM dead_letters l CROSS JOIN deliveries d ON d.seq = l.seq CROSS JOIN action_lists a ON a.id = d.list_id
           WHERE l.subscription_id = ? AND l.seq >= ? ORDER BY l.seq LIMIT ?`,
        ).all(subscriptionId, fromSeq, limit) as DeadLetterSummaryRow[];
        return rows.map((row): DeadLetterSummary => ({
          ...toSummary(row),
          reason: row.reason,
          deadAt: row.dead_at,
          isRedriven: row.is_redriven === 1,
        }));
      }),

    pause: (name, now) =>
      changeSubscription(
        name,
        () =>
          sql('UPDATE subscriptions SET paused_at = ? WHERE channel = ? AND id = ? AND paused_at IS NULL').run(
            now,
            name.channel,
            name.id,
          ).changes > 0,
      ),

    resume: (name, now) =>
      changeSubscription(name, () => {
        const pausedAt = sql('SELECT paused_at FROM subscriptions WHERE channel = ? AND id = ?')
          .pluck()
          .get(name.channel, name.id) as number | null | undefined;
        if (pausedAt === null || pausedAt === undefined) return false;
        sql(
          `UPDATE subscriptions SET paused_at = NULL, resumed_at = ?, next_attempt_at = 0, next_redrive_at = 0
           WHERE id = ?`,
        ).run(now, name.id);
        sql(
          `UPDATE dead_letters SET dead_at = dead_at + max(0, @now - max(dead_at, @pausedAt)) WHERE subscription_id = @id`,
        ).run({ now, pausedAt, id: name.id });
        return true;
      }),

    requestSkip: (name, seq) =>
      changeSubscription(
        name,
        () =>
          sql(
            `UPDATE subscriptions SET skip_seq = @seq WHERE channel = @channel AND id = @id AND cursor < @seq
               AND coalesce(skip_seq, 0) <= cursor`,
          ).run({ ...name, seq }).changes > 0,
      ),

    backup: async (file) => {
      // The backup includes changes that this connection makes during the backup, so it never starts again.
      await connection.database.backup(file, { progress: () => BACKUP_PAGES });
    },
  };
}
