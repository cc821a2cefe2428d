/** The state of a subscription in the memory of its claimant, which reports each change to be saved. */

import type { ClaimId } from '../store/claim.ts';
import type { SendResult } from '../store/send.ts';
import type { Subscription } from '../store/subscription.ts';
import { MAX_BACK_OFF_MS } from './back-off.ts';
import type { ResultsWriter } from './results-writer.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Holds a subscription and reports each change to it. */
export class SubscriptionState {
  #current: Subscription;
  readonly #bucket: TokenBucket;
  readonly #claim: ClaimId;
  readonly #results: Pick<ResultsWriter, 'add'>;
  /** The operator's request that has been carried out. Until it is saved, the store may still return it. */
  #skippedSeq: number | null = null;

  /**
   * Starts with a subscription from the store. Shortens a back-off that was stored before the store's clock was set back.
   *
   * @param bucket - the bucket that limits the rate of the subscription, and whose state is saved with it
   * @param now - milliseconds since 1970
   */
  constructor(
    subscription: Subscription,
    bucket: TokenBucket,
    now: number,
    claim: ClaimId,
    results: Pick<ResultsWriter, 'add'>,
  ) {
    this.#bucket = bucket;
    this.#claim = claim;
    this.#results = results;
    const latest = now + MAX_BACK_OFF_MS;
    const { nextAttemptAt, nextRedriveAt } = subscription;
    this.#current = {
      ...subscription,
      nextAttemptAt: Math.min(nextAttemptAt, latest),
      nextRedriveAt: Math.min(nextRedriveAt, latest),
    };
    if (nextAttemptAt > latest || nextRedriveAt > latest) this.change({});
  }

  get current(): Subscription {
    return this.#current;
  }

  /** Changes the state, and reports it together with the result of a send. */
  change(change: Partial<Subscription>, send: Omit<SendResult, 'subscription'> | null = null): void {
    this.#current = { ...this.#current, ...change };
    const { key: subscription } = this.#current;
    const progress = { ...this.#current, subscription, pacedAt: this.#bucket.emptyAt, skippedSeq: this.#skippedSeq };
    this.#results.add(this.#claim, send && { ...send, subscription }, progress);
  }

  /** True if the operator has paused the subscription. */
  get isPaused(): boolean {
    return this.#current.pausedAt !== null;
  }

  /** The delivery that the operator wants to skip; null if there is none. */
  get skipSeq(): number | null {
    return this.#current.skipSeq === this.#skippedSeq ? null : this.#current.skipSeq;
  }

  /** Notes that a request to skip a delivery has been carried out. It is reported with the next change. */
  endSkip(): void {
    this.#skippedSeq = this.#current.skipSeq;
  }

  /**
   * Applies the operator's requests from the store. They are not reported. The end of a pause also ends the back-off.
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
}
