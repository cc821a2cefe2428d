import type { DeliveryActions } from '../../wire/action-filter.ts';
import { changeChannel } from './locks.ts';
import type { Database } from './database.ts';
import { IS_DEAD, IS_PENDING, IS_SEPARATE, SEND_STATES } from './send.ts';
import { GONE, type Subscription } from './subscription.ts';

/** A channel with the numbers of its subscriptions, of its pending sends, and of deliveries kept only for comparison. */
export interface ChannelSummary extends Readonly<
  Record<'createdAt' | 'storedBytes' | 'rememberedDeliveries' | 'deadLetters' | 'waiting', number>
> {
  readonly channel: string;
  readonly lastEventAt: number | null;
  readonly subscriptions: number;
  readonly failing: number;
  readonly paused: number;
  /** Arrival time of the oldest delivery that is pending; null if none is. */
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

/** A send with its delivery, without content. */
export interface SendSummary extends DeliverySummary {
  /** Reason for the failure of the last attempt, or for giving up. */
  readonly failure: string | null;
  readonly endedAt: number;
  /** True for a dead letter that is marked for redelivery, and for a send that is set aside and retried. */
  readonly isRedriven: boolean;
}

/** Conditions on the table `w` (sends) for the operator's two lists. */
const LISTS = { waiting: IS_PENDING, dead: `(${IS_DEAD} OR (${IS_SEPARATE}))` } as const;

/** The names that identify a subscription. */
export type SubscriptionName = Pick<Subscription, 'channel' | 'id'>;

/** A subscription with the description of its Zap. The time of its end is that of a response with 410. */
export type DescribedSubscription = Pick<Subscription, 'channel' | 'id' | 'endedAt' | 'description'>;

/** The reason stored with dead letters that the operator skipped. */
export const SKIPPED = 'skipped by the operator';

const SUMMARY_COLUMNS = 'd.seq, d.number, d.received_at, d.actions, octet_length(d.sealed) AS bytes';

/** The operator's queries and changes. */
export function createOperatorStore(database: Database) {
  /** Changes a subscription. Returns true if the statement has changed it. */
  const changeSubscription = async ({ channel, id }: SubscriptionName, text: string, value: number): Promise<boolean> =>
    Boolean(
      await changeChannel(database, channel, ({ run }, key) => run(`UPDATE subscriptions ${text}`, [key, id, value])),
    );
  const named = 'WHERE channel = $1 AND id = $2 AND ended_at IS NULL';

  return {
    channelSummaries: (): Promise<ChannelSummary[]> => {
      const own = 'WHERE s.channel = c.key AND s.ended_at IS NULL';
      const subscriptions = `FROM subscriptions s ${own}`;
      const sends = (condition: string) =>
        `FROM subscriptions s JOIN sends w ON w.subscription = s.key AND ${condition} ${own}`;
      return database.all<ChannelSummary>(
        `SELECT c.channel, c.created_at, c.last_event_at, c.stored_bytes,
           (SELECT count(*) FROM deliveries d WHERE d.channel = c.key AND d.is_remembered) AS remembered_deliveries,
           (SELECT count(*) ${subscriptions}) AS subscriptions,
           (SELECT count(*) ${subscriptions} AND s.failures > 0) AS failing,
           (SELECT count(*) ${subscriptions} AND s.paused_at IS NOT NULL) AS paused,
           (SELECT count(*) ${sends(IS_PENDING)}) AS waiting,
           (SELECT d.received_at FROM deliveries d WHERE d.seq = (SELECT min(w.seq) ${sends(IS_PENDING)})) AS oldest_waiting_at,
           (SELECT count(*) ${sends(IS_DEAD)}) AS dead_letters
         FROM channels c WHERE c.deleted_at IS NULL ORDER BY c.created_at, c.channel`,
      );
    },

    /** Returns up to `limit` channels that start with the given characters. */
    channelsStartingWith: async (prefix: string, limit: number): Promise<string[]> => {
      const text =
        'SELECT channel FROM channels WHERE substr(channel, 1, length($1)) = $1 AND deleted_at IS NULL LIMIT $2';
      return (await database.all<{ channel: string }>(text, [prefix, limit])).map(({ channel }) => channel);
    },

    /** Returns up to `limit` subscriptions whose ids start so, and that are on, or have ended with 410 and dead letters. */
    subscriptionsStartingWith: (prefix: string, limit: number) =>
      database.all<DescribedSubscription>(
        `SELECT c.channel, s.id, s.description, s.ended_at AS "endedAt"
         FROM subscriptions s JOIN channels c ON c.key = s.channel
         WHERE substr(s.id, 1, length($1)) = $1 AND c.deleted_at IS NULL
           AND (s.ended_at IS NULL OR s.last_failure = '${GONE}' AND EXISTS
             (SELECT 1 FROM sends w WHERE w.subscription = s.key AND ${IS_DEAD})) LIMIT $2`,
        [prefix, limit],
      ),

    /** Returns deliveries with content after a sequence number, in order. */
    deliverySummaries: (channel: string, afterSeq: number, limit: number) =>
      database.all<DeliverySummary>(
        `SELECT ${SUMMARY_COLUMNS} FROM deliveries d
         WHERE d.channel = (SELECT key FROM channels WHERE channel = $1) AND d.seq > $2 ORDER BY d.seq LIMIT $3`,
        [channel, afterSeq, limit],
      ),

    /** Returns sends of a subscription that are pending, or its dead letters, starting at a number, in order. */
    sendSummaries: (list: keyof typeof LISTS, subscriptionId: string, limit: number, fromNumber = 0) =>
      database.all<SendSummary>(
        `SELECT ${SUMMARY_COLUMNS}, w.failure, w.ended_at, ${IS_SEPARATE} AS is_redriven
         FROM sends w JOIN deliveries d ON d.seq = w.seq
         WHERE w.subscription = (SELECT key FROM subscriptions WHERE id = $1) AND ${LISTS[list]} AND d.number >= $3
         ORDER BY w.seq LIMIT $2`,
        [subscriptionId, limit, fromNumber],
      ),

    /** Starts a pause, in which nothing is attempted and no dead letter expires. Returns false if there is one. */
    pause: (name: SubscriptionName, now: number): Promise<boolean> =>
      changeSubscription(name, `SET paused_at = $3 ${named} AND paused_at IS NULL`, now),

    /** Ends a pause and the back-off, and keeps dead letters for as much longer. Returns false if there is no pause. */
    resume: async ({ channel, id }: SubscriptionName, now: number): Promise<boolean> => {
      const isResumed = await changeChannel(database, channel, async ({ all, run }, key) => {
        const [row] = await all<{ key: number; pausedAt: number }>(
          `SELECT key, paused_at FROM subscriptions ${named} AND paused_at IS NOT NULL`,
          [key, id],
        );
        if (!row) return false;
        const resume = 'SET paused_at = NULL, resumed_at = $2, next_attempt_at = 0, next_redrive_at = 0 WHERE key = $1';
        await run(`UPDATE subscriptions ${resume}`, [row.key, now]);
        const extend = `SET ended_at = CASE WHEN ended_at > $2 THEN $3 ELSE ended_at + $3 - $2 END
          WHERE subscription = $1 AND state = ${SEND_STATES.dead}`;
        await run(`UPDATE sends ${extend}`, [row.key, row.pausedAt, now]);
        return true;
      });
      return isResumed === true;
    },

    /** Asks the claimant to give up a delivery. Returns false if it does not wait, or another skip is in progress. */
    requestSkip: (name: SubscriptionName, seq: number): Promise<boolean> =>
      changeSubscription(
        name,
        `SET skip_seq = $3 ${named} AND skip_seq IS NULL AND EXISTS (SELECT 1 FROM sends w
           WHERE w.subscription = subscriptions.key AND ${IS_PENDING} AND w.seq = $3)`,
        seq,
      ),
  };
}
