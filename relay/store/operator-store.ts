/** The part of a store's interface that only the operator's commands use (`relay/admin/`). */

import type { DeliveryActions } from '../../wire/action-filter.ts';

/** A channel with its counts. */
export interface ChannelSummary {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  readonly storedBytes: number;
  /** Number of deliveries whose content is kept only as a remembered state. */
  readonly rememberedDeliveries: number;
  readonly subscriptions: number;
  /** Number of subscriptions whose last attempt failed. */
  readonly failing: number;
  readonly paused: number;
  /** Number of pending sends. */
  readonly waiting: number;
  /** Arrival time of the oldest delivery that is pending; null if none is. */
  readonly oldestWaitingAt: number | null;
  readonly deadLetters: number;
}

/** A stored delivery without its content. */
export interface DeliverySummary {
  readonly seq: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
  /** Size of the sealed content. */
  readonly bytes: number;
}

/** A dead letter without its content. */
export interface DeadLetterSummary extends DeliverySummary {
  readonly reason: string;
  readonly deadAt: number;
  /** True if it is marked for redelivery. */
  readonly isRedriven: boolean;
}

/** The names that identify a subscription. */
export interface SubscriptionName {
  readonly channel: string;
  readonly id: string;
}

/** The reason stored with dead letters that the operator skipped. */
export const SKIPPED = 'skipped by the operator';

/** Thrown if a backup fails for a reason that the operator can fix. The message contains the instructions. */
export class BackupFailed extends Error {}

/** Queries and updates for the operator's commands. Every method is atomic. */
export interface OperatorStore {
  /** Returns all channels, oldest first. */
  channelSummaries(): Promise<ChannelSummary[]>;
  /** Returns up to `limit` channels that start with the given characters. */
  channelsStartingWith(prefix: string, limit: number): Promise<string[]>;
  /**
   * Returns up to `limit` subscriptions, of any channel, whose ids start with the given characters.
   *
   * @param prefix - lower-case hexadecimal digits with the hyphens of a UUID
   */
  subscriptionsStartingWith(prefix: string, limit: number): Promise<SubscriptionName[]>;
  /** Returns deliveries with content after a sequence number, in order. */
  deliverySummaries(channel: string, afterSeq: number, limit: number): Promise<DeliverySummary[]>;
  /** Returns deliveries that are pending for a subscription, in order. */
  waitingSummaries(subscriptionId: string, limit: number): Promise<DeliverySummary[]>;
  /** Returns dead letters of a subscription, starting at a sequence number, in order. */
  deadLetterSummaries(subscriptionId: string, fromSeq: number, limit: number): Promise<DeadLetterSummary[]>;

  /**
   * Pauses a subscription. While it is paused, no attempts are started for it and its dead letters do not expire.
   *
   * @returns false if the channel has no such subscription, or if it is already paused
   */
  pause(name: SubscriptionName, now: number): Promise<boolean>;
  /**
   * Ends the pause of a subscription and its back-off. Extends the retention of its dead letters by the length of the
   * pause, and makes the channel due.
   *
   * @returns false if the channel has no such subscription, or if it is not paused
   */
  resume(name: SubscriptionName, now: number): Promise<boolean>;
  /**
   * Asks the claimant of the channel to give up a delivery, and makes the channel due.
   *
   * @param seq - the oldest delivery that is waiting for the subscription
   * @returns false if the delivery is no longer waiting, or if another delivery must be skipped first
   */
  requestSkip(name: SubscriptionName, seq: number): Promise<boolean>;

  /**
   * Writes a consistent copy of the store to a file. Does not block other calls.
   *
   * @param file - an absolute path to an existing, empty file
   * @throws {BackupFailed} if the operator can fix the cause
   */
  backup(file: string): Promise<void>;
}
