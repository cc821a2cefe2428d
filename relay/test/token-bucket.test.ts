import { describe, expect, it } from '@jest/globals';

import { Pace } from '../delivery/token-bucket.ts';
import { HOUR, SECOND } from '../harness/durations.ts';
import { FakeClock } from '../harness/fake-clock.ts';

const take = (pace: Pace, count: number) => Array.from({ length: count }, () => pace.take());

describe('a pace', () => {
  it('lets as many go at once as it has for a second, and then one after the other', () => {
    const pace = new Pace(4, new FakeClock());
    expect(take(pace, 6)).toEqual([0, 0, 0, 0, 250, 500]);
  });

  it('lets one go every so often when it is slower than that', () => {
    expect(take(new Pace(0.1, new FakeClock()), 3)).toEqual([0, 10 * SECOND, 20 * SECOND]);
  });

  it('goes on where another left off', async () => {
    const clock = new FakeClock();
    const first = new Pace(4, clock);
    take(first, 4);
    await clock.advance(500);
    expect(take(new Pace(4, clock, first.pacedAt), 4)).toEqual([0, 0, 250, 500]);
  });

  it('makes nobody wait for long when a clock was set back', () => {
    const clock = new FakeClock();
    expect(new Pace(4, clock, clock.now() + HOUR).take()).toBeLessThanOrEqual(61 * SECOND);
  });
});
