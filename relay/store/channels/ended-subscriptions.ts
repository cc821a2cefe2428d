/** Ends subscriptions, and turns their waiting sends into dead letters. */

import { countOf, raw, sql, type Database, type Transaction } from '../database/database.ts';
import { settleDeliveries } from '../outcomes/results.ts';
import { changeChannel } from '../rows/locks.ts';
import { seqsOf } from '../rows/deletion.ts';
import { IS_DEAD, IS_WAITING, SEND_STATES } from '../rows/send.ts';
import { GONE, TURNED_OFF } from '../rows/subscription.ts';
import { findSubscription } from './subscriptions.ts';

/** Maximum number of sends that one step turns into dead letters. */
const STEP = 1_000;
/** Maximum number of ended subscriptions in a channel, so that ended subscriptions cannot fill the disk. */
const MAX_ENDED = 200;

/**
 * Turns up to {@link STEP} waiting sends of a subscription in a locked channel into dead letters. Returns the number of
 * changed sends.
 */
async function endWaiting(transaction: Transaction, subscription: number, failure: string, now: number) {
  const isWaiting = sql`w.subscription = ${subscription} AND ${IS_WAITING}`;
  const rows = await transaction.all<{ seq: number }>(sql`
    UPDATE sends AS w SET state = ${SEND_STATES.dead}, failure = ${failure}, ended_at = ${now}
    WHERE ${isWaiting} AND w.seq IN (SELECT w.seq FROM sends w WHERE ${isWaiting} ORDER BY w.seq LIMIT ${raw(STEP)})
    RETURNING seq`);
  await settleDeliveries(transaction, seqsOf(rows));
  return rows.length;
}

/** Creates the part of a store that ends subscriptions. */
export function createEndedSubscriptions(database: Database) {
  return {
    /**
     * Ends a subscription, and turns its waiting sends into dead letters. The outcomes of the subscription's other
     * sends are kept. The dead letters can no longer be redriven. Returns the number of sends that were waiting and the
     * number of dead letters; null if the channel has no such subscription.
     *
     * @param isGone - true if the subscription's target responded with 410; false if Zapier unsubscribed the Zap
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
      const current = await findSubscription(database, channel, id);
      // A crash during these steps loses no send, because the subscription has not ended yet. Zapier's next request or
      // the next attempt ends the subscription.
      if (current) await endAll(current.key);
      // Declared outside the transaction, so that the key survives when the transaction is repeated after a lost
      // response.
      const ended: { key: number | null; waiting: number } = { key: null, waiting: 0 };
      await changeChannel(database, channel, async (transaction, key) => {
        const { all, run } = transaction;
        const [row] = await all<{ key: number }>(sql`
          UPDATE subscriptions SET ended_at = ${now}, target_url = '', secret_hash = NULL, skip_seq = NULL,
            notice_key = CASE WHEN notice_key IS NOT NULL THEN '' END,
            last_failure = ${isGone ? GONE : sql`last_failure`}
          WHERE channel = ${key} AND id = ${id} AND ended_at IS NULL RETURNING key`);
        if (!row) return false;
        ended.key = row.key;
        // End the sends that arrived during the steps. No send can follow, because the subscription has ended.
        ended.waiting = await endWaiting(transaction, row.key, failure, now);
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
      return { waiting: waiting + ended.waiting, deadLetters };
    },
  };
}
