/** The part of a store's interface that only the operator's commands use (`relay/admin/`). */

import type { DeliveryActions } from '../../wire/action-filter.ts';

/** A channel with the counts that need no search in its deliveries. */
export interface ChannelSummary {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  readonly storedBytes: number;
  readonly subscriptions: number;
  /** Number of subscriptions whose last attempt failed. */
  readonly failing: number;
  /** Number of subscriptions whose cursor is before the newest delivery with events. */
  readonly behind: number;
  readonly deadLetters: number;
}

/** A stored delivery without its content. */
export interface DeliverySummary {
  readonly seq: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
  /** Size of the body. */
  readonly bytes: number;
}

/** A dead letter without its content. */
export interface DeadLetterSummary extends DeliverySummary {
  readonly reason: string;
  readonly deadAt: number;
  /** True if it is marked for redelivery. */
  readonly isRedriven: boolean;
}

/** The names of a subscription. */
export interface SubscriptionName {
  readonly channel: string;
  readonly id: string;
}

/** Queries and changes of the operator's commands. Every method is atomic. */
export interface OperatorStore {
  /** Returns all channels, oldest first. */
  channelSummaries(): Promise<ChannelSummary[]>;
  /** Returns channels that start with the given characters, at most `limit`. */
  channelsStartingWith(prefix: string, limit: number): Promise<string[]>;
  /**
   * Returns the subscriptions, of any channel, whose id starts with the given characters, at most `limit`.
   *
   * @param prefix - hexadecimal digits in lower case, with hyphens as in a UUID
   */
  subscriptionsStartingWith(prefix: string, limit: number): Promise<SubscriptionName[]>;
  /** Returns deliveries with bodies after a sequence number, in order. */
  deliverySummaries(channel: string, afterSeq: number, limit: number): Promise<DeliverySummary[]>;
  /** Returns the oldest dead letters of a subscription, in order of their sequence numbers. */
  deadLetterSummaries(subscriptionId: string, limit: number): Promise<DeadLetterSummary[]>;
}
