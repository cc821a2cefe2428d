/**
 * The redrive of a subscription's dead letters. A dead letter that is delivered is deleted, and a dead letter that is
 * refused again stays dead. While the target fails, the redrive pauses with its own back-off, so that neither the other
 * dead letters nor new deliveries wait for a dead letter that always fails.
 */

import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import type { Subscription } from '../store/subscription.ts';
import type { FailedAttempt, RefusedAttempt } from './attempt.ts';
import { backOffMs } from './back-off.ts';

/** Maximum number of dead letters in a batch. New deliveries are sent between two batches. */
const BATCH_SIZE = 10;

/** The part of a subscription's state that a redrive changes. */
export type RedriveState = Pick<Subscription, 'redriveFailures' | 'nextRedriveAt' | 'redrivenUpTo'>;

/** Dependencies of a {@link Redrive}. */
export interface RedriveOptions {
  readonly store: Pick<Store, 'redriven' | 'settleRedriven'>;
  readonly clock: Clock;
  /** Returns a random number from 0 to 1 for the jitter of retries. */
  readonly random: () => number;
  readonly log: Log;
  readonly leaseId: string;
  readonly subscriptionId: string;
  /** Returns the current state. */
  readonly state: () => RedriveState;
  /** Changes the state and saves it. */
  readonly changeState: (change: Partial<RedriveState>) => void;
  /** Attempts a dead letter. Returns null if no more attempts may follow. */
  readonly attempt: (
    delivery: Delivery,
  ) => Promise<{ readonly outcome: 'delivered' } | FailedAttempt | RefusedAttempt | null>;
}

/** Redrives the dead letters that are marked in the store. */
export class Redrive {
  readonly #options: RedriveOptions;
  #isPending: boolean;

  /**
   * Creates a redrive.
   *
   * @param isPending - true if the store has dead letters that are marked for redelivery
   */
  constructor(isPending: boolean, options: RedriveOptions) {
    this.#isPending = isPending;
    this.#options = options;
  }

  /**
   * Time of the next attempt, in milliseconds since 1970: 0 if it is due now, infinity if there are no dead letters to
   * redrive.
   */
  get dueAt(): number {
    return this.#isPending ? this.#options.state().nextRedriveAt : Infinity;
  }

  /** Starts to redrive dead letters that have been marked in the store. */
  start(): void {
    this.#isPending = true;
  }

  /** Ends the back-off, because the target has recovered. */
  resume(): void {
    const { redriveFailures, nextRedriveAt } = this.#options.state();
    if (redriveFailures > 0 || nextRedriveAt > 0) this.#options.changeState({ redriveFailures: 0, nextRedriveAt: 0 });
  }

  /**
   * Attempts a batch of dead letters. If one fails, the next batch begins with the dead letter after it.
   *
   * @throws if the store fails
   */
  async attemptBatch(): Promise<void> {
    const { store, leaseId, subscriptionId, state, changeState, attempt } = this.#options;
    const { redrivenUpTo } = state();
    const batch = await store.redriven(subscriptionId, BATCH_SIZE, redrivenUpTo);
    if (batch.length === 0) {
      // If a pass from the beginning is empty, no dead letters are left.
      this.#isPending = redrivenUpTo > 0;
      changeState(this.#isPending ? { redrivenUpTo: 0 } : { redriveFailures: 0, nextRedriveAt: 0 });
      return;
    }
    for (const delivery of batch) {
      const result = await attempt(delivery);
      if (result === null) return;
      if (result.outcome === 'failed') {
        this.#backOff(delivery, result);
        return;
      }
      if (result.outcome === 'delivered') {
        await store.settleRedriven(leaseId, subscriptionId, delivery.seq, true);
        changeState({ redriveFailures: 0, nextRedriveAt: 0, redrivenUpTo: delivery.seq });
      } else {
        await store.settleRedriven(leaseId, subscriptionId, delivery.seq, false, result.reason);
        changeState({ redrivenUpTo: delivery.seq });
        this.#options.log.warn({ reason: result.reason }, 'A dead letter was refused again. It remains a dead letter.');
      }
    }
  }

  #backOff({ seq }: Delivery, { reason, retryAfterMs }: FailedAttempt): void {
    const { state, changeState, clock, random, log } = this.#options;
    const failures = state().redriveFailures + 1;
    const delay = retryAfterMs ?? backOffMs(failures, random());
    changeState({ redriveFailures: failures, nextRedriveAt: clock.now() + delay, redrivenUpTo: seq });
    log.warn(
      { reason, failures, retryInSeconds: Math.round(delay / 1000) },
      'Redelivery of a dead letter failed. Continuing the redrive after the delay.',
    );
  }
}
