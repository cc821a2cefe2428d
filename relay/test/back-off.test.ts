import { describe, expect, it } from '@jest/globals';

import { backOffMs, mayGiveUp } from '../delivery/back-off.ts';
import { DAY, HOUR, SECOND } from '../harness/durations.ts';

describe('backOffMs', () => {
  it('starts at 5 s and doubles with each failure', () => {
    expect([1, 2, 3, 4].map((failures) => backOffMs(failures, 1))).toEqual([
      5 * SECOND,
      10 * SECOND,
      20 * SECOND,
      40 * SECOND,
    ]);
    expect(backOffMs(10, 1)).toBe(2560 * SECOND);
  });

  it.each([11, 50, 5000])('is limited to 1 h after %d failures', (failures) => {
    expect(backOffMs(failures, 1)).toBe(HOUR);
  });

  it('is shortened by up to a quarter of random jitter', () => {
    expect(backOffMs(1, 0)).toBe(3750);
    expect(backOffMs(1, 0.5)).toBe(4375);
    expect(backOffMs(5000, 0)).toBe(0.75 * HOUR);
  });
});

describe('mayGiveUp', () => {
  it.each([
    [DAY + 1, 20, true],
    [DAY, 20, false],
    [30 * DAY, 19, false],
    [-HOUR, 100, false],
  ])('for an age of %d ms and %d failures returns %s', (ageMs, failures, expected) => {
    expect(mayGiveUp(ageMs, failures)).toBe(expected);
  });
});
