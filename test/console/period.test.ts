/** The start and end times of the filter's periods. `scenarios/whole-days.test.ts` checks each day of a year. */

import { expect, it } from '@jest/globals';

import { periodIn, periodTimes, type Period } from '../../console/period.ts';
import { HOUR_MS } from '../../console/times.ts';

/** 17:30 on 25 November 2026, in the time zone of this process. */
const NOW = new Date(2026, 10, 25, 17, 30).getTime();
const midnightOf = (day: number): number => new Date(2026, 10, day).getTime();

const times = (period: Partial<Period>) => periodTimes({ when: null, from: null, to: null, ...period }, NOW);

it('converts a period to times', () => {
  expect(times({})).toEqual({});
  expect(times({ when: 'last-hour' })).toEqual({ from: NOW - HOUR_MS });
  expect(times({ when: 'today' })).toEqual({ from: midnightOf(25) });
  expect(times({ when: 'yesterday' })).toEqual({ from: midnightOf(24), to: midnightOf(25) });
  expect(times({ when: midnightOf(25) })).toEqual({ from: midnightOf(25), to: midnightOf(25) + HOUR_MS });
  expect(times({ when: 'last-7-days' })).toEqual({ from: midnightOf(18) });
});

it('converts two dates to the times when the first day begins and the last day ends', () => {
  const dates = { when: 'dates', from: '2026-10-25', to: '2026-10-25' } as const;
  const [from, to] = [new Date(2026, 9, 25).getTime(), new Date(2026, 9, 26).getTime()];
  expect(times(dates)).toEqual({ from, to });
  expect(times({ ...dates, from: null })).toEqual({ to });
  expect(times({ ...dates, to: null })).toEqual({ from });
});

it('finds a period only by its key', () => {
  expect(['today', 'toString', 'Today', '', null].map(periodIn)).toEqual(['today', null, null, null, null]);
});
