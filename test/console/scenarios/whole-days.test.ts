/** The filter's periods when a day has 23, 23.5, 24.5 or 25 hours, or does not begin at midnight. */

import { execFileSync } from 'node:child_process';

import { expect, it } from '@jest/globals';

import { DAY_MS } from '../../../console/times.ts';
import type { PeriodsAt } from './whole-days.ts';

const ZONES = ['UTC', 'Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago', 'Africa/Cairo'];

/** Returns the date that is the given number of days later or, for a negative number, earlier. */
const dateAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);

it('the periods are whole days of the calendar, on each day of a year', () => {
  const script = new URL('whole-days.ts', import.meta.url).pathname;
  const args = ['--disable-warning=ExperimentalWarning', script, ...ZONES];
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 10_000_000 });
  const periods = JSON.parse(output) as readonly PeriodsAt[];
  const wrong = periods.filter(
    ({ date, today, yesterday, lastSevenDays, dates }) =>
      ![today, yesterday, lastSevenDays, dates].every(({ isWhole }) => isWhole) ||
      today.first !== date ||
      today.last !== date ||
      dates.first !== date ||
      dates.last !== date ||
      yesterday.first !== dateAfter(date, -1) ||
      yesterday.last !== dateAfter(date, -1) ||
      lastSevenDays.first !== dateAfter(date, -7) ||
      lastSevenDays.last !== date,
  );
  expect(wrong.slice(0, 3)).toEqual([]);
  expect(periods).toHaveLength(ZONES.length * 365 * 4);
});
