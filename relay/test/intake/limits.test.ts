/** Limits on rates, on the bytes of bodies, and on the lines of the log. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../../intake/bytes-in-flight.ts';
import { TokenBucket } from '../../token-bucket.ts';
import { HOUR, SECOND } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { createLogLimit } from '../../log.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { FakeClock } from '../support/fake-clock.ts';

const KB = 1024;

describe('a token bucket', () => {
  const take = (bucket: TokenBucket, count: number) => Array.from({ length: count }, () => bucket.take());

  it('allows a burst of one second, then spaces deliveries evenly', () => {
    expect(take(new TokenBucket(4, new FakeClock()), 6)).toEqual([0, 0, 0, 0, 250, 500]);
    expect(take(new TokenBucket(0.1, new FakeClock()), 3)).toEqual([0, 10 * SECOND, 20 * SECOND]);
  });

  it('limits the wait to about a minute after the clock was set back', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(4, clock);
    take(bucket, 4);
    await clock.advance(-HOUR);
    expect(bucket.take()).toBe(60_250);
  });
});

it('the rate of webhooks of a busy channel is still counted when idle channels are forgotten', () => {
  let now = 5_000;
  const rates = createWebhookRates(60, { now: () => now });
  rates.take(OTHER_CHANNEL);
  now += 59_500;
  for (let count = 0; count < 60; count++) expect(rates.take(CHANNEL).waitMs).toBe(0);
  now += 500;
  expect(rates.take(CHANNEL).waitMs).toBe(500);
  expect(rates.take(OTHER_CHANNEL)).toEqual({ waitMs: 0, isHigh: false });
});

it('the rate of webhooks is exact within a minute, although channels are forgotten that have sent few', () => {
  const rates = createWebhookRates(1_000, { now: () => 5_000 });
  const accepted = Array.from({ length: 1_100 }, () => rates.take(CHANNEL)).filter(({ waitMs }) => waitMs === 0);
  expect(accepted).toHaveLength(1_000);
});

it('the rate of webhooks is high once half of a minute is used', () => {
  const rates = createWebhookRates(60, { now: () => 5_000 });
  const isHigh = Array.from({ length: 61 }, () => rates.take(CHANNEL).isHigh);
  expect(isHigh).toEqual([...Array<boolean>(30).fill(false), ...Array<boolean>(31).fill(true)]);
});

describe('the limit on bytes in flight', () => {
  let inFlight: BytesInFlight;
  beforeEach(() => {
    inFlight = createBytesInFlight({ perProcess: 400 * KB, perChannel: 160 * KB });
  });
  const grow = (channel: string, bytes: number) => inFlight.open(channel).growTo(bytes);

  it('applies to the larger bodies of a channel and of a process', () => {
    const [first, second] = [inFlight.open('a'), inFlight.open('a')];
    const grown = [first.growTo(90 * KB), second.growTo(71 * KB), second.growTo(70 * KB), first.growTo(91 * KB)];
    expect([...grown, inFlight.total]).toEqual([true, false, true, false, 160 * KB]);
    expect([grow('b', 160 * KB), grow('c', 81 * KB), grow('c', 80 * KB)]).toEqual([true, false, true]);
  });

  it('always leaves room for small bodies', () => {
    expect(grow('a', 160 * KB)).toBe(true);
    for (let count = 0; count < 10; count++) expect(grow('a', SMALL_BODY_BYTES)).toBe(true);
    expect([inFlight.total, grow('a', SMALL_BODY_BYTES + 1)]).toEqual([160 * KB, false]);
  });

  describe('when all bytes are in use', () => {
    const closed: string[] = [];
    const arrive = (name: string, bytes: number, complete = false) => {
      const body = {
        complete,
        destroy: () => closed.push(name),
      };
      return inFlight.open(name.slice(0, 1), body).growTo(bytes);
    };
    beforeEach(() => {
      closed.length = 0;
    });

    it('lets the slowest bodies of the channel that holds most give way to a channel that holds less', () => {
      const grown = [arrive('a1', 80 * KB), arrive('b1', 70 * KB), arrive('b2', 80 * KB), arrive('c1', 160 * KB, true)];
      expect([...grown, inFlight.total]).toEqual([true, true, true, true, 390 * KB]);
      // The body of c1 has arrived.
      expect([arrive('d1', 75 * KB), closed, inFlight.total]).toEqual([true, ['b1'], 395 * KB]);
      // The channels a and b hold 80 kB each.
      expect([arrive('d2', 70 * KB), closed, inFlight.total]).toEqual([false, ['b1'], 395 * KB]);
      expect([arrive('e1', 80 * KB), arrive('e1', 79 * KB), closed]).toEqual([false, true, ['b1', 'a1']]);
    });

    it('lets no body give way to its own channel', () => {
      expect([arrive('a1', 160 * KB), arrive('a2', 70 * KB), closed]).toEqual([true, false, []]);
    });
  });

  it('lets no request reserve bytes after it has ended, because nobody would free them', () => {
    const request = inFlight.open('a');
    expect(request.growTo(100 * KB)).toBe(true);
    request.end();
    expect([request.growTo(100 * KB), inFlight.total, grow('a', 160 * KB)]).toEqual([false, 0, true]);
    // Nothing is left to free.
    request.end();
    expect(inFlight.total).toBe(160 * KB);
  });
});

it('the log has 60 lines per message and minute, and reports how many were left out', () => {
  jest.useFakeTimers();
  const reports: [string, number][] = [];
  const isAllowed = createLogLimit((...report) => reports.push(report));
  const allowed = (message: string, lines: number) =>
    Array.from({ length: lines }, () => isAllowed(message)).filter(Boolean).length;
  expect([allowed('A', 20_000), allowed('B', 60), allowed('C', 1)]).toEqual([60, 60, 1]);
  jest.advanceTimersByTime(59_000);
  expect([allowed('C', 70), reports]).toEqual([59, []]);
  jest.advanceTimersByTime(1_000);
  expect(reports).toEqual([
    ['A', 19_940],
    ['C', 11],
  ]);
  expect(allowed('A', 61)).toBe(60);
  jest.useRealTimers();
});
