/** Redrives dead letters, and ends back-offs on request. */

import { raw, sql, type Database, type Sql, type Transaction } from '../database/database.ts';
import { changeChannel } from '../rows/locks.ts';
import { ROW_BATCH, seqsOf } from '../rows/deletion.ts';
import { hasSend, IS_DEAD, IS_SET_ASIDE, IS_WAITING_BY_DELIVERY, SEND_STATES } from '../rows/send.ts';
import { SKIPPED } from './operator.ts';

/**
 * Marks sends that meet a condition on the table `w` as redriven. The condition must select only sends that are
 * delivered, dead or set aside. Returns the number of marked sends.
 */
export async function redriveSends(
  { all, run }: Transaction,
  channel: number,
  condition: Sql,
  isSentAgain: boolean,
): Promise<number> {
  const [row] = await all<{ bytes: number }>(sql`
    SELECT CAST(coalesce(sum(d.bytes), 0) AS bigint) AS bytes FROM deliveries d
    WHERE d.seq IN (SELECT w.seq FROM sends w WHERE ${condition})
      AND NOT ${hasSend(IS_WAITING_BY_DELIVERY)}`);
  const count = await run(sql`
    UPDATE sends AS w SET state = ${SEND_STATES.redriven}, failure = NULL, is_sent_again = ${isSentAgain}
    WHERE ${condition}`);
  await run(sql`UPDATE channels SET waiting_bytes = waiting_bytes + ${row?.bytes ?? 0} WHERE key = ${channel}`);
  return count;
}

/**
 * Ends the back-off of the redriven sends of subscriptions, so that the claimant of the channel attempts these sends
 * immediately.
 */
export const endRedriveBackOff = ({ run }: Transaction, ids: readonly string[], now: number): Promise<number> =>
  run(sql`
    UPDATE subscriptions SET redriven_at = ${now}, redrive_failures = 0, next_redrive_at = 0 WHERE id = ANY(${ids})`);

/** The result of one step of a redrive. */
export interface RedriveStep {
  readonly count: number;
  /** Sequence number from which the next step continues; null after the last step. */
  readonly nextSeq: number | null;
}

/** Creates the part of a store that redrives dead letters and ends back-offs. */
export function createRedrives(database: Database) {
  /** Redrives the first sends of a subscription that meet a condition, up to {@link ROW_BATCH} sends. */
  async function redriveStep(channel: string, subscriptionId: string, isChosen: Sql): Promise<RedriveStep> {
    const seqs: number[] = [];
    await changeChannel(database, channel, async (transaction, key) => {
      const [row] = await transaction.all<{ key: number }>(
        sql`SELECT key FROM subscriptions WHERE channel = ${key} AND id = ${subscriptionId} AND ended_at IS NULL`,
      );
      const chosen = await transaction.all<{ seq: number }>(sql`
        SELECT w.seq FROM sends w WHERE w.subscription = ${row?.key ?? null} AND ${isChosen}
        ORDER BY w.seq LIMIT ${raw(ROW_BATCH)}`);
      // Replace the contents of the array instead of appending, because a repeated transaction would append twice.
      seqs.splice(0, Infinity, ...seqsOf(chosen));
      return redriveSends(transaction, key, sql`w.subscription = ${row?.key ?? null} AND w.seq = ANY(${seqs})`, false);
    });
    const last = seqs.at(-1);
    return { count: seqs.length, nextSeq: last === undefined || seqs.length < ROW_BATCH ? null : last + 1 };
  }

  return {
    /**
     * Redrives all dead letters of a subscription and its sends that are set aside, in steps. Returns the number of
     * redriven sends.
     */
    redrive: async (channel: string, subscriptionId: string): Promise<number> => {
      let count = (await redriveStep(channel, subscriptionId, IS_SET_ASIDE)).count;
      for (let from: number | null = 0; from !== null;) {
        const step: RedriveStep = await redriveStep(channel, subscriptionId, sql`${IS_DEAD} AND w.seq >= ${from}`);
        count += step.count;
        from = step.nextSeq;
      }
      const now = await database.now();
      if (count > 0) {
        await changeChannel(database, channel, (transaction) => endRedriveBackOff(transaction, [subscriptionId], now));
      }
      return count;
    },

    /**
     * Redrives dead letters of a subscription in one step, starting at a sequence number. Omits dead letters that the
     * operator skipped.
     */
    redriveFrom: (channel: string, subscriptionId: string, from: number): Promise<RedriveStep> =>
      redriveStep(channel, subscriptionId, sql`${IS_DEAD} AND w.failure <> ${SKIPPED} AND w.seq >= ${from}`),

    /**
     * Ends the back-off of a subscription, or of all subscriptions of the channel if `subscriptionId` is null. Leaves
     * paused subscriptions unchanged. Returns the number of ended back-offs.
     */
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
