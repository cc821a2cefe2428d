import type { EventConditions, HourCounts, Outcome } from '../../wire/console-api.ts';
import { HOUR_MS } from '../clock.ts';
import { countOf, join, raw, sql, type Database, type Sql, type Transaction } from './database.ts';
import { endRedriveBackOff, redriveSends, type Repetition, type SentAgain } from './dead-letters.ts';
import { containsAction, MAX_BATCH_BYTES } from './deliveries.ts';
import { readDeliveries, selectDeliveries, type Delivery } from './delivery.ts';
import { changeChannel } from './locks.ts';
import type { DeliverySummary } from './operator.ts';
import { seqsOf } from './removal.ts';
import { hasSend, IS_DEAD, IS_DELIVERED, IS_SEPARATE, IS_WAITING, SEND_STATES, type SendState } from './send.ts';
import { selectSubscriptions } from './subscription.ts';

/** The outcome of a send, for the console. */
export interface ListedSend {
  readonly subscriptionId: string;
  readonly state: SendState;
  /** Reason for the failure of the last attempt, or for giving up, without any content of the delivery. */
  readonly failure: string | null;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** An attempt that is stored. The first one of a send has the number 1. */
export interface StoredAttempt extends Omit<ListedSend, 'state'> {
  readonly number: number;
  readonly endedAt: number;
  /** The beginning of the target's response to a failed attempt, sealed; null if there is none. */
  readonly response: Buffer | null;
  readonly durationMs: number;
}

/** The metadata of a delivery, with the outcomes for the Zaps that want it. */
export interface StoredEvent extends Omit<DeliverySummary, 'bytes'> {
  /** True if the same body and signature arrived before, but outside the duplicate window. */
  readonly isRepeat: boolean;
  readonly sends: readonly ListedSend[];
}

/** A range of event numbers: from the number after `after` up to and including `upTo`. */
export type NumberRange = Readonly<Record<'after' | 'upTo', number>>;

/** The order of reading a range. */
export type ReadOrder = 'newest first' | 'oldest first';

const CHART_HOURS = 72;

/** Conditions on the table `w` (sends) for each outcome, in order of urgency. */
const OUTCOME_CONDITIONS: Readonly<Record<Exclude<Outcome, 'not_wanted'>, Sql>> = {
  failed: sql`${IS_WAITING} AND w.failure IS NOT NULL`,
  given_up: IS_DEAD,
  waiting: sql`${IS_WAITING} AND w.failure IS NULL`,
  delivered: IS_DELIVERED,
};
const OUTCOMES = Object.keys(OUTCOME_CONDITIONS) as (keyof typeof OUTCOME_CONDITIONS)[];

const STATE_NAMES = new Map(Object.entries(SEND_STATES).map(([name, state]) => [state as number, name as SendState]));

/** Returns the condition for the deliveries of a channel, except notices and deliveries after their retention period. */
const isShown = (channel: string): Sql =>
  sql`d.channel = (SELECT key FROM channels WHERE channel = ${channel}) AND d.number > 0 AND NOT d.is_remembered`;

/** Returns the condition that an event has an outcome for the Zaps whose sends meet the condition `zap`. */
function hasOutcome(outcome: Outcome, zap: Sql): Sql {
  const exists = (condition: Sql) => hasSend(sql`${condition} AND ${zap}`);
  if (outcome === 'not_wanted') return sql`NOT ${exists(sql`w.state >= 0`)}`;
  const more = OUTCOMES.slice(0, OUTCOMES.indexOf(outcome)).map((each) => sql`NOT ${exists(OUTCOME_CONDITIONS[each])}`);
  return join([exists(OUTCOME_CONDITIONS[outcome]), ...more], ' AND ');
}

function conditionsOf({ outcome, zap, action, from, to }: EventConditions): Sql[] {
  const conditions: Sql[] = [];
  if (from !== undefined) conditions.push(sql`d.received_at >= ${from}`);
  if (to !== undefined) conditions.push(sql`d.received_at < ${to}`);
  if (action) conditions.push(sql`(${join([sql`1 = 0`, ...action.map(containsAction)], ' OR ')})`);
  const isOfZap =
    zap === undefined ? sql`1 = 1` : sql`w.subscription = (SELECT key FROM subscriptions WHERE id = ${zap})`;
  if (outcome !== undefined) conditions.push(hasOutcome(outcome, isOfZap));
  else if (zap !== undefined) {
    const isOlder = sql`d.seq <= (SELECT starts_after FROM subscriptions WHERE id = ${zap})`;
    conditions.push(sql`(${isOlder} OR ${hasSend(isOfZap)})`);
  }
  return conditions;
}

/** Marks one event for redelivery to one Zap. Returns `gone` if the event or the Zap no longer exists. */
async function repeat(
  transaction: Transaction,
  channel: number,
  { subscriptionId, seq, insteadOf }: Repetition,
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
  await transaction.write([{ insert: 'sends', rows: [send] }]);
  const isSend = sql`w.seq = ${seq} AND w.subscription = ${subscription}`;
  // The retention period of a delivered send starts again.
  await transaction.run(sql`UPDATE sends AS w SET ended_at = ${now} WHERE ${isSend} AND ${IS_DELIVERED}`);
  await redriveSends(transaction, channel, isSend, true);
  return 'marked';
}

/** The console's view of events: list, counts, attempts and sending again. */
export function createEvents(database: Database) {
  return {
    /** Returns the subscriptions of a channel that have ended, whose outcomes are still shown, oldest first. */
    endedSubscriptions: (channel: string) =>
      selectSubscriptions(database, sql`c.channel = ${channel} AND s.ended_at IS NOT NULL`),

    /**
     * Returns the first deliveries of a range that meet conditions, except deliveries whose retention period has ended.
     * The condition on actions leaves out deliveries whose actions are unknown. A condition on the Zap without one on the
     * outcome selects the deliveries with a send for the Zap, and all that arrived before the Zap was turned on.
     */
    events: async (
      channel: string,
      conditions: EventConditions,
      { after, upTo }: NumberRange,
      limit: number,
      order: ReadOrder = 'newest first',
    ): Promise<StoredEvent[]> => {
      const isInRange = sql`d.number > ${after} AND d.number <= ${upTo}`;
      const rows = await database.all<Omit<StoredEvent, 'sends'>>(sql`
        SELECT d.seq, d.number, d.received_at, d.actions, d.is_repeat FROM deliveries d
        WHERE ${join([isShown(channel), isInRange, ...conditionsOf(conditions)], ' AND ')}
        ORDER BY d.number ${order === 'newest first' ? sql`DESC` : sql`ASC`} LIMIT ${limit}`);
      type Send = Omit<ListedSend, 'state'> & { readonly seq: number; readonly state: number };
      const sends = await database.all<Send>(sql`
        SELECT w.seq, s.id AS subscription_id, w.state, w.failure, w.is_sent_again FROM sends w
        JOIN subscriptions s ON s.key = w.subscription WHERE w.seq = ANY(${seqsOf(rows)}) ORDER BY s.created_at, s.key`);
      const bySeq = Map.groupBy(sends, ({ seq }) => seq);
      const listed = ({ subscriptionId, state, failure, isSentAgain }: Send): ListedSend => ({
        ...{ subscriptionId, failure, isSentAgain },
        state: STATE_NAMES.get(state) ?? 'pending',
      });
      return rows.map((row) => ({ ...row, sends: (bySeq.get(row.seq) ?? []).map(listed) }));
    },

    /** Counts the events of each of the last 72 hours that had any, oldest first, by their outcome for all Zaps. */
    hourCounts: async (channel: string, now: number): Promise<HourCounts[]> => {
      const first = Math.floor(now / HOUR_MS) - (CHART_HOURS - 1);
      const ranks = OUTCOMES.map((outcome, rank) => sql`WHEN ${OUTCOME_CONDITIONS[outcome]} THEN ${raw(rank)}`);
      const rows = await database.all<{ hour: number; rank: number; count: number }>(sql`
        SELECT hour, rank, count(*) AS count FROM (
          SELECT d.received_at / ${raw(HOUR_MS)} AS hour,
            coalesce(min(CASE ${join(ranks, ' ')} END), ${raw(OUTCOMES.length)}) AS rank
          FROM deliveries d LEFT JOIN sends w ON w.seq = d.seq
          WHERE ${isShown(channel)} AND d.received_at >= ${first * HOUR_MS} GROUP BY d.seq, d.received_at) counted
        GROUP BY hour, rank ORDER BY hour`);
      return [...Map.groupBy(rows, ({ hour }) => hour)].map(([hour, ofHour]) => ({
        hour: hour * HOUR_MS,
        ...{ failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 },
        ...Object.fromEntries(ofHour.map(({ rank, count }) => [OUTCOMES[rank] ?? 'not_wanted', count])),
      }));
    },

    /** Returns deliveries, newest first. Omits the contents of deliveries that have more than `maxBytes`. */
    listedDeliveries: (channel: string, seqs: readonly number[], maxBytes: number) =>
      selectDeliveries(database, sql`${isShown(channel)} AND d.seq = ANY(${seqs})`, maxBytes),

    /** Returns a delivery with its earlier deliveries; null if it does not exist, or if its retention period has ended. */
    delivery: async (channel: string, seq: number): Promise<Delivery | null> =>
      (await readDeliveries(database, sql`${isShown(channel)} AND d.seq = ${seq}`, MAX_BATCH_BYTES))[0] ?? null,

    attemptsOf: (channel: string, seq: number) =>
      database.all<StoredAttempt>(sql`
        SELECT s.id AS subscription_id, a.number, a.ended_at, a.failure, a.response, a.duration_ms, a.is_sent_again
        FROM attempts a JOIN subscriptions s ON s.key = a.subscription JOIN deliveries d ON d.seq = a.seq
        WHERE ${isShown(channel)} AND a.seq = ${seq} ORDER BY a.ended_at, a.number`),

    /** Marks at most `maxMarked` sends as redriven. Creates those that a subscription is too new to have. */
    sendAgain: async (
      channel: string,
      repetitions: readonly Repetition[],
      maxMarked: number,
      now: number,
    ): Promise<SentAgain> => {
      let result: SentAgain = { marked: 0, waiting: 0 };
      await changeChannel(database, channel, async (transaction, key) => {
        const isMarked = sql`s.channel = ${key} AND ${IS_SEPARATE}`;
        const marked = sql`sends w JOIN subscriptions s ON s.key = w.subscription WHERE ${isMarked}`;
        if ((await countOf(transaction, marked)) + repetitions.length > maxMarked) {
          result = 'busy';
          return 0;
        }
        const counts = { marked: 0, waiting: 0, gone: 0 };
        for (const repetition of repetitions) counts[await repeat(transaction, key, repetition, now)]++;
        result = { marked: counts.marked, waiting: counts.waiting };
        if (counts.marked === 0) return 0;
        const ids = new Set(repetitions.map(({ subscriptionId }) => subscriptionId));
        return endRedriveBackOff(transaction, [...ids], now);
      });
      return result;
    },
  };
}
