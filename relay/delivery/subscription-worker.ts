/**
 * The worker of one subscription. It attempts the pending sends one at a time and in order, limits their rate, and
 * retries with exponential back-off while the target fails. The policy for failures is in `refusal.ts`. A send remains
 * pending until there is a response, so that each event arrives at least once. Redriven sends are attempted in between,
 * with a back-off of their own. The worker runs only while there is something to deliver.
 */

import { endSubscription } from '../end-subscription.ts';
import { nameOf } from '../log.ts';
import { SKIPPED } from '../store/operator-store.ts';
import type { SendState, WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import type { FailedAttempt, RefusedAttempt } from './attempt.ts';
import { GIVE_UP_AFTER_MS, mayGiveUp, STORE_RETRY_MS, waitedMs } from './back-off.ts';
import { isTooLarge, TOO_LARGE } from './envelope.ts';
import { kindOfFailure } from './failure-kind.ts';
import { PacedAttempts } from './paced-attempts.ts';
import {
  afterFailure,
  afterGivingUp,
  afterRefusedForGood,
  afterSkip,
  afterSuccess,
  hasRecovered,
  isRefusedForGood,
} from './refusal.ts';
import { Redrive, type SendAttempt, type SendOutcome } from './redrive.ts';
import { SendQueue } from './send-queue.ts';
import { SubscriptionState } from './subscription-state.ts';
import { TokenBucket } from './token-bucket.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Delivers to one subscription until it is stopped. */
export class SubscriptionWorker {
  readonly #options: WorkerOptions;
  readonly #attempts: PacedAttempts;
  readonly #queue: SendQueue;
  /** Notified when the worker is stopped, or when it receives work that may be due before its back-off ends. */
  readonly #wakeUpSignal = new WakeUpSignal();
  readonly #state: SubscriptionState;
  readonly #redrive: Redrive;
  #isRunning = false;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Time at which the worker's current wait ends; 0 if it is not waiting. */
  #waitingUntil = 0;

  /** Starts to deliver if sends of the subscription wait. */
  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#options = options;
    const bucket = new TokenBucket(options.pacePerSubscription, options.clock, subscription.pacedAt);
    this.#queue = new SendQueue(options.store, subscription.key, subscription.isPending);
    this.#state = new SubscriptionState(subscription, bucket, options.clock.now(), options.claim, options.results);
    this.#attempts = new PacedAttempts({
      ...options,
      bucket,
      wakeUpSignal: this.#wakeUpSignal,
      isHalted: () => this.#isHalted,
    });
    this.#redrive = new Redrive(subscription.isRedriving, {
      ...options,
      state: this.#state,
      isHalted: () => this.#isHalted,
      attempt: (send, next, isRetry) => this.#attempt(send, next, isRetry),
      settle: (send, state, result, change) => {
        this.#settle(send, state, result, true, change);
      },
    });
    this.#startIfNeeded();
  }

  /**
   * Time at which the worker has work to do, in milliseconds since 1970: 0 if it is busy now, infinity if it only waits
   * for new sends.
   */
  get dueAt(): number {
    return this.#isRunning ? this.#waitingUntil : Infinity;
  }

  /** Adds a new send. */
  offer(send: WaitingSend): void {
    this.#queue.offer(send);
    this.#startIfNeeded();
  }

  /** Applies changes from the store: requests of the operator, and sends that were not offered. */
  update(subscription: Subscription): void {
    const isChanged = this.#state.takeRequests(subscription);
    if (subscription.isRedriving) this.#redrive.start();
    if (isChanged || subscription.isRedriving) this.#wakeUpSignal.notify();
    this.#startIfNeeded();
  }

  /** Notes that the store may have sends that were not offered. */
  expectMore(): void {
    this.#queue.expectMore();
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
    const { current } = this.#state;
    if (hasRecovered(current)) return 0;
    return Math.min(this.#redrive.dueAt, this.#queue.isEmpty ? Infinity : current.nextAttemptAt);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    while (this.#hasWork) {
      try {
        await this.#waitUntilDue();
        if (!this.#isStopped && this.#state.skipSeq !== null) await this.#skip(this.#state.skipSeq);
        if (!this.#isHalted && hasRecovered(this.#state.current)) await this.#redrive.startAfterOutage();
        if (!this.#isHalted && this.#redrive.dueAt <= clock.now()) await this.#redrive.attemptBatch();
        while (!this.#isHalted && this.#state.current.nextAttemptAt <= clock.now() && (await this.#deliver()));
      } catch (error) {
        // The send is still pending, so the next pass continues with it.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#stop.signal);
      }
    }
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    this.#isRunning = false;
  }

  /** Waits for the end of the back-off. A redrive, a request of the operator or a stop ends the wait early. */
  async #waitUntilDue(): Promise<void> {
    const { clock, results } = this.#options;
    const { signal } = this.#wakeUpSignal;
    const wait = () => this.#nextDueAt - clock.now();
    if (wait() <= 0) return;
    // The state that the wait depends on is saved first, because the wait may be long.
    await results.save();
    this.#waitingUntil = this.#nextDueAt;
    await clock.sleep(wait(), signal);
    this.#waitingUntil = 0;
  }

  /**
   * Attempts the first pending send.
   *
   * @returns true if the next send can follow at once
   */
  async #deliver(): Promise<boolean> {
    const { clock } = this.#options;
    const send = await this.#queue.first();
    if (!send) return false;
    const { failures } = this.#state.current;
    const result = await this.#attempt(send, () => this.#queue.seqs, failures > 0);
    if (result === 'gone from the store') {
      this.#queue.remove(send.seq);
      return true;
    }
    if (result === null) return false;
    if (result.outcome === 'delivered') {
      const { current } = this.#state;
      const change = { ...afterSuccess(current), lastSuccessAt: result.endedAt };
      // The target works again, so the back-off of redriven sends ends.
      const redrive = failures > 0 ? { redriveFailures: 0, nextRedriveAt: 0 } : {};
      this.#settle(send, 'delivered', result, failures > 0, { ...change, ...redrive });
      // Redriven sends are attempted between two pending sends.
      return !hasRecovered(this.#state.current) && this.#redrive.dueAt > clock.now();
    }
    if (result.reason === TOO_LARGE) {
      this.#giveUp(send, result, {}, 'too_large');
      this.#options.log.warn(
        { reason: TOO_LARGE },
        'A delivery is larger than Zapier accepts. Continuing with the next delivery.',
      );
      return true;
    }
    return this.#fail(send, result);
  }

  /** Handles a failed attempt. Returns true if the next send can follow at once. */
  async #fail(send: WaitingSend, result: SendOutcome & (FailedAttempt | RefusedAttempt)): Promise<boolean> {
    const { clock, random, log, results } = this.#options;
    const now = clock.now();
    const next = afterFailure(this.#state.current, result, now, random());
    const { failures, refusedEvents, nextAttemptAt } = next;
    log.warn(
      { reason: result.reason, failures, refusedEvents, retryInSeconds: Math.round((nextAttemptAt - now) / 1000) },
      'A delivery attempt failed. Retrying after the delay.',
    );
    // A paused subscription does not give up deliveries, and a delivery that the operator skips is given up separately.
    const isHeld = this.#state.isPaused || this.#state.skipSeq !== null;
    if (!isHeld && isRefusedForGood(next)) {
      this.#giveUp(send, result, afterRefusedForGood(next, send.seq), kindOfFailure(result.reason));
      log.warn(
        { reason: result.reason },
        'The target refused a delivery three times. Continuing with the next delivery. Redrive this dead letter when the Zap accepts it.',
      );
      return true;
    }
    this.#settle(send, 'pending', result, true, next);
    if (!isHeld && mayGiveUp(waitedMs(send, this.#state.current, now), failures)) await this.#giveUpOld(result, now);
    await results.save();
    return false;
  }

  /** Gives up all pending sends that are too old, without attempting them. */
  async #giveUpOld(result: SendOutcome & (FailedAttempt | RefusedAttempt), now: number): Promise<void> {
    const { metrics, log } = this.#options;
    const kind = kindOfFailure(result.reason);
    let count = 0;
    for (;;) {
      const send = await this.#queue.first();
      if (!send || waitedMs(send, this.#state.current, now) <= GIVE_UP_AFTER_MS) break;
      const change = afterGivingUp(this.#state.current, send.seq);
      this.#settle(send, 'dead', { ...result, durationMs: null }, false, change);
      count++;
    }
    metrics?.buried.inc({ reason: kind }, count);
    log.warn(
      { count, reason: result.reason },
      'Gave up deliveries that had waited for more than a day. They are redriven when the target accepts a delivery.',
    );
  }

  /** Gives up the delivery that the operator wants to skip, unless it was delivered in the meantime. */
  async #skip(seq: number): Promise<void> {
    const { clock, log } = this.#options;
    await this.#queue.first();
    this.#state.endSkip();
    if (!this.#queue.seqs.includes(seq)) {
      this.#state.change({});
      return;
    }
    const result = { reason: SKIPPED, endedAt: Math.round(clock.now()), durationMs: null };
    this.#giveUp({ seq }, result, afterSkip(this.#state.current), 'skipped');
    log.info({ subscription: this.#state.current.id, number: seq }, "Skipped a delivery at the operator's request.");
  }

  /** Turns a send into a dead letter. */
  #giveUp(
    send: Pick<WaitingSend, 'seq'>,
    { reason, endedAt, durationMs }: { reason: string; endedAt: number; durationMs: number | null },
    change: Partial<Subscription>,
    kind: string,
  ): void {
    this.#settle(send, 'dead', { reason, endedAt, durationMs }, true, change);
    this.#options.metrics?.buried.inc({ reason: kind });
  }

  /** Reports the result of a send, with a change to the state of the subscription. */
  #settle(
    { seq, isSentAgain = false }: Pick<WaitingSend, 'seq'> & Partial<WaitingSend>,
    state: SendState,
    result: { readonly reason?: string; readonly endedAt: number; readonly durationMs: number | null },
    isRecorded: boolean,
    change: Partial<Subscription>,
  ): void {
    if (state !== 'pending') this.#queue.remove(seq);
    const { endedAt, durationMs, reason: failure = null } = result;
    this.#state.change(change, { seq, state, failure, endedAt, durationMs, isRecorded, isSentAgain });
  }

  /**
   * Attempts a send. Ends the subscription if its Zap is off.
   *
   * @param next - returns the sequence numbers that are needed next
   * @returns null if no more attempts may follow
   */
  async #attempt(send: WaitingSend, next: () => readonly number[], isRetry: boolean): Promise<SendAttempt> {
    const { contents, claim, clock } = this.#options;
    const content = await contents.get(claim.channel, send.seq, next);
    if (!content) return 'gone from the store';
    const delivery = send.isSentAgain ? { ...content, isSentAgain: true } : content;
    if (isTooLarge(delivery)) {
      return { outcome: 'refused', reason: TOO_LARGE, endedAt: Math.round(clock.now()), durationMs: null };
    }
    if (this.#isHalted) return null;
    const result = await this.#attempts.attempt(this.#state.current.targetUrl, delivery, isRetry);
    if (result?.outcome !== 'gone') return result;
    await this.#endSubscription();
    return null;
  }

  async #endSubscription(): Promise<void> {
    const { clock, results } = this.#options;
    this.#stop.abort();
    // Without this save, events that were just delivered would count as discarded.
    await results.save();
    await endSubscription(this.#state.current, 'gone', clock.now(), this.#options);
  }
}
