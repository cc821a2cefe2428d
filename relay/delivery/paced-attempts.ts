/** The attempts of one subscription. Each attempt waits for the rate limits and for a free slot. */

import { envelopeLength, sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { endSubscription } from '../end-subscription.ts';
import type { Delivery } from '../store/delivery.ts';
import type { WaitingSend } from '../store/send.ts';
import type { AttemptResult } from './attempt-result.ts';
import { kindOfFailure } from './refusal.ts';
import type { SubscriptionState } from './subscription-state.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The reason of dead letters whose envelope is too large. */
export const TOO_LARGE = 'too large for Zapier';
/** The reason of dead letters whose content or data key is missing in the store. */
const NO_CONTENT = 'content not stored';

/** Interval at which an attempt looks for a free slot, and waits for a heartbeat. */
const POLL_MS = 100;

/** The time of a result, and the duration of its attempt in milliseconds; null if no request was made. */
interface Timing {
  readonly endedAt: number;
  readonly durationMs: number | null;
}

/** The result of an attempt, or of a send that cannot be attempted. */
export type TimedResult = Exclude<AttemptResult, { readonly type: 'gone' }> & Timing;

/** Returns true if Zapier would not accept the envelope of a delivery. */
export const isTooLarge = (delivery: Delivery): boolean =>
  // Base64 adds a third, and the metadata has a few kilobytes at most. Measuring every envelope would take
  // nearly a tenth of the time of an attempt.
  sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;

/** Makes attempts when the limits allow them. */
export class PacedAttempts {
  readonly #state: SubscriptionState;
  readonly #options: WorkerOptions;

  constructor(state: SubscriptionState, options: WorkerOptions) {
    this.#state = state;
    this.#options = options;
  }

  /**
   * Attempts a send when the limits allow it. Ends the subscription if its Zap is off.
   *
   * @param next - returns the sequence numbers that are needed next
   * @param isRetry - true if the previous attempt of the subscription failed
   * @returns null if no attempts may start now
   * @throws if the store fails
   */
  async attempt(send: WaitingSend, next: () => readonly number[], isRetry: boolean): Promise<TimedResult | null> {
    const { contents, claim, clock, slots } = this.#options;
    const content = await contents.get(claim.channel, send.seq, next);
    const delivery = content && send.isSentAgain ? { ...content, isSentAgain: true } : content;
    if (!delivery || isTooLarge(delivery)) {
      const reason = delivery ? TOO_LARGE : NO_CONTENT;
      return { type: 'refused', reason, endedAt: Math.round(clock.now()), durationMs: null };
    }
    if (!(await this.#takeSlot(isRetry))) return null;
    let result: AttemptResult & Timing;
    try {
      result = await this.#post(delivery);
    } finally {
      slots.free(claim.channel, isRetry);
    }
    if (result.type !== 'gone') return result;
    await this.#endSubscription();
    return null;
  }

  /** Waits for the rate limits, a free slot and a young heartbeat. Returns false if attempts are halted. */
  async #takeSlot(isRetry: boolean): Promise<boolean> {
    const { clock, slots, claim, channelBucket, isAlive } = this.#options;
    if (this.#state.isHalted) return false;
    const waitMs = Math.max(this.#state.bucket.take(), channelBucket.take());
    if (waitMs > 0 && !(await this.#sleepUntil(clock.now() + waitMs))) return false;
    while (!isAlive() || !slots.tryTake(claim.channel, isRetry)) {
      if (!(await this.#sleepUntil(clock.now() + POLL_MS))) return false;
    }
    return true;
  }

  /** Sleeps until a time, or until attempts are halted. Returns false if they are halted. */
  async #sleepUntil(time: number): Promise<boolean> {
    const { clock } = this.#options;
    const state = this.#state;
    while (clock.now() < time && !state.isHalted) await clock.sleep(time - clock.now(), state.wakeUp.signal);
    return !state.isHalted;
  }

  async #post(delivery: Delivery): Promise<AttemptResult & Timing> {
    const { sender, metrics, clock } = this.#options;
    const startedAt = clock.now();
    const result = await sender.send(this.#state.current.targetUrl, delivery);
    const endedAt = clock.now();
    metrics?.attempts.inc({ result: 'reason' in result ? kindOfFailure(result.reason) : result.type });
    if (result.type === 'delivered') metrics?.lagSeconds.observe((endedAt - delivery.receivedAt) / 1000);
    return { ...result, endedAt: Math.round(endedAt), durationMs: Math.max(0, Math.round(endedAt - startedAt)) };
  }

  async #endSubscription(): Promise<void> {
    const { clock, results } = this.#options;
    this.#state.stop();
    // Without this save, events that were just delivered would count as discarded.
    await results.save();
    await endSubscription(this.#state.current, 'gone', clock.now(), this.#options);
  }
}
