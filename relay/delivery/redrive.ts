/**
 * The redrive of a subscription's sends. While the target fails, the redrive pauses with a back-off of its own, so that
 * neither the other redriven sends nor pending sends wait for a send that always fails.
 */

import type { SendState, WaitingSend } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import type { FailedAttempt } from './attempt.ts';
import { backOffMs } from './back-off.ts';
import type { TimedResult } from './paced-attempts.ts';
import type { SubscriptionState } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Maximum number of sends in a batch. Pending sends are attempted between two batches. */
const BATCH_SIZE = 10;

/** The result of an attempt, or of a send that is too large for one. */
export type SendOutcome = Exclude<TimedResult, { readonly outcome: 'gone' }>;
/** A {@link SendOutcome}; null if no more attempts may follow. */
export type SendAttempt = SendOutcome | 'gone from the store' | null;

/** Dependencies of a {@link Redrive}. */
export interface RedriveOptions extends Pick<WorkerOptions, 'store' | 'clock' | 'random' | 'log' | 'results'> {
  readonly state: SubscriptionState;
  /** Returns true if no attempt may start now. */
  readonly isHalted: () => boolean;
  /**
   * Attempts a send.
   *
   * @param next - returns the sequence numbers that are needed next
   */
  readonly attempt: (send: WaitingSend, next: () => readonly number[], isRetry: boolean) => Promise<SendAttempt>;
  /** Reports the result of a send, with a change to the state of the subscription. */
  readonly settle: (send: WaitingSend, state: SendState, result: SendOutcome, change: Partial<Subscription>) => void;
}

/** Attempts the redriven sends of a subscription. */
export class Redrive {
  readonly #options: RedriveOptions;
  #isPending: boolean;

  /** @param isPending - true if the store has redriven sends */
  constructor(isPending: boolean, options: RedriveOptions) {
    this.#isPending = isPending;
    this.#options = options;
  }

  /** Time of the next attempt, in milliseconds since 1970; infinity if there is nothing to redrive. */
  get dueAt(): number {
    return this.#isPending ? this.#options.state.current.nextRedriveAt : Infinity;
  }

  /** Starts to redrive sends that have been marked in the store. */
  start(): void {
    this.#isPending = true;
  }

  /**
   * Marks the dead letters of an outage as redriven, once.
   *
   * @throws if the store fails
   */
  async startAfterOutage(): Promise<void> {
    const { store, log, results } = this.#options;
    await results.save();
    const { channel, id, outageFrom } = this.#options.state.current;
    const count = await store.redrive(channel, id, outageFrom ?? 0);
    if (count > 0) {
      log.info({ count }, 'The target has recovered. Redriving the dead letters of the outage.');
      this.#isPending = true;
    }
    this.#options.state.change({ outageFrom: null });
  }

  /**
   * Attempts a batch of redriven sends.
   *
   * @throws if the store fails
   */
  async attemptBatch(): Promise<void> {
    const { store, log, results } = this.#options;
    // Without this, the store would return sends whose results are not saved yet.
    await results.save();
    const batch = await store.redriven(this.#options.state.current.key, BATCH_SIZE);
    if (batch.length === 0) {
      this.#isPending = false;
      this.#options.state.change({ redriveFailures: 0, nextRedriveAt: 0 });
      return;
    }
    const seqs = batch.map(({ seq }) => seq);
    for (const [index, send] of batch.entries()) {
      if (this.#options.isHalted()) return;
      const result = await this.#options.attempt(
        send,
        () => seqs.slice(index),
        this.#options.state.current.redriveFailures > 0,
      );
      if (result === null) return;
      if (result === 'gone from the store') continue;
      if (result.outcome === 'delivered') this.#redelivered(send, result);
      else if (result.outcome === 'refused') {
        this.#options.settle(send, 'dead', result, {});
        log.warn({ reason: result.reason }, 'A dead letter was refused again. It remains a dead letter.');
      } else {
        this.#backOffRedrive(send, result);
        return;
      }
    }
  }

  #redelivered(send: WaitingSend, result: SendOutcome): void {
    const { nextAttemptAt, refusedTries } = this.#options.state.current;
    this.#options.settle(send, 'delivered', result, {
      lastSuccessAt: result.endedAt,
      redriveFailures: 0,
      nextRedriveAt: 0,
      // The target works again, so the back-off of pending sends ends. A refused event keeps the delay before its next
      // attempt.
      nextAttemptAt: refusedTries > 0 ? nextAttemptAt : Math.min(nextAttemptAt, this.#options.clock.now()),
    });
  }

  #backOffRedrive(send: WaitingSend, result: SendOutcome & FailedAttempt): void {
    const { clock, random, log } = this.#options;
    const failures = this.#options.state.current.redriveFailures + 1;
    const delay = result.retryAfterMs ?? backOffMs(failures, random());
    const change = { redriveFailures: failures, nextRedriveAt: clock.now() + delay };
    this.#options.settle(send, 'redriven', result, change);
    log.warn(
      { reason: result.reason, failures, retryInSeconds: Math.round(delay / 1000) },
      'Redelivery of a dead letter failed. Continuing the redrive after the delay.',
    );
  }
}
