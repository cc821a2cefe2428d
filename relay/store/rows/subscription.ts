/** Subscriptions, with their states and their rows. */

import type { ActionFilter } from '../../../wire/action-filter.ts';
import type { ZapDescription } from '../../../wire/console-api.ts';
import { columns, flag, sql, type Reader, type Sql } from '../database/database.ts';
import { hasOwnSend, IS_DEAD, IS_PENDING, IS_SEPARATE, type SubscriptionState } from './send.ts';
import type { ColumnName } from '../database/row-types.ts';

/** The last failure of a subscription that ended because its target responded with 410. */
export const GONE = 'HTTP 410';
/** The failure of sends that were waiting for a Zap when Zapier unsubscribed the Zap. */
export const TURNED_OFF = 'turned off';

/** A request to create a subscription. */
export interface NewSubscription {
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Hash of the secret that authorizes a request to end the subscription. */
  readonly secretHash?: string | null;
  readonly description?: ZapDescription | null;
  /** The key that authenticates the notices to a Zap that receives no webhooks. */
  readonly noticeKey?: string | null;
}

/** A Zap's subscription to a channel. The time of an event that never happened is null. */
export interface Subscription extends SubscriptionState {
  readonly id: string;
  readonly key: number;
  readonly channel: string;
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Description of the Zap for the console; null if the connector sent no description. */
  readonly description: ZapDescription | null;
  /**
   * Sequence number of the channel's newest delivery when the subscription was created. The subscription receives older
   * deliveries only if they are sent again.
   */
  readonly startsAfter: number;
  readonly createdAt: number;
  readonly endedAt: number | null;
  readonly isPending: boolean;
  /** True if sends of the subscription are redriven or set aside. */
  readonly isRedriving: boolean;
  /** Time of the last request to send deliveries again. */
  readonly redrivenAt: number | null;
  /** Time of the last request to retry now. */
  readonly retriedAt: number | null;
  /** Time when the operator paused the subscription; null if the subscription is not paused. */
  readonly pausedAt: number | null;
  /** End of the last pause. The age of a waiting delivery that arrived earlier is counted from the end of the pause. */
  readonly resumedAt: number | null;
  /**
   * Sequence number of the delivery that the operator wants to give up without another attempt; null without such a
   * request.
   */
  readonly skipSeq: number | null;
}

/** A subscription with the counts that the API shows. */
export interface SubscriptionWithCounts extends Subscription {
  readonly pending: number;
  readonly oldestPendingAt: number | null;
  /** Number of dead letters, including sends that are redriven or set aside. */
  readonly deadLetters: number;
  /** Number of given-up events that no notice has reported yet. */
  readonly untoldDead: number;
}

/** The columns of {@link SubscriptionState}. */
export const STATE_COLUMNS = [
  ...(['failures', 'failingSince', 'lastFailure', 'nextAttemptAt', 'refusedTries', 'refusedEvents'] as const),
  ...(['outageFrom', 'redriveFailures', 'nextRedriveAt', 'suspectSince', 'lastSuccessAt'] as const),
] satisfies (keyof SubscriptionState & ColumnName<'subscriptions'>)[];

const OWN_SENDS = sql`FROM sends w WHERE w.subscription = s.key AND`;
const COLUMNS = sql`c.channel, s.key, s.id, s.filter, s.description, s.target_url, s.created_at, s.ended_at, s.starts_after,
  s.paused_at, s.resumed_at, s.skip_seq, s.redriven_at, s.retried_at, ${columns(STATE_COLUMNS)},
  ${flag('isPending', hasOwnSend(IS_PENDING))}, ${flag('isRedriving', hasOwnSend(IS_SEPARATE))}`;

const COUNTS = sql`s.untold_dead, (SELECT count(*) ${OWN_SENDS} ${IS_PENDING}) AS pending,
  (SELECT d.received_at FROM sends w JOIN deliveries d ON d.seq = w.seq
   WHERE w.subscription = s.key AND ${IS_PENDING} ORDER BY w.seq LIMIT 1) AS oldest_pending_at,
  (SELECT count(*) ${OWN_SENDS} ${IS_DEAD}) + (SELECT count(*) ${OWN_SENDS} ${IS_SEPARATE}) AS dead_letters`;

const select = (columns: Sql, condition: Sql): Sql => sql`
  SELECT ${columns} FROM subscriptions s JOIN channels c ON c.key = s.channel
  WHERE ${condition} ORDER BY s.created_at, s.key`;

/**
 * Returns the subscriptions that meet a condition on the tables `s` (subscriptions) and `c` (channels), oldest first.
 */
export const selectSubscriptions = ({ all }: Reader, condition: Sql) => all<Subscription>(select(COLUMNS, condition));

/** Returns the same subscriptions as {@link selectSubscriptions}, with their counts. */
export const selectWithCounts = ({ all }: Reader, condition: Sql) =>
  all<SubscriptionWithCounts>(select(sql`${COLUMNS}, ${COUNTS}`, condition));
