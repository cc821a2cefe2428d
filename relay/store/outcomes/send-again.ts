/** Sends deliveries again at the request of a console user. */

import { countOf, insertRows, sql, type Database, type Transaction } from '../database/database.ts';
import { changeChannel } from '../rows/locks.ts';
import { IS_DEAD, IS_DELIVERED, IS_SEPARATE, SEND_STATES } from '../rows/send.ts';
import { endRedriveBackOff, redriveSends } from './redrive.ts';

/** A delivery to send again to a subscription. */
export interface Resend {
  readonly subscriptionId: string;
  readonly seq: number;
  /** Id of an ended subscription. This delivery replaces the dead letter of the ended subscription. */
  readonly insteadOf?: string;
}

/**
 * The number of deliveries that are sent again, and the number of deliveries that were already waiting; `busy` if too
 * many deliveries already wait to be sent again.
 */
export type SentAgain = { readonly marked: number; readonly waiting: number } | 'busy';

/**
 * Marks one event for redelivery to one Zap. Returns `waiting` if the event already waits for the Zap, and `gone` if
 * the event or the Zap no longer exists.
 */
async function markOne(
  transaction: Transaction,
  channel: number,
  { subscriptionId, seq, insteadOf }: Resend,
  now: number,
): Promise<'marked' | 'waiting' | 'gone'> {
  const [row] = await transaction.all<{ subscription: number; state: number | null }>(sql`
    SELECT s.key AS subscription, w.state FROM deliveries d JOIN subscriptions s ON s.channel = d.channel
      LEFT JOIN sends w ON w.seq = d.seq AND w.subscription = s.key
    WHERE d.channel = ${channel} AND d.seq = ${seq} AND s.id = ${subscriptionId} AND s.ended_at IS NULL
      AND NOT d.is_remembered`);
  if (!row) return 'gone';
  const { subscription, state } = row;
  if (insteadOf !== undefined) {
    if (state !== null) return 'gone';
    const deleted = await transaction.run(sql`
      DELETE FROM sends AS w WHERE seq = ${seq} AND ${IS_DEAD} AND subscription =
        (SELECT key FROM subscriptions WHERE id = ${insteadOf} AND channel = ${channel} AND ended_at IS NOT NULL)`);
    if (deleted === 0) return 'gone';
  }
  if (state === SEND_STATES.pending || state === SEND_STATES.redriven) return 'waiting';
  const send = { seq, subscription, endedAt: now, state: SEND_STATES.delivered, isSentAgain: true };
  await transaction.write([insertRows('sends', [send])]);
  const isSend = sql`w.seq = ${seq} AND w.subscription = ${subscription}`;
  // The retention period of a delivered send starts again.
  await transaction.run(sql`UPDATE sends AS w SET ended_at = ${now} WHERE ${isSend} AND ${IS_DELIVERED}`);
  await redriveSends(transaction, channel, isSend, true);
  return 'marked';
}

/** Creates the part of a store that sends deliveries again. */
export function createSendAgain(database: Database) {
  return {
    /**
     * Marks sends as redriven, and creates the missing sends of deliveries that arrived before their subscription was
     * created. Returns `busy` without a change if the number of marked sends in the channel could exceed `maxMarked`.
     */
    sendAgain: async (
      channel: string,
      resends: readonly Resend[],
      maxMarked: number,
      now: number,
    ): Promise<SentAgain> => {
      let result: SentAgain = { marked: 0, waiting: 0 };
      await changeChannel(database, channel, async (transaction, key) => {
        const isMarked = sql`s.channel = ${key} AND ${IS_SEPARATE}`;
        const marked = sql`sends w JOIN subscriptions s ON s.key = w.subscription WHERE ${isMarked}`;
        if ((await countOf(transaction, marked)) + resends.length > maxMarked) {
          result = 'busy';
          return 0;
        }
        const counts = { marked: 0, waiting: 0, gone: 0 };
        for (const resend of resends) counts[await markOne(transaction, key, resend, now)]++;
        result = { marked: counts.marked, waiting: counts.waiting };
        if (counts.marked === 0) return 0;
        const ids = new Set(resends.map(({ subscriptionId }) => subscriptionId));
        return endRedriveBackOff(transaction, [...ids], now);
      });
      return result;
    },
  };
}
