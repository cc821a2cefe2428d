/** The attempts of one subscription. Each attempt waits for the rate limits and for a free slot. */

import { envelopeLength, sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import { endSubscription } from '../end-subscription.ts';
import type { Delivery } from '../store/delivery.ts';
import type { SendResult, WaitingSend } from '../store/send.ts';
import { SMALL_DELIVERY_BYTES, type Slot } from './attempt-slots.ts';
import { kindOfFailure, type AttemptResult } from './refusal.ts';
import type { Needed } from './content-cache.ts';
import type { SubscriptionState } from './subscription-state.ts';
import { TokenBucket } from './token-bucket.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The reason of dead letters whose envelope is too large. */
export const TOO_LARGE = 'too large for Zapier';
/** The reason of dead letters whose content or data key is missing in the store. */
const NO_CONTENT = 'content not stored';

/** Interval at which an attempt looks for a free slot, and waits for a heartbeat. */
const POLL_MS = 100;

/** The time of a result, and the duration of its attempt in milliseconds; null if no request was made. */
type Timing = Pick<SendResult, 'endedAt' | 'durationMs'>;

/** The result of an attempt, or of a send that cannot be attempted. */
export type TimedResult = Exclude<AttemptResult, { readonly type: 'gone' }> & Timing;

/** Returns true if Zapier would not accept the envelope of a delivery. */
export const isTooLarge = (delivery: Delivery): boolean =>
  // Base64 adds a third. Measuring every envelope would take nearly a tenth of the time of an attempt.
  sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;

/**
 * Attempts a send when the limits allow it. Ends the subscription if its Zap is off.
 *
 * @param next - returns the deliveries that are needed next
 * @param isRetry - true if the previous attempt of the subscription failed
 * @returns null if no attempts may start now
 * @throws if the store fails
 */
export type Attempt = (
  send: WaitingSend,
  next: () => readonly Needed[],
  isRetry: boolean,
) => Promise<TimedResult | null>;

/** Returns the function that attempts the sends of a subscription. */
export function createPacedAttempts(state: SubscriptionState, options: WorkerOptions): Attempt {
  const { contents, claim, clock, slots, channelBucket, isAlive, sender, metrics, results } = options;
  const bucket = new TokenBucket(options.pacePerSubscription, clock);

  /** Sleeps until a time, or until attempts are halted. Returns false if they are halted. */
  async function sleepUntil(time: number): Promise<boolean> {
    while (clock.now() < time && !state.isHalted()) await clock.sleep(time - clock.now(), state.wakeUp.signal);
    return !state.isHalted();
  }

  /** Waits for the rate limits, a free slot and a young heartbeat. Returns false if attempts are halted. */
  async function takeSlot(slot: Slot): Promise<boolean> {
    if (state.isHalted()) return false;
    const waitMs = Math.max(bucket.take(), channelBucket.take());
    if (waitMs > 0 && !(await sleepUntil(clock.now() + waitMs))) return false;
    while (!isAlive() || !slots.tryTake(slot)) {
      if (await sleepUntil(clock.now() + POLL_MS)) continue;
      slots.giveUp(slot);
      return false;
    }
    return true;
  }

  /** Returns the reason for not sending a delivery; null if it can be sent. */
  const obstacleTo = (delivery: Delivery | null): string | null => {
    if (!delivery) return NO_CONTENT;
    return isTooLarge(delivery) ? TOO_LARGE : null;
  };

  const refused = (reason: string): TimedResult => ({
    type: 'refused',
    reason,
    endedAt: Math.round(clock.now()),
    durationMs: null,
  });

  async function post(delivery: Delivery): Promise<AttemptResult & Timing> {
    const startedAt = clock.now();
    const result = await sender.send(state.current().targetUrl, delivery);
    const endedAt = clock.now();
    metrics?.attempts.inc({ result: 'reason' in result ? kindOfFailure(result.reason) : result.type });
    if (result.type === 'delivered') metrics?.lagSeconds.observe((endedAt - delivery.receivedAt) / 1000);
    return { ...result, endedAt: Math.round(endedAt), durationMs: Math.max(0, Math.round(endedAt - startedAt)) };
  }

  return async (send, next, isRetry) => {
    const read = async () => {
      const content = await contents.get(claim.channel, send, next);
      // After a step back of the database, the keys of the channel and the subscription may belong to others.
      if (content?.channel !== state.current().channel) return null;
      return send.isSentAgain ? { ...content, isSentAgain: true } : content;
    };
    let delivery = await read();
    const obstacle = obstacleTo(delivery);
    if (obstacle !== null) return refused(obstacle);
    const sealedBytes = delivery ? sealedBytesIn(delivery) : 0;
    const bytes = sealedBytes > SMALL_DELIVERY_BYTES ? sealedBytes : 0;
    // A larger delivery is not kept in memory while it waits. It is often still in the cache afterwards.
    if (bytes > 0) delivery = null;
    const slot = { channel: claim.channel, isRetry, bytes };
    if (!(await takeSlot(slot))) return null;
    let result: AttemptResult & Timing;
    try {
      delivery ??= await read();
      if (!delivery) return refused(NO_CONTENT);
      result = await post(delivery);
    } finally {
      slots.free(slot);
    }
    if (result.type !== 'gone') return result;
    state.stop();
    // Without this save, events that were just delivered would count as discarded.
    await results.save();
    await endSubscription(state.current(), 'gone', clock.now(), options);
    return null;
  };
}
