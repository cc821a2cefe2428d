import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../harness/durations.ts';
import { summarize } from '../store/hourly-counts.ts';

const NOW_HOUR = 1000;
const NOW = NOW_HOUR * HOUR + 5;
const at = (hour: number, events = 1, others = 0) => ({ hour, events, others });

describe('summarize', () => {
  it('sums up the current hour and the 24 hours before it', () => {
    const counts = [at(NOW_HOUR - 25, 100, 100), at(NOW_HOUR - 24, 2, 3), at(NOW_HOUR, 4, 5)];
    expect(summarize(counts, NOW)).toMatchObject({ events24h: 6, others24h: 8 });
    expect(summarize([], NOW)).toMatchObject({ events24h: 0, others24h: 0 });
  });

  it('finds the longest pause between deliveries, without the current pause', () => {
    const counts = [at(700), at(701), at(761, 0, 1), at(763)];
    expect(summarize(counts, NOW).longestPauseMs).toBe(60 * HOUR);
    expect(summarize([at(700), at(701)], NOW).longestPauseMs).toBe(HOUR);
  });

  it('finds no pause if fewer than two hours have deliveries', () => {
    for (const counts of [[], [at(700)]]) expect(summarize(counts, NOW).longestPauseMs).toBeNull();
  });
});
