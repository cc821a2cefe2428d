import { filterText } from '../filter-text.ts';
import { toSubscription, type SubscriptionRow } from '../rows.ts';
import type { Store } from '../store.ts';
import type { Subscription } from '../subscription.ts';
import { settle } from './settlement.ts';
import type { Connections } from './connections.ts';
import { deleteUnlocked } from './delete-unlocked.ts';
import type { HeldRow, Listener } from './listener.ts';

/** Subscriptions: creation, deletion and reads. */
export type Subscriptions = Pick<
  Store,
  'subscribe' | 'subscription' | 'subscriptionWithSecret' | 'subscriptions' | 'unsubscribe'
>;

/** Number of rows that one statement deletes. */
const MAX_ROWS = 1000;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Returns true if a string can be the id of a subscription. A query with a string that is not a UUID would fail. */
export const isSubscriptionId = (id: string): boolean => UUID.test(id);

/** Selects every {@link SubscriptionRow}. The caller appends a condition on `c` (channels) or `s` (subscriptions). */
export const SELECT_SUBSCRIPTIONS = `SELECT s.id, c.channel, s.target_url, s.filter, s.description, s.starts_after, s.cursor, s.failures,
    s.next_attempt_at, s.refused_tries, s.refused_events, s.outage_from, s.redrive_failures, s.next_redrive_at,
    s.redriven_up_to, s.failing_since, s.last_failure, s.created_at, s.last_success_at, s.paced_at, s.paused_at,
    s.resumed_at, s.skip_seq, EXISTS (
    SELECT 1 FROM dead_letters l WHERE l.subscription_id = s.id AND l.is_redriven) AS is_redriving
  FROM channels c JOIN subscriptions s ON s.channel_id = c.id`;

/** Returns all subscriptions of a channel, oldest first. */
export async function subscriptionsOf(connections: Connections, channel: string): Promise<Subscription[]> {
  const rows = await connections.query<SubscriptionRow>(
    'subscriptions',
    `${SELECT_SUBSCRIPTIONS} WHERE c.channel = $1 ORDER BY s.created_at, s.id`,
    [channel],
  );
  return rows.map(toSubscription);
}

async function findSubscription(connections: Connections, channel: string, id: string): Promise<Subscription | null> {
  if (!isSubscriptionId(id)) return null;
  const [row] = await connections.query<SubscriptionRow>(
    'subscription',
    `${SELECT_SUBSCRIPTIONS} WHERE c.channel = $1 AND s.id = $2`,
    [channel, id],
  );
  return row ? toSubscription(row) : null;
}

/** Creates the part of a PostgreSQL store that handles subscriptions. */
export function createSubscriptions(connections: Connections, listener: Listener): Subscriptions {
  async function notifyHolder(channel: string): Promise<void> {
    const rows = await connections.query<HeldRow>(
      'holder',
      'SELECT channel, leased_by AS holder FROM channels WHERE channel = $1',
      [channel],
    );
    listener.notify(rows, 'subscriptions');
  }

  /** Deletes a limited number of a subscription's rows from a table. Returns the number of deleted rows. */
  async function deleteRows(table: 'attempts' | 'dead_letters', channel: string, id: string): Promise<number> {
    const condition = `JOIN subscriptions s ON s.id = t.subscription_id JOIN channels c ON c.id = s.channel_id
      WHERE c.channel = $1 AND s.id = $2 LIMIT ${MAX_ROWS}`;
    const rows = await connections.query<{ count: number }>(
      `delete-${table}-of`,
      `WITH gone AS (${deleteUnlocked(table, condition)} RETURNING 1) SELECT count(*) AS count FROM gone`,
      [channel, id],
      'slow',
    );
    return rows[0]?.count ?? 0;
  }

  return {
    subscribe: async (channel, { targetUrl, filter, secretHash = null, description }, maxSubscriptions, now) => {
      const described = description ? JSON.stringify(description) : null;
      const [row] = await connections.query<{ id: string | null }>(
        'subscribe',
        'SELECT relay_subscribe($1, $2, $3, $4, $5, $6, $7) AS id',
        [channel, targetUrl, filterText(filter), secretHash, described, maxSubscriptions, now],
      );
      if (!row?.id) return 'full';
      await notifyHolder(channel);
      const subscription = await findSubscription(connections, channel, row.id);
      if (!subscription) throw new Error('The subscription could not be read back after it was created.');
      return subscription;
    },

    subscription: (channel, id) => findSubscription(connections, channel, id),

    subscriptionWithSecret: async (id, secretHash) => {
      if (!isSubscriptionId(id)) return null;
      const [row] = await connections.query<SubscriptionRow>(
        'subscription-with-secret',
        `${SELECT_SUBSCRIPTIONS} WHERE s.id = $1 AND s.secret_hash = $2`,
        [id, secretHash],
      );
      return row ? toSubscription(row) : null;
    },

    subscriptions: (channel) => subscriptionsOf(connections, channel),

    unsubscribe: async (channel, id) => {
      if (!isSubscriptionId(id)) return false;
      while ((await deleteRows('dead_letters', channel, id)) === MAX_ROWS);
      while ((await deleteRows('attempts', channel, id)) === MAX_ROWS);
      const rows = await connections.query<HeldRow>(
        'unsubscribe',
        `WITH held AS (SELECT id FROM channels WHERE channel = $1 FOR NO KEY UPDATE),
           gone AS (DELETE FROM subscriptions s USING held
             WHERE s.channel_id = held.id AND s.id = $2 RETURNING held.id, s.id AS subscription_id),
           letters AS (DELETE FROM dead_letters l USING gone WHERE l.subscription_id = gone.subscription_id),
           tries AS (DELETE FROM attempts t USING gone WHERE t.subscription_id = gone.subscription_id)
         UPDATE channels c SET revision = revision + 1 FROM gone WHERE c.id = gone.id
         RETURNING c.channel, c.leased_by AS holder`,
        [channel, id],
        'slow',
      );
      listener.notify(rows, 'subscriptions');
      while ((await settle(connections, channel)) > 0);
      return rows.length > 0;
    },
  };
}
