/**
 * The worker of one subscription. It attempts the pending sends one at a time and in order, limits their rate, and
 * retries with exponential back-off while the target fails. The policy for failures is in `refusal.ts`. A send remains
 * pending until there is a response, so that each event arrives at least once. Redriven sends are attempted in between,
 * with a back-off of their own. The worker runs only while there is something to deliver.
 */

import { nameOf } from '../log.ts';
import { SKIPPED } from '../store/operator.ts';
import type { WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import type { FailedAttempt, RefusedAttempt } from './attempt-result.ts';
import { GIVE_UP_AFTER_MS, mayGiveUp, STORE_RETRY_MS, waitedMs } from './back-off.ts';
import {
  afterFailure,
  afterGivingUp,
  afterRefusedForGood,
  afterSkip,
  afterSuccess,
  hasRecovered,
  isRefusedForGood,
  isSuspected,
  kindOfFailure,
} from './refusal.ts';
import { PacedAttempts, TOO_LARGE, type TimedResult } from './paced-attempts.ts';
import { Redrive } from './redrive.ts';
import { SendQueue } from './send-queue.ts';
import { SubscriptionState, type SendEnd } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

type Failure = TimedResult & (FailedAttempt | RefusedAttempt);

/** Delivers to one subscription until it is stopped. */
export class SubscriptionWorker {
  readonly #options: WorkerOptions;
  readonly #state: SubscriptionState;
  readonly #attempts: PacedAttempts;
  readonly #queue: SendQueue;
  readonly #redrive: Redrive;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  /** Time at which the worker's current wait ends; 0 if it is not waiting. */
  #waitingUntil = 0;

  /** Starts to deliver if sends of the subscription wait. */
  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#options = options;
    this.#state = new SubscriptionState(subscription, options);
    this.#attempts = new PacedAttempts(this.#state, options);
    this.#queue = new SendQueue(options.store, subscription.key, subscription.isPending);
    this.#redrive = new Redrive(this.#state, this.#attempts, options);
    this.#startIfNeeded();
  }

  /** Time at which the worker has work to do: 0 if it is busy now, infinity if it only waits for new sends. */
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
    this.#state.takeRequests(subscription);
    if (subscription.isRedriving) this.#redrive.start();
    this.#startIfNeeded();
  }

  /** Notes that the store may have sends that were not offered. */
  expectMore(): void {
    this.#queue.expectMore();
    this.#startIfNeeded();
  }

  /** Stops the worker. Resolves when no attempt is in flight. */
  async stop(): Promise<void> {
    this.#state.stop();
    await this.#running;
  }

  #startIfNeeded(): void {
    if (this.#isRunning || !this.#hasWork) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  get #hasWork(): boolean {
    return !this.#state.stopped.aborted && this.#nextDueAt < Infinity;
  }

  /** Time at which the worker next has work to do; infinity if it has none. */
  get #nextDueAt(): number {
    const { current, skipSeq, isPaused } = this.#state;
    if (skipSeq !== null) return 0;
    if (isPaused) return Infinity;
    if (hasRecovered(current)) return 0;
    return Math.min(this.#redrive.dueAt, this.#queue.isEmpty ? Infinity : current.nextAttemptAt);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const state = this.#state;
    while (this.#hasWork) {
      try {
        await this.#waitUntilDue();
        if (!state.stopped.aborted && state.skipSeq !== null) await this.#skip(state.skipSeq);
        if (!state.isHalted && hasRecovered(state.current)) await this.#redrive.startAfterOutage();
        if (!state.isHalted && this.#redrive.dueAt <= clock.now()) await this.#redrive.attemptBatch();
        while (!state.isHalted && state.current.nextAttemptAt <= clock.now() && (await this.#deliver()));
      } catch (error) {
        // The send is still pending, so the next pass continues with it.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, state.stopped);
      }
    }
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    this.#isRunning = false;
  }

  /** Waits for the end of the back-off. A redrive, a request of the operator or a stop ends the wait early. */
  async #waitUntilDue(): Promise<void> {
    const { clock, results } = this.#options;
    const { signal } = this.#state.wakeUp;
    const wait = () => this.#nextDueAt - clock.now();
    if (wait() <= 0) return;
    // The state that the wait depends on is saved first, because the wait may be long.
    await results.save();
    this.#waitingUntil = this.#nextDueAt;
    await clock.sleep(wait(), signal);
    this.#waitingUntil = 0;
  }

  /** Attempts the first pending send. Returns true if the next send can follow at once. */
  async #deliver(): Promise<boolean> {
    const { clock, log } = this.#options;
    const send = await this.#queue.at(0);
    if (!send) return false;
    const { failures } = this.#state.current;
    const result = await this.#attempts.attempt(send, () => this.#queue.seqs, failures > 0);
    if (result === null) return false;
    if (result.type === 'delivered') {
      const { current } = this.#state;
      const change = { ...afterSuccess(current), lastSuccessAt: result.endedAt };
      // The target works again, so the back-off of redriven sends ends.
      const redrive = failures > 0 ? { redriveFailures: 0, nextRedriveAt: 0 } : {};
      this.#queue.remove(send.seq);
      this.#state.report(send, 'delivered', result, { ...change, ...redrive }, failures > 0);
      // Redriven sends are attempted between two pending sends.
      return !hasRecovered(this.#state.current) && this.#redrive.dueAt > clock.now();
    }
    if (result.durationMs !== null) return this.#fail(send, result);
    const isTooLarge = result.reason === TOO_LARGE;
    this.#giveUp(send, result, {}, isTooLarge ? 'too_large' : 'no_content');
    const problem = isTooLarge
      ? 'A delivery is larger than Zapier accepts.'
      : 'The content or the data key of a delivery is missing in the store.';
    log.warn({ reason: result.reason }, `${problem} Continuing with the next delivery.`);
    return true;
  }

  /** Handles a failed attempt. Returns true if the next send can follow at once. */
  async #fail(send: WaitingSend, result: Failure): Promise<boolean> {
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
      this.#giveUp(send, result, afterRefusedForGood(next, send.seq));
      log.warn(
        { reason: result.reason },
        'The target refused a delivery three times. Continuing with the next delivery. Redrive this dead letter when the Zap accepts it.',
      );
      return true;
    }
    this.#state.report(send, 'pending', result, next);
    if (!isHeld && mayGiveUp(waitedMs(send, this.#state.current, now), failures)) await this.#giveUpOld(result, now);
    await results.save();
    return result.type === 'failed' && !isHeld && isSuspected(next, now) && this.#probe(send, result);
  }

  /**
   * Attempts the send after a failing one once. If the target accepts it, sets the failing one aside. Returns true if the
   * next send can follow at once.
   */
  async #probe(failing: WaitingSend, failure: TimedResult & FailedAttempt): Promise<boolean> {
    const { store, log } = this.#options;
    const { key } = this.#state.current;
    const send = await this.#queue.at(1);
    if (!send || (await store.hasSetAside(key))) return false;
    const result = await this.#attempts.attempt(send, () => this.#queue.seqs.slice(1), true);
    if (result?.type !== 'delivered') {
      if (result && result.durationMs !== null) this.#state.report(send, 'pending', result, {});
      return false;
    }
    this.#queue.remove(send.seq);
    const change = { ...afterSuccess(this.#state.current), lastSuccessAt: result.endedAt };
    this.#state.report(send, 'delivered', result, change);
    // A request to skip the failing event has priority.
    if (this.#state.skipSeq === null) {
      this.#queue.remove(failing.seq);
      this.#redrive.setAside(failing, failure);
      log.warn(
        { reason: failure.reason, number: failing.number },
        'An event fails although the target accepts the next one. It is set aside and retried separately for a day.',
      );
    }
    return !hasRecovered(this.#state.current);
  }

  /** Gives up all pending sends that are too old, without attempting them. */
  async #giveUpOld({ reason, endedAt }: Failure, now: number): Promise<void> {
    let count = 0;
    for (;;) {
      const send = await this.#queue.at(0);
      if (!send || waitedMs(send, this.#state.current, now) <= GIVE_UP_AFTER_MS) break;
      const change = afterGivingUp(this.#state.current, send.seq);
      this.#giveUp(send, { reason, endedAt, durationMs: null }, change);
      count++;
    }
    this.#options.log.warn(
      { count, reason },
      'Gave up deliveries that had waited for more than a day. They are redriven when the target accepts a delivery.',
    );
  }

  /** Gives up the delivery that the operator wants to skip, unless it was delivered in the meantime. */
  async #skip(seq: number): Promise<void> {
    const { clock, log } = this.#options;
    const first = await this.#queue.at(0);
    this.#state.endSkip();
    if (!this.#queue.mayContain(seq)) {
      this.#state.change({});
      return;
    }
    const result = { reason: SKIPPED, endedAt: Math.round(clock.now()), durationMs: null };
    // The failures are those of the first event.
    const change = first?.seq === seq ? afterSkip(this.#state.current) : {};
    this.#giveUp({ seq, isSentAgain: false }, result, change, 'skipped');
    log.info({}, "Skipped a delivery at the operator's request.");
  }

  /** Turns a pending send into a dead letter. */
  #giveUp(
    send: Pick<WaitingSend, 'seq' | 'isSentAgain'>,
    result: SendEnd & { readonly reason: string },
    change: Partial<Subscription>,
    reason: string = kindOfFailure(result.reason),
  ): void {
    this.#queue.remove(send.seq);
    this.#state.report(send, 'dead', result, change);
    this.#options.metrics?.buried.inc({ reason });
  }
}
