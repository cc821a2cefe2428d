/** A single attempt: its obstacles, its waits, its result, and its metrics. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { envelopeLength } from '../../../wire/sealing/envelope-text.ts';
import { MAX_ENVELOPE_BYTES } from '../../../wire/sealing/format.ts';
import type { Slot } from '../../delivery/attempt-slots.ts';
import { Attempts, isTooLarge } from '../../delivery/attempts.ts';
import type { AttemptResult } from '../../delivery/attempt-result.ts';
import { ServedSubscription } from '../../delivery/served-subscription.ts';
import { SECOND } from '../../harness/durations.ts';
import { OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import type { Delivery } from '../../store/deliveries/stored-delivery.ts';
import { TokenBucket } from '../../token-bucket.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { CLAIM, sampleSubscription, waitingSend } from '../support/sample-subscription.ts';
import { storedDelivery } from '../support/stored-delivery.ts';
import { countsOf, createTestMetrics } from '../support/test-metrics.ts';

let clock: FakeClock;
let served: ServedSubscription;
let buckets: TokenBucket[];
let metrics: Metrics;
let attempts: Attempts;
/** Returns the content of the delivery. @param count - number of the read, from 1 */
let read: (count: number) => Delivery | null;
let reads: number;
let isAlive: boolean;
let isFree: boolean;
/** The events of slots, in order: wanted, taken, given up or freed. */
let slots: { readonly event: string; readonly slot: Slot }[];
let sent: (Delivery & { readonly isSentAgain?: boolean })[];
let respond: () => AttemptResult | Promise<AttemptResult>;

beforeEach(() => {
  clock = new FakeClock();
  served = new ServedSubscription(sampleSubscription(), CLAIM, { add: () => undefined }, clock.now());
  buckets = [new TokenBucket(1_000, clock)];
  metrics = createTestMetrics(clock);
  read = () => storedDelivery();
  [reads, isAlive, isFree, slots, sent] = [0, true, true, [], []];
  respond = () => ({ type: 'delivered' });
  const note = (event: string) => (slot: Slot) => void slots.push({ event, slot });
  attempts = new Attempts({
    contents: {
      get: async () => {
        await Promise.resolve();
        return read(++reads);
      },
    },
    slots: {
      tryTake: (slot) => {
        note(isFree ? 'taken' : 'wanted')(slot);
        return isFree;
      },
      giveUp: note('given up'),
      free: note('freed'),
    },
    sender: {
      send: async (_targetUrl, delivery) => {
        sent.push(delivery);
        await clock.sleep(SECOND, new AbortController().signal);
        return respond();
      },
    },
    clock,
    metrics,
    claimant: {
      get isAlive() {
        return isAlive;
      },
    },
  });
});

/** Attempts a send for a number of milliseconds. Returns the outcome; undefined if the attempt has not ended. */
async function attempt({ isRetry = false, isSentAgain = false, milliseconds = 2 * SECOND } = {}): Promise<unknown> {
  let outcome: unknown;
  void attempts
    .attempt(waitingSend(1, { isSentAgain }), { served, buckets }, () => [], isRetry)
    .then((result) => (outcome = result));
  await clock.advance(milliseconds);
  return outcome;
}
const slotEvents = () => slots.map(({ event }) => event);
const LARGE = storedDelivery({ sealed: Buffer.alloc(16_385) });

describe('an attempt', () => {
  it.each([true, false])('tells the Zap that the event is sent again: %j', async (isSentAgain) => {
    expect(await attempt({ isSentAgain })).toMatchObject({ type: 'delivered' });
    expect(sent.map((delivery) => delivery.isSentAgain ?? false)).toEqual([isSentAgain]);
  });

  it.each([
    [16_384, 0, 1],
    [16_385, 16_385, 2],
  ])('with %d bytes takes a slot for %d bytes, and reads the content %d time(s)', async (length, bytes, count) => {
    read = () => storedDelivery({ sealed: Buffer.alloc(length) });
    await attempt({ isRetry: true });
    const slot = { channel: CLAIM.channel, isRetry: true, bytes };
    expect(slots).toEqual([
      { event: 'taken', slot },
      { event: 'freed', slot },
    ]);
    expect([reads, sent.length]).toEqual([count, 1]);
  });

  it.each<[what: string, read: (count: number) => Delivery | null, slots: string[]]>([
    ['was removed', () => null, []],
    ['belongs to another channel', () => storedDelivery({ channel: OTHER_CHANNEL }), []],
    ['was removed during the wait', (count) => (count > 1 ? null : LARGE), ['taken', 'freed']],
  ])('sends nothing if the content %s', async (_what, found, events) => {
    read = found;
    expect(await attempt()).toMatchObject({
      type: 'unsendable',
      obstacle: 'no_content',
      reason: 'content not stored',
      message: 'The content or the data key of a delivery is missing from the store.',
      endedAt: clock.now() - 2 * SECOND,
      durationMs: null,
    });
    expect([sent, slotEvents()]).toEqual([[], events]);
  });

  it('sends nothing if the envelope is larger than Zapier accepts', async () => {
    read = () => storedDelivery({ sealed: Buffer.alloc(7_000_000) });
    expect(await attempt()).toMatchObject({
      type: 'unsendable',
      obstacle: 'too_large',
      reason: 'too large for Zapier',
      message: 'A delivery is larger than Zapier accepts.',
    });
    expect([sent, slots]).toEqual([[], []]);
  });

  it('frees its slot if the content cannot be read after the wait', async () => {
    read = (count) => {
      if (count > 1) throw new Error('disk');
      return LARGE;
    };
    await expect(attempts.attempt(waitingSend(1), { served, buckets }, () => [], false)).rejects.toThrow('disk');
    expect(slotEvents()).toEqual(['taken', 'freed']);
  });
});

describe('the turn of an attempt', () => {
  it('comes when all rates allow it', async () => {
    buckets = [new TokenBucket(1, clock), new TokenBucket(0.5, clock)];
    await attempt();
    expect(await attempt({ milliseconds: 0 })).toBeUndefined();
    expect(sent).toHaveLength(2);
    await attempt({ milliseconds: SECOND });
    expect(sent).toHaveLength(2);
    await clock.advance(SECOND);
    expect(sent).toHaveLength(3);
  });

  it('comes when a slot is free and the heartbeat is recent again, which is checked every 100 ms', async () => {
    [isAlive, isFree] = [false, false];
    await attempt({ milliseconds: 250 });
    expect(slotEvents()).toEqual(['wanted', 'wanted', 'wanted']);
    isFree = true;
    await clock.advance(100);
    expect([slotEvents().at(-1), sent]).toEqual(['taken', []]);
    isAlive = true;
    await clock.advance(100);
    expect(sent).toHaveLength(1);
  });

  it.each<[what: string, change: () => void, resume: (() => void) | null]>([
    ['the heartbeat is too old', () => (isAlive = false), () => (isAlive = true)],
    [
      'attempts are halted',
      () => {
        served.stop();
      },
      null,
    ],
    [
      'the heartbeat is too old and attempts are then halted',
      () => (isAlive = false),
      () => {
        served.stop();
      },
    ],
  ])('is given up or delayed if %s while a large content is read again', async (_what, change, resume) => {
    read = (count) => {
      if (count === 2) change();
      return LARGE;
    };
    let outcome: unknown;
    void attempts.attempt(waitingSend(1), { served, buckets }, () => [], false).then((result) => (outcome = result));
    await clock.advance(5 * SECOND);
    expect([reads, sent]).toEqual([2, []]);
    resume?.();
    await clock.advance(2 * SECOND);
    expect(sent).toHaveLength(served.isHalted ? 0 : 1);
    expect(outcome).toEqual(served.isHalted ? null : expect.objectContaining({ type: 'delivered' }));
    expect(slotEvents()).toEqual(['taken', 'freed']);
  });

  it('does not come while attempts are halted, and does not count towards the rates', async () => {
    buckets = [new TokenBucket(0.01, clock)];
    served.takeRequests({ ...served.current, pausedAt: 1 });
    expect(await attempt()).toBeNull();
    expect([buckets[0]?.level, slots, sent]).toEqual([1, [], []]);
  });

  it.each([
    ['the rate', true, []],
    ['a slot', false, ['wanted', 'given up']],
  ])('is given up when attempts are halted during the wait for %s', async (_what, isSlotFree, events) => {
    if (isSlotFree) {
      buckets = [new TokenBucket(0.01, clock)];
      buckets[0]?.take();
    }
    isFree = isSlotFree;
    const outcome = attempts.attempt(waitingSend(1), { served, buckets }, () => [], false);
    await clock.settle();
    served.stop();
    await clock.settle();
    expect(await outcome).toBeNull();
    expect([slotEvents(), sent]).toEqual([events, []]);
  });

  it('still comes if the wait is interrupted for another reason', async () => {
    buckets = [new TokenBucket(0.5, clock)];
    buckets[0]?.take();
    const outcome = attempts.attempt(waitingSend(1), { served, buckets }, () => [], false);
    await clock.settle();
    served.wakeUp.notify();
    await clock.settle();
    expect(sent).toEqual([]);
    await clock.advance(3 * SECOND);
    expect(await outcome).toMatchObject({ type: 'delivered' });
  });
});

describe('the result of an attempt', () => {
  it('has whole milliseconds', async () => {
    await clock.advance(0.4);
    expect(await attempt()).toEqual({ type: 'delivered', endedAt: 1_001_000, durationMs: 1000 });
  });

  it('has no negative duration if the clock is set back', async () => {
    respond = async () => {
      await clock.advance(-5 * SECOND);
      return { type: 'delivered' };
    };
    const outcome = attempts.attempt(waitingSend(1), { served, buckets }, () => [], false);
    await clock.advance(SECOND);
    expect(await outcome).toMatchObject({ durationMs: 0 });
  });

  it.each<[label: string, result: AttemptResult, lag: number]>([
    ['delivered', { type: 'delivered' }, 3],
    ['gone', { type: 'gone' }, 0],
    ['refused', { type: 'refused', reason: 'HTTP 400' }, 0],
    ['timeout', { type: 'failed', reason: 'ATTEMPT_TIMEOUT', retryAfterMs: null }, 0],
  ])('counts as %s in the metrics', async (label, result, lag) => {
    const receivedAt = clock.now() - 2 * SECOND;
    read = () => storedDelivery({ receivedAt });
    respond = () => result;
    await attempt();
    expect(await countsOf(metrics.attempts)).toEqual({ [label]: 1 });
    const lags = (await metrics.lagSeconds.get()).values;
    expect(lags.find(({ metricName }) => metricName === 'relay_lag_seconds_sum')?.value ?? 0).toBe(lag);
  });
});

it('an envelope of more than 9 MB is too large', () => {
  const overhead = envelopeLength(storedDelivery({ sealed: Buffer.alloc(0) }));
  const largest = Math.floor((MAX_ENVELOPE_BYTES - overhead) / 4) * 3;
  expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest) }))).toBe(false);
  expect(isTooLarge(storedDelivery({ sealed: Buffer.alloc(largest + 1) }))).toBe(true);
});
