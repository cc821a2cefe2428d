/** Serves a channel that is leased: its newest deliveries to the workers of its subscriptions. */

import type { Clock } from '../clock.ts';
import { STORE_RETRY_MS } from './back-off.ts';
import { ChannelFeed } from './channel-feed.ts';
import { nameOf } from '../log.ts';
import { TokenBucket } from './token-bucket.ts';
import type { ChannelPosition, Lease, Release, Store, Subscription } from '../store/store.ts';
import { SubscriptionWorker, type WorkerOptions } from './subscription-worker.ts';

/** What a service needs; the same for all channels. */
export interface ServiceOptions extends Omit<
  WorkerOptions,
  'store' | 'channelBucket' | 'feed' | 'leaseId' | 'isHeld' | 'lose'
> {
  readonly store: Store;
  readonly clock: Clock;
  readonly pacePerChannel: number;
}

export class ChannelService {
  readonly channel: string;
  readonly leaseId: string;
  /** Until when the lease lasts for sure. */
  heldUntil: number;
  /** When something last came for the channel. */
  awakeAt: number;
  #isLost = false;
  readonly #options: ServiceOptions;
  readonly #bucket: TokenBucket;
  readonly #feed: ChannelFeed;
  readonly #workers = new Map<string, SubscriptionWorker>();
  readonly #stop = new AbortController();
  #revision: number;
  #isAdvancing = false;
  #isAwaited = false;
  #reloading: Promise<void> = Promise.resolve();

  constructor(lease: Lease, heldUntil: number, options: ServiceOptions) {
    this.channel = lease.channel;
    this.leaseId = lease.leaseId;
    this.heldUntil = heldUntil;
    this.#options = options;
    this.#revision = lease.revision;
    this.awakeAt = options.clock.now();
    this.#bucket = new TokenBucket(options.pacePerChannel, options.clock, lease.pacedAt);
    this.#feed = new ChannelFeed(options.store, lease.channel, lease.lastSeq);
    for (const subscription of lease.subscriptions) this.#add(subscription);
  }

  /** Another process may serve the channel: nothing that this one does counts any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** When there is something to do: 0 for now, infinity for not before something new comes. */
  get dueAt(): number {
    if (this.#isAdvancing) return 0;
    return Math.min(Infinity, ...[...this.#workers.values()].map(({ dueAt }) => dueAt));
  }

  #add(subscription: Subscription): void {
    const { store, clock } = this.#options;
    this.#workers.set(
      subscription.id,
      new SubscriptionWorker(subscription, {
        ...this.#options,
        store,
        channelBucket: this.#bucket,
        feed: this.#feed,
        leaseId: this.leaseId,
        isHeld: () => !this.#isLost && clock.now() < this.heldUntil,
        lose: () => {
          this.#isLost = true;
          void this.stop();
        },
      }),
    );
  }

  /** Takes in what is new. */
  async wake(): Promise<void> {
    this.awakeAt = this.#options.clock.now();
    this.#isAwaited = true;
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    // Called again while it looks, it looks again.
    while (this.#isAwaited && !this.#stop.signal.aborted) {
      this.#isAwaited = false;
      try {
        await this.#advance();
      } catch (error) {
        this.#options.log.error({ error: nameOf(error) }, 'A channel could not be served; trying again.');
        await this.#options.clock.sleep(STORE_RETRY_MS, this.#stop.signal);
        this.#isAwaited = true;
      }
    }
    this.#isAdvancing = false;
  }

  async #advance(): Promise<void> {
    const { deliveries, hasMore } = await this.#feed.advance();
    for (const worker of this.#workers.values()) worker.offer(deliveries);
    if (hasMore) this.#isAwaited = true;
  }

  /** Takes in what changed about the subscriptions; one after the other, so that no older answer comes last. */
  reload(): Promise<void> {
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
      if (!worker) this.#add(subscription);
      else if (subscription.isRedriving) worker.redrive();
    }
  }

  /** Compares with what the store says, in case that nobody was told of a change. */
  async compare({ lastSeq, revision }: ChannelPosition): Promise<void> {
    if (lastSeq > this.#feed.head) void this.wake();
    if (revision === this.#revision) return;
    await this.reload();
    // What changed while it read has a higher one, and is read with the next comparison.
    this.#revision = revision;
  }

  /** Lets go of what nobody needs while nothing comes. */
  tidy(): void {
    if (this.dueAt === Infinity) this.#feed.clear();
  }

  /** What the lease is to end with. */
  release(): Release {
    const { leaseId, dueAt } = this;
    return {
      leaseId,
      lastSeq: this.#feed.head,
      revision: this.#revision,
      pacedAt: this.#bucket.emptyAt,
      dueAt: dueAt === Infinity ? null : dueAt,
    };
  }

  /** Begins nothing new; resolves when what is in flight is done. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }
}
