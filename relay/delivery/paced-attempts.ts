/** The attempts of one subscription. Each attempt waits for the rate limits and for a free slot. */

import type { Delivery } from '../store/delivery.ts';
import type { AttemptResult } from './attempt.ts';
import { kindOfFailure } from './failure-kind.ts';
import type { TokenBucket } from './token-bucket.ts';
import type { WakeUpSignal } from './wake-up-signal.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Interval at which an attempt looks for a free slot, and waits for a heartbeat. */
const POLL_MS = 100;

/** Dependencies of {@link PacedAttempts}. */
export interface PacedAttemptsOptions extends Pick<
  WorkerOptions,
  'sender' | 'clock' | 'metrics' | 'slots' | 'claim' | 'channelBucket' | 'isAlive'
> {
  /** The bucket that limits the rate of the subscription. */
  readonly bucket: TokenBucket;
  /** Ends a wait early, to check whether attempts are halted. */
  readonly wakeUpSignal: WakeUpSignal;
  /** Returns true if no attempt may start now. */
  readonly isHalted: () => boolean;
}

/** The result of an attempt, with its end and its duration in milliseconds; null if no request was made. */
export type TimedResult = AttemptResult & { readonly endedAt: number; readonly durationMs: number | null };

/** Makes attempts when the limits allow them. */
export class PacedAttempts {
  readonly #options: PacedAttemptsOptions;

  constructor(options: PacedAttemptsOptions) {
    this.#options = options;
  }

  /**
   * Attempts a delivery when the limits allow it. Returns null if attempts are halted.
   *
   * @param isRetry - true if the previous attempt of the subscription failed
   */
  async attempt(targetUrl: string, delivery: Delivery, isRetry: boolean): Promise<TimedResult | null> {
    const { sender, metrics, clock, slots, claim, bucket, channelBucket, isHalted, isAlive } = this.#options;
    const waitMs = Math.max(bucket.take(), channelBucket.take());
    if (waitMs > 0 && !(await this.#sleepUntil(clock.now() + waitMs))) return null;
    while (!isAlive() || !slots.tryTake(claim.channel, isRetry)) {
      if (!(await this.#sleepUntil(clock.now() + POLL_MS))) return null;
    }
    try {
      if (isHalted()) return null;
      const startedAt = clock.now();
      const result = await sender.send(targetUrl, delivery);
      const endedAt = clock.now();
      metrics?.attempts.inc({ result: 'reason' in result ? kindOfFailure(result.reason) : result.outcome });
      if (result.outcome === 'delivered') metrics?.lagSeconds.observe((endedAt - delivery.receivedAt) / 1000);
      return { ...result, endedAt: Math.round(endedAt), durationMs: Math.max(0, Math.round(endedAt - startedAt)) };
    } finally {
      slots.release(claim.channel, isRetry);
    }
  }

  /** Sleeps until a time, or until attempts are halted. Returns false if they are halted. */
  async #sleepUntil(time: number): Promise<boolean> {
    const { clock, wakeUpSignal, isHalted } = this.#options;
    while (clock.now() < time && !isHalted()) await clock.sleep(time - clock.now(), wakeUpSignal.signal);
    return !isHalted();
  }
}
