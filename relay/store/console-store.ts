/** The part of a store's interface that serves the console (`wire/console-api.ts`): links, events and attempts. */

import type { DeliveryActions } from '../../wire/action-filter.ts';
import type { EventConditions, Outcome, Verdict, WrappedDataKey } from '../../wire/console-api.ts';
import type { Delivery } from './delivery.ts';
import type { SendState } from './send.ts';
import type { Subscription } from './subscription.ts';

/** Maximum number of attempts that are kept for each delivery and subscription. Newer attempts replace older ones. */
export const KEPT_ATTEMPTS = 50;

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

/** An attempt that is stored. */
export interface StoredAttempt {
  readonly subscriptionId: string;
  /** Number of the attempt among those of the same delivery to the same subscription, starting at 1. */
  readonly number: number;
  /** End time of the attempt. */
  readonly endedAt: number;
  /** Reason for the failure, without any content of the delivery; null for a success. */
  readonly failure: string | null;
  readonly durationMs: number;
  /** True if the delivery was sent again from the console. */
  readonly isSentAgain: boolean;
}

/** The outcome of a send, for the console. */
export interface ListedSend {
  /** Id of the subscription. */
  readonly subscriptionId: string;
  readonly state: SendState;
  /** Reason for the failure of the last attempt, or for giving up; null if there was no failure. */
  readonly failure: string | null;
  readonly isSentAgain: boolean;
}

/** The metadata of a delivery, with the outcomes for the Zaps that want it. */
export interface StoredEvent {
  readonly seq: number;
  readonly receivedAt: number;
  readonly actions: DeliveryActions;
  readonly sends: readonly ListedSend[];
}

/** A delivery with its sealed content. The content is null if it is larger than requested. */
export interface ListedDelivery extends Omit<Delivery, 'sealed' | 'previous'> {
  readonly sealed: Buffer | null;
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

/** The number of events that arrived in one hour, by their outcome for all Zaps. */
export interface EventCount {
  /** Start of the hour, in hours since 1970. */
  readonly hour: number;
  readonly outcome: Outcome;
  readonly count: number;
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

  /** Returns the subscriptions of a channel that have ended, whose outcomes are still shown, oldest first. */
  endedSubscriptions(channel: string): Promise<Subscription[]>;
  /**
   * Returns the first deliveries of a range that meet conditions, except deliveries whose retention period has ended.
   * The condition on actions leaves out deliveries whose actions are unknown. A condition on the Zap without one on the
   * outcome selects the deliveries with a send for the Zap, and all that arrived before the Zap was turned on.
   *
   * @param order - the order of the deliveries; default: newest first
   */
  events(
    channel: string,
    conditions: EventConditions,
    range: SeqRange,
    limit: number,
    order?: ReadOrder,
  ): Promise<StoredEvent[]>;
  /**
   * Counts the deliveries that arrived in or after a given hour, except deliveries whose retention period has ended.
   *
   * @param sinceHour - hours since 1970
   */
  countEvents(channel: string, sinceHour: number): Promise<EventCount[]>;
  /**
   * Returns deliveries, newest first.
   *
   * @param maxBytes - size above which the content of a delivery is omitted
   */
  listedDeliveries(channel: string, seqs: readonly number[], maxBytes: number): Promise<ListedDelivery[]>;
  /** Returns a delivery with its previous delivery; null if it does not exist, or if its retention period has ended. */
  delivery(channel: string, seq: number): Promise<Delivery | null>;
  /** Returns the stored attempts of a delivery, oldest first. */
  attemptsOf(channel: string, seq: number): Promise<StoredAttempt[]>;

  /**
   * Marks sends as redriven, and creates the sends that do not exist because the subscription is newer than the delivery.
   * The caller ensures that the subscriptions select the deliveries.
   *
   * @param maxMarked - maximum number of the channel's sends that are redriven at the same time
   */
  sendAgain(channel: string, repetitions: readonly Repetition[], maxMarked: number, now: number): Promise<SentAgain>;
}
