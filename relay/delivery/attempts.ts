/** Delivery attempts. An attempt reads its delivery, waits for its turn, and POSTs the envelope. */

import { envelopeLength, sealedBytesIn } from '../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../wire/sealing/format.ts';
import type { Clock } from '../clock.ts';
import { kindOfFailure } from '../failure-kind.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Delivery } from '../store/deliveries/stored-delivery.ts';
import type { SendResult, WaitingSend } from '../store/rows/send.ts';
import type { TokenBucket } from '../token-bucket.ts';
import type { AttemptSender } from './attempt-sender.ts';
import type { AttemptSlots, Slot } from './attempt-slots.ts';
import type { Claimant } from './claimant.ts';
import type { ContentCache, Needed } from './content-cache.ts';
import type { AttemptResult } from './attempt-result.ts';
import type { ServedSubscription } from './served-subscription.ts';

/** Interval in milliseconds between two checks for a free slot, or for a recent heartbeat. */
const POLL_MS = 100;
/**
 * Maximum size of a small delivery in sealed bytes. The byte limit of the slots does not include small deliveries,
 * because 2,000 small deliveries take at most 32 MB.
 */
const SMALL_DELIVERY_BYTES = 16 * 1024;

/**
 * The obstacles that make an attempt impossible. Each obstacle has a reason, which is shown with the dead letter, and a
 * log message.
 */
const OBSTACLES = {
  too_large: { reason: 'too large for Zapier', message: 'A delivery is larger than Zapier accepts.' },
  no_content: {
    reason: 'content not stored',
    message: 'The content or the data key of a delivery is missing from the store.',
  },
};

/**
 * The time of a result, and the duration of its attempt in milliseconds. The duration is null if no request was made.
 */
type Timing = Pick<SendResult, 'endedAt' | 'durationMs'>;

/** A send that can never be attempted. */
export interface Unsendable extends Timing {
  readonly type: 'unsendable';
  readonly obstacle: keyof typeof OBSTACLES;
  readonly reason: string;
  readonly message: string;
}

/** The result of an attempt, or of a send that cannot be attempted. */
export type AttemptOutcome = (AttemptResult & Timing) | Unsendable;

/**
 * Attempts a send of a subscription as {@link Attempts.attempt} does, and ends the subscription if its Zap is off.
 * Returns null if the attempts of the subscription are halted or have ended.
 */
export type AttemptSend = (
  send: WaitingSend,
  next: () => readonly Needed[],
  isRetry: boolean,
) => Promise<Exclude<AttemptOutcome, { readonly type: 'gone' }> | null>;

/** A subscription whose sends are attempted, with its rate limits. */
export interface AttemptedSubscription {
  readonly served: Pick<ServedSubscription, 'channelKey' | 'current' | 'isHalted' | 'wakeUp'>;
  readonly buckets: readonly TokenBucket[];
}

/** The dependencies that all attempts of a process share. */
interface AttemptParts {
  readonly contents: ContentCache;
  readonly slots: AttemptSlots;
  readonly sender: Pick<AttemptSender, 'send'>;
  readonly clock: Clock;
  readonly metrics: Metrics | undefined;
  readonly claimant: Pick<Claimant, 'isAlive'>;
}

/** Returns true if the envelope of a delivery is larger than Zapier accepts. */
export const isTooLarge = (delivery: Delivery): boolean =>
  // Base64 adds only a third to the size, so most envelopes need no measurement. Measuring an envelope takes nearly a
  // tenth of the time of an attempt.
  sealedBytesIn(delivery) > MAX_ENVELOPE_BYTES / 2 && envelopeLength(delivery) > MAX_ENVELOPE_BYTES;

/** The attempts of a process. */
export class Attempts {
  readonly #parts: AttemptParts;

  constructor(parts: AttemptParts) {
    this.#parts = parts;
  }

  /**
   * Attempts a send as soon as the limits allow.
   *
   * @param next - returns the deliveries that are needed next
   * @param isRetry - true if the previous attempt of the subscription failed
   * @returns the outcome; null if the attempts of the subscription are halted
   * @throws if the store fails
   */
  async attempt(
    send: WaitingSend,
    subscription: AttemptedSubscription,
    next: () => readonly Needed[],
    isRetry: boolean,
  ): Promise<AttemptOutcome | null> {
    const { served } = subscription;
    let delivery = await this.#read(send, served, next);
    if (!delivery) return this.#unsendable('no_content');
    if (isTooLarge(delivery)) return this.#unsendable('too_large');
    const sealedBytes = sealedBytesIn(delivery);
    const bytes = sealedBytes > SMALL_DELIVERY_BYTES ? sealedBytes : 0;
    // Release a large delivery during the wait. The cache often still contains the delivery after the wait.
    if (bytes > 0) delivery = null;
    const slot = { channel: served.channelKey, isRetry, bytes };
    if (!(await this.#takeSlot(slot, subscription))) return null;
    try {
      delivery ??= await this.#read(send, served, next);
      if (!delivery) return this.#unsendable('no_content');
      // No other wait follows before the request, because another process could claim the channel during that wait.
      if (!(await this.#waitUntilAlive(served))) return null;
      return await this.#post(served.current.targetUrl, delivery);
    } finally {
      this.#parts.slots.free(slot);
    }
  }

  /** Returns the delivery of a send; null if the store lacks the delivery. */
  async #read(
    send: WaitingSend,
    { channelKey, current }: AttemptedSubscription['served'],
    next: () => readonly Needed[],
  ): Promise<(Delivery & { readonly isSentAgain?: boolean }) | null> {
    const content = await this.#parts.contents.get(channelKey, send, next);
    // After the database has stepped back, the keys can belong to a different channel and a different subscription.
    if (content?.channel !== current.channel) return null;
    return send.isSentAgain ? { ...content, isSentAgain: true } : content;
  }

  /** Waits until the rate limits allow the attempt and a slot is free. Returns false if attempts are halted. */
  async #takeSlot(slot: Slot, { served, buckets }: AttemptedSubscription): Promise<boolean> {
    const { clock, slots } = this.#parts;
    if (served.isHalted) return false;
    const waitMs = Math.max(...buckets.map((bucket) => bucket.take()));
    if (!(await this.#sleepUntil(clock.now() + waitMs, served))) return false;
    while (!slots.tryTake(slot)) {
      if (await this.#sleepUntil(clock.now() + POLL_MS, served)) continue;
      slots.giveUp(slot);
      return false;
    }
    return true;
  }

  /** Waits until the heartbeat is recent. Returns false if attempts are halted. */
  async #waitUntilAlive(served: AttemptedSubscription['served']): Promise<boolean> {
    const { clock, claimant } = this.#parts;
    while (!claimant.isAlive && (await this.#sleepUntil(clock.now() + POLL_MS, served)));
    return !served.isHalted;
  }

  /** Sleeps until a time, or until attempts are halted. Returns false if they are halted. */
  async #sleepUntil(time: number, served: AttemptedSubscription['served']): Promise<boolean> {
    const { clock } = this.#parts;
    while (clock.now() < time && !served.isHalted) await clock.sleep(time - clock.now(), served.wakeUp.signal);
    return !served.isHalted;
  }

  async #post(targetUrl: string, delivery: Delivery): Promise<AttemptResult & Timing> {
    const { clock, sender, metrics } = this.#parts;
    const startedAt = clock.now();
    const result = await sender.send(targetUrl, delivery);
    const endedAt = clock.now();
    metrics?.attempts.inc({ result: 'reason' in result ? kindOfFailure(result.reason) : result.type });
    if (result.type === 'delivered') metrics?.lagSeconds.observe((endedAt - delivery.receivedAt) / 1000);
    return { ...result, endedAt: Math.round(endedAt), durationMs: Math.max(0, Math.round(endedAt - startedAt)) };
  }

  #unsendable(obstacle: keyof typeof OBSTACLES): Unsendable {
    const endedAt = Math.round(this.#parts.clock.now());
    return { type: 'unsendable', obstacle, ...OBSTACLES[obstacle], endedAt, durationMs: null };
  }
}
