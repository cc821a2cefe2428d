import { randomUUID } from 'node:crypto';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { countOf, sql, type Database, type Reader } from '../database/database.ts';
import { startNotices } from '../problems/problems.ts';
import { changeChannel } from '../rows/locks.ts';
import { selectSubscriptions, type NewSubscription, type Subscription } from '../rows/subscription.ts';

/** Returns the canonical JSON of a filter, which does not depend on the order of the filter's actions. */
function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}

/** Returns a subscription that has not ended; null if the channel has no such subscription. */
export async function findSubscription(database: Reader, channel: string, id: string): Promise<Subscription | null> {
  const condition = sql`c.channel = ${channel} AND s.id = ${id} AND s.ended_at IS NULL`;
  return (await selectSubscriptions(database, condition))[0] ?? null;
}

/** Creates the part of a store that creates and reads subscriptions. */
export function createSubscriptions(database: Database) {
  return {
    /**
     * Creates a subscription, or updates the existing subscription with the same target and filter. Returns `full` if
     * the channel already has `maxSubscriptions` subscriptions.
     */
    subscribe: async (
      channel: string,
      { targetUrl, filter, description = null, secretHash = null, noticeKey = null }: NewSubscription,
      maxSubscriptions: number,
      now: number,
    ): Promise<Subscription | 'full'> => {
      const text = filterText(filter);
      const described = description ? JSON.stringify(description) : null;
      const result = await changeChannel(database, channel, async (transaction, key) => {
        const [existing] = await selectSubscriptions(
          transaction,
          sql`s.channel = ${key} AND s.target_url = ${targetUrl} AND CAST(s.filter AS text) = ${text} AND s.ended_at IS NULL`,
        );
        if (existing) {
          await transaction.run(sql`
            UPDATE subscriptions SET secret_hash = coalesce(${secretHash}, secret_hash),
              description = coalesce(${described}, description), notice_key = coalesce(${noticeKey}, notice_key)
            WHERE key = ${existing.key}`);
          return { ...existing, description: description ?? existing.description };
        }
        const count = await countOf(transaction, sql`subscriptions WHERE channel = ${key} AND ended_at IS NULL`);
        if (count >= maxSubscriptions) return 'full' as const;
        if (noticeKey !== null) await startNotices(transaction, key);
        const id = randomUUID();
        await transaction.run(sql`
          INSERT INTO subscriptions
            (id, channel, target_url, filter, secret_hash, description, starts_after, created_at, notice_key)
          SELECT ${id}, key, ${targetUrl}, ${text}, ${secretHash}, ${described}, newest_seq, ${now}, ${noticeKey}
          FROM channels WHERE key = ${key}`);
        return (await selectSubscriptions(transaction, sql`s.id = ${id}`))[0] ?? null;
      });
      if (result === null) throw new Error('The channel of the subscription does not exist.');
      return result;
    },

    /** Returns a subscription that has not ended; null if the channel has no such subscription. */
    subscription: (channel: string, id: string) => findSubscription(database, channel, id),

    /**
     * Returns the subscription that has the given id and secret hash, in any channel; null if no such subscription
     * exists or the subscription has ended.
     */
    subscriptionWithSecret: async (id: string, secretHash: string): Promise<Subscription | null> => {
      const condition = sql`s.id = ${id} AND s.secret_hash = ${secretHash} AND s.ended_at IS NULL`;
      return (await selectSubscriptions(database, condition))[0] ?? null;
    },

    /** Returns the subscriptions of a channel that have not ended, oldest first. */
    subscriptions: (channel: string) =>
      selectSubscriptions(database, sql`c.channel = ${channel} AND s.ended_at IS NULL`),
  };
}
