/** Subscriptions, their progress and their rows. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import type { Reader, Value } from './database.ts';
import { SEND_STATES, SEPARATE_STATES } from './send.ts';

/** The last failure of a subscription that has ended because its target responded with 410. */
export const GONE = 'HTTP 410';

/** A request for a subscription. */
export interface NewSubscription {
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Hash of the secret that allows the subscription to be ended; default: none. */
  readonly secretHash?: string;
  /** Description of the Zap for the console; default: none. */
  readonly description?: ZapDescription;
}

/** The part of a subscription's state that deliveries change. */
export interface DeliveryProgress {
  /** Number of consecutive failed attempts. */
  readonly failures: number;
  /** Time of the first failed attempt since the last success; null if no attempt has failed since. */
  readonly failingSince: number | null;
  /** Reason for the last failure, without any content of the delivery. */
  readonly lastFailure: string | null;
  /** Earliest time of the next attempt. */
  readonly nextAttemptAt: number;
  /**
   * Time since which all attempts of the first pending delivery have failed in a way that the delivery may have caused;
   * null if the last attempt did not.
   */
  readonly suspectSince: number | null;
  /** Number of times that the target has refused the first pending delivery. */
  readonly refusedTries: number;
  /** Number of different deliveries that the target has refused since its last success. */
  readonly refusedEvents: number;
  /** Sequence number of the first dead letter that the target may be responsible for; null if there is none. */
  readonly outageFrom: number | null;
  /** Number of consecutive failed attempts to deliver redriven sends. */
  readonly redriveFailures: number;
  /** Earliest time of the next attempt to deliver a redriven send. */
  readonly nextRedriveAt: number;
  /** State of the subscription's token bucket: the time when the bucket was or will be empty. */
  readonly pacedAt: number;
}

/** A Zap's subscription to a channel. */
export interface Subscription extends DeliveryProgress {
  readonly id: string;
  /** Key in the store. */
  readonly key: number;
  readonly channel: string;
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Description of the Zap for the console; null if its connector sent none. */
  readonly description: ZapDescription | null;
  /**
   * Sequence number of the newest delivery when the subscription was created. The subscription receives older
   * deliveries only if they are sent again.
   */
  readonly startsAfter: number;
  readonly createdAt: number;
  /** Time when the Zap was turned off; null if it is on. */
  readonly endedAt: number | null;
  readonly lastSuccessAt: number | null;
  /** True if sends of the subscription are pending. */
  readonly isPending: boolean;
  /** True if sends of the subscription are redriven or set aside. */
  readonly isRedriving: boolean;
  /** Time of the last request to send deliveries again; null if there was none. */
  readonly redrivenAt: number | null;
  /** Time when the operator paused the subscription; null if it is not paused. */
  readonly pausedAt: number | null;
  /**
   * End time of the last pause; null if there was none. The age of a waiting delivery that arrived earlier is counted
   * from this time.
   */
  readonly resumedAt: number | null;
  /** Sequence number of a delivery to give up without another attempt, at the operator's request; null for none. */
  readonly skipSeq: number | null;
}

/** A subscription with the counts that the API shows. */
export interface SubscriptionState extends Subscription {
  /** Number of sends that are pending. */
  readonly pending: number;
  /** Arrival time of the oldest pending delivery; null if none is pending. */
  readonly oldestPendingAt: number | null;
  /** Number of dead letters, including sends that are redriven or set aside. */
  readonly deadLetters: number;
}

/** A row of {@link selectSubscriptions}. */
type SubscriptionRow = Omit<Subscription, 'isPending' | 'isRedriving'> & {
  /** The state of the first waiting send of each kind; null if there is none. */
  readonly isPending: number | null;
  readonly isRedriving: number | null;
};

const waiting = (states: string): string =>
  `(SELECT w.state FROM sends w WHERE w.subscription = s.key AND w.state <= 1 AND w.state IN ${states} LIMIT 1)`;

/** The names of {@link DeliveryProgress}. */
export const PROGRESS = [
  ...(['failures', 'failingSince', 'lastFailure', 'nextAttemptAt', 'refusedTries', 'refusedEvents'] as const),
  ...(['outageFrom', 'redriveFailures', 'nextRedriveAt', 'pacedAt', 'suspectSince'] as const),
];

/** Returns the column of a property. */
export const columnOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const OTHERS = [
  'targetUrl',
  'createdAt',
  'endedAt',
  'startsAfter',
  'lastSuccessAt',
  'pausedAt',
  'resumedAt',
  'skipSeq',
  'redrivenAt',
];

const COLUMNS = `s.key, s.id, c.channel, s.filter, s.description,
  ${[...PROGRESS, ...OTHERS].map((name) => `s.${columnOf(name)} AS "${name}"`).join(', ')},
  ${waiting(`(${SEND_STATES.pending})`)} AS "isPending", ${waiting(SEPARATE_STATES)} AS "isRedriving"`;

/**
 * Returns the subscriptions that meet a condition, oldest first.
 *
 * @param condition - a condition on the tables `s` (subscriptions) and `c` (their channels)
 */
export async function selectSubscriptions(
  reader: Reader,
  condition: string,
  values: readonly Value[],
): Promise<Subscription[]> {
  const rows = await reader.all<SubscriptionRow>(
    `SELECT ${COLUMNS} FROM subscriptions s JOIN channels c ON c.key = s.channel
     WHERE ${condition} ORDER BY s.created_at, s.key`,
    values,
  );
  return rows.map(({ isPending, isRedriving, ...row }) => ({
    ...row,
    isPending: isPending !== null,
    isRedriving: isRedriving !== null,
  }));
}
