/** The part of a store's interface that serves the console (`wire/console-api.ts`): links, events and attempts. */

import type { DeliveryActions } from '../../wire/action-filter.ts';
import type { Verdict, WrappedDataKey } from '../../wire/console-api.ts';
import type { Delivery } from './delivery.ts';

/** Maximum number of attempts that are kept for each delivery and subscription. Newer attempts replace older ones. */
export const KEPT_ATTEMPTS = 50;

/** The reason recorded for dead letters that are sent again although their first delivery succeeded. */
export const SENT_AGAIN = 'sent again from the console';

/** A data key of a channel as it is stored: wrapped for the channel's seal key. */
export interface StoredDataKey {
  /** UUID of the data key. */
  readonly keyId: string;
  readonly wrappedKey: Buffer;
}

/** A link that a connector created. */
export interface NewConsoleLink {
  /** Hash of the access token, which identifies the link. */
  readonly tokenHash: string;
  /** Data keys that are wrapped under a key that the relay does not have. */
  readonly keys: readonly WrappedDataKey[];
  readonly verdict: Verdict | null;
}

/** A link that grants access. */
export interface ConsoleLink extends NewConsoleLink {
  readonly channel: string;
  /** Time on the store's clock. */
  readonly expiresAt: number;
}

/** An attempt to deliver to a subscription. */
export interface Attempt {
  readonly subscriptionId: string;
  /** Sequence number of the delivery. */
  readonly seq: number;
  readonly endedAt: number;
  /** Reason for the failure, without any content of the delivery; null for a success. */
  readonly failure: string | null;
  readonly durationMs: number;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** An attempt that is stored. */
export interface StoredAttempt extends Attempt {
  /** Number of the attempt among those of the same delivery to the same subscription, starting at 1. */
  readonly number: number;
}

/** The metadata of a delivery with content. */
export interface StoredEvent {
  readonly seq: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
}

/** A delivery with its sealed content. The content is null if it is larger than requested. */
export interface ListedDelivery extends Omit<Delivery, 'sealed' | 'previous'> {
  readonly sealed: Buffer | null;
}

/** The order of a channel's deliveries with content. */
export interface EventIndex {
  /**
   * Sequence number of the newest delivery whose retention period has ended. The console shows deliveries up to this
   * number only if they are dead letters, although others may be kept for comparison with later deliveries.
   */
  readonly expiredUpTo: number;
  /** The different combinations of actions in the deliveries. */
  readonly lists: readonly {
    readonly id: number;
    /** Null for deliveries whose actions are unknown or have no action list. */
    readonly actions: DeliveryActions;
  }[];
  /** The hours that have deliveries, oldest first. */
  readonly hours: readonly {
    /** Start of the hour, in hours since 1970. */
    readonly hour: number;
    /** Sequence number of the newest delivery of the hour. */
    readonly lastSeq: number;
  }[];
}

/** A range of sequence numbers. */
export interface SeqRange {
  /** The sequence number immediately before the range. */
  readonly after: number;
  /** The last sequence number of the range. */
  readonly upTo: number;
}

/** The order of reading a range, which starts with its newest or its oldest delivery. */
export type ReadOrder = 'newest first' | 'oldest first';

/** The deliveries of an action list in a range. */
export interface ListRange extends SeqRange {
  /** Null for all action lists. */
  readonly listId: number | null;
}

/**
 * A kind of delivery whose outcome does not follow from the cursor of a subscription: dead letters that are not being
 * sent again, dead letters that are, and deliveries with stored attempts.
 */
export type NotableKind = 'dead' | 'redriven' | 'attempted';

/** The part of a dead letter that the console shows. */
export interface ListedLetter {
  readonly subscriptionId: string;
  readonly seq: number;
  readonly reason: string;
  readonly isRedriven: boolean;
  /** Time when the dead letter was last marked for redelivery; null if it has never been marked. */
  readonly redrivenAt: number | null;
  readonly isSentAgain: boolean;
}

/** A summary of the attempts of a delivery to a subscription. */
export interface AttemptSummary {
  readonly subscriptionId: string;
  readonly seq: number;
  /** Reason for the failure of the last attempt; null if it succeeded. */
  readonly lastFailure: string | null;
  /** End time of the last attempt. */
  readonly lastEndedAt: number;
  /** True if an attempt was made because the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** Data about deliveries that does not follow from cursors. */
export interface EventFacts {
  readonly letters: readonly ListedLetter[];
  readonly attempts: readonly AttemptSummary[];
}

/** The number of deliveries with the same actions in the same hour and range. */
export interface EventCount {
  readonly actions: DeliveryActions;
  /** Start of the hour, in hours since 1970. */
  readonly hour: number;
  /** Index of the range that contains the deliveries. */
  readonly range: number;
  readonly count: number;
  /** Number of deliveries with a redriven dead letter that has failed again. */
  readonly failed: number;
  /** Number of other deliveries with a dead letter that has not been redriven. */
  readonly dead: number;
  /** Number of other deliveries with a redriven dead letter. */
  readonly redriven: number;
  /** Number of other deliveries that a newer subscription has accepted. */
  readonly acceptedLater: number;
}

/** A delivery to send again to a subscription. */
export interface Repetition {
  readonly subscriptionId: string;
  readonly seq: number;
}

/**
 * The result of sending deliveries again: the number of deliveries that are sent again, and the number of deliveries
 * that were already waiting. `busy` means that nothing was changed, because too many deliveries are already being sent
 * again. Deliveries that no longer exist are not counted.
 */
export type SentAgain = { readonly marked: number; readonly waiting: number } | 'busy';

/**
 * Queries and updates for the console. Every method is atomic. Links expire by the store's clock. Sequence numbers and
 * subscriptions of other channels are ignored.
 */
export interface ConsoleStore {
  /** Returns the newest data keys of a channel, newest first. */
  dataKeys(channel: string, limit: number): Promise<StoredDataKey[]>;
  /**
   * Adds a link to a channel. The oldest links of the channel are deleted if it would have more than `maxLinks`.
   *
   * @param milliseconds - time until the link expires
   * @returns the expiry time of the link; null if the channel does not exist, or if another channel has a link with the
   *   same name
   */
  addLink(channel: string, link: NewConsoleLink, milliseconds: number, maxLinks: number): Promise<number | null>;
  /** Returns a link that has not expired; null if there is none. */
  link(tokenHash: string): Promise<ConsoleLink | null>;

  /**
   * Records attempts whose delivery and subscription still exist. Records a success only if the delivery was sent again
   * or if another attempt to deliver it has been recorded. Keeps the newest {@link KEPT_ATTEMPTS} of each delivery and
   * subscription until the content of the delivery is deleted.
   */
  recordAttempts(attempts: readonly Attempt[]): Promise<void>;

  /** Returns the order of a channel's deliveries, or null if there is no such channel. */
  eventIndex(channel: string): Promise<EventIndex | null>;
  /**
   * Returns the first deliveries that have content and are in any of the ranges.
   *
   * @param order - the order of the deliveries; default: newest first
   */
  eventsIn(channel: string, ranges: readonly ListRange[], limit: number, order?: ReadOrder): Promise<StoredEvent[]>;
  /**
   * Returns the first deliveries of a kind in a range, in the given order.
   *
   * @param subscriptionId - the subscription that the kind refers to; null for any subscription
   * @param order - the order of the deliveries; default: newest first
   */
  notableEvents(
    channel: string,
    kind: NotableKind,
    subscriptionId: string | null,
    range: SeqRange,
    limit: number,
    order?: ReadOrder,
  ): Promise<StoredEvent[]>;
  /** Returns the data about deliveries that does not follow from cursors. */
  eventFacts(channel: string, seqs: readonly number[]): Promise<EventFacts>;
  /**
   * Counts the deliveries with content that arrived in or after a given hour.
   *
   * @param ranges - ranges that do not overlap
   * @param sinceHour - hours since 1970
   */
  countEvents(channel: string, ranges: readonly SeqRange[], sinceHour: number): Promise<EventCount[]>;
  /**
   * Returns deliveries with content, newest first.
   *
   * @param maxBytes - size above which the content of a delivery is omitted
   */
  listedDeliveries(channel: string, seqs: readonly number[], maxBytes: number): Promise<ListedDelivery[]>;
  /** Returns the stored attempts of a delivery, oldest first. */
  attemptsOf(channel: string, seq: number): Promise<StoredAttempt[]>;

  /**
   * Marks deliveries for redelivery to subscriptions that have passed them, and makes the channel due. A delivery that
   * has already arrived becomes a dead letter, unless its retention period has passed. The dead letter is deleted once
   * it has been delivered again. The caller ensures that the subscriptions select the deliveries.
   *
   * @param maxMarked - maximum number of the channel's deliveries that are being sent again
   */
  sendAgain(channel: string, repetitions: readonly Repetition[], maxMarked: number, now: number): Promise<SentAgain>;
}
