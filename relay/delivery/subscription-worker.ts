/**
 * The worker of one subscription. The worker attempts the pending sends one at a time and in order, and retries with
 * exponential back-off while the target fails. A send remains pending until the target responds, so that each event
 * arrives at least once. Sends that are redriven or set aside are attempted in between, with a separate back-off. The
 * worker runs only while there is work to do.
 */

import type { Clock } from '../clock.ts';
import { endSubscription } from '../end-subscription.ts';
import { nameOf, type Log } from '../log.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { WaitingSend } from '../store/rows/send.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import type { TokenBucket } from '../token-bucket.ts';
import type { Attempts, AttemptSend } from './attempts.ts';
import { DeadLetters } from './dead-letters.ts';
import { takeFailureStep, type FailureParts } from './failure-steps.ts';
import type { ResultsWriter } from './results-writer.ts';
import { afterSuccess, hasRecovered, STORE_RETRY_MS } from './retry-policy.ts';
import { createSendQueue, type SendQueue } from './send-queue.ts';
import { SeparateRetries } from './separate-retries.ts';
import type { SendEnd, ServedSubscription } from './served-subscription.ts';

interface WorkerParts {
  readonly served: ServedSubscription;
  /** The limits on the rate of the subscription and of its channel. */
  readonly buckets: readonly TokenBucket[];
  readonly attempts: Pick<Attempts, 'attempt'>;
  readonly store: Pick<Store, 'pending' | 'hasSetAside' | 'redriveFrom' | 'redriven' | 'unsubscribe'>;
  readonly results: Pick<ResultsWriter, 'save'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics | undefined;
  readonly random: () => number;
}

/** Delivers to one subscription until it is stopped. */
export class SubscriptionWorker {
  readonly #parts: WorkerParts;
  readonly #served: ServedSubscription;
  readonly #queue: SendQueue;
  readonly #deadLetters: DeadLetters;
  readonly #separate: SeparateRetries;
  readonly #failureParts: FailureParts;
  /** The running loop; null while there is no work. */
  #running: Promise<void> | null = null;
  /** Time at which the current wait ends; 0 if the worker is not waiting. */
  #waitingUntil = 0;

  /** Starts delivering the sends that wait in the store. */
  constructor(parts: WorkerParts) {
    const { served, store } = parts;
    this.#parts = parts;
    this.#served = served;
    this.#queue = createSendQueue(store, served.current.key, served.current.isPending);
    this.#deadLetters = new DeadLetters({ ...parts, queue: this.#queue });
    this.#separate = new SeparateRetries({ ...parts, attempt: this.#attempt });
    this.#failureParts = {
      ...parts,
      queue: this.#queue,
      deadLetters: this.#deadLetters,
      separate: this.#separate,
      attempt: this.#attempt,
      reportDelivered: (send, result) => {
        this.#reportDelivered(send, result);
      },
    };
    this.#startOrWake();
  }

  /**
   * Time at which the worker next has work: 0 while the worker is busy, infinity while the worker only waits for new
   * sends.
   */
  get dueAt(): number {
    return this.#running ? this.#waitingUntil : Infinity;
  }

  offer(send: WaitingSend): void {
    this.#queue.offer(send);
    this.#startOrWake();
  }

  /** Records that the store may have sends that were not offered. */
  expectMore(): void {
    this.#queue.expectMore();
    this.#startOrWake();
  }

  /** Applies changes from the store: requests of the operator, and sends that were not offered. */
  update(updated: Subscription): void {
    this.#served.takeRequests(updated);
    if (updated.isRedriving) this.#separate.start();
    this.#startOrWake();
  }

  /** Stops the worker. Resolves when no attempt is in flight. */
  async stop(): Promise<void> {
    this.#served.stop();
    await this.#running;
  }

  // The loop

  /** Starts the loop if there is work. Ends the wait of a running loop if work is due before the end of the wait. */
  #startOrWake(): void {
    if (!this.#running && this.#hasWork()) this.#running = this.#run();
    else if (this.#nextDueAt() < this.#waitingUntil) this.#served.wakeUp.notify();
  }

  #hasWork(): boolean {
    return !this.#served.stopped.aborted && this.#nextDueAt() < Infinity;
  }

  /** Returns the time at which the worker next has work to do; infinity if there is no work. */
  #nextDueAt(): number {
    const { skipSeq, isPaused, current } = this.#served;
    if (skipSeq !== null) return 0;
    if (isPaused) return Infinity;
    if (hasRecovered(current)) return 0;
    return Math.min(this.#separate.dueAt, this.#queue.isEmpty() ? Infinity : current.nextAttemptAt);
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (this.#hasWork()) {
      try {
        await this.#waitUntilDue();
        await this.#workOnce();
      } catch (error) {
        // The send is still pending, so the next pass continues with it.
        log.error({ error: nameOf(error) }, 'Reading or updating a subscription in the store failed. Retrying in 1 s.');
        await clock.sleep(STORE_RETRY_MS, this.#served.stopped);
      }
    }
    // Cleared synchronously after the check, so that a later offer restarts the loop.
    this.#running = null;
  }

  /** Waits for the end of the back-off. A redrive, a request of the operator or a stop ends the wait early. */
  async #waitUntilDue(): Promise<void> {
    const { clock, results } = this.#parts;
    const { signal } = this.#served.wakeUp;
    if (this.#nextDueAt() <= clock.now()) return;
    // First save the state that the wait depends on, because the wait can be long.
    await results.save();
    this.#waitingUntil = this.#nextDueAt();
    await clock.sleep(this.#waitingUntil - clock.now(), signal);
    this.#waitingUntil = 0;
  }

  /**
   * Does the work that is due: skips a delivery, attempts a batch of redriven sends, and then attempts pending sends.
   */
  async #workOnce(): Promise<void> {
    const { clock } = this.#parts;
    const served = this.#served;
    if (!served.stopped.aborted && served.skipSeq !== null) await this.#deadLetters.skip(served.skipSeq);
    if (!served.isHalted && hasRecovered(served.current)) await this.#separate.startAfterOutage();
    if (!served.isHalted && this.#separate.dueAt <= clock.now()) await this.#separate.attemptBatch();
    while (!served.isHalted && served.current.nextAttemptAt <= clock.now() && (await this.#deliver()));
  }

  // Attempts

  readonly #attempt: AttemptSend = async (send, next, isRetry) => {
    const { attempts, buckets, results, clock } = this.#parts;
    const result = await attempts.attempt(send, { served: this.#served, buckets }, next, isRetry);
    if (result?.type !== 'gone') return result;
    this.#served.stop();
    // Without this save, events that were just delivered would count as dead letters.
    await results.save();
    await endSubscription(this.#served.current, 'gone', clock.now(), this.#parts);
    return null;
  };

  /** Attempts the first pending send. Returns true if the next send can follow immediately. */
  async #deliver(): Promise<boolean> {
    const { clock, log } = this.#parts;
    const send = await this.#queue.at(0);
    const result = send && (await this.#attempt(send, this.#queue.inMemory, this.#served.current.failures > 0));
    if (!result) return false;
    const isFailure = result.type === 'failed' || result.type === 'refused';
    if (isFailure) return takeFailureStep(send, result, this.#failureParts);
    if (result.type === 'unsendable') {
      this.#deadLetters.giveUp(send, result, {}, result.obstacle);
      log.warn({ reason: result.reason }, `${result.message} Continuing with the next delivery.`);
      return true;
    }
    this.#reportDelivered(send, result);
    // Redriven sends are attempted between two pending sends.
    return !hasRecovered(this.#served.current) && this.#separate.dueAt > clock.now();
  }

  #reportDelivered(send: WaitingSend, result: SendEnd): void {
    const { current } = this.#served;
    this.#queue.remove(send.seq);
    this.#served.report(send, 'delivered', result, afterSuccess(current, result.endedAt), current.failures > 0);
  }
}
