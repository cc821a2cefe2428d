/**
 * The state of a subscription in the memory of the process that serves it. Each change is reported to the results
 * writer, which saves the state.
 */

import { STOPPED, WakeUpSignal } from '../clock.ts';
import { MAX_BACK_OFF_MS } from '../store/outcomes/claims.ts';
import type { HeldClaim, ResultState, SendResult, WaitingSend } from '../store/rows/send.ts';
import type { Subscription } from '../store/rows/subscription.ts';
import { NO_REDRIVE_FAILURES } from './retry-policy.ts';
import type { ResultsWriter } from './results-writer.ts';

/** The result of a send: its time and duration, the reason for a failure, and the sealed beginning of the response. */
export interface SendEnd extends Pick<SendResult, 'endedAt' | 'durationMs' | 'response'> {
  readonly reason?: string;
}

/** The properties of a send that are copied to its results. */
export type ReportedSend = Pick<WaitingSend, 'seq' | 'deliveryId' | 'isSentAgain'>;

/** The state of a subscription from the time it is loaded until it is no longer served. */
export class ServedSubscription {
  /** Notified when attempts are halted, or when work might be due before a back-off ends. */
  readonly wakeUp = new WakeUpSignal();
  readonly #stopping = new AbortController();
  readonly #claim: HeldClaim;
  readonly #results: Pick<ResultsWriter, 'add'>;
  #current: Subscription;
  /**
   * Sequence number of the delivery that was skipped at the operator's request. Until the skip is saved, the store can
   * still return the request.
   */
  #skippedSeq: number | null = null;

  /**
   * Shortens a back-off that ends too late because the clock was set back after the back-off was stored.
   *
   * @param subscription - the subscription as stored
   * @param claim - the claim on its channel
   * @param results - saves the changes
   */
  constructor(subscription: Subscription, claim: HeldClaim, results: Pick<ResultsWriter, 'add'>, now: number) {
    this.#current = subscription;
    this.#claim = claim;
    this.#results = results;
    const latest = now + MAX_BACK_OFF_MS;
    const nextAttemptAt = Math.min(subscription.nextAttemptAt, latest);
    const nextRedriveAt = Math.min(subscription.nextRedriveAt, latest);
    const isShortened = nextAttemptAt < subscription.nextAttemptAt || nextRedriveAt < subscription.nextRedriveAt;
    if (isShortened) this.change({ nextAttemptAt, nextRedriveAt });
  }

  get current(): Subscription {
    return this.#current;
  }

  /** The key of the channel. */
  get channelKey(): number {
    return this.#claim.channel;
  }

  /** Aborted when the subscription is no longer served. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  get isPaused(): boolean {
    return this.#current.pausedAt !== null;
  }

  /** Sequence number of the delivery that the operator wants to skip; null if no skip is requested. */
  get skipSeq(): number | null {
    const { skipSeq } = this.#current;
    return skipSeq === this.#skippedSeq ? null : skipSeq;
  }

  /** True if no attempt is allowed to start now. */
  get isHalted(): boolean {
    return this.stopped.aborted || this.isPaused || this.skipSeq !== null;
  }

  /** Changes the state, and reports the state together with the result of a send. */
  change(
    changes: Partial<Subscription>,
    send: Omit<SendResult, 'subscription' | 'subscriptionId'> | null = null,
  ): void {
    this.#current = { ...this.#current, ...changes };
    const { key: subscription, id: subscriptionId } = this.#current;
    const names = { subscription, subscriptionId };
    const state = { ...this.#current, ...names, skippedSeq: this.#skippedSeq };
    this.#results.add(this.#claim, send && { ...send, ...names }, state);
  }

  /** Reports the result of a send, together with changes to the state. */
  report(
    { seq, deliveryId, isSentAgain }: ReportedSend,
    state: ResultState,
    { reason, response, endedAt, durationMs }: SendEnd,
    changes: Partial<Subscription>,
    isRecorded = true,
  ): void {
    const failure = { failure: reason ?? null, ...(response && { response }) };
    this.change(changes, { seq, deliveryId, state, ...failure, endedAt, durationMs, isRecorded, isSentAgain });
  }

  /** Ends the service of the subscription. */
  stop(): void {
    this.#stopping.abort(STOPPED);
    this.wakeUp.notify();
  }

  /** Records that a request to skip a delivery has been carried out. The next change reports the skip. */
  endSkip(): void {
    this.#skippedSeq = this.#current.skipSeq;
  }

  /**
   * Applies requests from the store without reporting them. The end of a pause or a request to retry ends the back-off.
   * A request to send deliveries again ends the back-off of redriven sends.
   */
  takeRequests(requested: Subscription): void {
    const previous = this.#current;
    const { pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt } = requested;
    this.#current = { ...previous, pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt };
    const isNew = (name: 'resumedAt' | 'retriedAt' | 'redrivenAt') =>
      requested[name] !== null && requested[name] > (previous[name] ?? -Infinity);
    const isDue = isNew('resumedAt') || isNew('retriedAt');
    if (isDue) this.change({ nextAttemptAt: 0, nextRedriveAt: 0 });
    if (isNew('redrivenAt')) this.change(NO_REDRIVE_FAILURES);
    const hasChanged = pausedAt !== previous.pausedAt || skipSeq !== previous.skipSeq;
    if (isDue || isNew('redrivenAt') || hasChanged) this.wakeUp.notify();
  }
}
