import { expect, it } from '@jest/globals';

import { officeDates, utcTime } from '../../../local/office/dates.ts';

it.each([
  ['2026-11-30T10:00Z', '2026-12-01', '2026-12-03', '2026-12-04', '2026-12-11'],
  ['2026-12-03T10:00Z', '2026-12-04', '2026-12-10', '2026-12-11', '2026-12-11'],
  ['2027-07-04T23:30Z', '2027-07-06', '2027-07-08', '2027-07-09', '2027-07-16'],
])('names the days as seen at %s', (now, tomorrow, thursday, friday, fridayOfNextWeek) => {
  expect(officeDates(Date.parse(now))).toMatchObject({ tomorrow, thursday, friday, fridayOfNextWeek });
});

it.each([
  ['2026-11-30T10:00Z', '2026-11-01', '2026-10-22', '2026-12-02', '2026-12-08', '2026-12-10'],
  ['2026-11-29T10:00Z', '2026-11-01', '2026-10-22', '2026-12-02', '2026-12-01', '2026-12-03'],
])(
  'names the month and the days of next week as seen at %s',
  (now, firstOfMonth, lastMonth, wednesday, tuesday, thursday) => {
    expect(officeDates(Date.parse(now))).toMatchObject({
      firstOfMonth,
      lastMonth,
      wednesday,
      tuesdayOfNextWeek: tuesday,
      thursdayOfNextWeek: thursday,
    });
  },
);

it.each([
  ['2026-12-03', '17:00', '2026-12-03T17:00:00Z'],
  ['2027-07-08', '17:00', '2027-07-08T16:00:00Z'],
])('writes the local time %s %s in UTC', (day, time, utc) => {
  expect(utcTime(day, time)).toBe(utc);
});
