import { randomUUID } from 'node:crypto';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { countOf, raw, sql, type Database, type Transaction } from '../database/database.ts';
import { changeChannel } from '../rows/locks.ts';
import { startNotices } from '../problems/problems.ts';
import { seqsOf } from '../rows/removal.ts';
import { settleDeliveries } from '../outcomes/results.ts';
import { IS_DEAD, IS_WAITING, SEND_STATES } from '../rows/send.ts';
import {
  GONE,
  selectSubscriptions,
  TURNED_OFF,
  type NewSubscription,
  type Subscription,
} from '../rows/subscription.ts';

/** Returns the canonical JSON of a filter, which does not depend on the order of the filter's actions. */
function filterText(filter: ActionFilter): string {
  const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();
  return JSON.stringify(
    'actions' in filter ? { actions: sorted(filter.actions) } : { all_except: sorted(filter.all_except) },
  );
}

/** Maximum number of sends that one step of the end of a subscription changes. */
const STEP = 1_000;
/** Number of ended subscriptions that a channel keeps, so that it cannot fill the disk. */
const MAX_ENDED = 200;

/** Turns the waiting sends of a subscription in a locked channel into dead letters. Returns the number of sends. */
async function endWaiting(transaction: Transaction, subscription: number, failure: string, now: number) {
  const isWaiting = sql`w.subscription = ${subscription} AND ${IS_WAITING}`;
  const rows = await transaction.all<{ seq: number }>(sql`
    UPDATE sends AS w SET state = ${SEND_STATES.dead}, failure = ${failure}, ended_at = ${now}
    WHERE ${isWaiting} AND w.seq IN (SELECT w.seq FROM sends w WHERE ${isWaiting} ORDER BY w.seq LIMIT ${raw(STEP)})
    RETURNING seq`);
  await settleDeliveries(transaction, seqsOf(rows));
  return rows.length;
}

/**
 * Subscriptions: creation, reads and end. The function is long because it lists short functions that share the
 * database.
 */
export function createSubscriptions(database: Database) {
  const subscription = async (channel: string, id: string): Promise<Subscription | null> => {
    const condition = sql`c.channel = ${channel} AND s.id = ${id} AND s.ended_at IS NULL`;
    return (await selectSubscriptions(database, condition))[0] ?? null;
  };

  return {
    /** Creates a subscription, or updates one with the same target and filter; `full` if there are too many. */
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

    /** Returns a subscription, or null if the channel has no such subscription. */
    subscription,

    /** Returns the subscription, of any channel, that was created with the secret; null if there is none. */
    subscriptionWithSecret: async (id: string, secretHash: string): Promise<Subscription | null> => {
      const condition = sql`s.id = ${id} AND s.secret_hash = ${secretHash} AND s.ended_at IS NULL`;
      return (await selectSubscriptions(database, condition))[0] ?? null;
    },

    /** Returns the subscriptions of a channel that have not ended, oldest first. */
    subscriptions: (channel: string) =>
      selectSubscriptions(database, sql`c.channel = ${channel} AND s.ended_at IS NULL`),

    /**
     * Ends a subscription, and turns its waiting sends into dead letters. The outcomes of other events are kept, but
     * dead letters can no longer be redriven. Returns the numbers of waiting sends and of dead letters; null if the
     * channel has no such subscription.
     *
     * @param isGone - true if its target responded with 410; false if Zapier unsubscribed it
     */
    unsubscribe: async (channel: string, id: string, now: number, isGone = false) => {
      const failure = isGone ? GONE : TURNED_OFF;
      let waiting = 0;
      const endAll = async (subscription: number) => {
        for (let step = STEP; step === STEP; waiting += step) {
          const end = (transaction: Transaction) => endWaiting(transaction, subscription, failure, now);
          step = (await changeChannel(database, channel, end)) ?? 0;
        }
      };
      const current = await subscription(channel, id);
      // A crash during these steps loses no send: Zapier or the next attempt ends the subscription again.
      if (current) await endAll(current.key);
      // Kept between the runs of a transaction that is repeated because its response was lost.
      const ended: { key: number | null } = { key: null };
      await changeChannel(database, channel, async (transaction, key) => {
        const { all, run } = transaction;
        const [row] = await all<{ key: number }>(sql`
          UPDATE subscriptions SET ended_at = ${now}, target_url = '', secret_hash = NULL, skip_seq = NULL,
            notice_key = CASE WHEN notice_key IS NOT NULL THEN '' END,
            last_failure = ${isGone ? GONE : sql`last_failure`}
          WHERE channel = ${key} AND id = ${id} AND ended_at IS NULL RETURNING key`);
        if (!row) return false;
        ended.key = row.key;
        // End the sends that have arrived since then. No more can follow.
        waiting += await endWaiting(transaction, row.key, failure, now);
        const forgotten = await all<{ key: number }>(sql`
          DELETE FROM subscriptions WHERE channel = ${key} AND ended_at IS NOT NULL AND key NOT IN
            (SELECT key FROM subscriptions s WHERE channel = ${key} AND ended_at IS NOT NULL
             ORDER BY EXISTS (SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${IS_DEAD}) DESC,
               ended_at DESC, key DESC LIMIT ${raw(MAX_ENDED)})
          RETURNING key`);
        const keys = forgotten.map((each) => each.key);
        await run(sql`DELETE FROM problems WHERE channel = ${key} AND subscription = ANY(${keys})`);
        return true;
      });
      const { key } = ended;
      if (key === null) return null;
      const deadLetters = await countOf(database, sql`sends w WHERE w.subscription = ${key} AND ${IS_DEAD}`);
      await endAll(key);
      return { waiting, deadLetters };
    },
  };
}
