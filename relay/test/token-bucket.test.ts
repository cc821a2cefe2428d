import { describe, expect, it } from '@jest/globals';

import { HOUR, SECOND } from '../harness/durations.ts';
import { TokenBucket } from '../token-bucket.ts';
import { FakeClock } from './support/fake-clock.ts';

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
