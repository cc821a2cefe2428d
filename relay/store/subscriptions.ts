import { randomUUID } from 'node:crypto';

import type { ActionFilter } from '../../wire/action-filter.ts';
import { countOf, type Database, type Transaction } from './database.ts';
import { changeChannel } from './locks.ts';
import { startNotices } from './problems.ts';
import { seqsOf } from './removal.ts';
import { settleDeliveries } from './results.ts';
import { IS_DEAD, SEND_STATES } from './send.ts';
import { GONE, selectSubscriptions, type NewSubscription, type Subscription } from './subscription.ts';

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

/** Deletes waiting sends of a subscription in a locked channel, or turns them into dead letters. Returns their number. */
async function endWaiting(transaction: Transaction, subscription: number, now: number, isGone: boolean) {
  const change = isGone
    ? `UPDATE sends SET state = ${SEND_STATES.dead}, failure = '${GONE}', ended_at = $2`
    : 'DELETE FROM sends';
  const rows = await transaction.all<{ seq: number }>(
    `${change} WHERE subscription = $1 AND state <= 1
       AND seq IN (SELECT seq FROM sends WHERE subscription = $1 AND state <= 1 ORDER BY seq LIMIT ${STEP})
     RETURNING seq`,
    isGone ? [subscription, now] : [subscription],
  );
  await settleDeliveries(transaction, seqsOf(rows));
  return rows.length;
}

const CURRENT = 'c.channel = $1 AND s.id = $2 AND s.ended_at IS NULL';

/** Subscriptions: creation, reads and end. */
export function createSubscriptions(database: Database) {
  const subscription = async (channel: string, id: string): Promise<Subscription | null> =>
    (await selectSubscriptions(database, CURRENT, [channel, id]))[0] ?? null;

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
          's.channel = $1 AND s.target_url = $2 AND CAST(s.filter AS text) = $3 AND s.ended_at IS NULL',
          [key, targetUrl, text],
        );
        if (existing) {
          await transaction.run(
            `UPDATE subscriptions SET secret_hash = coalesce($2, secret_hash), description = coalesce($3, description),
               notice_key = coalesce($4, notice_key) WHERE key = $1`,
            [existing.key, secretHash, described, noticeKey],
          );
          return { ...existing, description: description ?? existing.description };
        }
        const count = await countOf(transaction, 'subscriptions WHERE channel = $1 AND ended_at IS NULL', [key]);
        if (count >= maxSubscriptions) return 'full' as const;
        if (noticeKey !== null) await startNotices(transaction, key);
        const id = randomUUID();
        await transaction.run(
          `INSERT INTO subscriptions
             (id, channel, target_url, filter, secret_hash, description, starts_after, created_at, notice_key)
           SELECT $2, key, $3, $4, $5, $6, newest_seq, $7, $8 FROM channels WHERE key = $1`,
          [key, id, targetUrl, text, secretHash, described, now, noticeKey],
        );
        return (await selectSubscriptions(transaction, 's.id = $1', [id]))[0] ?? null;
      });
      if (result === null) throw new Error('The channel of the subscription does not exist.');
      return result;
    },

    /** Returns a subscription, or null if the channel has no such subscription. */
    subscription,

    /** Returns the subscription, of any channel, that was created with the secret; null if there is none. */
    subscriptionWithSecret: async (id: string, secretHash: string): Promise<Subscription | null> => {
      const condition = 's.id = $1 AND s.secret_hash = $2 AND s.ended_at IS NULL';
      return (await selectSubscriptions(database, condition, [id, secretHash]))[0] ?? null;
    },

    /** Returns the subscriptions of a channel that have not ended, oldest first. */
    subscriptions: (channel: string) =>
      selectSubscriptions(database, 'c.channel = $1 AND s.ended_at IS NULL', [channel]),

    /**
     * Ends a subscription and deletes its waiting sends, or turns them into dead letters if its target responded with 410
     * (`isGone`). The outcomes of other events are kept, but dead letters can no longer be redriven. Returns the numbers of
     * waiting sends and of dead letters; null if the channel has no such subscription.
     */
    unsubscribe: async (channel: string, id: string, now: number, isGone = false) => {
      let waiting = 0;
      const endAll = async (subscription: number) => {
        for (let step = STEP; step === STEP; waiting += step) {
          const end = (transaction: Transaction) => endWaiting(transaction, subscription, now, isGone);
          step = (await changeChannel(database, channel, end)) ?? 0;
        }
      };
      const current = isGone ? await subscription(channel, id) : null;
      // A crash during these steps loses no send: the next attempt receives 410 as well.
      if (current) await endAll(current.key);
      // Kept between the runs of a transaction that is repeated because its response was lost.
      const ended: { key: number | null } = { key: null };
      await changeChannel(database, channel, async (transaction, key) => {
        const { all, run } = transaction;
        const [row] = await all<{ key: number }>(
          `UPDATE subscriptions SET ended_at = $3, target_url = '', secret_hash = NULL, skip_seq = NULL,
             notice_key = CASE WHEN notice_key IS NOT NULL THEN '' END,
             last_failure = CASE WHEN $4 = 1 THEN '${GONE}' ELSE last_failure END
           WHERE channel = $1 AND id = $2 AND ended_at IS NULL RETURNING key`,
          [key, id, now, isGone ? 1 : 0],
        );
        if (!row) return false;
        ended.key = row.key;
        // The sends that arrived since. No more can follow.
        if (isGone) waiting += await endWaiting(transaction, row.key, now, true);
        await run(
          `DELETE FROM subscriptions WHERE channel = $1 AND ended_at IS NOT NULL AND key NOT IN
             (SELECT key FROM subscriptions s WHERE channel = $1 AND ended_at IS NOT NULL
              ORDER BY EXISTS (SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${IS_DEAD}) DESC,
                ended_at DESC, key DESC LIMIT ${MAX_ENDED})`,
          [key],
        );
        return true;
      });
      const { key } = ended;
      if (key === null) return null;
      const deadLetters = await countOf(database, `sends w WHERE w.subscription = $1 AND ${IS_DEAD}`, [key]);
      await endAll(key);
      return { waiting, deadLetters };
    },
  };
}
