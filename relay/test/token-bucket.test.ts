import { describe, expect, it } from '@jest/globals';

import { TokenBucket } from '../delivery/token-bucket.ts';
import { HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from './fake-clock.ts';

const take = (bucket: TokenBucket, count: number) => Array.from({ length: count }, () => bucket.take());

describe('TokenBucket', () => {
  it('allows a burst of one second, then spaces deliveries evenly', () => {
    const bucket = new TokenBucket(4, new FakeClock());
    expect(take(bucket, 6)).toEqual([0, 0, 0, 0, 250, 500]);
  });

  it('spaces deliveries by the interval when the rate is below one per second', () => {
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
    await clock.advance(30 * SECOND);
    expect(bucket.level).toBeCloseTo(0.5);
    await clock.advance(90 * SECOND);
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
