/** Types of subscriptions and their progress in the store interface. */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { ZapDescription } from '../../wire/console-api.ts';

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
  /**
   * Sequence number up to which every delivery has been delivered, is not selected by the filter, or is a dead letter.
   */
  readonly cursor: number;
  /** Number of consecutive failed attempts. */
  readonly failures: number;
  /** Time of the first failed attempt since the last success; null if no attempt has failed since. */
  readonly failingSince: number | null;
  /** Reason for the last failure, without any content of the delivery. */
  readonly lastFailure: string | null;
  /** Earliest time of the next attempt. */
  readonly nextAttemptAt: number;
  /** Number of times that the target has refused the first delivery after the cursor. */
  readonly refusedTries: number;
  /** Number of different deliveries that the target has refused since its last success. */
  readonly refusedEvents: number;
  /** Sequence number of the first dead letter that the target may be responsible for; null if there is none. */
  readonly outageFrom: number | null;
  /** Number of consecutive failed attempts to deliver dead letters that are marked for redelivery. */
  readonly redriveFailures: number;
  /** Earliest time of the next attempt to deliver such a dead letter. */
  readonly nextRedriveAt: number;
  /**
   * Sequence number of the dead letter that was attempted last in the current pass of the redrive; 0 at the start of a
   * pass.
   */
  readonly redrivenUpTo: number;
  /** State of the subscription's token bucket: the time when the bucket was or will be empty. */
  readonly pacedAt: number;
}

/** A Zap's subscription to a channel. */
export interface Subscription extends DeliveryProgress {
  readonly id: string;
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
  readonly lastSuccessAt: number | null;
  /** True if dead letters of the subscription are marked for redelivery. */
  readonly isRedriving: boolean;
  /** Time when the operator paused the subscription; null if it is not paused. */
  readonly pausedAt: number | null;
  /**
   * End time of the last pause; null if there was none. The age of a waiting delivery that arrived earlier is counted
   * from this time.
   */
  readonly resumedAt: number | null;
  /**
   * Sequence number of a delivery to bury without another attempt, at the operator's request. The request is complete
   * once the cursor reaches it.
   */
  readonly skipSeq: number | null;
}

/** The state of a subscription, reported by the holder of its channel's lease. */
export interface Progress extends DeliveryProgress {
  /** The holder's lease. The report is ignored if the lease is no longer held. */
  readonly leaseId: string;
  readonly subscriptionId: string;
  /** Time of the newest successful attempt; null to keep the stored time. */
  readonly lastSuccessAt: number | null;
}

/** A delivery that was given up for a subscription. */
export interface DeadLetter {
  readonly subscriptionId: string;
  readonly seq: number;
  /** Reason for the last failure, without any content of the delivery. */
  readonly reason: string;
  readonly deadAt: number;
}

/** A subscription with the counts that the API shows. */
export interface SubscriptionState extends Subscription {
  /** Number of selected deliveries after the cursor. */
  readonly pending: number;
  /** Arrival time of the oldest pending delivery; null if none is pending. */
  readonly oldestPendingAt: number | null;
  readonly deadLetters: number;
}
