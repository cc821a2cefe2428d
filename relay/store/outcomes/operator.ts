import type { DeliveryActions } from '../../../wire/action-filter.ts';
import type { Refusal } from '../../refusal-reasons.ts';
import { flag, raw, sql, type Database, type Reader, type Sql } from '../database/database.ts';
import { changeChannel, lockChannel } from '../rows/locks.ts';
import { ROW_BATCH, seqsOf } from '../rows/deletion.ts';
import { IS_DEAD, IS_PENDING, IS_SEPARATE } from '../rows/send.ts';
import type { Subscription } from '../rows/subscription.ts';

/** A channel as the operator's list shows it. */
export interface ChannelSummary {
  readonly createdAt: number;
  /** Size of all stored deliveries in bytes. */
  readonly storedBytes: number;
  /** Number of deliveries that are kept only for comparison. */
  readonly rememberedDeliveries: number;
  readonly deadLetters: number;
  /** Number of pending sends. */
  readonly waiting: number;
  readonly channel: string;
  readonly lastEventAt: number | null;
  /** Time of the newest refused webhook, to within a minute; null if no webhook was refused. */
  readonly lastRefusalAt: number | null;
  /** Reason for the newest refusal; null if no webhook was refused. */
  readonly lastRefusal: Refusal | null;
  readonly subscriptions: number;
  readonly failing: number;
  readonly paused: number;
  /** Arrival time of the oldest pending delivery; null if no delivery is pending. */
  readonly oldestWaitingAt: number | null;
}

/** A stored delivery without its content, and the size of the content. */
export interface DeliverySummary {
  readonly seq: number;
  readonly number: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
  readonly bytes: number;
}

/** A send with its delivery, without the content of the delivery. */
export interface SendSummary extends DeliverySummary {
  /** Reason why the last attempt failed or the send was given up. */
  readonly failure: string | null;
  readonly endedAt: number;
  /** True for a dead letter that is marked for redelivery, and for a send that is set aside and retried. */
  readonly isRedriven: boolean;
}

/** Conditions on the table `w` (sends) for the sends that the operator can list. */
const KINDS = { waiting: IS_PENDING, dead: sql`(${IS_DEAD} OR (${IS_SEPARATE}))` } as const;

/** The channel and the id that identify a subscription. */
export type SubscriptionName = Pick<Subscription, 'channel' | 'id'>;

/**
 * A subscription with the description of its Zap. `endedAt` is the time when the Zap was turned off, or when its target
 * responded with 410.
 */
export type DescribedSubscription = Pick<Subscription, 'channel' | 'id' | 'endedAt' | 'description'>;

/** The failure of dead letters that the operator skipped. */
export const SKIPPED = 'skipped by the operator';

/** Creates the queries for the operator's commands. */
export const createOperatorLists = (database: Reader) => ({
  channelSummaries: (): Promise<ChannelSummary[]> => {
    const own = sql`WHERE s.channel = c.key AND s.ended_at IS NULL`;
    const subscriptions = sql`FROM subscriptions s ${own}`;
    const sends = (condition: Sql) =>
      sql`FROM subscriptions s JOIN sends w ON w.subscription = s.key AND ${condition} ${own}`;
    return database.all<ChannelSummary>(sql`
      SELECT c.channel, c.created_at, c.last_event_at, c.last_refusal_at, c.last_refusal, c.stored_bytes,
        (SELECT count(*) FROM deliveries d WHERE d.channel = c.key AND d.is_remembered) AS remembered_deliveries,
        (SELECT count(*) ${subscriptions}) AS subscriptions,
        (SELECT count(*) ${subscriptions} AND s.failures > 0) AS failing,
        (SELECT count(*) ${subscriptions} AND s.paused_at IS NOT NULL) AS paused,
        (SELECT count(*) ${sends(IS_PENDING)}) AS waiting,
        (SELECT d.received_at FROM deliveries d WHERE d.seq = (SELECT min(w.seq) ${sends(IS_PENDING)})) AS oldest_waiting_at,
        (SELECT count(*) ${sends(IS_DEAD)}) AS dead_letters
      FROM channels c WHERE c.deleted_at IS NULL ORDER BY c.created_at, c.channel`);
  },

  /** Returns up to `limit` channels whose names start with the given characters. */
  channelsStartingWith: async (prefix: string, limit: number): Promise<string[]> => {
    const rows = await database.all<{ channel: string }>(sql`
      SELECT channel FROM channels
      WHERE substr(channel, 1, length(${prefix})) = ${prefix} AND deleted_at IS NULL LIMIT ${limit}`);
    return rows.map(({ channel }) => channel);
  },

  /**
   * Returns up to `limit` subscriptions whose ids start with the given characters. Ended subscriptions are included if
   * they have dead letters.
   */
  subscriptionsStartingWith: (prefix: string, limit: number) =>
    database.all<DescribedSubscription>(sql`
      SELECT c.channel, s.id, s.description, s.ended_at
      FROM subscriptions s JOIN channels c ON c.key = s.channel
      WHERE substr(s.id, 1, length(${prefix})) = ${prefix} AND c.deleted_at IS NULL
        AND (s.ended_at IS NULL OR EXISTS
          (SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${IS_DEAD})) LIMIT ${limit}`),

  /** Returns the pending sends of a subscription, or its dead letters, oldest first, starting at an event number. */
  sendSummaries: (kind: keyof typeof KINDS, subscriptionId: string, limit: number, fromNumber = 0) =>
    database.all<SendSummary>(sql`
      SELECT d.seq, d.number, d.received_at, d.actions, octet_length(d.sealed) AS bytes, w.failure, w.ended_at,
        ${flag('isRedriven', IS_SEPARATE)}
      FROM sends w JOIN deliveries d ON d.seq = w.seq
      WHERE w.subscription = (SELECT key FROM subscriptions WHERE id = ${subscriptionId})
        AND ${KINDS[kind]} AND d.number >= ${fromNumber}
      ORDER BY w.seq LIMIT ${limit}`),
});

/**
 * Creates the part of a store that makes the operator's changes. The function is long because it contains many short
 * functions that share the database.
 */
export function createOperatorStore(database: Database) {
  const isNamed = (channel: number, id: string): Sql => sql`channel = ${channel} AND id = ${id} AND ended_at IS NULL`;
  /** Changes a subscription if the subscription meets a condition. Returns true if the subscription was changed. */
  const changeSubscription = async (
    { channel, id }: SubscriptionName,
    change: Sql,
    condition: Sql,
  ): Promise<boolean> => {
    const count = await changeChannel(database, channel, ({ run }, key) =>
      run(sql`UPDATE subscriptions SET ${change} WHERE ${isNamed(key, id)} AND ${condition}`),
    );
    return Boolean(count);
  };

  /**
   * Extends the retention of a paused subscription's dead letters by the length of the pause. One step changes at most
   * {@link ROW_BATCH} dead letters after a sequence number. Returns the last sequence number of the step; null after
   * the last step.
   */
  const keepLonger = ({ channel, id }: SubscriptionName, after: number, now: number): Promise<number | null> =>
    database.transaction(async (transaction) => {
      const channelKey = await lockChannel(transaction, channel);
      const [row] = await transaction.all<{ key: number; pausedAt: number }, 'pausedAt'>(
        sql`SELECT key, paused_at FROM subscriptions WHERE ${isNamed(channelKey ?? 0, id)} AND paused_at IS NOT NULL`,
      );
      if (!row) return null;
      const { key, pausedAt } = row;
      const letters = await transaction.all<{ seq: number }>(sql`
        SELECT w.seq FROM sends w WHERE w.subscription = ${key} AND ${IS_DEAD} AND w.seq > ${after}
        ORDER BY w.seq LIMIT ${raw(ROW_BATCH)}`);
      await transaction.run(sql`
        UPDATE sends AS w SET ended_at =
          CASE WHEN ended_at > ${pausedAt} THEN ${now} ELSE ended_at + ${now - pausedAt} END
        WHERE w.subscription = ${key} AND ${IS_DEAD} AND w.seq = ANY(${seqsOf(letters)})`);
      return letters.length < ROW_BATCH ? null : (letters.at(-1)?.seq ?? null);
    });

  return {
    /**
     * Starts a pause. During a pause, no send of the subscription is attempted, and none of its dead letters expires.
     * Returns false if the subscription is already paused.
     */
    pause: (name: SubscriptionName, now: number): Promise<boolean> =>
      changeSubscription(name, sql`paused_at = ${now}`, sql`paused_at IS NULL`),

    /**
     * Ends a pause and the back-off of the subscription, and extends the retention of its dead letters by the length of
     * the pause. Returns false if the subscription is not paused.
     */
    resume: async (name: SubscriptionName, now: number): Promise<boolean> => {
      // No dead letter expires during a pause, so the pause ends after the retention of all dead letters is extended.
      // If the process ends between two steps, the next call extends the retention of the first dead letters a second
      // time.
      for (let after: number | null = 0; after !== null;) after = await keepLonger(name, after, now);
      const change = sql`paused_at = NULL, resumed_at = ${now}, next_attempt_at = 0, next_redrive_at = 0`;
      return changeSubscription(name, change, sql`paused_at IS NOT NULL`);
    },

    /**
     * Asks the claimant to give up a delivery. Returns false if the delivery is not waiting, or if another skip is in
     * progress.
     */
    requestSkip: (name: SubscriptionName, seq: number): Promise<boolean> =>
      changeSubscription(
        name,
        sql`skip_seq = ${seq}`,
        sql`skip_seq IS NULL AND EXISTS (SELECT 1 FROM sends w
          WHERE w.subscription = subscriptions.key AND ${IS_PENDING} AND w.seq = ${seq})`,
      ),
  };
}
