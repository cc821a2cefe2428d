import type { EventConditions, HourCounts, Outcome } from '../../wire/console-api.ts';
import { HOUR_MS } from '../clock.ts';
import { countOf, type Database, type Transaction, type Value } from './database.ts';
import { endRedriveBackOff, redriveSends, type Repetition, type SentAgain } from './dead-letters.ts';
import { containsAction, MAX_BATCH_BYTES } from './deliveries.ts';
import { readDeliveries, selectDeliveries, type Delivery } from './delivery.ts';
import { changeChannel } from './locks.ts';
import type { DeliverySummary } from './operator.ts';
import { seqsOf } from './removal.ts';
import { hasSend, IS_DEAD, IS_SEPARATE, IS_WAITING, SEND_STATES, type SendState } from './send.ts';
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
const OUTCOME_CONDITIONS: Readonly<Record<Exclude<Outcome, 'not_wanted'>, string>> = {
  failed: `${IS_WAITING} AND w.failure IS NOT NULL`,
  given_up: IS_DEAD,
  waiting: `${IS_WAITING} AND w.failure IS NULL`,
  delivered: `w.state = ${SEND_STATES.delivered}`,
};
const OUTCOMES = Object.keys(OUTCOME_CONDITIONS) as (keyof typeof OUTCOME_CONDITIONS)[];

const STATE_NAMES = new Map(Object.entries(SEND_STATES).map(([name, state]) => [state as number, name as SendState]));

/** The channel of a console request; $1 is its name. Notices and deliveries after their retention period are not shown. */
const IS_SHOWN = 'd.channel = (SELECT key FROM channels WHERE channel = $1) AND d.number > 0 AND NOT d.is_remembered';

/** Returns the condition that an event has an outcome: for a Zap if `zap` is a condition on sends, else for all Zaps. */
function hasOutcome(outcome: Outcome, zap: string): string {
  const exists = (condition: string) => hasSend(`${condition}${zap}`);
  if (outcome === 'not_wanted') return `NOT ${exists('w.state >= 0')}`;
  const more = OUTCOMES.slice(0, OUTCOMES.indexOf(outcome)).map((each) => `NOT ${exists(OUTCOME_CONDITIONS[each])}`);
  return [exists(OUTCOME_CONDITIONS[outcome]), ...more].join(' AND ');
}

function conditionsOf({ outcome, zap, action, from, to }: EventConditions, values: Value[]): string[] {
  const parameter = (value: Value): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (from !== undefined) conditions.push(`d.received_at >= ${parameter(from)}`);
  if (to !== undefined) conditions.push(`d.received_at < ${parameter(to)}`);
  if (action !== undefined) {
    const patterns = action.map((each) => containsAction(parameter(JSON.stringify(each))));
    conditions.push(`(${['1 = 0', ...patterns].join(' OR ')})`);
  }
  const id = zap === undefined ? '' : parameter(zap);
  const ofZap = zap === undefined ? '' : ` AND w.subscription = (SELECT key FROM subscriptions WHERE id = ${id})`;
  if (outcome !== undefined) conditions.push(hasOutcome(outcome, ofZap));
  else if (zap !== undefined) {
    const isOlder = `d.seq <= (SELECT starts_after FROM subscriptions WHERE id = ${id})`;
    conditions.push(`(${isOlder} OR EXISTS (SELECT 1 FROM sends w WHERE w.seq = d.seq${ofZap}))`);
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
  const [row] = await transaction.all<{ subscription: number; state: number | null }>(
    `SELECT s.key AS subscription, w.state FROM deliveries d JOIN subscriptions s ON s.channel = d.channel
       LEFT JOIN sends w ON w.seq = d.seq AND w.subscription = s.key
     WHERE d.channel = $1 AND d.seq = $2 AND s.id = $3 AND s.ended_at IS NULL AND NOT d.is_remembered`,
    [channel, seq, subscriptionId],
  );
  if (!row) return 'gone';
  const { subscription, state } = row;
  if (insteadOf !== undefined) {
    if (state !== null) return 'gone';
    const ended = '(SELECT key FROM subscriptions WHERE id = $2 AND channel = $3 AND ended_at IS NOT NULL)';
    const text = `DELETE FROM sends WHERE seq = $1 AND subscription = ${ended} AND state = ${SEND_STATES.dead}`;
    if ((await transaction.run(text, [seq, insteadOf, channel])) === 0) return 'gone';
  }
  if (state === SEND_STATES.pending || state === SEND_STATES.redriven) return 'waiting';
  const send = { seq, subscription, endedAt: now, state: SEND_STATES.delivered, isSentAgain: true };
  await transaction.write([{ insert: 'sends', rows: [send] }]);
  // The retention period of a delivered send starts again.
  const text = `UPDATE sends SET ended_at = $3 WHERE seq = $1 AND subscription = $2 AND state = ${SEND_STATES.delivered}`;
  await transaction.run(text, [seq, subscription, now]);
  await redriveSends(transaction, channel, 'w.seq = $1 AND w.subscription = $2', [seq, subscription], true);
  return 'marked';
}

/** The console's view of events: list, counts, attempts and sending again. */
export function createEvents(database: Database) {
  return {
    /** Returns the subscriptions of a channel that have ended, whose outcomes are still shown, oldest first. */
    endedSubscriptions: (channel: string) =>
      selectSubscriptions(database, 'c.channel = $1 AND s.ended_at IS NOT NULL', [channel]),

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
      const values: Value[] = [channel, after, upTo, limit];
      const rows = await database.all<Omit<StoredEvent, 'sends'>>(
        `SELECT d.seq, d.number, d.received_at, d.actions, d.is_repeat FROM deliveries d
         WHERE ${[IS_SHOWN, 'd.number > $2 AND d.number <= $3', ...conditionsOf(conditions, values)].join(' AND ')}
         ORDER BY d.number ${order === 'newest first' ? 'DESC' : 'ASC'} LIMIT $4`,
        values,
      );
      type Send = Omit<ListedSend, 'state'> & { readonly seq: number; readonly state: number };
      const sends = await database.all<Send>(
        `SELECT w.seq, s.id AS subscription_id, w.state, w.failure, w.is_sent_again FROM sends w
         JOIN subscriptions s ON s.key = w.subscription WHERE w.seq = ANY($1) ORDER BY s.created_at, s.key`,
        [seqsOf(rows)],
      );
      const bySeq = Map.groupBy(sends, ({ seq }) => seq);
      const listed = ({ subscriptionId, state, failure, isSentAgain }: Send): ListedSend => ({
        ...{ subscriptionId, failure, isSentAgain },
        state: STATE_NAMES.get(state) ?? 'pending',
      });
      return rows.map((row) => ({ ...row, sends: (bySeq.get(row.seq) ?? []).map(listed) }));
    },

    /** Counts the events of each of the last 72 hours that had any, oldest first, by their outcome for all Zaps. */
    hourCounts: async (channel: string, now: number): Promise<HourCounts[]> => {
      const ranks = OUTCOMES.map((outcome, index) => `WHEN ${OUTCOME_CONDITIONS[outcome]} THEN ${index}`);
      const rows = await database.all<{ hour: number; rank: number; count: number }>(
        `SELECT hour, rank, count(*) AS count FROM (
           SELECT d.received_at / ${HOUR_MS} AS hour,
             coalesce(min(CASE ${ranks.join(' ')} END), ${OUTCOMES.length}) AS rank
           FROM deliveries d LEFT JOIN sends w ON w.seq = d.seq
           WHERE ${IS_SHOWN} AND d.received_at >= $2 GROUP BY d.seq, d.received_at) counted
         GROUP BY hour, rank ORDER BY hour`,
        [channel, (Math.floor(now / HOUR_MS) - (CHART_HOURS - 1)) * HOUR_MS],
      );
      return [...Map.groupBy(rows, ({ hour }) => hour)].map(([hour, ofHour]) => ({
        hour: hour * HOUR_MS,
        ...{ failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 },
        ...Object.fromEntries(ofHour.map(({ rank, count }) => [OUTCOMES[rank] ?? 'not_wanted', count])),
      }));
    },

    /** Returns deliveries, newest first. Omits the contents of deliveries that have more than `maxBytes`. */
    listedDeliveries: (channel: string, seqs: readonly number[], maxBytes: number) =>
      selectDeliveries(database, `${IS_SHOWN} AND d.seq = ANY($2)`, [channel, seqs], maxBytes),

    /** Returns a delivery with its earlier deliveries; null if it does not exist, or if its retention period has ended. */
    delivery: async (channel: string, seq: number): Promise<Delivery | null> =>
      (await readDeliveries(database, `${IS_SHOWN} AND d.seq = $2`, [channel, seq], MAX_BATCH_BYTES))[0] ?? null,

    attemptsOf: (channel: string, seq: number) =>
      database.all<StoredAttempt>(
        `SELECT s.id AS subscription_id, a.number, a.ended_at, a.failure, a.response, a.duration_ms,
           a.is_sent_again
         FROM attempts a JOIN subscriptions s ON s.key = a.subscription JOIN deliveries d ON d.seq = a.seq
         WHERE ${IS_SHOWN} AND a.seq = $2 ORDER BY a.ended_at, a.number`,
        [channel, seq],
      ),

    /** Marks at most `maxMarked` sends as redriven. Creates those that a subscription is too new to have. */
    sendAgain: async (
      channel: string,
      repetitions: readonly Repetition[],
      maxMarked: number,
      now: number,
    ): Promise<SentAgain> => {
      let result: SentAgain = { marked: 0, waiting: 0 };
      await changeChannel(database, channel, async (transaction, key) => {
        const marked = `sends w JOIN subscriptions s ON s.key = w.subscription WHERE s.channel = $1 AND ${IS_SEPARATE}`;
        if ((await countOf(transaction, marked, [key])) + repetitions.length > maxMarked) {
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
