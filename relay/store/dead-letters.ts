import { sql, type Database, type Sql, type Transaction } from './database.ts';
import { changeChannel } from './locks.ts';
import { SKIPPED } from './operator.ts';
import { IS_DEAD, IS_SET_ASIDE, SEND_STATES } from './send.ts';

/** A delivery to send again to a subscription. */
export interface Repetition {
  readonly subscriptionId: string;
  readonly seq: number;
  /** Id of an ended subscription, whose dead letter this delivery replaces. */
  readonly insteadOf?: string;
}

/** The numbers of deliveries that are sent again, and that were already waiting; `busy` if too many are waiting. */
export type SentAgain = { readonly marked: number; readonly waiting: number } | 'busy';

/** Marks sends that meet a condition on the table `w` as redriven: they do not wait, or are set aside. */
export async function redriveSends(
  { all, run }: Transaction,
  channel: number,
  condition: Sql,
  isSentAgain: boolean,
): Promise<number> {
  const [row] = await all<{ bytes: number }>(sql`
    SELECT CAST(coalesce(sum(d.bytes), 0) AS bigint) AS bytes FROM deliveries d
    WHERE d.seq IN (SELECT w.seq FROM sends w WHERE ${condition})
      AND NOT EXISTS (SELECT 1 FROM sends o WHERE o.seq = d.seq AND o.state <= 1)`);
  const count = await run(sql`
    UPDATE sends AS w SET state = ${SEND_STATES.redriven}, failure = NULL, is_sent_again = ${isSentAgain}
    WHERE ${condition}`);
  await run(sql`UPDATE channels SET waiting_bytes = waiting_bytes + ${row?.bytes ?? 0} WHERE key = ${channel}`);
  return count;
}

/** Ends the back-off of the redriven sends of subscriptions. The claimant of their channel notices it. */
export const endRedriveBackOff = ({ run }: Transaction, ids: readonly string[], now: number): Promise<number> =>
  run(sql`
    UPDATE subscriptions SET redriven_at = ${now}, redrive_failures = 0, next_redrive_at = 0 WHERE id = ANY(${ids})`);

/** Dead letters that are sent again, and retries that are requested. */
export function createDeadLetters(database: Database) {
  return {
    /** Redrives dead letters: all and a send set aside, or those not skipped from `fromSeq` on. Returns their number. */
    redrive: async (channel: string, subscriptionId: string, fromSeq?: number): Promise<number> => {
      const isChosen =
        fromSeq === undefined
          ? sql`(${IS_SET_ASIDE} OR ${IS_DEAD})`
          : sql`${IS_DEAD} AND w.failure <> ${SKIPPED} AND w.seq >= ${fromSeq}`;
      const condition = sql`${isChosen}
        AND w.subscription = (SELECT key FROM subscriptions WHERE id = ${subscriptionId} AND ended_at IS NULL)`;
      const count = await changeChannel(database, channel, async (transaction, key) => {
        const marked = await redriveSends(transaction, key, condition, false);
        if (marked > 0) await endRedriveBackOff(transaction, [subscriptionId], await database.now());
        return marked;
      });
      return count ?? 0;
    },

    /** Ends the back-off of a subscription, or of all (null), unless paused. Returns the number of those that had one. */
    retryNow: async (channel: string, subscriptionId: string | null, now: number): Promise<number> => {
      const isChosen = subscriptionId === null ? sql`` : sql`AND id = ${subscriptionId}`;
      const count = await changeChannel(database, channel, ({ run }, key) =>
        run(sql`
          UPDATE subscriptions SET retried_at = ${now}, next_attempt_at = 0, next_redrive_at = 0
          WHERE channel = ${key} ${isChosen} AND ended_at IS NULL AND paused_at IS NULL
            AND (next_attempt_at > ${now} OR next_redrive_at > ${now})`),
      );
      return count ?? 0;
    },
  };
}
