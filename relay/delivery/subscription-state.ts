/** The state of a subscription in the memory of its claimant, which reports each change to be saved. */

import type { SendResult, SendState, WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import { WakeUpSignal } from './wake-up-signal.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The result of a send, with the reason for a failure and the beginning of the response, sealed. */
export interface SendEnd extends Pick<SendResult, 'endedAt' | 'durationMs' | 'response'> {
  readonly reason?: string;
}

/** The part of a send that its results contain. */
export type ReportedSend = Pick<WaitingSend, 'seq' | 'deliveryId' | 'isSentAgain'>;

/** The state of a served subscription. */
export type SubscriptionState = ReturnType<typeof createSubscriptionState>;

/** Holds a subscription from the store. Shortens a back-off that was stored before the clock was set back. */
export function createSubscriptionState(subscription: Subscription, { clock, results, claim }: WorkerOptions) {
  let current = subscription;
  /** The operator's request that has been carried out. Until it is saved, the store may still return it. */
  let skippedSeq: number | null = null;
  const wakeUp = new WakeUpSignal();
  const stopping = new AbortController();

  /** Changes the state, and reports it together with the result of a send. */
  function change(
    changes: Partial<Subscription>,
    send: Omit<SendResult, 'subscription' | 'subscriptionId'> | null = null,
  ): void {
    current = { ...current, ...changes };
    const { key: subscription, id: subscriptionId } = current;
    const names = { subscription, subscriptionId };
    results.add(claim, send && { ...send, ...names }, { ...current, ...names, skippedSeq });
  }

  const isPaused = (): boolean => current.pausedAt !== null;
  const skipSeq = (): number | null => (current.skipSeq === skippedSeq ? null : current.skipSeq);

  const latest = clock.now() + MAX_BACK_OFF_MS;
  const nextAttemptAt = Math.min(subscription.nextAttemptAt, latest);
  const nextRedriveAt = Math.min(subscription.nextRedriveAt, latest);
  const isShortened = nextAttemptAt < subscription.nextAttemptAt || nextRedriveAt < subscription.nextRedriveAt;
  if (isShortened) change({ nextAttemptAt, nextRedriveAt });

  return {
    current: (): Subscription => current,
    change,
    /** Notified when attempts are halted, or when there is work that may be due before a back-off ends. */
    wakeUp,
    /** Aborted when the subscription is no longer served. */
    stopped: stopping.signal,
    isPaused,
    /** Returns the delivery that the operator wants to skip; null if there is none. */
    skipSeq,
    /** Returns true if no attempt may start now. */
    isHalted: (): boolean => stopping.signal.aborted || isPaused() || skipSeq() !== null,

    /** Reports the result of a send, together with changes to the state. */
    report: (
      { seq, deliveryId, isSentAgain }: ReportedSend,
      state: SendState,
      { reason, response, endedAt, durationMs }: SendEnd,
      changes: Partial<Subscription>,
      isRecorded = true,
    ): void => {
      const failure = { failure: reason ?? null, ...(response && { response }) };
      change(changes, { seq, deliveryId, state, ...failure, endedAt, durationMs, isRecorded, isSentAgain });
    },

    stop: (): void => {
      stopping.abort();
      wakeUp.notify();
    },

    /** Notes that a request to skip a delivery has been carried out. It is reported with the next change. */
    endSkip: (): void => {
      skippedSeq = current.skipSeq;
    },

    /**
     * Applies requests from the store. They are not reported. The end of a pause and a request to retry now also end the
     * back-off, and a request to send deliveries again ends the back-off of redriven sends.
     */
    takeRequests: (requested: Subscription): void => {
      const previous = current;
      const { pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt } = requested;
      current = { ...previous, pausedAt, resumedAt, skipSeq, redrivenAt, retriedAt };
      const isNew = (name: 'resumedAt' | 'retriedAt' | 'redrivenAt') =>
        requested[name] !== null && requested[name] > (previous[name] ?? -Infinity);
      const isDue = isNew('resumedAt') || isNew('retriedAt');
      if (isDue) change({ nextAttemptAt: 0, nextRedriveAt: 0 });
      if (isNew('redrivenAt')) change({ redriveFailures: 0, nextRedriveAt: 0 });
      const hasChanged = pausedAt !== previous.pausedAt || skipSeq !== previous.skipSeq;
      if (isDue || isNew('redrivenAt') || hasChanged) wakeUp.notify();
    },
  };
}
