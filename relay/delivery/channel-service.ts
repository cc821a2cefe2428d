/**
 * The service of a claimed channel. The service passes the pending sends of the channel to one worker per subscription.
 */

import { STOPPED, type Clock } from '../clock.ts';
import { logWith, nameOf, type Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { shortNameOf, zapNamesOf } from '../short-name.ts';
import type { ClaimedChannel, ServedChannel } from '../store/outcomes/claims.ts';
import type { HeldClaim } from '../store/rows/send.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import type { Store } from '../store/store.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { Attempts } from './attempts.ts';
import type { Needed } from './content-cache.ts';
import { STORE_RETRY_MS } from './retry-policy.ts';
import type { ResultsWriter } from './results-writer.ts';
import { ServedSubscription } from './served-subscription.ts';
import type { ServicePosition } from './step-back.ts';
import { SubscriptionWorker } from './subscription-worker.ts';

const MAX_ARRIVALS = 1_000;
/**
 * Time in milliseconds without new sends after which a channel is idle. A channel with a retry that is due within the
 * next {@link IDLE_MS} is not idle.
 */
const IDLE_MS = 2_000;

/** The dependencies that the services of a process share, and the maximum rates in deliveries per second. */
export interface ServiceParts {
  readonly store: Pick<
    Store,
    'arrivals' | 'hasSetAside' | 'pending' | 'redriveFrom' | 'redriven' | 'subscriptions' | 'unsubscribe'
  >;
  readonly attempts: Pick<Attempts, 'attempt'>;
  readonly results: Pick<ResultsWriter, 'add' | 'save'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly random: () => number;
  readonly pacePerSubscription: number;
  readonly pacePerChannel: number;
}

/** Serves a channel from the time it is claimed until it is stopped. */
export class ChannelService {
  readonly channel: string;
  /** The claim, and the id under which the process holds the claim. */
  readonly id: HeldClaim;
  readonly #parts: ServiceParts;
  readonly #log: Log;
  readonly #bucket: TokenBucket;
  /** The workers, by subscription key. */
  readonly #workers = new Map<number, SubscriptionWorker>();
  readonly #stopping = new AbortController();
  /** Sequence number up to which new sends have been read. */
  #head: number;
  /** The newest delivery that has arrived; null before the first arrival. */
  #newestArrival: Needed | null = null;
  /** Sequence number of the channel's newest delivery that the store has returned. */
  #newestSeq: number;
  /** Revision of the loaded subscriptions; -1 before they are loaded. */
  #revision = -1;
  /** Time of the last arrival; before the first arrival, the time of the claim. */
  #activeAt: number;
  #isFetching = false;
  #isFetchRequested = false;
  #reloading: Promise<void> = Promise.resolve();

  /**
   * Starts the workers of the subscriptions. Loads the subscriptions unless they were read together with the claim.
   *
   * @param process - the id under which the process holds the claim
   */
  constructor(claimed: ClaimedChannel & Partial<ServedChannel>, process: string, parts: ServiceParts) {
    const { channel, key, claim, newestSeq, revision, subscriptions } = claimed;
    this.channel = channel;
    this.id = { channel: key, claim, process };
    this.#parts = parts;
    this.#log = logWith(parts.log, { channel: shortNameOf(channel) });
    this.#bucket = new TokenBucket(parts.pacePerChannel, parts.clock);
    this.#head = newestSeq;
    this.#newestSeq = newestSeq;
    this.#activeAt = parts.clock.now();
    if (subscriptions) {
      this.#apply(subscriptions, false);
      this.#revision = revision;
    } else void this.reloadSubscriptions(revision);
  }

  /** True if no sends have arrived for {@link IDLE_MS}, and no work is due within the next {@link IDLE_MS}. */
  get isIdle(): boolean {
    const now = this.#parts.clock.now();
    const isDue = this.#isFetching || [...this.#workers.values()].some(({ dueAt }) => dueAt <= now + IDLE_MS);
    return !isDue && now - this.#activeAt >= IDLE_MS;
  }

  /** The newest position that the service has read from the store. */
  get position(): ServicePosition {
    return { newestSeq: Math.max(this.#newestSeq, this.#head), newestArrival: this.#newestArrival };
  }

  /**
   * Reads new sends and offers them to the workers. Retries while the store fails. Calls that overlap share the reads.
   */
  async fetchNew(): Promise<void> {
    this.#isFetchRequested = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    // A call during the loop requests another pass.
    while (this.#isFetchRequested && !this.#stopping.signal.aborted) {
      this.#isFetchRequested = false;
      try {
        await this.#fetchOnce();
      } catch (error) {
        this.#isFetchRequested = true;
        this.#log.error({ error: nameOf(error) }, 'Reading new deliveries from the store failed. Retrying in 1 s.');
        await this.#parts.clock.sleep(STORE_RETRY_MS, this.#stopping.signal);
      }
    }
    this.#isFetching = false;
  }

  /**
   * Loads the subscriptions. Reloads run one after another, so that an older result never replaces a newer result. If
   * the store fails, `reconcile` repeats the reload.
   *
   * @param current - the revision that the store had before the reload
   */
  reloadSubscriptions(current = this.#revision): Promise<void> {
    this.#reloading = this.#reloading
      .then(() => this.#load())
      .then(
        () => {
          this.#revision = current;
        },
        (error: unknown) => {
          this.#log.error({ error: nameOf(error) }, 'Loading subscriptions failed. Retrying in 1 s.');
        },
      );
    return this.#reloading;
  }

  /** Reconciles with the store after a missed notification. */
  reconcile({ newestSeq, revision }: ClaimedChannel): void {
    if (newestSeq > this.#newestSeq) void this.fetchNew();
    this.#newestSeq = newestSeq;
    if (revision !== this.#revision) void this.reloadSubscriptions(revision);
  }

  /** Stops all workers and waits for attempts in flight. Returns the identity of the claim. */
  async stop(): Promise<HeldClaim> {
    this.#stopping.abort(STOPPED);
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    return this.id;
  }

  async #fetchOnce(): Promise<void> {
    const arrivals = await this.#parts.store.arrivals(this.id.channel, this.#head, MAX_ARRIVALS);
    if (arrivals.length > 0) this.#activeAt = this.#parts.clock.now();
    for (const { subscription, ...arrival } of arrivals) {
      this.#head = arrival.seq;
      this.#newestArrival = arrival;
      this.#workers.get(subscription)?.offer({ ...arrival, isSentAgain: false, isSetAside: false });
    }
    if (arrivals.length < MAX_ARRIVALS) return;
    // The read might have ended between two sends of the same delivery.
    for (const worker of this.#workers.values()) worker.expectMore();
    this.#isFetchRequested = true;
  }

  async #load(): Promise<void> {
    const headBefore = this.#head;
    const subscriptions = await this.#parts.store.subscriptions(this.channel);
    if (!this.#stopping.signal.aborted) this.#apply(subscriptions, this.#head > headBefore);
  }

  /**
   * Starts workers for new subscriptions, stops the workers of ended subscriptions, and passes on requests and redriven
   * sends.
   *
   * @param hasMissed - true if sends were read during the load, when no worker existed yet that could receive the sends
   */
  #apply(subscriptions: readonly Subscription[], hasMissed: boolean): void {
    const keys = new Set(subscriptions.map((subscription) => subscription.key));
    for (const [subscription, worker] of this.#workers) {
      if (keys.has(subscription)) continue;
      void worker.stop();
      this.#workers.delete(subscription);
    }
    for (const subscription of subscriptions) {
      const worker = this.#workers.get(subscription.key);
      if (worker) worker.update(subscription);
      else this.#addWorker({ ...subscription, isPending: subscription.isPending || hasMissed });
    }
  }

  #addWorker(subscription: Subscription): void {
    const { clock, results, pacePerSubscription } = this.#parts;
    const fields = { subscription: subscription.id, ...zapNamesOf(subscription.description) };
    const worker = new SubscriptionWorker({
      ...this.#parts,
      served: new ServedSubscription(subscription, this.id, results, clock.now()),
      buckets: [new TokenBucket(pacePerSubscription, clock), this.#bucket],
      log: logWith(this.#log, fields),
    });
    this.#workers.set(subscription.key, worker);
  }
}
