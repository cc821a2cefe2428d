/** The state of a subscription in the memory of its lease holder. Changes are reported, so that they are saved. */

import type { Store } from '../store/store.ts';
import type { DeadLetter, Progress, Subscription } from '../store/subscription.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import type { Urgency } from './progress-writer.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Dependencies of a {@link SubscriptionState}. */
export interface SubscriptionStateOptions {
  readonly store: Pick<Store, 'bury' | 'progress'>;
  readonly leaseId: string;
  /** Takes progress to be saved to the store. */
  readonly reportProgress: (progress: Progress, urgency: Urgency) => void;
}

/** Holds a subscription and reports each change of it. */
export class SubscriptionState {
  #current: Subscription;
  readonly #bucket: TokenBucket;
  readonly #options: SubscriptionStateOptions;

  /**
   * Takes a subscription from the store. Shortens a back-off that was stored before the clock of the store was set back.
   *
   * @param bucket - the bucket that limits the rate of the subscription; its state is saved, too
   * @param now - milliseconds since 1970
   */
  constructor(subscription: Subscription, bucket: TokenBucket, now: number, options: SubscriptionStateOptions) {
    this.#current = subscription;
    this.#bucket = bucket;
    this.#options = options;
    const latest = now + MAX_BACK_OFF_MS;
    const { nextAttemptAt, nextRedriveAt } = subscription;
    if (nextAttemptAt <= latest && nextRedriveAt <= latest) return;
    // Saved before the channel is released, so that the next holder does not wait for as long again.
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

  /** True while the operator has paused the subscription. */
  get isPaused(): boolean {
    return this.#current.pausedAt !== null;
  }

  /** The delivery that the operator wants to skip; null if there is none. */
  get skipSeq(): number | null {
    const { skipSeq, cursor } = this.#current;
    return skipSeq !== null && skipSeq > cursor ? skipSeq : null;
  }

  /**
   * Takes over the operator's requests from the store. They are no progress, so they are not reported. The end of a pause
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
   * Saves dead letters together with a change of the state. Returns false, and changes nothing, if the lease is lost.
   *
   * @throws if the store fails
   */
  async bury(deadLetters: readonly DeadLetter[], change: Partial<Subscription>): Promise<boolean> {
    if (!(await this.#options.store.bury(deadLetters, this.#progress({ ...this.#current, ...change })))) return false;
    // Reported as well, to replace older progress that is not saved yet.
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
