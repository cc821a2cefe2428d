/** The grace period after a start or a failure. During this period, a process does not look for silences. */

import { expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { createSilenceGracePeriod } from '../../monitoring/silence-grace-period.ts';

it('the grace period lasts an hour from the start of the process', () => {
  const period = createSilenceGracePeriod({ sinceFailureMs: () => Infinity }, 5 * HOUR);
  expect([period.isOver(6 * HOUR - 1), period.isOver(6 * HOUR)]).toEqual([false, true]);
});

it('the grace period lasts an hour from each restart', () => {
  const period = createSilenceGracePeriod({ sinceFailureMs: () => Infinity }, 0);
  period.restart(3 * HOUR);
  expect([period.isOver(4 * HOUR - 1), period.isOver(4 * HOUR)]).toEqual([false, true]);
});

it('the grace period lasts an hour from the newest failure of the store', () => {
  let failedAt = 2 * HOUR;
  let now = 3 * HOUR - 1;
  const period = createSilenceGracePeriod({ sinceFailureMs: () => now - failedAt }, 0);
  expect(period.isOver(now)).toBe(false);
  now = 3 * HOUR;
  expect(period.isOver(now)).toBe(true);
  failedAt = now;
  expect(period.isOver(now)).toBe(false);
});
