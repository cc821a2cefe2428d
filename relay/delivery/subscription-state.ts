/** The state of a subscription in the memory of its lease holder, and its way to the store. */

import type { DeadLetter, Progress, Store, Subscription } from '../store/store.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import type { Urgency } from './progress-writer.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Dependencies of a {@link SubscriptionState}. */
export interface SubscriptionStateOptions {
  readonly store: Pick<Store, 'bury'>;
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

  /** Takes over the operator's requests from the store. They are no progress, so they are not reported. */
  takeRequests({ pausedAt, resumedAt, skipSeq }: Subscription): void {
    this.#current = { ...this.#current, pausedAt, resumedAt, skipSeq };
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
