/**
 * The worker of one subscription. It attempts the selected deliveries one at a time and in order, limits their rate, and
 * retries with exponential back-off while the target fails. The cursor moves past a delivery only after a response, so
 * that each delivery arrives at least once. The worker runs only while there is something to deliver.
 */

import { selectsDelivery } from '../../wire/action-filter.ts';
import type { Clock } from '../clock.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { DeadLetter, Delivery, Progress, Store, Subscription } from '../store/store.ts';
import type { AttemptResult, AttemptSender, FailedAttempt } from './attempt.ts';
import { backOffMs, GIVE_UP_AFTER_MS, MAX_BACK_OFF_MS, mayGiveUp, STORE_RETRY_MS } from './back-off.ts';
import { BATCH_SIZE, type ChannelFeed } from './channel-feed.ts';
import type { Urgency } from './progress-writer.ts';
import { TokenBucket } from './token-bucket.ts';
import { WakeUpSignal } from './wake-up-signal.ts';

/** Dependencies and limits of a {@link SubscriptionWorker}; the same for all subscriptions of a channel. */
export interface WorkerOptions {
  readonly store: Pick<Store, 'redriven' | 'settleRedriven' | 'deliveriesAfter' | 'bury' | 'unsubscribe'>;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  /** Returns a random number from 0 to 1 for the jitter of retries. */
  readonly random: () => number;
  readonly metrics: Metrics | undefined;
  readonly log: Log;
  /** Maximum rate of the subscription, in deliveries per second. */
  readonly pacePerSubscription: number;
  /** The bucket that limits the rate of the whole channel. */
  readonly channelBucket: TokenBucket;
  readonly feed: ChannelFeed;
  readonly leaseId: string;
  /** Returns true while the lease on the channel is certainly held. */
  readonly isLeaseHeld: () => boolean;
  /** Called when the lease is found to be lost. Must stop the worker. */
  readonly onLeaseLost: () => void;
  /** Takes progress to be saved to the store. */
  readonly reportProgress: (progress: Progress, urgency: Urgency) => void;
}

/** Delivers to one subscription until it is stopped. */
export class SubscriptionWorker {
  readonly #options: WorkerOptions;
  readonly #bucket: TokenBucket;
  /** Notified when the worker is stopped. */
  readonly #stopSignal = new WakeUpSignal();
  #subscription: Subscription;
  #isRunning = false;
  #isStopped = false;
  #running: Promise<void> = Promise.resolve();
  /** Time until which the worker is backing off; 0 otherwise. */
  #backOffUntil = 0;

  /** Starts to deliver if the subscription is behind the feed or is being redriven. */
  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#subscription = subscription;
    this.#options = options;
    this.#bucket = new TokenBucket(options.pacePerSubscription, options.clock, subscription.pacedAt);
    this.#limitBackOff();
    this.#startIfNeeded();
  }

  /** Shortens a back-off that was stored before the clock of the store was set back. */
  #limitBackOff(): void {
    const latest = this.#options.clock.now() + MAX_BACK_OFF_MS;
    if (this.#subscription.nextAttemptAt <= latest) return;
    this.#subscription = { ...this.#subscription, nextAttemptAt: latest };
    // Saved before the channel is released, so that the next holder does not wait for as long again.
    this.#options.reportProgress(this.#progress, 'deferred');
  }

  /**
   * Time at which the worker has something to do, in milliseconds since 1970: 0 if it is busy now, infinity if it only
   * waits for new deliveries.
   */
  get dueAt(): number {
    return this.#isRunning ? this.#backOffUntil : Infinity;
  }

  /**
   * Tells the worker about new deliveries. An idle worker starts if its filter selects one of them.
   *
   * @param deliveries - the newest deliveries of the feed
   */
  offer(deliveries: readonly Delivery[]): void {
    const last = deliveries.at(-1);
    if (this.#isRunning || this.#isStopped || !last || last.seq <= this.#subscription.cursor) return;
    if (deliveries.some(({ actions }) => selectsDelivery(this.#subscription.filter, actions))) this.#startIfNeeded();
    else this.#skipTo(last.seq);
  }

  /** Attempts the dead letters that are marked for redrive. */
  redrive(): void {
    this.#subscription = { ...this.#subscription, isRedriving: true };
    this.#startIfNeeded();
  }

  /** Starts no further attempts. Resolves when no attempt is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopSignal.notify();
    await this.#running;
  }

  #startIfNeeded(): void {
    if (this.#isRunning || !this.#hasWork) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  get #hasWork(): boolean {
    const { isRedriving, cursor } = this.#subscription;
    return !this.#isStopped && (isRedriving || cursor < this.#options.feed.head);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    while (this.#hasWork) {
      try {
        await this.#deliverBatch();
      } catch (error) {
        // The cursor is still in front of the delivery, so the next pass continues there.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#stopSignal.signal);
      }
    }
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    this.#isRunning = false;
  }

  async #deliverBatch(): Promise<void> {
    if (this.#subscription.isRedriving) await this.#redriveBatch();
    const { deliveries, upTo } = await this.#options.feed.after(this.#subscription.cursor);
    for (const delivery of deliveries) {
      if (this.#isStopped) return;
      if (selectsDelivery(this.#subscription.filter, delivery.actions)) {
        if (!(await this.#deliver(delivery))) return;
      } else {
        this.#skipTo(delivery.seq);
      }
    }
    // Retention only deletes deliveries that no subscription waits for.
    if (upTo > this.#subscription.cursor) this.#skipTo(upTo);
  }

  async #redriveBatch(): Promise<void> {
    const { store, leaseId } = this.#options;
    const { id } = this.#subscription;
    const redriven = await store.redriven(id, BATCH_SIZE);
    if (redriven.length === 0) this.#subscription = { ...this.#subscription, isRedriving: false };
    for (const [index, delivery] of redriven.entries()) {
      if (this.#isStopped) return;
      if (await this.#deliverDeadLetter(delivery)) continue;
      // The target still fails. The rest remain dead letters, so that they do not hold up new deliveries.
      for (const { seq } of redriven.slice(index)) await store.settleRedriven(leaseId, id, seq, false);
      return;
    }
  }

  /** Sleeps until a time or until the worker is stopped. Returns false if it was stopped. */
  async #sleepUntil(time: number): Promise<boolean> {
    const { clock } = this.#options;
    while (clock.now() < time && !this.#isStopped) await clock.sleep(time - clock.now(), this.#stopSignal.signal);
    return !this.#isStopped;
  }

  /** Waits for the back-off and the rate limits. Returns false if no attempt may follow. */
  async #waitForTurn(): Promise<boolean> {
    const { clock, channelBucket, isLeaseHeld, onLeaseLost } = this.#options;
    this.#backOffUntil = this.#subscription.nextAttemptAt;
    const isBackOffOver = await this.#sleepUntil(this.#backOffUntil);
    this.#backOffUntil = 0;
    if (!isBackOffOver) return false;
    if (!(await this.#sleepUntil(clock.now() + Math.max(this.#bucket.take(), channelBucket.take())))) return false;
    if (!isLeaseHeld()) {
      // The process was suspended or the renewals failed, so another process may serve the channel by now.
      onLeaseLost();
      return false;
    }
    return true;
  }

  async #attempt(delivery: Delivery): Promise<AttemptResult> {
    const { sender, metrics, clock } = this.#options;
    const result = await sender.send(this.#subscription.targetUrl, delivery);
    metrics?.attempts.inc({ result: result.outcome });
    if (result.outcome === 'delivered') metrics?.lagSeconds.observe((clock.now() - delivery.receivedAt) / 1000);
    return result;
  }

  /** Attempts a delivery. Returns true if it arrived, so that the batch can go on. */
  async #deliver(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return false;
    const result = await this.#attempt(delivery);
    const now = this.#options.clock.now();
    if (result.outcome === 'delivered') {
      this.#recordAttempt({ cursor: delivery.seq, failures: 0, nextAttemptAt: 0, lastSuccessAt: now });
      return true;
    }
    if (result.outcome === 'gone') {
      await this.#endSubscription();
      return false;
    }
    this.#scheduleRetry(result);
    if (mayGiveUp(now - delivery.receivedAt, this.#subscription.failures)) await this.#giveUp(result.reason, now);
    return false;
  }

  /** Attempts a dead letter. Returns false if the attempt failed. */
  async #deliverDeadLetter(delivery: Delivery): Promise<boolean> {
    if (!(await this.#waitForTurn())) return true;
    const result = await this.#attempt(delivery);
    if (result.outcome === 'gone') {
      await this.#endSubscription();
      return true;
    }
    if (result.outcome === 'failed') {
      this.#scheduleRetry(result);
      return false;
    }
    const { store, leaseId, clock } = this.#options;
    await store.settleRedriven(leaseId, this.#subscription.id, delivery.seq, true);
    this.#recordAttempt({ failures: 0, nextAttemptAt: 0, lastSuccessAt: clock.now() });
    return true;
  }

  async #endSubscription(): Promise<void> {
    const { store, log } = this.#options;
    this.#isStopped = true;
    log.info({}, 'A Zap is off (410 Gone). Deleting its subscription.');
    await store.unsubscribe(this.#subscription.channel, this.#subscription.id);
  }

  /** Sets the time of the next attempt: after the delay that the target requested, or else after the back-off. */
  #scheduleRetry({ reason, retryAfterMs }: FailedAttempt): void {
    const { clock, random, log } = this.#options;
    const failures = this.#subscription.failures + 1;
    const delay = retryAfterMs ?? backOffMs(failures, random());
    log.warn(
      { reason, failures, retryInSeconds: Math.round(delay / 1000) },
      'A delivery attempt failed. Retrying after the delay.',
    );
    this.#recordAttempt({ failures, nextAttemptAt: clock.now() + delay });
  }

  /** Turns all deliveries that are too old into dead letters, without attempting each of them. */
  async #giveUp(reason: string, now: number): Promise<void> {
    const { store, metrics, log, onLeaseLost } = this.#options;
    const { id: subscriptionId, channel, filter } = this.#subscription;
    for (;;) {
      const deliveries = await store.deliveriesAfter(channel, this.#subscription.cursor, BATCH_SIZE);
      const firstRecent = deliveries.findIndex(({ receivedAt }) => now - receivedAt <= GIVE_UP_AFTER_MS);
      const old = firstRecent < 0 ? deliveries : deliveries.slice(0, firstRecent);
      const last = old.at(-1);
      if (!last) return;
      const deadLetters: DeadLetter[] = old
        .filter(({ actions }) => selectsDelivery(filter, actions))
        .map(({ seq }) => ({ subscriptionId, seq, reason, deadAt: now }));
      if (!(await store.bury(deadLetters, { ...this.#progress, cursor: last.seq }))) {
        onLeaseLost();
        return;
      }
      this.#subscription = { ...this.#subscription, cursor: last.seq };
      metrics?.buried.inc(deadLetters.length);
      log.warn(
        { count: deadLetters.length, reason },
        'Gave up deliveries that had waited for more than a day. Redrive these dead letters when the target is up.',
      );
    }
  }

  get #progress(): Progress {
    const { id, cursor, failures, nextAttemptAt, lastSuccessAt } = this.#subscription;
    const { leaseId } = this.#options;
    const pacedAt = this.#bucket.emptyAt;
    return { leaseId, subscriptionId: id, cursor, failures, nextAttemptAt, lastSuccessAt, pacedAt };
  }

  #recordAttempt(change: Partial<Subscription>): void {
    this.#subscription = { ...this.#subscription, ...change };
    this.#options.reportProgress(this.#progress, 'soon');
  }

  /** Moves the cursor past deliveries that the filter does not select. */
  #skipTo(cursor: number): void {
    this.#subscription = { ...this.#subscription, cursor };
    this.#options.reportProgress(this.#progress, 'deferred');
  }
}
