/**
 * The interface of a store: the data that a relay keeps, and the guarantees of every implementation. The file is longer
 * than others because it documents the whole interface in one place.
 */

import type { ActionFilter } from '../../wire/action-filter.ts';
import type { ZapDescription } from '../../wire/console-api.ts';
import type { DeliveryMetadata } from '../../wire/sealing/format.ts';
import type { Backlog } from './backlog.ts';
import type { ConsoleStore } from './console-store.ts';
import type { OperatorStore } from './operator-store.ts';
import type { ProcessStore } from './process-store.ts';

/** Upper bound on the deliveries that one call of {@link Store.retain} changes, so that it does not block others. */
export const RETAIN_BATCH = 250;

/**
 * Bytes of sealed content after which a batch of deliveries ends; a delivery and its previous delivery may be up to 10
 * MB each.
 */
export const MAX_BATCH_BYTES = 1024 * 1024;

/** Upper bound on the sealed bytes that {@link Store.latest} returns, unless the newest delivery alone has more. */
export const MAX_LATEST_BYTES = 10 * 1024 * 1024;

/**
 * Bytes of sealed content after which one step of a deletion ends. Other calls are served between two steps, so the
 * duration of a step bounds their delay.
 */
export const MAX_DELETED_BYTES = 4 * 1024 * 1024;

/**
 * Upper bounds on the different combinations of actions among a channel's stored deliveries, and on the bytes of their
 * JSON. The stores count pending deliveries by combination, so the number bounds the cost of a channel's state.
 * TutorCruncher has fewer than 200 actions and sends one event per delivery. A delivery that would exceed a bound keeps
 * its actions, which are sealed with it, but waits for every subscription, as if its actions were unknown.
 */
export const MAX_ACTION_LISTS = 256;
export const MAX_ACTION_LIST_BYTES = 64 * 1024;

/** Milliseconds in an hour: the granularity of delivery counts and of retention. */
export const HOUR_MS = 60 * 60 * 1000;

/**
 * Upper bound on the time for which a channel or a subscription is scheduled ahead; it equals the longest delay between
 * two attempts. A stored time that is further in the future was stored before a clock was set back.
 */
export const MAX_SCHEDULE_MS = HOUR_MS;

/** The content of a delivery, sealed on arrival. */
export interface SealedContent {
  /** UUID of the data key. */
  readonly keyId: string;
  /** The data key, wrapped for {@link SealedContent.sealKey}. */
  readonly wrappedKey: Uint8Array;
  /** The public seal key that the channel had when the content was sealed. */
  readonly sealKey: Uint8Array;
  /** Nonce, ciphertext and tag of body, signature and content type. */
  readonly sealed: Uint8Array;
}

/**
 * A webhook request from TutorCruncher. The metadata is the associated data of the sealed content, so a store returns it
 * as it was given.
 */
export interface NewDelivery extends Omit<DeliveryMetadata, 'keyId'> {
  /** SHA-256 digest of the signature and the body, by which duplicates are recognized. */
  readonly digest: Uint8Array;
  /** True if the delivery is, or may be, about a wellbeing concern; see {@link Store.ingest}. */
  readonly isConcern: boolean;
  /**
   * Null for a delivery without events. Such a delivery is not sent to any subscription, so only the fact that it
   * arrived is stored.
   */
  readonly content: SealedContent | null;
}

/**
 * The result of ingesting a delivery:
 * - `stored`: the delivery is stored durably;
 * - `duplicate`: the same body and signature arrived within the duplicate window;
 * - `unregistered`: the channel is not registered, so the delivery was dropped;
 * - `other-seal-key`: the channel has been registered with another seal key since the delivery was sealed, so it was
 *   refused;
 * - `full`: so many deliveries are waiting in the channel that there is no room for another, so it was refused.
 */
export type Ingested = 'stored' | 'duplicate' | 'unregistered' | 'other-seal-key' | 'full';

/** A previous delivery about the same subject: its metadata, and its sealed content. */
export interface PreviousDelivery extends DeliveryMetadata {
  readonly wrappedKey: Buffer;
  readonly sealed: Buffer;
}

/** A stored delivery: its metadata, its sealed content and its previous delivery. */
export interface Delivery extends PreviousDelivery {
  /** Sequence number; within a channel, it grows in the order of commits, so that a cursor cannot skip a delivery. */
  readonly seq: number;
  /**
   * The state of the subject before this delivery, which was pinned when the delivery was stored. Null if there was none, or
   * if it has been removed since.
   */
  readonly previous: PreviousDelivery | null;
  /** True if the delivery is sent again from the console; default: false. Only {@link Store.redriven} returns it. */
  readonly isSentAgain?: boolean;
}

/** A request for a subscription. */
export interface NewSubscription {
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** Hash of the secret with which the subscription can be ended; default: none. */
  readonly secretHash?: string;
  /** The Zap as the console shows it; default: none. */
  readonly description?: ZapDescription;
}

/** A Zap's subscription to a channel. */
export interface Subscription {
  readonly id: string;
  readonly channel: string;
  readonly targetUrl: string;
  readonly filter: ActionFilter;
  /** The Zap as the console shows it; null if its connector sent no description. */
  readonly description: ZapDescription | null;
  /**
   * Sequence number of the newest delivery when the subscription was created. The subscription receives older
   * deliveries only if they are sent again.
   */
  readonly startsAfter: number;
  /** Sequence number up to which every delivery is settled: delivered, not selected by the filter, or dead. */
  readonly cursor: number;
  /** Number of consecutive failed attempts. */
  readonly failures: number;
  /** Time of the first failed attempt since the last success; null if no attempt has failed since. */
  readonly failingSince: number | null;
  /** Reason for the last of these failures, without any content of the delivery. */
  readonly lastFailure: string | null;
  /** Earliest time of the next attempt. */
  readonly nextAttemptAt: number;
  /** Number of times that the target has refused the delivery after the cursor. */
  readonly refusedTries: number;
  /** Number of different deliveries that the target has refused since its last success. */
  readonly refusedEvents: number;
  /** Sequence number from which dead letters may be due to a fault of the target; null if there are none. */
  readonly outageFrom: number | null;
  /** Number of consecutive failed attempts of dead letters that are marked for redelivery. */
  readonly redriveFailures: number;
  /** Earliest time of the next attempt of such a dead letter. */
  readonly nextRedriveAt: number;
  /** Sequence number of the dead letter that was attempted last in this pass of the redrive; 0 at its beginning. */
  readonly redrivenUpTo: number;
  readonly createdAt: number;
  readonly lastSuccessAt: number | null;
  /** State of the subscription's token bucket: the time at which the bucket was, or will be, empty. */
  readonly pacedAt: number;
  /** True if dead letters of the subscription are marked for redelivery. */
  readonly isRedriving: boolean;
  /** Time since which the operator has paused the subscription; null if it is not paused. */
  readonly pausedAt: number | null;
  /**
   * Time at which the last pause ended; null if there was none. The age of a waiting delivery is counted from this time
   * at the earliest.
   */
  readonly resumedAt: number | null;
  /**
   * Sequence number of a delivery to bury without a further attempt, at the operator's request; the request is complete
   * once the cursor reaches it.
   */
  readonly skipSeq: number | null;
}

/** The state of a subscription, as its channel's lease holder reports it. */
export interface Progress {
  /** The lease under which the state was reached; the report is ignored when the lease is no longer held. */
  readonly leaseId: string;
  readonly subscriptionId: string;
  readonly cursor: number;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly lastFailure: string | null;
  readonly nextAttemptAt: number;
  readonly refusedTries: number;
  readonly refusedEvents: number;
  readonly outageFrom: number | null;
  readonly redriveFailures: number;
  readonly nextRedriveAt: number;
  readonly redrivenUpTo: number;
  /** Time of the newest successful attempt; null keeps the stored time. */
  readonly lastSuccessAt: number | null;
  readonly pacedAt: number;
}

/** The current position of a leased channel. */
export interface ChannelPosition {
  readonly leaseId: string;
  /** Sequence number of the newest delivery with events. */
  readonly lastSeq: number;
  /** Counter that grows with every change of the channel's subscriptions and with every redrive. */
  readonly revision: number;
}

/** The position of a channel whose lease is still held. */
export interface RenewedPosition extends ChannelPosition {
  /** True if the lease was not extended, because another session of the database has locked the channel; default: false. */
  readonly isLocked?: boolean;
}

/** The exclusive right to serve a channel until the lease expires. */
export interface Lease extends ChannelPosition {
  readonly channel: string;
  /** State of the channel's token bucket; see {@link Subscription.pacedAt}. */
  readonly pacedAt: number;
  readonly subscriptions: readonly Subscription[];
}

/** A request for leases. */
export interface LeaseRequest {
  /** UUID of the dispatcher, to which other processes send notifications about its channels. */
  readonly holder: string;
  /** Maximum number of leases. */
  readonly limit: number;
  /** Duration of the leases in milliseconds. */
  readonly milliseconds: number;
}

/** The return of a lease by its holder. */
export interface Release {
  readonly leaseId: string;
  /** The position that the holder has processed; a channel that has advanced since is due immediately. */
  readonly lastSeq: number;
  readonly revision: number;
  readonly pacedAt: number;
  /** Milliseconds until the channel is due again; null if it has no work until something new arrives. */
  readonly dueInMs: number | null;
  /**
   * The dispatcher to which the channel is handed over. If the channel is due at once, other dispatchers do not lease
   * it for {@link RESERVATION_MS}. A store for a single process ignores this.
   */
  readonly reservedFor?: string;
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
  /** Time at which the oldest pending delivery arrived; null if none is pending. */
  readonly oldestPendingAt: number | null;
  readonly deadLetters: number;
}

/** A channel with the counts that the API shows. */
export interface ChannelState {
  readonly channel: string;
  readonly createdAt: number;
  readonly lastEventAt: number | null;
  /** Number of deliveries with events in the current hour and the 24 hours before it. */
  readonly events24h: number;
  /** Number of deliveries without events in the same period. */
  readonly others24h: number;
  /** The longest pause between two deliveries of the last two weeks; null if there were too few. */
  readonly longestPauseMs: number | null;
  readonly storedBytes: number;
  /** The public seal key. */
  readonly sealKey: Buffer;
  readonly subscriptions: readonly SubscriptionState[];
}

/** Totals over all channels, for the metrics. */
export interface Totals {
  readonly channels: number;
  readonly subscriptions: number;
  readonly deliveries: number;
  /** Number of deliveries whose contents are kept only as remembered states. */
  readonly rememberedDeliveries: number;
  readonly deadLetters: number;
  readonly storedBytes: number;
  /** Number of channels that have been due for more than a second without being leased. */
  readonly overdueChannels: number;
  /** Number of subscriptions that the operator has paused. */
  readonly pausedSubscriptions: number;
}

/** The conditions under which a channel is registered. */
export interface RegistrationRequest {
  /** The channel's public seal key, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly maxChannels: number;
  /** Milliseconds without an event after which a channel without subscriptions may be evicted for a new channel. */
  readonly idleMs: number;
  /** True if the request carried a valid registration secret; default: false. */
  readonly withSecret?: boolean;
}

/** A channel's registration. */
export interface Registration {
  /** True if the channel was ever registered with a valid registration secret. */
  readonly withSecret: boolean;
  /** The public seal key. It stays the same until the channel is deleted. */
  readonly sealKey: Buffer;
}

/**
 * The result of a registration:
 * - `registered`: the channel is registered, and it was or is now registered with the given seal key;
 * - `other-seal-key`: the channel is registered with another seal key, and nothing was changed;
 * - `full`: all slots are taken.
 */
export type Registered = 'registered' | 'other-seal-key' | 'full';

/** Retention periods in milliseconds. */
export interface RetentionLimits {
  /**
   * Time from when the last cursor passes a delivery until its content is deleted; deletion may be up to an hour late.
   */
  readonly bodyMs: number;
  /** Time for which a delivery is recognized as a duplicate. */
  readonly duplicateMs: number;
  /** Time from when a delivery dies until the dead letter is deleted. */
  readonly deadLetterMs: number;
  /** Time after the arrival of a delivery for which its content may be remembered; 0 switches memory off. */
  readonly memoryMs: number;
}

/** Listener for new deliveries in a channel and for changes of its subscriptions. */
export type OnChange = (channel: string, what: 'deliveries' | 'subscriptions') => void;

/** Limits that a store enforces when a delivery arrives; see {@link Store.ingest}. */
export interface StoreOptions {
  /** Maximum number of sealed bytes in one channel. */
  readonly maxChannelBytes: number;
  /** Maximum number of deliveries in one channel, with and without content; default: no limit. */
  readonly maxChannelDeliveries?: number;
  /** Milliseconds for which a delivery is recognized as a duplicate. */
  readonly duplicateMs: number;
  /** Milliseconds for which the content of a delivery may be remembered; 0, the default, switches memory off. */
  readonly memoryMs?: number;
}

/** Error thrown when a store cannot be opened; its message tells the operator the reason. */
export class StoreUnavailable extends Error {
  /** True if the cause may disappear without the operator's help, so that opening the store again may succeed. */
  readonly isTemporary: boolean;

  constructor(message: string, isTemporary = false) {
    super(message);
    this.isTemporary = isTemporary;
  }
}

/**
 * The store of one or more relay processes. The HTTP server and the dispatchers use it concurrently.
 *
 * Every method is atomic, except that expired and deleted data is removed in steps (see {@link MAX_DELETED_BYTES}). When
 * its promise resolves, its changes survive a power cut, except for progress and for renewed or released leases: losing
 * one of these only repeats deliveries.
 *
 * A channel is served by one dispatcher at a time, its lease holder. Only the holder sends to the channel's
 * subscriptions, which preserves the order and the rate limits with any number of processes. A lease that is not
 * renewed expires. Writes of a former holder are fenced: they have no effect, except that a redelivered dead letter is
 * deleted.
 *
 * Times are milliseconds since 1970. The store's own clock is authoritative for leases and due times, that is, for
 * `lease`, `renew`, `release`, `ingest`, `redrive` and `totals`. It is the server's clock in PostgreSQL and the
 * process's clock in SQLite. These methods take durations and return durations. All other times come from the caller,
 * which reads them from a clock that follows {@link Store.now}, so the clocks of several machines need not agree. A
 * parameter named `now` dates new rows and bounds retention, eviction and the hourly counts. The times in deliveries,
 * progress and dead letters are stored as given. A SQLite file may contain times from before its clock was set back:
 * `lease` ignores due times more than {@link MAX_SCHEDULE_MS} ahead.
 */
export interface Store extends OperatorStore, ConsoleStore, ProcessStore {
  /**
   * Registers a channel. If the channel is already registered with the same seal key, only records that a registration
   * secret was given. When all slots are taken, the channel that has been idle longest is evicted, and retention
   * deletes its data. Returns `full` if no channel has been idle for long enough.
   */
  registerChannel(channel: string, request: RegistrationRequest, now: number): Promise<Registered>;
  /** Returns the registration of a channel, or null if the channel is not registered. */
  registration(channel: string): Promise<Registration | null>;
  /**
   * Deletes a channel with its deliveries, subscriptions and dead letters. No other call sees the channel after the
   * first step. Resolves after the last step; if the process ends earlier, retention continues the deletion.
   *
   * @returns false if there is no such channel
   */
  deleteChannel(channel: string): Promise<boolean>;
  /** Returns a channel with its counts and subscriptions, or null if there is no such channel. */
  channelState(channel: string, now: number): Promise<ChannelState | null>;

  /**
   * Stores deliveries in one transaction. Returns one result per delivery, in the same order.
   *
   * The limits of {@link StoreOptions} apply to the deliveries that wait. A delivery waits until every subscription
   * that selects it has passed it, and again while a dead letter of it is marked for redelivery. Waiting deliveries are
   * never removed. If a delivery exceeds a limit, others are removed to make room for it, the oldest first: contents of
   * delivered deliveries, and then dead letters with their contents. For the limit on deliveries, deliveries without
   * content are removed before these. One call removes a limited number of deliveries, so a delivery that is refused as
   * `full` may be accepted when it is sent again.
   *
   * The content of a wellbeing concern is stored only while the concern waits or is a dead letter of a subscription. It
   * is not stored if no subscription selects it, and is removed as soon as the last such subscription has settled it.
   *
   * A wrapped data key is stored before the first delivery that needs it, and deleted with the last such delivery.
   *
   * Each delivery is given its previous delivery ({@link Delivery.previous}) in the same transaction. `memory.ts`
   * describes the rules.
   *
   * @param onLocked - `skip` returns `locked` for deliveries to channels that another session of the database has
   *   locked, and stores the others; `wait`, the default, waits several seconds for the locks
   */
  ingest(deliveries: readonly NewDelivery[], onLocked?: 'wait' | 'skip'): Promise<(Ingested | 'locked')[]>;
  /**
   * Returns the newest deliveries with content, newest first, without wellbeing concerns. Returns fewer if their
   * contents and the contents of their previous deliveries would exceed {@link MAX_LATEST_BYTES}.
   *
   * @param action - the action that a delivery must contain, or null for any
   */
  latest(channel: string, action: string | null, limit: number): Promise<Delivery[]>;
  /**
   * Returns deliveries with content after a sequence number, in order. {@link MAX_BATCH_BYTES}, which include the contents
   * of previous deliveries, may end the batch early.
   */
  deliveriesAfter(channel: string, seq: number, limit: number): Promise<Delivery[]>;

  /**
   * Creates a subscription to future deliveries. Returns the existing subscription if the channel has one with the same
   * target and filter, or `full` if the channel has too many. An existing subscription receives the secret and the
   * description from the request.
   */
  subscribe(
    channel: string,
    subscription: NewSubscription,
    maxSubscriptions: number,
    now: number,
  ): Promise<Subscription | 'full'>;
  /** Returns a subscription, or null if the channel has no such subscription. */
  subscription(channel: string, id: string): Promise<Subscription | null>;
  /** Returns the subscription, of any channel, that was created with the secret; null if there is none. */
  subscriptionWithSecret(id: string, secretHash: string): Promise<Subscription | null>;
  /** Returns all subscriptions of a channel, oldest first. */
  subscriptions(channel: string): Promise<Subscription[]>;
  /**
   * Deletes the dead letters of a subscription, and then the subscription itself. Returns false if the channel has no
   * such subscription.
   */
  unsubscribe(channel: string, id: string): Promise<boolean>;

  /**
   * Leases channels that are due, are not leased, and are not reserved for another dispatcher.
   *
   * @returns the leases, and the milliseconds until another channel may be due; null if none is scheduled
   */
  lease(request: LeaseRequest): Promise<{ readonly leases: Lease[]; readonly lookAgainInMs: number | null }>;
  /**
   * Extends leases to the given number of milliseconds from now. Returns the positions of the channels whose leases are
   * still held.
   */
  renew(leaseIds: readonly string[], milliseconds: number): Promise<RenewedPosition[]>;
  /**
   * Ends leases. Ignores leases that are no longer held, and leases whose channels another session of the database has
   * locked. The latter may expire.
   */
  release(releases: readonly Release[]): Promise<void>;
  /**
   * Registers the listener for changes in channels that this holder leases and in channels without a lease. Must be
   * called only once.
   */
  listen(holder: string, onChange: OnChange): Promise<void>;

  /**
   * Saves progress. A cursor never moves back.
   *
   * @returns the progress that could not be saved, because another session of the database has locked the subscription
   */
  progress(progress: readonly Progress[]): Promise<readonly Progress[]>;
  /**
   * Records dead letters of a subscription and saves its progress past them. Returns false, and changes nothing, if the
   * lease is no longer held.
   */
  bury(deadLetters: readonly DeadLetter[], progress: Progress): Promise<boolean>;
  /**
   * Marks dead letters of a subscription for redelivery. Returns their number.
   *
   * @param fromSeq - marks dead letters from this sequence number on, except the ones that the operator skipped ({@link
   *   SKIPPED}); default: marks all dead letters
   */
  redrive(channel: string, subscriptionId: string, fromSeq?: number): Promise<number>;
  /**
   * Returns the dead letters that are marked for redelivery, in order.
   *
   * @param afterSeq - the sequence number to start after; default: 0
   */
  redriven(subscriptionId: string, limit: number, afterSeq?: number): Promise<Delivery[]>;
  /**
   * Deletes a dead letter that was redelivered, or clears its mark if it was refused and the lease is still held.
   *
   * @param reason - reason for the refusal; default: the dead letter keeps its reason
   */
  settleRedriven(
    leaseId: string,
    subscriptionId: string,
    seq: number,
    isDelivered: boolean,
    reason?: string,
  ): Promise<void>;

  /**
   * Deletes expired links, contents, deliveries and dead letters and the data of deleted channels, in one step of at
   * most {@link RETAIN_BATCH} deliveries and about {@link MAX_DELETED_BYTES}. Also returns free space of a SQLite file
   * to the disk.
   *
   * @returns the number of deliveries changed; {@link RETAIN_BATCH} if there may be more to do
   */
  retain(limits: RetentionLimits, now: number): Promise<number>;
  /** Returns the time on the store's clock, in whole milliseconds since 1970. */
  now(): Promise<number>;
  /** Returns totals over all channels. */
  totals(): Promise<Totals>;
  /**
   * Returns the subscriptions that have waited longest, at most `limit`. A subscription may still appear to be waiting
   * for a few seconds after its lease holder has passed deliveries that it does not select.
   */
  backlog(limit: number): Promise<Backlog>;
  /** Performs a trivial write. @throws if the store does not respond or has no room, such as on a full disk */
  ping(): Promise<void>;
  close(): Promise<void>;
}
