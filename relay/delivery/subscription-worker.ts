/**
 * The worker of one subscription. It attempts the selected deliveries one at a time and in order, limits their rate,
 * and retries with exponential back-off while the target fails. The policy for failures is in `refusal.ts`. The cursor
 * moves past a delivery only after a response, so that each delivery arrives at least once. The worker runs only while
 * there is something to deliver.
 */

import { selectsDelivery } from '../../wire/action-filter.ts';
import { endSubscription } from '../end-subscription.ts';
import { nameOf } from '../log.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Subscription } from '../store/subscription.ts';
import type { AttemptResult, FailedAttempt, RefusedAttempt } from './attempt.ts';
import { mayGiveUp, STORE_RETRY_MS, waitedMs } from './back-off.ts';
import { BatchReader } from './batch-reader.ts';
import { buryRefused, burySkipped, buryTooLarge, giveUpOld } from './burial.ts';
import { isTooLarge, TOO_LARGE } from './envelope.ts';
import { PacedAttempts } from './paced-attempts.ts';
import { Redrive } from './redrive.ts';
import { afterFailure, afterSuccess, hasRecovered, isRefusedForGood } from './refusal.ts';
import { SubscriptionState } from './subscription-state.ts';
import { TokenBucket } from './token-bucket.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Duration of an attempt in flight after which its target counts as slow. */
const SLOW_MS = 1_000;
/**
 * Fraction of a batch that is delivered before the next batch is read. Reading in advance saves the target from waiting
 * for the store.
 */
const PREFETCH_AT = 3 / 4;

/** Delivers to one subscription until it is stopped. */
export class SubscriptionWorker {
  readonly #options: WorkerOptions;
  readonly #attempts: PacedAttempts;
  readonly #batches: BatchReader;
  readonly #redrive: Redrive;
  /** Notified when the worker is stopped, or when it receives work that may be due before its back-off ends. */
  readonly #wakeUpSignal = new WakeUpSignal();
  readonly #state: SubscriptionState;
  #isRunning = false;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Time at which the worker's current wait ends; 0 if it is not waiting. */
  #waitingUntil = 0;

  /** Starts to deliver if the subscription is behind the feed or is being redriven. */
  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#options = options;
    this.#batches = new BatchReader(options.feed);
    const bucket = new TokenBucket(options.pacePerSubscription, options.clock, subscription.pacedAt);
    this.#state = new SubscriptionState(subscription, bucket, options.clock.now(), options);
    this.#attempts = new PacedAttempts({
      ...options,
      bucket,
      wakeUpSignal: this.#wakeUpSignal,
      isHalted: () => this.#isHalted,
      subscription: () => this.#state.current,
    });
    this.#redrive = new Redrive(subscription.isRedriving, {
      ...options,
      subscriptionId: subscription.id,
      state: () => this.#state.current,
      changeState: (change) => {
        this.#state.change(change);
      },
      attempt: (delivery) => this.#attemptDeadLetter(delivery),
    });
    this.#startIfNeeded();
  }

  /**
   * Time at which the worker has work to do, in milliseconds since 1970: 0 if it is busy now, infinity if it only waits
   * for new deliveries.
   */
  get dueAt(): number {
    return this.#isRunning ? this.#waitingUntil : Infinity;
  }

  /**
   * True if an attempt may take a long time, because the target is failing or the attempt in flight has had no response
   * for a while.
   */
  get isSlow(): boolean {
    const { failures, redriveFailures } = this.#state.current;
    return failures > 0 || redriveFailures > 0 || this.#options.clock.now() - this.#attempts.startedAt > SLOW_MS;
  }

  /**
   * Informs the worker of new deliveries. Starts an idle worker if its filter selects one of them. Wakes a worker that
   * is waiting to continue a redrive.
   *
   * @param deliveries - the newest deliveries of the feed
   */
  offer(deliveries: readonly Delivery[]): void {
    const last = deliveries.at(-1);
    if (this.#waitingUntil > 0) this.#wakeUpSignal.notify();
    // A paused worker does not move its cursor, because the deliveries after the cursor are waiting.
    if (this.#isRunning || this.#isStopped || this.#state.isPaused || !last || last.seq <= this.#state.current.cursor)
      return;
    if (deliveries.some(({ actions }) => selectsDelivery(this.#state.current.filter, actions))) this.#startIfNeeded();
    else this.#state.skipTo(last.seq);
  }

  /** Applies changes from the store: requests of the operator, and dead letters that were marked for redelivery. */
  update(subscription: Subscription): void {
    const isChanged = this.#state.takeRequests(subscription);
    if (!isChanged && !subscription.isRedriving) return;
    if (subscription.isRedriving) this.#redrive.start();
    this.#wakeUpSignal.notify();
    this.#startIfNeeded();
  }

  /** Stops the worker. Resolves when no attempt is in flight. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wakeUpSignal.notify();
    await this.#running;
  }

  #startIfNeeded(): void {
    if (this.#isRunning || !this.#hasWork) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  get #hasWork(): boolean {
    return !this.#isStopped && this.#nextDueAt < Infinity;
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** True if no attempt may start now, because the worker is stopped, is paused, or must first skip a delivery. */
  get #isHalted(): boolean {
    return this.#isStopped || this.#state.isPaused || this.#state.skipSeq !== null;
  }

  /** Time at which the worker next has work to do, in milliseconds since 1970; infinity if it has none. */
  get #nextDueAt(): number {
    if (this.#state.skipSeq !== null) return 0;
    if (this.#state.isPaused) return Infinity;
    if (hasRecovered(this.#state.current)) return 0;
    const { cursor, nextAttemptAt } = this.#state.current;
    return Math.min(this.#redrive.dueAt, cursor < this.#options.feed.head ? nextAttemptAt : Infinity);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    while (this.#hasWork) {
      try {
        await this.#waitUntilDue();
        await this.#skip();
        if (!this.#isHalted && hasRecovered(this.#state.current)) await this.#redriveOutage();
        if (!this.#isHalted && this.#redrive.dueAt <= clock.now()) await this.#redrive.attemptBatch();
        if (!this.#isHalted && this.#state.current.nextAttemptAt <= clock.now()) await this.#deliverBatch();
      } catch (error) {
        // The cursor is still before the delivery, so the next pass continues with it.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#stop.signal);
      }
    }
    // A worker that is paused in the middle of a batch may stay idle for a long time.
    this.#batches.discard();
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    this.#isRunning = false;
    this.#options.onIdle();
  }

  /** Waits for the end of the back-off. New deliveries, a redrive or a stop end the wait early. */
  async #waitUntilDue(): Promise<void> {
    const { clock } = this.#options;
    this.#waitingUntil = this.#nextDueAt;
    const milliseconds = this.#waitingUntil - clock.now();
    if (milliseconds > 0) {
      this.#options.onIdle();
      await clock.sleep(milliseconds, this.#wakeUpSignal.signal);
    }
    this.#waitingUntil = 0;
  }

  /** Buries the delivery that the operator wants to skip, if there is one. */
  async #skip(): Promise<void> {
    const { clock, onLeaseLost } = this.#options;
    const seq = this.#state.skipSeq;
    if (seq === null || this.#isStopped) return;
    if (!(await burySkipped(this.#state, seq, clock.now(), this.#options))) onLeaseLost();
  }

  async #deliverBatch(): Promise<void> {
    const { deliveries, upTo } = await this.#batches.after(this.#state.current.cursor);
    const prefetchAt = Math.floor(deliveries.length * PREFETCH_AT);
    for (const [index, delivery] of deliveries.entries()) {
      if (this.#isHalted) return;
      if (index > 0 && index === prefetchAt) this.#batches.prefetch(upTo);
      if (selectsDelivery(this.#state.current.filter, delivery.actions)) {
        if (!(await this.#deliver(delivery))) return;
      } else {
        this.#state.skipTo(delivery.seq);
      }
    }
    // Retention deletes only deliveries that no subscription is waiting for.
    if (upTo > this.#state.current.cursor) this.#state.skipTo(upTo);
  }

  /** Marks the dead letters of an outage for redelivery, once. */
  async #redriveOutage(): Promise<void> {
    const { store, log } = this.#options;
    const { channel, id, outageFrom } = this.#state.current;
    const count = await store.redrive(channel, id, outageFrom ?? 0);
    if (count > 0) {
      log.info({ count }, 'The target has recovered. Redriving the dead letters of the outage.');
      this.#redrive.start();
    }
    this.#state.change({ outageFrom: null });
  }

  #attempt(delivery: Delivery, failures: number): Promise<AttemptResult | null> {
    return this.#attempts.attempt(delivery, failures > 0);
  }

  /** Attempts a delivery. Returns true if the worker can continue with the next delivery. */
  async #deliver(delivery: Delivery): Promise<boolean> {
    if (isTooLarge(delivery)) return this.#buryTooLarge(delivery);
    const result = await this.#attempt(delivery, this.#state.current.failures);
    if (result === null) return false;
    const now = this.#options.clock.now();
    if (result.outcome === 'delivered') {
      if (this.#state.current.failures > 0) this.#redrive.resume();
      this.#state.change({ ...afterSuccess(this.#state.current), cursor: delivery.seq, lastSuccessAt: now });
      return !hasRecovered(this.#state.current);
    }
    if (result.outcome === 'gone') {
      await this.#endSubscription();
      return false;
    }
    this.#scheduleRetry(result);
    // A paused subscription does not give up deliveries, and a delivery that the operator skips is buried separately.
    if (this.#state.isPaused || this.#state.skipSeq !== null) return false;
    const isRefused = isRefusedForGood(this.#state.current);
    let isHeld = true;
    if (isRefused) isHeld = await buryRefused(this.#state, delivery, result.reason, now, this.#options);
    else if (mayGiveUp(waitedMs(delivery, this.#state.current, now), this.#state.current.failures))
      isHeld = await giveUpOld(this.#state, result.reason, now, this.#options);
    if (!isHeld) this.#options.onLeaseLost();
    return isRefused && isHeld;
  }

  /** Buries a delivery without an attempt. Returns true if the worker can continue with the next delivery. */
  async #buryTooLarge(delivery: Delivery): Promise<boolean> {
    const isHeld = await buryTooLarge(this.#state, delivery, this.#options.clock.now(), this.#options);
    if (!isHeld) this.#options.onLeaseLost();
    return isHeld;
  }

  /** Attempts a dead letter. Returns null if no more attempts may follow. */
  async #attemptDeadLetter(delivery: Delivery): Promise<Exclude<AttemptResult, { outcome: 'gone' }> | null> {
    if (this.#isHalted) return null;
    if (isTooLarge(delivery)) return { outcome: 'refused', reason: TOO_LARGE };
    const result = await this.#attempt(delivery, this.#state.current.redriveFailures);
    if (result === null) return null;
    if (result.outcome === 'gone') {
      await this.#endSubscription();
      return null;
    }
    if (result.outcome === 'delivered') {
      const now = this.#options.clock.now();
      const { nextAttemptAt, refusedTries } = this.#state.current;
      // The target works again, so the back-off of new deliveries ends. A refused delivery keeps the delay before its
      // next attempt.
      this.#state.change({
        lastSuccessAt: now,
        nextAttemptAt: refusedTries > 0 ? nextAttemptAt : Math.min(nextAttemptAt, now),
      });
    }
    return result;
  }

  async #endSubscription(): Promise<void> {
    this.#stop.abort();
    // Without this save, events that were just delivered would count as discarded.
    await this.#state.save();
    await endSubscription(this.#state.current, 'gone', this.#options.clock.now(), this.#options);
  }

  /** Counts a failed attempt, and sets the time of the next attempt. */
  #scheduleRetry(result: FailedAttempt | RefusedAttempt): void {
    const { clock, random, log } = this.#options;
    const now = clock.now();
    this.#state.change(afterFailure(this.#state.current, result, now, random()));
    const { failures, refusedEvents, nextAttemptAt } = this.#state.current;
    log.warn(
      { reason: result.reason, failures, refusedEvents, retryInSeconds: Math.round((nextAttemptAt - now) / 1000) },
      'A delivery attempt failed. Retrying after the delay.',
    );
  }
}
