import { randomUUID } from 'node:crypto';

import { filterText } from '../filter-text.ts';
import { toSubscription, type SubscriptionRow } from '../rows.ts';
import type { OnChange, Store } from '../store.ts';
import type { Subscription } from '../subscription.ts';
import type { Connection } from './connection.ts';

/** Subscriptions: creation and reads. */
export type Subscriptions = Pick<Store, 'subscribe' | 'subscription' | 'subscriptionWithSecret' | 'subscriptions'>;

const SELECT_SUBSCRIPTIONS = `SELECT *, EXISTS (
    SELECT 1 FROM dead_letters l WHERE l.subscription_id = id AND l.is_redriven = 1) AS is_redriving FROM subscriptions`;

/** Returns all subscriptions of a channel, oldest first. */
export function subscriptionsOf(connection: Connection, channel: string): Subscription[] {
  const rows = connection.sql(`${SELECT_SUBSCRIPTIONS} WHERE channel = ? ORDER BY created_at, id`).all(channel);
  return (rows as SubscriptionRow[]).map(toSubscription);
}

/** Counts a change of a channel's subscriptions or dead letters, so that its lease holder notices the change. */
export function incrementRevision(connection: Connection, channel: string): void {
  connection.sql('UPDATE channels SET revision = revision + 1 WHERE channel = ?').run(channel);
}

/** Creates the part of a SQLite store that handles subscriptions. */
export function createSubscriptions(connection: Connection, notify: OnChange): Subscriptions {
  const sql = connection.sql.bind(connection);

  function find(channel: string, targetUrl: string, filter: string): Subscription | null {
    const row = sql(`${SELECT_SUBSCRIPTIONS} WHERE channel = ? AND target_url = ? AND filter = ?`).get(
      channel,
      targetUrl,
      filter,
    ) as SubscriptionRow | undefined;
    return row ? toSubscription(row) : null;
  }

  return {
    subscribe: async (channel, { targetUrl, filter, secretHash = null, description }, maxSubscriptions, now) => {
      const result = await connection.transact((): Subscription | 'full' => {
        const text = filterText(filter);
        const described = description ? JSON.stringify(description) : null;
        const existing = find(channel, targetUrl, text);
        if (existing) {
          sql(
            `UPDATE subscriptions SET secret_hash = coalesce(?, secret_hash), description = coalesce(?, description)
             WHERE id = ?`,
          ).run(secretHash, described, existing.id);
          return { ...existing, description: description ?? existing.description };
        }

        const { count } = sql('SELECT count(*) AS count FROM subscriptions WHERE channel = ?').get(channel) as {
          count: number;
        };
        if (count >= maxSubscriptions) return 'full';
        sql(
          `INSERT INTO subscriptions
             (id, channel, target_url, filter, secret_hash, description, starts_after, cursor, created_at)
           SELECT ?, channel, ?, ?, ?, ?, last_seq, last_seq, ? FROM channels WHERE channel = ?`,
        ).run(randomUUID(), targetUrl, text, secretHash, described, now, channel);
        incrementRevision(connection, channel);
        const created = find(channel, targetUrl, text);
        if (!created) throw new Error('The subscription could not be read back after it was created.');
        return created;
      });
      notify(channel, 'subscriptions');
      return result;
    },

    subscription: (channel, id) =>
      connection.transact(() => {
        const row = sql(`${SELECT_SUBSCRIPTIONS} WHERE channel = ? AND id = ?`).get(channel, id) as
          SubscriptionRow | undefined;
        return row ? toSubscription(row) : null;
      }),

    subscriptionWithSecret: (id, secretHash) =>
      connection.transact(() => {
        const row = sql(`${SELECT_SUBSCRIPTIONS} WHERE id = ? AND secret_hash = ?`).get(id, secretHash) as
          SubscriptionRow | undefined;
        return row ? toSubscription(row) : null;
      }),

    subscriptions: (channel) => connection.transact(() => subscriptionsOf(connection, channel)),
  };
}
