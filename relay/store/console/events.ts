import type { EventConditions, HourCounts, Outcome } from '../../../wire/console-api.ts';
import { HOUR_MS } from '../../clock.ts';
import { join, raw, sql, type Reader } from '../database/database.ts';
import { readDeliveries, selectDeliveries, type Delivery } from '../deliveries/stored-delivery.ts';
import { MAX_BATCH_BYTES } from '../deliveries/waiting-sends.ts';
import {
  ALL_NUMBERS,
  conditionsOf,
  containsAction,
  isIn,
  isShown,
  OUTCOME_CONDITIONS,
  SEND_OUTCOMES,
  type NumberRange,
} from './event-conditions.ts';
import type { DeliverySummary } from '../outcomes/operator.ts';
import { seqsOf } from '../rows/deletion.ts';
import { IS_PENDING, SEND_STATES, type SendState } from '../rows/send.ts';
import { selectSubscriptions } from '../rows/subscription.ts';

/** The outcome of a send, as the console lists it. */
export interface ListedSend {
  readonly subscriptionId: string;
  readonly state: SendState;
  /** Reason why the last attempt failed or the send was given up, without any content of the delivery. */
  readonly failure: string | null;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** A stored attempt. The attempts of a send are numbered from 1. */
export interface StoredAttempt extends Omit<ListedSend, 'state'> {
  readonly number: number;
  readonly endedAt: number;
  /** The beginning of the target's response to a failed attempt, sealed; null if no response is stored. */
  readonly response: Buffer | null;
  readonly durationMs: number;
}

/** The metadata of a delivery, with the outcomes for the Zaps that select it. */
export interface StoredEvent extends Omit<DeliverySummary, 'bytes'> {
  /** True if the same body and signature arrived earlier, before the duplicate window. */
  readonly isRepeat: boolean;
  readonly sends: readonly ListedSend[];
}

/** The order in which the events of a range are read. */
export type ReadOrder = 'newest first' | 'oldest first';

/** The first events of a range, and the position where the remaining events begin. */
export interface EventWindow {
  /** The range of the events in this window. */
  readonly range: NumberRange;
  /** Number of the last event in this window, in reading order; null if no event of the range follows. */
  readonly end: number | null;
  /** Earliest arrival of an event in this window; null if the window is empty. */
  readonly firstReceivedAt: number | null;
}

/**
 * The count of searched events, the lowest and highest event number, and the earliest arrival. If no event was
 * searched, all properties except `count` are null.
 */
interface SearchedRows {
  readonly count: number;
  readonly first: number | null;
  readonly last: number | null;
  readonly firstReceivedAt: number | null;
}

/**
 * Maximum number of events that one statement searches. Searching this many events without a match takes about 20 ms.
 * The limit is needed because SQLite cannot interrupt a statement.
 */
export const MAX_SEARCHED = 5_000;

/** Maximum number of sealed bytes that {@link Store.latest} returns, unless the newest delivery alone is larger. */
export const MAX_LATEST_BYTES = 10 * 1024 * 1024;

/**
 * Maximum time by which an event's arrival can be earlier than the previous event's arrival after a clock was set back.
 */
const MAX_DISORDER_MS = HOUR_MS;

const CHART_HOURS = 72;

const STATE_NAMES = new Map(Object.entries(SEND_STATES).map(([name, state]) => [state as number, name as SendState]));

/** A stored send, with the id of its subscription. */
interface SendRow extends Omit<ListedSend, 'state'> {
  readonly seq: number;
  readonly state: number;
}

/** The number of events in an hour that have the same most urgent outcome. */
interface HourRow {
  /** Hours since 1970. */
  readonly hour: number;
  /** Position of the outcome in {@link SEND_OUTCOMES}, or the length of this list for an event without sends. */
  readonly rank: number;
  readonly count: number;
}

/** Returns the number of events with each outcome in each hour, oldest hour first. */
function hourCountsOf(rows: readonly HourRow[]): HourCounts[] {
  const byHour = new Map<number, Record<Outcome, number>>();
  for (const { hour, rank, count } of rows) {
    const counts = byHour.get(hour) ?? { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
    counts[SEND_OUTCOMES[rank] ?? 'not_wanted'] += count;
    byHour.set(hour, counts);
  }
  return [...byHour]
    .sort(([one], [other]) => one - other)
    .map(([hour, counts]) => ({ hour: hour * HOUR_MS, ...counts }));
}

/**
 * Creates the console's queries for events: search, counts and attempts. The function is long because it contains many
 * short functions that share the database and the bounds of a search.
 */
export function createEvents(database: Reader) {
  const keyOf = (channel: string) => sql`(SELECT key FROM channels WHERE channel = ${channel})`;

  async function newestNumber(channel: string): Promise<number> {
    const rows = await database.all<{ newestNumber: number }>(
      sql`SELECT newest_number FROM channels WHERE channel = ${channel}`,
    );
    return rows[0]?.newestNumber ?? 0;
  }

  async function window(channel: string, range: NumberRange, order: ReadOrder): Promise<EventWindow> {
    const { after, upTo } = range;
    const isNewestFirst = order === 'newest first';
    const [row] = await database.all<SearchedRows>(sql`
      SELECT count(*) AS count, min(number) AS first, max(number) AS last, min(received_at) AS first_received_at
      FROM (SELECT number, received_at FROM deliveries
        WHERE channel = ${keyOf(channel)} AND number > ${after} AND number <= ${upTo}
        ORDER BY number ${isNewestFirst ? sql`DESC` : sql`ASC`} LIMIT ${raw(MAX_SEARCHED)}) AS searched`);
    const { count = 0, first = null, last = null, firstReceivedAt = null } = row ?? {};
    if (count < MAX_SEARCHED || first === null || last === null) return { range, end: null, firstReceivedAt };
    if (isNewestFirst) return { range: { after: first - 1, upTo }, end: first, firstReceivedAt };
    return { range: { after, upTo: last }, end: last, firstReceivedAt };
  }

  /**
   * Finds the last event that arrived before a time, by bisection. Returns the number of the event; 0 if no event
   * arrived before the time.
   */
  async function lastBefore(channel: string, time: number): Promise<number> {
    let [low, high] = [0, await newestNumber(channel)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [event] = await database.all<{ number: number; receivedAt: number }>(sql`
        SELECT number, received_at FROM deliveries
        WHERE channel = ${keyOf(channel)} AND number > ${low} AND number <= ${middle} ORDER BY number DESC LIMIT 1`);
      if (event && event.receivedAt >= time) high = event.number - 1;
      else low = middle;
    }
    return low;
  }

  /** Counts the events of a range by hour and outcome, starting at an hour. */
  function hoursIn(channel: string, range: NumberRange, firstHour: number): Promise<HourRow[]> {
    const ranks = SEND_OUTCOMES.map((outcome, rank) => sql`WHEN ${OUTCOME_CONDITIONS[outcome]} THEN ${raw(rank)}`);
    return database.all<HourRow>(sql`
      SELECT hour, rank, count(*) AS count FROM (
        SELECT d.received_at / ${raw(HOUR_MS)} AS hour,
          coalesce(min(CASE ${join(ranks, ' ')} END), ${raw(SEND_OUTCOMES.length)}) AS rank
        FROM deliveries d LEFT JOIN sends w ON w.seq = d.seq
        WHERE ${isShown(channel)} AND ${isIn(range)} AND d.received_at >= ${firstHour * HOUR_MS}
        GROUP BY d.seq, d.received_at) counted
      GROUP BY hour, rank`);
  }

  /** Returns the sends of deliveries, by delivery sequence number. */
  async function listedSends(seqs: readonly number[]): Promise<Map<number, ListedSend[]>> {
    const sends = await database.all<SendRow>(sql`
      SELECT w.seq, s.id AS subscription_id, w.state, w.failure, w.is_sent_again FROM sends w
      JOIN subscriptions s ON s.key = w.subscription WHERE w.seq = ANY(${seqs}) ORDER BY s.created_at, s.key`);
    const listed = ({ subscriptionId, state, failure, isSentAgain }: SendRow): ListedSend => ({
      subscriptionId,
      failure,
      isSentAgain,
      state: STATE_NAMES.get(state) ?? 'pending',
    });
    return new Map([...Map.groupBy(sends, ({ seq }) => seq)].map(([seq, own]) => [seq, own.map(listed)]));
  }

  return {
    /** Returns the ended subscriptions of a channel whose outcomes are still shown, oldest first. */
    endedSubscriptions: (channel: string) =>
      selectSubscriptions(database, sql`c.channel = ${channel} AND s.ended_at IS NOT NULL`),

    /** Returns the window of the first {@link MAX_SEARCHED} events of a range. One search reads at most one window. */
    window,

    /** Returns the number of a channel's newest event; 0 if the channel has never had an event. */
    newestNumber,

    /** Returns a range that contains all events that arrived at `from` or later and before `to`. */
    numbersBetween: async (channel: string, from = 0, to = Infinity): Promise<NumberRange> => {
      const after = from <= 0 ? 0 : await lastBefore(channel, from - MAX_DISORDER_MS);
      const upTo = to === Infinity ? ALL_NUMBERS.upTo : await lastBefore(channel, to + MAX_DISORDER_MS);
      return { after, upTo };
    },

    /**
     * Returns the first deliveries of a range that meet conditions, except deliveries whose retention period has ended.
     * Reads the whole range, so callers limit the range with {@link window}. The condition on actions omits deliveries
     * whose actions are unknown. A condition on the Zap without a condition on the outcome selects the deliveries with
     * a send for the Zap, and all deliveries that arrived before the Zap was turned on.
     */
    events: async (
      channel: string,
      conditions: EventConditions,
      range: NumberRange,
      limit: number,
      order: ReadOrder = 'newest first',
    ): Promise<StoredEvent[]> => {
      const rows = await database.all<Omit<StoredEvent, 'sends'>>(sql`
        SELECT d.seq, d.number, d.received_at, d.actions, d.is_repeat FROM deliveries d
        WHERE ${join([isShown(channel), isIn(range), ...conditionsOf(conditions)], ' AND ')}
        ORDER BY d.number ${order === 'newest first' ? sql`DESC` : sql`ASC`} LIMIT ${limit}`);
      const sends = await listedSends(seqsOf(rows));
      return rows.map((row) => ({ ...row, sends: sends.get(row.seq) ?? [] }));
    },

    /**
     * Counts the events of the last 72 hours by hour and by their most urgent outcome, oldest hour first. Omits hours
     * without events.
     */
    hourCounts: async (channel: string, now: number): Promise<HourCounts[]> => {
      const firstHour = Math.floor(now / HOUR_MS) - (CHART_HOURS - 1);
      const rows: HourRow[] = [];
      let after: number | null = await lastBefore(channel, firstHour * HOUR_MS - MAX_DISORDER_MS);
      while (after !== null) {
        const { range, end }: EventWindow = await window(channel, { ...ALL_NUMBERS, after }, 'oldest first');
        rows.push(...(await hoursIn(channel, range, firstHour)));
        after = end;
      }
      return hourCountsOf(rows);
    },

    /** Returns deliveries, newest first. Omits contents larger than `maxBytes`. */
    listedDeliveries: (channel: string, seqs: readonly number[], maxBytes: number) =>
      selectDeliveries(database, sql`${isShown(channel)} AND d.seq = ANY(${seqs})`, maxBytes),

    /**
     * Returns a delivery with its earlier deliveries; null if the delivery does not exist or its retention period has
     * ended.
     */
    delivery: async (channel: string, seq: number): Promise<Delivery | null> =>
      (await readDeliveries(database, sql`${isShown(channel)} AND d.seq = ${seq}`, MAX_BATCH_BYTES))[0] ?? null,

    /**
     * Returns the newest deliveries except wellbeing concerns, newest first, with up to {@link MAX_LATEST_BYTES} of
     * sealed content. If `isAlone`, omits earlier deliveries, and returns up to {@link MAX_BATCH_BYTES} of sealed
     * content.
     *
     * @param range - the range to read, which the caller limits; default: all events
     * @param action - the action that the deliveries contain; null for any action
     */
    latest: (
      channel: string,
      action: string | null,
      limit: number,
      isAlone = false,
      range = ALL_NUMBERS,
    ): Promise<Delivery[]> =>
      readDeliveries(
        database,
        sql`d.channel = ${keyOf(channel)} AND ${isIn(range)} AND NOT d.is_concern
          AND ${action === null ? sql`1 = 1` : containsAction(action)} ORDER BY d.seq DESC LIMIT ${limit}`,
        isAlone ? MAX_BATCH_BYTES : MAX_LATEST_BYTES,
        isAlone,
      ),

    /** Returns the number of the first pending event of a subscription; null if no event is pending. */
    firstPending: async (subscription: number): Promise<number | null> => {
      const [row] = await database.all<{ number: number }>(sql`
        SELECT d.number FROM sends w JOIN deliveries d ON d.seq = w.seq
        WHERE w.subscription = ${subscription} AND ${IS_PENDING} ORDER BY w.seq LIMIT 1`);
      return row?.number ?? null;
    },

    attemptsOf: (channel: string, seq: number) =>
      database.all<StoredAttempt>(sql`
        SELECT s.id AS subscription_id, a.number, a.ended_at, a.failure, a.response, a.duration_ms, a.is_sent_again
        FROM attempts a JOIN subscriptions s ON s.key = a.subscription JOIN deliveries d ON d.seq = a.seq
        WHERE ${isShown(channel)} AND a.seq = ${seq} ORDER BY a.ended_at, a.number`),
  };
}
