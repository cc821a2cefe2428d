/** The interface of a store: the data that a relay keeps, and the guarantees of every implementation. */

import type { Backlog } from './backlog.ts';
import type { ChannelState, Totals } from './channel-state.ts';
import type { Claim, ClaimedChannel, ClaimId, GivenBack } from './claim.ts';
import type { ConsoleStore } from './console-store.ts';
import type { Delivery, Ingested, NewDelivery } from './delivery.ts';
import type { OperatorStore } from './operator-store.ts';
import type { Registered, Registration, RegistrationRequest } from './registration.ts';
import type { Arrival, ChannelResults, WaitingSend } from './send.ts';
import type { NewSubscription, Subscription } from './subscription.ts';

/**
 * Maximum number of deliveries that one step of a deletion changes. The limit keeps the step from blocking others.
 */
export const RETAIN_BATCH = 250;

/**
 * Number of bytes of sealed content after which a batch of deliveries ends. A delivery and its previous delivery may
 * have up to 10 MB each.
 */
export const MAX_BATCH_BYTES = 1024 * 1024;

/** Maximum number of sealed bytes that {@link Store.latest} returns, unless the newest delivery alone has more. */
export const MAX_LATEST_BYTES = 10 * 1024 * 1024;

/** Milliseconds in an hour. */
export const HOUR_MS = 60 * 60 * 1000;

/**
 * Maximum time until a channel or a subscription is due: the longest delay between two attempts. A later stored time is
 * from before a clock was set back.
 */
export const MAX_SCHEDULE_MS = HOUR_MS;

/** Limits and retention periods of a store. Periods are in milliseconds. */
export interface StoreOptions {
  /** Maximum number of sealed bytes in one channel. */
  readonly maxChannelBytes: number;
  /** Maximum number of digests in one channel; default: no limit. */
  readonly maxChannelDeliveries?: number;
  /** Time for which a delivery is recognized as a duplicate. */
  readonly duplicateMs: number;
  /** Time from when the last send of a delivery has ended until the delivery is deleted. */
  readonly bodyMs: number;
  /** Time from when a send becomes a dead letter until it is deleted. */
  readonly deadLetterMs: number;
  /** Time after its arrival for which a delivery may be remembered; 0 switches memory off. */
  readonly memoryMs: number;
}

/** Listener for new deliveries in a channel and for changes to its subscriptions. */
export type OnChange = (channel: string, what: 'deliveries' | 'subscriptions') => void;

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
 * Every method is atomic, except that expired and deleted data is removed in steps. Once the promise of a method has
 * resolved, its changes survive a power cut; only results may be lost, which repeats the attempts.
 *
 * The outcome of every event is stored for every Zap that wants it, as a send. A channel is served by one process at a
 * time, its claimant, which preserves order and rate limits with any number of processes. A process whose heartbeat is
 * older than {@link DEAD_AFTER_MS} loses its claims. Writes of a former claimant are fenced: they have no effect.
 *
 * **Locks.** Every transaction that writes rows of channels first locks the rows of these channels, in the order of
 * their keys, and no other rows. Rows of a channel therefore change in one transaction at a time.
 *
 * Times are milliseconds since 1970. The database's clock is authoritative for heartbeats, due times and links. All
 * other times come from the caller, which reads them from a clock that follows {@link Store.now}, so the clocks of
 * several machines need not agree. A parameter named `now` is the time of new rows, and the reference for retention.
 */
export interface Store extends OperatorStore, ConsoleStore {
  /**
   * Registers a channel. If the channel is already registered with the same seal key, the method only records whether
   * the request contained a registration secret. When all slots are taken, the channel that has been idle longest is
   * evicted, and retention deletes its data. Returns `full` if no channel has been idle for long enough.
   */
  registerChannel(channel: string, request: RegistrationRequest, now: number): Promise<Registered>;
  /** Returns the registration of a channel, or null if the channel is not registered. */
  registration(channel: string): Promise<Registration | null>;
  /**
   * Deletes a channel with all of its data. No other call sees the channel after the first step. Resolves after the last
   * step. If the process ends earlier, retention continues the deletion.
   *
   * @returns false if there is no such channel
   */
  deleteChannel(channel: string): Promise<boolean>;
  /** Returns a channel with its counts and subscriptions, or null if there is no such channel. */
  channelState(channel: string, now: number): Promise<ChannelState | null>;

  /**
   * Stores deliveries in one transaction, with a pending send for each subscription that selects them. Returns one
   * result per delivery, in the same order.
   *
   * The limits of {@link StoreOptions} apply to the deliveries that wait for a subscription; these are never removed. If
   * a delivery exceeds a limit, others are removed to make room for it, oldest first: first those whose sends are all
   * delivered, then dead letters. One call removes a limited number of deliveries, so a delivery that is refused as
   * `full` may be accepted when it is sent again.
   *
   * A wellbeing concern is stored only if a subscription selects it, and is deleted as soon as none of its sends waits or
   * is a dead letter. Each delivery is given its previous delivery ({@link Delivery.previous}) by the rules of
   * `memory.ts`.
   */
  ingest(deliveries: readonly NewDelivery[]): Promise<Ingested[]>;
  /**
   * Returns the newest deliveries, newest first, except wellbeing concerns. Returns fewer than `limit` if their contents
   * and the contents of their previous deliveries would exceed {@link MAX_LATEST_BYTES}.
   *
   * @param action - the action that a delivery must contain, or null for any
   */
  latest(channel: string, action: string | null, limit: number): Promise<Delivery[]>;

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
  /** Returns the subscriptions of a channel that have not ended, oldest first. */
  subscriptions(channel: string): Promise<Subscription[]>;
  /**
   * Ends a subscription and deletes its waiting sends. The outcomes of its other events are kept, but its dead letters
   * can no longer be redriven.
   *
   * @returns the number of waiting sends and of dead letters; null if the channel has no such subscription
   */
  unsubscribe(
    channel: string,
    id: string,
    now: number,
  ): Promise<{ readonly waiting: number; readonly deadLetters: number } | null>;

  /**
   * Renews the heartbeat of a process, or registers the process.
   *
   * @param process - UUID that is new at each start
   * @returns false if the process is registered, but its last heartbeat is older than {@link HEARTBEAT_MS}. The process
   *   must then drop its claims and continue with a new UUID.
   */
  heartbeat(process: string, isNew: boolean): Promise<boolean>;
  /** Returns the milliseconds until a channel may be due for a process; 0 if one is due, null if none is scheduled. */
  dueInMs(process: string, now: number): Promise<number | null>;
  /** Claims channels that are due and that no living process has claimed. */
  claim(process: string, limit: number): Promise<Claim[]>;
  /** Returns the channels that are claimed by a process. */
  claimed(process: string): Promise<ClaimedChannel[]>;
  /** Returns the channels of claims, with their subscriptions. Leaves out channels whose claim is lost. */
  resumeClaims(process: string, channels: readonly number[]): Promise<Claim[]>;
  /** Ends claims, and sets the times at which the channels are due. Ignores claims that are lost. */
  giveBack(process: string, claims: readonly GivenBack[]): Promise<void>;
  /** Registers the listener for changes in channels. May be called only once. */
  listen(onChange: OnChange): Promise<void>;

  /**
   * Returns the pending sends of a channel after a sequence number, in order.
   *
   * @param channel - key of the channel
   */
  arrivals(channel: number, afterSeq: number, limit: number): Promise<Arrival[]>;
  /**
   * Returns sends of a subscription that are pending, oldest first.
   *
   * @param subscription - key of the subscription
   */
  pending(subscription: number, afterSeq: number, limit: number): Promise<WaitingSend[]>;
  /** Returns sends of a subscription that are redriven: first those that have not failed since, oldest first. */
  redriven(subscription: number, limit: number): Promise<WaitingSend[]>;
  /**
   * Returns deliveries in order. The list ends early if the contents exceed {@link MAX_BATCH_BYTES}.
   *
   * @param channel - key of the channel
   */
  deliveries(channel: number, seqs: readonly number[]): Promise<Delivery[]>;
  /**
   * Saves the results of channels.
   *
   * @returns the claims that are lost, so that their results were not saved
   */
  saveResults(process: string, results: readonly ChannelResults[]): Promise<ClaimId[]>;
  /**
   * Marks dead letters of a subscription as redriven. Returns their number.
   *
   * @param fromSeq - marks dead letters from this sequence number on, except those that the operator skipped
   *   ({@link SKIPPED}); default: marks all dead letters
   */
  redrive(channel: string, subscriptionId: string, fromSeq?: number): Promise<number>;

  /**
   * Deletes expired links, deliveries, sends, states and digests, and the data of deleted channels, in one step. Also
   * returns free space of a SQLite file to the file system.
   *
   * @returns true if there may be more to delete
   */
  retain(now: number): Promise<boolean>;
  /** Returns the time on the database's clock, in whole milliseconds since 1970. */
  now(): Promise<number>;
  /** Returns totals over all channels. */
  totals(): Promise<Totals>;
  /** Returns up to `limit` subscriptions that have waited longest. */
  backlog(limit: number): Promise<Backlog>;
  /**
   * Performs a trivial write to check that the store works.
   *
   * @throws if the store does not respond or is full, for example because the disk is full
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}
