/** The attempts of one subscription. Each attempt waits for the rate limits, and is counted and recorded. */

import type { Clock } from '../clock.ts';
import type { Metrics } from '../metrics.ts';
import type { Attempt } from '../store/console-store.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Subscription } from '../store/subscription.ts';
import type { AttemptResult, AttemptSender } from './attempt.ts';
import { attemptToRecord } from './attempt-writer.ts';
import { kindOfFailure } from './failure-kind.ts';
import type { RetrySlots } from './retry-slots.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WakeUpSignal } from './wake-up-signal.ts';

/** Interval at which a retry looks for a free slot. */
const SLOT_POLL_MS = 250;

/** Dependencies and limits of {@link PacedAttempts}. */
export interface PacedAttemptsOptions {
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  readonly metrics: Metrics | undefined;
  readonly retrySlots: RetrySlots;
  /** The bucket that limits the rate of the subscription. */
  readonly bucket: TokenBucket;
  /** The bucket that limits the rate of the whole channel. */
  readonly channelBucket: TokenBucket;
  /** Ends a wait early, to check whether attempts are halted. */
  readonly wakeUpSignal: WakeUpSignal;
  /** Returns the current state of the subscription. */
  readonly subscription: () => Subscription;
  /** Records an attempt for the console. */
  readonly recordAttempt: (attempt: Attempt) => void;
  /** Returns true if no attempt may start now. */
  readonly isHalted: () => boolean;
  /** Returns true while the process certainly holds the lease on the channel. */
  readonly isLeaseHeld: () => boolean;
  /** Called when an attempt finds that the lease is lost. */
  readonly onLeaseLost: () => void;
}

/** Makes attempts when the rate limits allow them. */
export class PacedAttempts {
  readonly #options: PacedAttemptsOptions;
  #startedAt = Infinity;

  constructor(options: PacedAttemptsOptions) {
    this.#options = options;
  }

  /** Start of the attempt in flight, in milliseconds since 1970; infinity if there is none. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Attempts a delivery when the limits allow it. Returns null if attempts are halted or the lease is lost. */
  async attempt(delivery: Delivery, isRetry: boolean): Promise<AttemptResult | null> {
    const { sender, metrics, clock, retrySlots, isHalted, isLeaseHeld, onLeaseLost } = this.#options;
    const { subscription, recordAttempt, bucket, channelBucket } = this.#options;
    const waitMs = Math.max(bucket.take(), channelBucket.take());
    if ((waitMs > 0 || isRetry) && !(await this.#waitForTurn(waitMs, isRetry))) return null;
    try {
      if (!isLeaseHeld()) {
        // The process was suspended or the renewals failed, so another process may serve the channel by now.
        onLeaseLost();
        return null;
      }
      if (isHalted()) return null;
      const startedAt = clock.now();
      this.#startedAt = startedAt;
      const result = await sender.send(subscription().targetUrl, delivery);
      const endedAt = clock.now();
      metrics?.attempts.inc({ result: 'reason' in result ? kindOfFailure(result.reason) : result.outcome });
      if (result.outcome === 'delivered') metrics?.lagSeconds.observe((endedAt - delivery.receivedAt) / 1000);
      const durationMs = Math.max(0, Math.round(endedAt - startedAt));
      const attempt = attemptToRecord(subscription(), delivery, result, Math.round(endedAt), durationMs);
      if (attempt) recordAttempt(attempt);
      return result;
    } finally {
      this.#startedAt = Infinity;
      if (isRetry) retrySlots.release();
    }
  }

  /** Waits for the rate limits and, before a retry, for a free slot. Returns false if attempts are halted. */
  async #waitForTurn(waitMs: number, isRetry: boolean): Promise<boolean> {
    const { clock, retrySlots } = this.#options;
    if (!(await this.#sleepUntil(clock.now() + waitMs))) return false;
    while (isRetry && !retrySlots.tryTake()) {
      if (!(await this.#sleepUntil(clock.now() + SLOT_POLL_MS))) return false;
    }
    return true;
  }

  /** Sleeps until a time, or until attempts are halted. Returns false if they are halted. */
  async #sleepUntil(time: number): Promise<boolean> {
    const { clock, wakeUpSignal, isHalted } = this.#options;
    while (clock.now() < time && !isHalted()) await clock.sleep(time - clock.now(), wakeUpSignal.signal);
    return !isHalted();
  }
}
