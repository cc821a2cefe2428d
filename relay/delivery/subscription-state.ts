/** The state of a subscription in the memory of its claimant, which reports each change to be saved. */

import type { SendResult, SendState, WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import { TokenBucket } from './token-bucket.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The result of a send. */
export interface SendEnd extends Pick<SendResult, 'endedAt' | 'durationMs'> {
  /** Reason for a failure. */
  readonly reason?: string;
  /** The beginning of the response to it, sealed. */
  readonly response?: Uint8Array;
}

/** Holds a subscription, reports each change to it, and knows if attempts may start. */
export class SubscriptionState {
  #current: Subscription;
  readonly #options: WorkerOptions;
  /** The bucket that limits the rate of the subscription. */
  readonly bucket: TokenBucket;
  /** Notified when attempts are halted, or when there is work that may be due before a back-off ends. */
  readonly wakeUp = new WakeUpSignal();
  readonly #stop = new AbortController();
  /** The operator's request that has been carried out. Until it is saved, the store may still return it. */
  #skippedSeq: number | null = null;

  /** Starts with a subscription from the store. Shortens a back-off that was stored before the clock was set back. */
  constructor(subscription: Subscription, options: WorkerOptions) {
    this.#options = options;
    this.bucket = new TokenBucket(options.pacePerSubscription, options.clock);
    const latest = options.clock.now() + MAX_BACK_OFF_MS;
    const nextAttemptAt = Math.min(subscription.nextAttemptAt, latest);
    const nextRedriveAt = Math.min(subscription.nextRedriveAt, latest);
    this.#current = subscription;
    const isShortened = nextAttemptAt < subscription.nextAttemptAt || nextRedriveAt < subscription.nextRedriveAt;
    if (isShortened) this.change({ nextAttemptAt, nextRedriveAt });
  }

  get current(): Subscription {
    return this.#current;
  }

  /** Changes the state, and reports it together with the result of a send. */
  change(change: Partial<Subscription>, send: Omit<SendResult, 'subscription'> | null = null): void {
    this.#current = { ...this.#current, ...change };
    const { key: subscription } = this.#current;
    const progress = { ...this.#current, subscription, skippedSeq: this.#skippedSeq };
    this.#options.results.add(this.#options.claim, send && { ...send, subscription }, progress);
  }

  /** Reports the result of a send, with a change to the state. */
  report(
    { seq, isSentAgain }: Pick<WaitingSend, 'seq' | 'isSentAgain'>,
    state: SendState,
    { reason, response, endedAt, durationMs }: SendEnd,
    change: Partial<Subscription>,
    isRecorded = true,
  ): void {
    const failure = { failure: reason ?? null, ...(response && { response }) };
    this.change(change, { seq, state, ...failure, endedAt, durationMs, isRecorded, isSentAgain });
  }

  /** Aborted when the subscription is no longer served. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  /** Lets no more attempts start. */
  stop(): void {
    this.#stop.abort();
    this.wakeUp.notify();
  }

  /** True if the operator has paused the subscription. */
  get isPaused(): boolean {
    return this.#current.pausedAt !== null;
  }

  /** The delivery that the operator wants to skip; null if there is none. */
  get skipSeq(): number | null {
    return this.#current.skipSeq === this.#skippedSeq ? null : this.#current.skipSeq;
  }

  /** True if no attempt may start now, because the subscription is stopped, is paused, or must first skip a delivery. */
  get isHalted(): boolean {
    return this.stopped.aborted || this.isPaused || this.skipSeq !== null;
  }

  /** Notes that a request to skip a delivery has been carried out. It is reported with the next change. */
  endSkip(): void {
    this.#skippedSeq = this.#current.skipSeq;
  }

  /**
   * Applies requests from the store. They are not reported. The end of a pause and a request to retry now also end the
   * back-off, and a request to send deliveries again ends the back-off of redriven sends.
   */
  takeRequests({ pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt }: Subscription): void {
    const previous = this.#current;
    this.#current = { ...previous, pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt };
    const isNew = (time: number | null, known: number | null) => time !== null && time > (known ?? -Infinity);
    const isDue = isNew(resumedAt, previous.resumedAt) || isNew(retriedAt, previous.retriedAt);
    const isRedriven = isNew(redrivenAt, previous.redrivenAt);
    if (isDue) this.change({ nextAttemptAt: 0, nextRedriveAt: 0 });
    if (isRedriven) this.change({ redriveFailures: 0, nextRedriveAt: 0 });
    if (isDue || isRedriven || pausedAt !== previous.pausedAt || skipSeq !== previous.skipSeq) this.wakeUp.notify();
  }
}
