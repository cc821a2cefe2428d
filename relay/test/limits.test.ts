/** Limits on rates, on the bytes of bodies, and on the lines of the log. */

import { Readable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { createBytesInFlight, SMALL_BODY_BYTES, type BytesInFlight } from '../bytes-in-flight.ts';
import { TokenBucket } from '../delivery/token-bucket.ts';
import { HOUR, SECOND } from '../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import { MAX_BODY_BYTES, readBody } from '../http/webhook-body.ts';
import { createLogLimit } from '../log-limit.ts';
import { createWebhookRates } from '../webhook-rates.ts';
import { FakeClock } from './fake-clock.ts';

const KB = 1024;

describe('a token bucket', () => {
  const take = (bucket: TokenBucket, count: number) => Array.from({ length: count }, () => bucket.take());

  it('allows a burst of one second, then spaces deliveries evenly', () => {
    expect(take(new TokenBucket(4, new FakeClock()), 6)).toEqual([0, 0, 0, 0, 250, 500]);
    expect(take(new TokenBucket(0.1, new FakeClock()), 3)).toEqual([0, 10 * SECOND, 20 * SECOND]);
  });

  it('refuses a token that it does not hold, and keeps its level', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(7 / 60, clock, 60);
    const tryTake = (count: number) => Array.from({ length: count }, () => Math.ceil(bucket.tryTake()));
    expect(tryTake(9)).toEqual([0, 0, 0, 0, 0, 0, 0, 8572, 8572]);
    expect(bucket.level).toBeCloseTo(0);
    await clock.advance(8_572);
    expect(tryTake(2)).toEqual([0, 8571]);
    await clock.advance(120 * SECOND);
    expect(bucket.level).toBe(1);
  });

  it('limits the wait to about a minute after the clock was set back', async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket(4, clock);
    take(bucket, 4);
    await clock.advance(-HOUR);
    expect(bucket.take()).toBe(60_250);
  });
});

it('the rate of webhooks is limited for each channel, with a warning at half of the limit', () => {
  let now = 5_000;
  const rates = createWebhookRates(60, { now: () => now });
  const take = (count: number) => Array.from({ length: count }, () => rates.take(CHANNEL));
  const minute = take(60);
  expect(minute.every(({ waitMs }) => waitMs === 0)).toBe(true);
  expect(minute.findIndex(({ isHigh }) => isHigh)).toBe(30);
  expect(rates.take(CHANNEL)).toEqual({ waitMs: 1_000, isHigh: true });
  expect(rates.take(OTHER_CHANNEL)).toEqual({ waitMs: 0, isHigh: false });
  now += 2_000;
  expect(take(3).map(({ waitMs }) => waitMs)).toEqual([0, 0, 1_000]);
  // The busy channel is still counted when the idle one is forgotten.
  now += 60_000;
  rates.take(OTHER_CHANNEL);
  now += 59_500;
  take(60);
  now += 500;
  expect(rates.take(CHANNEL).waitMs).toBeGreaterThan(0);
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

  it('counts no bytes of a request that has shrunk or ended', () => {
    const request = inFlight.open('a');
    request.growTo(160 * KB);
    expect([request.growTo(1), inFlight.total]).toEqual([true, 0]);
    request.growTo(150 * KB);
    for (let count = 0; count < 2; count++) request.end();
    expect([request.growTo(1), inFlight.total, grow('a', 160 * KB)]).toEqual([false, 0, true]);
  });
});

// The tests over HTTP do not control the size of the parts in which a body arrives.
it.each([
  ['one part', [MAX_BODY_BYTES]],
  ['a small part and the rest', [1_000, MAX_BODY_BYTES - 1_000]],
  ['the rest and the last byte', [MAX_BODY_BYTES - 1, 1]],
])('a body has at most 10 MB, also if it arrives in %s', async (_, sizes) => {
  const sizeRead = async (...parts: readonly number[]): Promise<number> => {
    const inFlight = createBytesInFlight({ perProcess: 4 * MAX_BODY_BYTES, perChannel: MAX_BODY_BYTES });
    const stream = Readable.from(parts.map((size) => Buffer.alloc(size)));
    return (await readBody(stream, null, inFlight.open(CHANNEL))).length;
  };
  expect(await sizeRead(...sizes)).toBe(MAX_BODY_BYTES);
  const [first = 0, ...others] = sizes;
  await expect(sizeRead(first + 1, ...others)).rejects.toMatchObject({ status: 413 });
  await expect(sizeRead(...sizes, 1)).rejects.toMatchObject({ status: 413 });
});

describe('the log', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('has 60 lines per message and minute, and reports how many were left out', () => {
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
  });
});
