/** The console's view of events: list, counts, attempts and sending again. */

import type { DeliveryActions } from '../../wire/action-filter.ts';
import type { EventConditions, HourCounts, Outcome } from '../../wire/console-api.ts';
import { HOUR_MS } from '../clock.ts';
import { changeChannel } from './change-channel.ts';
import type { Database, Transaction, Value } from './database.ts';
import { endRedriveBackOff, redriveSends, type Repetition, type SentAgain } from './dead-letters.ts';
import { containsAction, MAX_BATCH_BYTES } from './deliveries.ts';
import { readDeliveries, selectDeliveries, type Delivery, type DeliveryRow } from './delivery.ts';
import { hasSend, IS_DEAD, IS_SEPARATE, IS_WAITING, SEND_STATES, type SendState } from './send.ts';
import { selectSubscriptions, type Subscription } from './subscription.ts';

/** An attempt that is stored. */
export interface StoredAttempt {
  readonly subscriptionId: string;
  /** Number of the attempt among those of the same delivery to the same subscription, starting at 1. */
  readonly number: number;
  readonly endedAt: number;
  /** Reason for the failure, without any content of the delivery; null for a success. */
  readonly failure: string | null;
  /** The beginning of the target's response to a failed attempt, sealed; null if there is none. */
  readonly response: Buffer | null;
  readonly durationMs: number;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** The outcome of a send, for the console. */
export interface ListedSend extends Pick<StoredAttempt, 'subscriptionId' | 'isSentAgain'> {
  readonly state: SendState;
  /** Reason for the failure of the last attempt, or for giving up; null if there was no failure. */
  readonly failure: string | null;
}

/** The metadata of a delivery, with the outcomes for the Zaps that want it. */
export interface StoredEvent {
  readonly seq: number;
  /** Number in the channel, in the order of sequence numbers. */
  readonly number: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
  /** True if the same body and signature arrived before, but outside the duplicate window. */
  readonly isRepeat: boolean;
  readonly sends: readonly ListedSend[];
}

/** A range of event numbers: from the number after `after` up to and including `upTo`. */
export interface NumberRange {
  readonly after: number;
  readonly upTo: number;
}

/** The order of reading a range. */
export type ReadOrder = 'newest first' | 'oldest first';

/** Number of hours that the chart shows, up to the current one. */
const CHART_HOURS = 72;

/** Conditions on the table `w` (sends) for each outcome, in order of urgency. */
const OUTCOME_CONDITIONS: Readonly<Record<Exclude<Outcome, 'not_wanted'>, string>> = {
  failed: `${IS_WAITING} AND w.failure IS NOT NULL`,
  given_up: IS_DEAD,
  waiting: `${IS_WAITING} AND w.failure IS NULL`,
  delivered: `w.state = ${SEND_STATES.delivered}`,
};
const OUTCOMES = Object.keys(OUTCOME_CONDITIONS) as (keyof typeof OUTCOME_CONDITIONS)[];

const STATE_NAMES = new Map<number, SendState>(
  Object.entries(SEND_STATES).map(([name, state]) => [state, name as SendState]),
);

/** The channel of a console request; $1 is its name. Notices and deliveries after their retention period are not shown. */
const IS_SHOWN = 'd.channel = (SELECT key FROM channels WHERE channel = $1) AND d.number > 0 AND NOT d.is_remembered';

/** Returns the condition that an event has an outcome: for a Zap if `zap` is a condition on sends, else for all Zaps. */
function hasOutcome(outcome: Outcome, zap: string): string {
  const exists = (condition: string) => hasSend(`${condition}${zap}`);
  if (outcome === 'not_wanted') return `NOT ${exists('w.state >= 0')}`;
  const more = OUTCOMES.slice(0, OUTCOMES.indexOf(outcome)).map((each) => `NOT ${exists(OUTCOME_CONDITIONS[each])}`);
  return [exists(OUTCOME_CONDITIONS[outcome]), ...more].join(' AND ');
}

/** Returns conditions on the table `d` (deliveries), and adds their parameters. */
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

/** Returns sends by the sequence number of their delivery. */
async function sendsOf(database: Database, seqs: readonly number[]): Promise<Map<number, ListedSend[]>> {
  const rows = await database.all<Omit<ListedSend, 'state'> & { readonly seq: number; readonly state: number }>(
    `SELECT w.seq, s.id AS subscription_id, w.state, w.failure, w.is_sent_again
     FROM sends w JOIN subscriptions s ON s.key = w.subscription WHERE w.seq = ANY($1) ORDER BY s.created_at, s.key`,
    [seqs],
  );
  const sends = new Map<number, ListedSend[]>(seqs.map((seq) => [seq, []]));
  for (const { seq, state, ...send } of rows) {
    const name = STATE_NAMES.get(state);
    if (name) sends.get(seq)?.push({ ...send, state: name });
  }
  return sends;
}

/** Marks one event for redelivery to one Zap. Returns `gone` if the event or the Zap no longer exists. */
async function repeat(
  transaction: Transaction,
  channel: number,
  { subscriptionId, seq, insteadOf }: Repetition,
  now: number,
): Promise<'marked' | 'waiting' | 'gone'> {
  const [row] = await transaction.all<{ subscription: number; state: number | null }>(
    `SELECT s.key AS subscription,
       (SELECT w.state FROM sends w WHERE w.seq = d.seq AND w.subscription = s.key) AS state
     FROM deliveries d JOIN subscriptions s ON s.channel = d.channel
     WHERE d.channel = $1 AND d.seq = $2 AND s.id = $3 AND s.ended_at IS NULL AND NOT d.is_remembered`,
    [channel, seq, subscriptionId],
  );
  if (!row) return 'gone';
  if (insteadOf !== undefined) {
    if (row.state !== null) return 'gone';
    const ended = '(SELECT key FROM subscriptions WHERE id = $2 AND channel = $3 AND ended_at IS NOT NULL)';
    const text = `DELETE FROM sends WHERE seq = $1 AND subscription = ${ended} AND state = ${SEND_STATES.dead}`;
    if ((await transaction.run(text, [seq, insteadOf, channel])) === 0) return 'gone';
  }
  if (row.state === SEND_STATES.pending || row.state === SEND_STATES.redriven) return 'waiting';
  if (row.state === null) {
    const { subscription } = row;
    const send = { seq, subscription, endedAt: now, state: SEND_STATES.delivered, isSentAgain: true };
    await transaction.write([{ insert: 'sends', rows: [send] }]);
  }
  // The retention period of a delivered send starts again.
  const text = `UPDATE sends SET ended_at = $3 WHERE seq = $1 AND subscription = $2 AND state = ${SEND_STATES.delivered}`;
  await transaction.run(text, [seq, row.subscription, now]);
  const condition = 'w.seq = $1 AND w.subscription = $2';
  await redriveSends(transaction, channel, condition, [seq, row.subscription], true);
  return 'marked';
}

/** Creates the part of a store that shows events in the console. */
export function createEvents(database: Database) {
  return {
    /** Returns the subscriptions of a channel that have ended, whose outcomes are still shown, oldest first. */
    endedSubscriptions: (channel: string): Promise<Subscription[]> =>
      selectSubscriptions(database, 'c.channel = $1 AND s.ended_at IS NOT NULL', [channel]),

    /**
     * Returns the first deliveries of a range that meet conditions, except deliveries whose retention period has ended.
     * The condition on actions leaves out deliveries whose actions are unknown. A condition on the Zap without one on the
     * outcome selects the deliveries with a send for the Zap, and all that arrived before the Zap was turned on.
     *
     * @param order - the order of the deliveries; default: newest first
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
      const sends = await sendsOf(
        database,
        rows.map(({ seq }) => seq),
      );
      return rows.map((row) => ({ ...row, sends: sends.get(row.seq) ?? [] }));
    },

    /**
     * Returns the number of events in the current hour and the 71 hours before it by their outcome for all Zaps, oldest
     * first. Leaves out hours without events, and events whose retention period has ended.
     */
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
    listedDeliveries: (channel: string, seqs: readonly number[], maxBytes: number): Promise<DeliveryRow[]> =>
      selectDeliveries(database, `${IS_SHOWN} AND d.seq = ANY($2)`, [channel, seqs], maxBytes),

    /** Returns a delivery with its earlier deliveries; null if it does not exist, or if its retention period has ended. */
    delivery: async (channel: string, seq: number): Promise<Delivery | null> =>
      (await readDeliveries(database, `${IS_SHOWN} AND d.seq = $2`, [channel, seq], MAX_BATCH_BYTES))[0] ?? null,

    /** Returns the stored attempts of a delivery, oldest first. */
    attemptsOf: (channel: string, seq: number): Promise<StoredAttempt[]> =>
      database.all<StoredAttempt>(
        `SELECT s.id AS subscription_id, a.number, a.ended_at, a.failure, a.response, a.duration_ms,
           a.is_sent_again
         FROM attempts a JOIN subscriptions s ON s.key = a.subscription JOIN deliveries d ON d.seq = a.seq
         WHERE ${IS_SHOWN} AND a.seq = $2 ORDER BY a.ended_at, a.number`,
        [channel, seq],
      ),

    /**
     * Marks at most `maxMarked` sends of a channel as redriven. Creates those that do not exist because the subscription, which
     * must select the delivery, is newer.
     */
    sendAgain: async (
      channel: string,
      repetitions: readonly Repetition[],
      maxMarked: number,
      now: number,
    ): Promise<SentAgain> => {
      let result: SentAgain = { marked: 0, waiting: 0 };
      await changeChannel(database, channel, async (transaction, key) => {
        result = { marked: 0, waiting: 0 };
        const [row] = await transaction.all<{ count: number }>(
          `SELECT count(*) AS count FROM sends w JOIN subscriptions s ON s.key = w.subscription
           WHERE s.channel = $1 AND ${IS_SEPARATE}`,
          [key],
        );
        if ((row?.count ?? 0) + repetitions.length > maxMarked) {
          result = 'busy';
          return null;
        }
        const counts = { marked: 0, waiting: 0, gone: 0 };
        for (const repetition of repetitions) counts[await repeat(transaction, key, repetition, now)]++;
        result = { marked: counts.marked, waiting: counts.waiting };
        if (counts.marked === 0) return null;
        const ids = new Set(repetitions.map(({ subscriptionId }) => subscriptionId));
        await endRedriveBackOff(transaction, [...ids], now);
        return true;
      });
      return result;
    },
  };
}
