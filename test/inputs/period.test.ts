/** Periods and days in the time zone of a branch. */

import { describe, expect, it, jest } from '@jest/globals';

import { dayInput, periodInput, spanOfPeriod, type Period } from '../../src/inputs/period.ts';
import { utcText } from '../../src/record/local-time.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import { convert } from '../support/conversions.ts';
import { DAYS_IN_ZONES } from '../support/days-in-zones.ts';
import { failureOf } from '../support/steps.ts';

/** Returns the first moment of a period, and the first moment after it. */
function boundsOf(period: Period, now: string, zone: string): [from: string, end: string] {
  const { from, to } = spanOfPeriod(period, Date.parse(now), timeZoneNamed(zone) ?? UTC);
  return [utcText(from ?? NaN), utcText((to ?? NaN) + 1)];
}

describe('a period', () => {
  it.each<[Period, string, string, string, string]>([
    // The moment is on a Wednesday in summer.
    ['today', 'Europe/London', '2026-06-10T12:00Z', '2026-06-09T23:00:00Z', '2026-06-10T23:00:00Z'],
    ['tomorrow', 'Europe/London', '2026-06-10T12:00Z', '2026-06-10T23:00:00Z', '2026-06-11T23:00:00Z'],
    ['this_week', 'Europe/London', '2026-06-10T12:00Z', '2026-06-07T23:00:00Z', '2026-06-14T23:00:00Z'],
    ['next_week', 'Europe/London', '2026-06-10T12:00Z', '2026-06-14T23:00:00Z', '2026-06-21T23:00:00Z'],
    ['last_month', 'Europe/London', '2026-06-10T12:00Z', '2026-04-30T23:00:00Z', '2026-05-31T23:00:00Z'],
    ['last_month', 'Europe/London', '2026-01-10T12:00Z', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    // Weeks begin on Monday.
    ['this_week', 'UTC', '2026-06-08T00:00Z', '2026-06-08T00:00:00Z', '2026-06-15T00:00:00Z'],
    ['this_week', 'UTC', '2026-06-14T23:59Z', '2026-06-08T00:00:00Z', '2026-06-15T00:00:00Z'],
    ['next_week', 'UTC', '2026-06-14T23:59Z', '2026-06-15T00:00:00Z', '2026-06-22T00:00:00Z'],
    // In Sydney, the day is already Monday.
    ['today', 'Australia/Sydney', '2026-06-14T15:00Z', '2026-06-14T14:00:00Z', '2026-06-15T14:00:00Z'],
    ['this_week', 'Australia/Sydney', '2026-06-14T15:00Z', '2026-06-14T14:00:00Z', '2026-06-21T14:00:00Z'],
    ['this_week', 'America/New_York', '2026-06-15T03:00Z', '2026-06-08T04:00:00Z', '2026-06-15T04:00:00Z'],
    // Clocks are turned back or forward on Sunday, so the week is an hour longer or shorter.
    ['this_week', 'Europe/London', '2026-10-21T12:00Z', '2026-10-18T23:00:00Z', '2026-10-26T00:00:00Z'],
    ['next_week', 'Europe/London', '2026-03-20T12:00Z', '2026-03-23T00:00:00Z', '2026-03-29T23:00:00Z'],
    ['today', 'Australia/Sydney', '2026-10-04T10:00Z', '2026-10-03T14:00:00Z', '2026-10-04T13:00:00Z'],
    // The first day has no midnight: it begins at 01:00. The second day has two midnights.
    ['today', 'Asia/Beirut', '2026-03-29T12:00Z', '2026-03-28T22:00:00Z', '2026-03-29T21:00:00Z'],
    ['today', 'America/Havana', '2026-11-01T12:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ])('%s in %s at %s lasts from %s to %s', (period, zone, now, from, end) => {
    expect(boundsOf(period, now, zone)).toEqual([from, end]);
  });
});

describe.each(DAYS_IN_ZONES)(
  'an input for a day in the time zone of the branch with the value %j in %s',
  (value, timezone, date) => {
    it.each([
      ['the first moment', dayInput('field', 'from', {}), `${date}T00:00:00`],
      ['the last moment', dayInput('field', 'to', {}), `${date}T23:59:59`],
    ])(`is %s of ${date}`, async (_part, input, expected) => {
      const converted = await convert(input, value, { timezone });
      const shown = (moment: number): string =>
        utcText(moment + (timeZoneNamed(timezone)?.offsetAt(moment) ?? 0)).replace('Z', '');
      expect(typeof converted === 'number' && shown(converted)).toBe(expected);
    });
  },
);

it('an input for a period is relative to the time of the run', async () => {
  const now = Date.parse('2026-06-10T12:00Z');
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  const zone = timeZoneNamed('Europe/London') ?? UTC;
  const converted = await convert(periodInput('field', {}), 'Next Week', { timezone: 'Europe/London' });
  clock.mockRestore();
  expect(converted).toEqual(spanOfPeriod('next_week', now, zone));
});

it.each([
  ['a period', periodInput('field', {}), 'today'],
  ['the first moment of a day', dayInput('field', 'from', {}), '2026-06-10'],
  ['the last moment of a day', dayInput('field', 'to', {}), '2026-06-10'],
])('an input for %s cannot be used if the time zone is unknown', async (_kind, input, value) => {
  expect(await failureOf(convert(input, value))).toMatch(
    /cannot be used, because the time zone of your branch is unknown\. Leave it empty\.$/,
  );
});
