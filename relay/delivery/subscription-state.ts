/** The state of a subscription in the memory of its lease holder, which reports each change to be saved. */

import type { Store } from '../store/store.ts';
import type { DeadLetter, Progress, Subscription } from '../store/subscription.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import type { Urgency } from './progress-writer.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Dependencies of a {@link SubscriptionState}. */
export interface SubscriptionStateOptions {
  readonly store: Pick<Store, 'bury' | 'progress'>;
  readonly leaseId: string;
  /** Schedules progress to be saved to the store. */
  readonly reportProgress: (progress: Progress, urgency: Urgency) => void;
}

/** Holds a subscription and reports each change to it. */
export class SubscriptionState {
  #current: Subscription;
  readonly #bucket: TokenBucket;
  readonly #options: SubscriptionStateOptions;

  /**
   * Starts with a subscription from the store. Shortens a back-off that was stored before the store's clock was set
   * back.
   *
   * @param bucket - the bucket that limits the rate of the subscription, and whose state is saved with it
   * @param now - milliseconds since 1970
   */
  constructor(subscription: Subscription, bucket: TokenBucket, now: number, options: SubscriptionStateOptions) {
    this.#current = subscription;
    this.#bucket = bucket;
    this.#options = options;
    const latest = now + MAX_BACK_OFF_MS;
    const { nextAttemptAt, nextRedriveAt } = subscription;
    if (nextAttemptAt <= latest && nextRedriveAt <= latest) return;
    // The shortened back-off is saved before the channel is released, so that the next holder does not wait again.
    this.change(
      { nextAttemptAt: Math.min(nextAttemptAt, latest), nextRedriveAt: Math.min(nextRedriveAt, latest) },
      'deferred',
    );
  }

  get current(): Subscription {
    return this.#current;
  }

  /** Changes the state and reports it. */
  change(change: Partial<Subscription>, urgency: Urgency = 'soon'): void {
    this.#current = { ...this.#current, ...change };
    this.#options.reportProgress(this.#progress(this.#current), urgency);
  }

  /** True if the operator has paused the subscription. */
  get isPaused(): boolean {
    return this.#current.pausedAt !== null;
  }

  /** The delivery that the operator wants to skip; null if there is none. */
  get skipSeq(): number | null {
    const { skipSeq, cursor } = this.#current;
    return skipSeq !== null && skipSeq > cursor ? skipSeq : null;
  }

  /**
   * Applies the operator's requests from the store. They are not progress, so they are not reported. The end of a pause
   * also ends the back-off.
   *
   * @returns true if there is a new request
   */
  takeRequests({ pausedAt, resumedAt, skipSeq }: Subscription): boolean {
    const previous = this.#current;
    this.#current = { ...previous, pausedAt, resumedAt, skipSeq };
    if (resumedAt !== null && resumedAt > (previous.resumedAt ?? -Infinity)) {
      this.change({ nextAttemptAt: 0, nextRedriveAt: 0 });
      return true;
    }
    return pausedAt !== previous.pausedAt || skipSeq !== previous.skipSeq;
  }

  /** Moves the cursor past deliveries that the filter does not select. */
  skipTo(cursor: number): void {
    this.change({ cursor }, 'deferred');
  }

  /**
   * Saves dead letters together with a change to the state. Returns false, and changes nothing, if the lease is lost.
   *
   * @throws if the store fails
   */
  async bury(deadLetters: readonly DeadLetter[], change: Partial<Subscription>): Promise<boolean> {
    if (!(await this.#options.store.bury(deadLetters, this.#progress({ ...this.#current, ...change })))) return false;
    // Report the change as well, so that it replaces older progress that is not saved yet.
    this.change(change);
    return true;
  }

  /** Saves the state at once. @throws if the store fails */
  async save(): Promise<void> {
    await this.#options.store.progress([this.#progress(this.#current)]);
  }

  #progress(subscription: Subscription): Progress {
    const { id, cursor, failures, failingSince, lastFailure, nextAttemptAt, lastSuccessAt } = subscription;
    const { refusedTries, refusedEvents, outageFrom, redriveFailures, nextRedriveAt, redrivenUpTo } = subscription;
    return {
      leaseId: this.#options.leaseId,
      subscriptionId: id,
      cursor,
      failures,
      failingSince,
      lastFailure,
      nextAttemptAt,
      refusedTries,
      refusedEvents,
      outageFrom,
      redriveFailures,
      nextRedriveAt,
      redrivenUpTo,
      lastSuccessAt,
      pacedAt: this.#bucket.emptyAt,
    };
  }
}
