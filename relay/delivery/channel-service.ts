/** A claimed channel: passes its pending sends to one worker per subscription. */

import { logWith, nameOf } from '../log.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { ClaimedChannel } from '../store/claims.ts';
import type { ClaimId } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { SubscriptionWorker } from './subscription-worker.ts';
import { TokenBucket } from './token-bucket.ts';
import type { DeliveryOptions, WorkerOptions } from './worker-options.ts';

/** Maximum number of new sends that are read at once. */
const MAX_ARRIVALS = 1_000;

/** Serves one channel from the time it is claimed until it is stopped. */
export class ChannelService {
  readonly channel: string;
  /** Key of the channel. */
  readonly key: number;
  readonly claim: number;
  readonly #workerOptions: WorkerOptions;
  readonly #workers = new Map<number, SubscriptionWorker>();
  readonly #stop = new AbortController();
  /** Sequence number up to which new sends have been read. */
  #head: number;
  /** Sequence number of the newest delivery when the store was last looked at. */
  #newestSeq: number;
  /** Revision of the subscriptions that were loaded; -1 if they were not. */
  #revision = -1;
  /** Time of the last arrival, or of the claim if there was none. */
  activeAt: number;
  #isFetching = false;
  #isFetchRequested = false;
  #reloading: Promise<void> = Promise.resolve();

  /** Loads the subscriptions, and starts a worker for each. */
  constructor(claim: ClaimedChannel, options: DeliveryOptions) {
    this.channel = claim.channel;
    this.key = claim.key;
    this.claim = claim.claim;
    this.#head = claim.newestSeq;
    this.#newestSeq = claim.newestSeq;
    this.activeAt = options.clock.now();
    this.#workerOptions = {
      ...options,
      log: logWith(options.log, { channel: shortNameOf(claim.channel) }),
      claim: { channel: claim.key, claim: claim.claim },
      channelBucket: new TokenBucket(options.pacePerChannel, options.clock),
    };
    void this.reloadSubscriptions(claim.revision);
  }

  #addWorker(subscription: Subscription): void {
    const log = logWith(this.#workerOptions.log, {
      subscription: subscription.id,
      ...zapNamesOf(subscription.description),
    });
    this.#workers.set(subscription.key, new SubscriptionWorker(subscription, { ...this.#workerOptions, log }));
  }

  /** Time at which the service has work to do: 0 if it is working now, infinity if it only waits for new sends. */
  get dueAt(): number {
    if (this.#isFetching) return 0;
    return Math.min(Infinity, ...[...this.#workers.values()].map(({ dueAt }) => dueAt));
  }

  /** Reads new sends and offers them to the workers. Retries while the store fails. Calls may overlap. */
  async fetchNew(): Promise<void> {
    const { clock, log } = this.#workerOptions;
    this.#isFetchRequested = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    // A call during the loop requests another pass.
    while (this.#isFetchRequested && !this.#stop.signal.aborted) {
      this.#isFetchRequested = false;
      try {
        await this.#fetch();
      } catch (error) {
        this.#isFetchRequested = true;
        log.error({ error: nameOf(error) }, 'Reading new deliveries from the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#stop.signal);
      }
    }
    this.#isFetching = false;
  }

  async #fetch(): Promise<void> {
    const arrivals = await this.#workerOptions.store.arrivals(this.key, this.#head, MAX_ARRIVALS);
    if (arrivals.length > 0) this.activeAt = this.#workerOptions.clock.now();
    for (const { subscription, ...arrival } of arrivals) {
      this.#head = arrival.seq;
      this.#workers.get(subscription)?.offer({ ...arrival, isSentAgain: false, isSetAside: false });
    }
    if (arrivals.length < MAX_ARRIVALS) return;
    // The read may have ended in the middle of a delivery's sends.
    for (const worker of this.#workers.values()) worker.expectMore();
    this.#isFetchRequested = true;
  }

  /**
   * Loads the subscriptions from the store. Starts workers for new subscriptions, stops the workers of ended ones, and
   * passes on requests and redriven sends. Reloads run one after another, so that an older result never replaces a newer
   * one. If the store fails, {@link ChannelService.reconcile} repeats the reload.
   *
   * @param revision - the revision that the store had before the reload
   */
  reloadSubscriptions(revision?: number): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      try {
        await this.#load();
        this.#revision = revision ?? this.#revision;
      } catch (error) {
        this.#workerOptions.log.error({ error: nameOf(error) }, 'Loading subscriptions failed. Retrying in 1 s.');
      }
    });
    return this.#reloading;
  }

  async #load(): Promise<void> {
    const head = this.#head;
    const subscriptions = await this.#workerOptions.store.subscriptions(this.channel);
    if (this.#stop.signal.aborted) return;
    const keys = new Set(subscriptions.map(({ key }) => key));
    for (const [key, worker] of this.#workers) {
      if (keys.has(key)) continue;
      void worker.stop();
      this.#workers.delete(key);
    }
    for (const subscription of subscriptions) {
      const worker = this.#workers.get(subscription.key);
      if (worker) worker.update(subscription);
      // Sends that were read during the load had no worker to be offered to.
      else this.#addWorker({ ...subscription, isPending: subscription.isPending || this.#head > head });
    }
  }

  /** Reconciles with the store after a missed notification. */
  reconcile({ newestSeq, revision }: ClaimedChannel): void {
    if (newestSeq > this.#newestSeq) void this.fetchNew();
    this.#newestSeq = newestSeq;
    if (revision !== this.#revision) void this.reloadSubscriptions(revision);
  }

  /** Stops all workers and waits for attempts in flight. Returns the name of the claim. */
  async stop(): Promise<ClaimId> {
    this.#stop.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    return { channel: this.key, claim: this.claim };
  }
}
