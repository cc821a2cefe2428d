/** A leased channel: reads its new deliveries and passes them to one worker per subscription. */

import type { Clock } from '../clock.ts';
import { logWith, nameOf, type Log } from '../log.ts';
import { shortNameOf } from '../short-name.ts';
import type { ChannelPosition, Lease, Release } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { ChannelFeed } from './channel-feed.ts';
import { SubscriptionWorker } from './subscription-worker.ts';
import { TokenBucket } from './token-bucket.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Dependencies and limits of a {@link ChannelService}; the same for all channels. */
export interface ChannelServiceOptions extends Omit<
  WorkerOptions,
  'store' | 'channelBucket' | 'feed' | 'leaseId' | 'isLeaseHeld' | 'onIdle' | 'onLeaseLost'
> {
  readonly store: Store;
  readonly clock: Clock;
  /** Maximum rate of the channel, in deliveries per second. */
  readonly pacePerChannel: number;
}

/** The state of a service when its lease is released. */
export interface ReleasePosition extends Omit<Release, 'dueInMs'> {
  /** Time of the next attempt, in milliseconds since 1970; infinity if none is planned. */
  readonly dueAt: number;
}

/** Serves one channel from the time it is leased until it is stopped. */
export class ChannelService {
  readonly channel: string;
  readonly leaseId: string;
  /** Time until which the lease is certainly held, in milliseconds since 1970. The dispatcher extends it. */
  heldUntil: number;
  /** Start time of the service, in milliseconds since 1970. */
  readonly leasedAt: number;
  #lastFetchAt: number;
  #isLeaseLost = false;
  readonly #options: ChannelServiceOptions;
  /** Logger whose lines name the channel. */
  readonly #log: Log;
  readonly #bucket: TokenBucket;
  readonly #feed: ChannelFeed;
  readonly #workers = new Map<string, SubscriptionWorker>();
  readonly #stop = new AbortController();
  #revision: number;
  #isFetching = false;
  #isFetchRequested = false;
  #reloading: Promise<void> = Promise.resolve();

  /** Starts a worker for each subscription of the lease. */
  constructor(lease: Lease, heldUntil: number, options: ChannelServiceOptions) {
    this.channel = lease.channel;
    this.leaseId = lease.leaseId;
    this.heldUntil = heldUntil;
    this.#options = options;
    this.#log = logWith(options.log, { channel: shortNameOf(lease.channel) });
    this.#revision = lease.revision;
    this.leasedAt = options.clock.now();
    this.#lastFetchAt = this.leasedAt;
    this.#bucket = new TokenBucket(options.pacePerChannel, options.clock, lease.pacedAt);
    this.#feed = new ChannelFeed(options.store, lease.channel, lease.lastSeq, options.clock.now, options.random);
    for (const subscription of lease.subscriptions) this.#addWorker(subscription);
  }

  /** True once a worker has found that the lease may have expired. Another process may then serve the channel. */
  get isLeaseLost(): boolean {
    return this.#isLeaseLost;
  }

  get #isLeaseHeld(): boolean {
    return !this.#isLeaseLost && this.#options.clock.now() < this.heldUntil;
  }

  /**
   * Time of the last request to fetch new deliveries, or of the lease if there was no request, in milliseconds since
   * 1970.
   */
  get lastFetchAt(): number {
    return this.#lastFetchAt;
  }

  /**
   * Time at which the service has work to do, in milliseconds since 1970: 0 if it is working now, infinity if it only
   * waits for new deliveries.
   */
  get dueAt(): number {
    if (this.#isFetching) return 0;
    return Math.min(Infinity, ...[...this.#workers.values()].map(({ dueAt }) => dueAt));
  }

  /** Number of subscriptions that the service is delivering to; 0 if the lease may have expired. */
  get load(): number {
    if (!this.#isLeaseHeld) return 0;
    return [...this.#workers.values()].filter(({ dueAt }) => dueAt === 0).length;
  }

  /** True if an attempt for one of the subscriptions may take a long time. */
  get isSlow(): boolean {
    return [...this.#workers.values()].some((worker) => worker.isSlow);
  }

  /** True if all workers are busy or there are no workers. */
  get #areAllBusy(): boolean {
    return [...this.#workers.values()].every(({ dueAt }) => dueAt === 0);
  }

  #addWorker(subscription: Subscription): void {
    const { store } = this.#options;
    this.#workers.set(
      subscription.id,
      new SubscriptionWorker(subscription, {
        ...this.#options,
        store,
        log: logWith(this.#log, { subscription: subscription.id }),
        channelBucket: this.#bucket,
        feed: this.#feed,
        leaseId: this.leaseId,
        onIdle: () => {
          if (this.#isFetchRequested) void this.fetchNew();
        },
        isLeaseHeld: () => this.#isLeaseHeld,
        onLeaseLost: () => {
          this.#isLeaseLost = true;
          void this.stop();
        },
      }),
    );
  }

  /**
   * Reads new deliveries and offers them to the workers. Retries while the store fails. Calls may overlap. While all
   * workers are busy, new deliveries are not read until a worker becomes idle. Reading them earlier would take up to a
   * fifth of the SQLite thread's time.
   */
  async fetchNew(): Promise<void> {
    const { clock } = this.#options;
    this.#lastFetchAt = clock.now();
    this.#isFetchRequested = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    // A call during the loop requests another pass.
    while (this.#isFetchRequested && !this.#areAllBusy && !this.#stop.signal.aborted) {
      this.#isFetchRequested = false;
      try {
        await this.#fetchBatch();
      } catch (error) {
        this.#log.error({ error: nameOf(error) }, 'Reading the new deliveries of a channel failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#stop.signal);
        this.#isFetchRequested = true;
      }
    }
    this.#isFetching = false;
  }

  async #fetchBatch(): Promise<void> {
    const { deliveries, hasMore } = await this.#feed.advance();
    for (const worker of this.#workers.values()) worker.offer(deliveries);
    if (hasMore) this.#isFetchRequested = true;
  }

  /**
   * Loads the subscriptions from the store. Starts workers for new subscriptions, stops the workers of deleted ones,
   * and starts redrives. Reloads run one after another, so that an older result never replaces a newer one.
   *
   * @throws if the store fails
   */
  reloadSubscriptions(): Promise<void> {
    this.#reloading = this.#reloading.catch(() => undefined).then(() => this.#load());
    return this.#reloading;
  }

  async #load(): Promise<void> {
    const subscriptions = await this.#options.store.subscriptions(this.channel);
    if (this.#stop.signal.aborted) return;
    const ids = new Set(subscriptions.map(({ id }) => id));
    for (const [id, worker] of this.#workers) {
      if (ids.has(id)) continue;
      void worker.stop();
      this.#workers.delete(id);
    }
    for (const subscription of subscriptions) {
      const worker = this.#workers.get(subscription.id);
      if (!worker) this.#addWorker(subscription);
      else worker.update(subscription);
    }
    if (this.#isFetchRequested) void this.fetchNew();
  }

  /**
   * Reconciles with the store after a missed notification: fetches new deliveries and reloads changed subscriptions.
   *
   * @throws if the store fails to return the subscriptions
   */
  async reconcile({ lastSeq, revision }: ChannelPosition): Promise<void> {
    if (this.#workers.size === 0 && !this.#isFetching) this.#feed.skipTo(lastSeq);
    else if (lastSeq > this.#feed.head) void this.fetchNew();
    if (revision === this.#revision) return;
    await this.reloadSubscriptions();
    // A change during the reload has a higher revision, which the next call reloads.
    this.#revision = revision;
  }

  /** Frees the memory of the feed if no worker is reading from it. */
  clearFeedIfIdle(): void {
    if (this.dueAt === Infinity) this.#feed.clear();
  }

  /** Stops all workers and waits for attempts in flight. Returns the state to store when the lease is released. */
  async stopForRelease(): Promise<ReleasePosition> {
    // Read the state before the stop. A stopped service is never due, and a delivery that is fetched during the stop
    // must count as new.
    const { leaseId } = this;
    // If the service was already stopped because its lease seemed to be lost, its due time is unknown.
    const dueAt = this.#stop.signal.aborted ? 0 : this.dueAt;
    const lastSeq = this.#feed.head;
    const revision = this.#revision;
    await this.stop();
    return { leaseId, lastSeq, revision, pacedAt: this.#bucket.emptyAt, dueAt };
  }

  /** Stops all workers. Resolves when no attempt is in flight. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }
}
