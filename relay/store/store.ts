/** The interface of a store: the data that a relay keeps, and the guarantees of every implementation. */

import type { Backlog } from './backlog.ts';
import type { ChannelState, Totals } from './channel-state.ts';
import type { ConsoleStore } from './console-store.ts';
import type { Delivery, Ingested, NewDelivery } from './delivery.ts';
import type { Lease, LeaseRequest, Release, RenewedPosition } from './lease.ts';
import type { OperatorStore } from './operator-store.ts';
import type { ProcessStore } from './process-store.ts';
import type { Registered, Registration, RegistrationRequest } from './registration.ts';
import type { DeadLetter, NewSubscription, Progress, Subscription } from './subscription.ts';

/**
 * Maximum number of deliveries that one call to {@link Store.retain} changes. The limit keeps the call from blocking
 * others.
 */
export const RETAIN_BATCH = 250;

/**
 * Number of bytes of sealed content after which a batch of deliveries ends. A delivery and its previous delivery may
 * have up to 10 MB each.
 */
export const MAX_BATCH_BYTES = 1024 * 1024;

/** Maximum number of sealed bytes that {@link Store.latest} returns, unless the newest delivery alone has more. */
export const MAX_LATEST_BYTES = 10 * 1024 * 1024;

/**
 * Number of bytes of sealed content after which one step of a deletion ends. Other calls are served between two steps,
 * so they wait for at most one step.
 */
export const MAX_DELETED_BYTES = 4 * 1024 * 1024;

/**
 * Limits on the number of different combinations of actions among a channel's stored deliveries, and on the size of
 * their JSON in bytes. The stores count pending deliveries by combination, so the number of combinations determines the
 * cost of reading a channel's state. TutorCruncher has fewer than 200 actions and sends one event per delivery. A
 * delivery that would exceed a limit keeps its actions, which are bound to its sealed content, but waits for every
 * subscription as if its actions were unknown.
 */
export const MAX_ACTION_LISTS = 256;
export const MAX_ACTION_LIST_BYTES = 64 * 1024;

/** Milliseconds in an hour, the granularity of delivery counts and of retention. */
export const HOUR_MS = 60 * 60 * 1000;

/**
 * Maximum time until a channel or a subscription is due: the longest delay between two attempts. A later stored time is
 * from before a clock was set back.
 */
export const MAX_SCHEDULE_MS = HOUR_MS;

/** Retention periods in milliseconds. */
export interface RetentionLimits {
  /**
   * Time from when the last cursor passes a delivery until its content is deleted. The deletion may be up to an hour
   * late.
   */
  readonly bodyMs: number;
  /** Time for which a delivery is recognized as a duplicate. */
  readonly duplicateMs: number;
  /** Time from when a delivery becomes a dead letter until the dead letter is deleted. */
  readonly deadLetterMs: number;
  /** Time after its arrival for which the content of a delivery may be remembered; 0 switches memory off. */
  readonly memoryMs: number;
}

/** Listener for new deliveries in a channel and for changes to its subscriptions. */
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

/** Thrown if a store cannot be opened. The message tells the operator the reason. */
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
 * Every method is atomic, except that expired and deleted data is removed in steps (see {@link MAX_DELETED_BYTES}).
 * Once the promise of a method has resolved, its changes survive a power cut. Progress and renewed or released leases
 * may be lost, which only repeats deliveries.
 *
 * A channel is served by one dispatcher at a time, its lease holder. Only the holder sends deliveries to the channel's
 * subscriptions, which preserves their order and the rate limits with any number of processes. A lease that is not
 * renewed expires. Writes of a former holder are fenced: they have no effect, except that a redelivered dead letter is
 * deleted.
 *
 * Times are milliseconds since 1970. The store's own clock is authoritative for leases and due times, that is, for
 * `lease`, `renew`, `release`, `ingest`, `redrive` and `totals`. It is the server's clock in PostgreSQL and the
 * process's clock in SQLite. These methods take and return durations. All other times come from the caller, which reads
 * them from a clock that follows {@link Store.now}, so the clocks of several machines need not agree. A parameter named
 * `now` is the time of new rows, and the reference for retention, eviction and the hourly counts. The times in
 * deliveries, progress and dead letters are stored as given. A SQLite file may contain times from before its clock was
 * set back: `lease` ignores due times more than {@link MAX_SCHEDULE_MS} ahead.
 */
export interface Store extends OperatorStore, ConsoleStore, ProcessStore {
  /**
   * Registers a channel. If the channel is already registered with the same seal key, the method only records whether
   * the request contained a registration secret. When all slots are taken, the channel that has been idle longest is
   * evicted, and retention deletes its data. Returns `full` if no channel has been idle for long enough.
   */
  registerChannel(channel: string, request: RegistrationRequest, now: number): Promise<Registered>;
  /** Returns the registration of a channel, or null if the channel is not registered. */
  registration(channel: string): Promise<Registration | null>;
  /**
   * Deletes a channel with its deliveries, subscriptions and dead letters. No other call sees the channel after the
   * first step. Resolves after the last step. If the process ends earlier, retention continues the deletion.
   *
   * @returns false if there is no such channel
   */
  deleteChannel(channel: string): Promise<boolean>;
  /** Returns a channel with its counts and subscriptions, or null if there is no such channel. */
  channelState(channel: string, now: number): Promise<ChannelState | null>;

  /**
   * Stores the deliveries of each channel in one transaction, except those for which room must be made first. Returns
   * one result per delivery, in the same order.
   *
   * The limits of {@link StoreOptions} apply to the deliveries that wait. A delivery waits until every subscription
   * that selects it has passed it. It also waits while a dead letter of it is marked for redelivery. Waiting deliveries
   * are never removed. If a delivery exceeds a limit, others are removed to make room for it, oldest first: first the
   * contents of delivered deliveries, then dead letters with their contents. If the number of deliveries exceeds its
   * limit, deliveries without content are removed first. One call removes a limited number of deliveries, so a delivery
   * that is refused as `full` may be accepted when it is sent again.
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
   * Returns the newest deliveries with content, newest first, except wellbeing concerns. Returns fewer than `limit` if
   * their contents and the contents of their previous deliveries would exceed {@link MAX_LATEST_BYTES}.
   *
   * @param action - the action that a delivery must contain, or null for any
   */
  latest(channel: string, action: string | null, limit: number): Promise<Delivery[]>;
  /**
   * Returns deliveries with content after a sequence number, in order. The batch ends early if its contents, including
   * those of previous deliveries, exceed {@link MAX_BATCH_BYTES}.
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
   * Ends leases. Ignores leases that are no longer held. Also ignores leases whose channels another database session
   * has locked; these leases expire.
   */
  release(releases: readonly Release[]): Promise<void>;
  /**
   * Registers the listener for changes in channels that this holder leases and in channels without a lease. May be
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
   * @param fromSeq - marks dead letters from this sequence number on, except those that the operator skipped
   *   ({@link SKIPPED}); default: marks all dead letters
   */
  redrive(channel: string, subscriptionId: string, fromSeq?: number): Promise<number>;
  /**
   * Returns the dead letters that are marked for redelivery, in order.
   *
   * @param afterSeq - the sequence number to start after; default: 0
   */
  redriven(subscriptionId: string, limit: number, afterSeq?: number): Promise<Delivery[]>;
  /**
   * Deletes a dead letter that was redelivered. Clears its mark instead if it was refused and the lease is still held.
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
   * Deletes expired links, contents, deliveries and dead letters, and the data of deleted channels, in one step of at
   * most {@link RETAIN_BATCH} deliveries and about {@link MAX_DELETED_BYTES}. Also returns free space of a SQLite file
   * to the file system.
   *
   * @returns the number of deliveries changed; {@link RETAIN_BATCH} if there may be more to delete
   */
  retain(limits: RetentionLimits, now: number): Promise<number>;
  /** Returns the time on the store's clock, in whole milliseconds since 1970. */
  now(): Promise<number>;
  /** Returns totals over all channels. */
  totals(): Promise<Totals>;
  /**
   * Returns up to `limit` subscriptions that have waited longest. After a lease holder has passed deliveries that a
   * subscription does not select, the subscription may still appear to be waiting for a few seconds.
   */
  backlog(limit: number): Promise<Backlog>;
  /**
   * Performs a trivial write to check that the store works.
   *
   * @throws if the store does not respond or is full, for example because the disk is full
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}
