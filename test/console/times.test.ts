/** Times and durations as text in the console. */

import { expect, it } from '@jest/globals';

import {
  agoText,
  DAY_MS,
  dayAndTime,
  dueText,
  durationText,
  fullTime,
  HOUR_MS,
  hourText,
  MINUTE_MS,
  responseTime,
  sortableTime,
} from '../../console/times.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';

const london = timeZoneNamed('Europe/London') ?? UTC;
/** A moment at 00:30 in London. In UTC, the moment is on the previous day. */
const SUMMER_NIGHT = Date.UTC(2026, 5, 9, 23, 30, 7);

it.each([
  [MINUTE_MS - 1, 'less than a minute'],
  [MINUTE_MS, '1 minute'],
  [HOUR_MS - 1, '59 minutes'],
  [HOUR_MS, '1 hour'],
  [2.9 * HOUR_MS, '2 hours'],
  [DAY_MS - 1, '23 hours'],
  [DAY_MS, '1 day'],
  [9 * DAY_MS, '9 days'],
])('a duration of %d ms is "%s"', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

it('the time until an event that is due is "now" once it has passed', () => {
  expect([dueText(0, 1), dueText(1, 1), dueText(2, 1)]).toEqual(['now', 'now', 'in less than a minute']);
});

it('a time in the past is "just now" for a minute', () => {
  expect([MINUTE_MS - 1, MINUTE_MS].map((now) => agoText(0, now))).toEqual(['just now', '1 minute ago']);
});

it('an hour is described by its start and its end', () => {
  const hour = new Date(2026, 5, 10, 14).getTime();
  expect(hourText(hour, hour)).toBe('Today, 14:00 to 15:00');
});

it('a time that is later than all dates has no text', () => {
  const never = 8.64e15;
  expect([dayAndTime(never, 0), fullTime(never), sortableTime(never)]).toEqual(['', '', '']);
});

it('response times have a unit that fits', () => {
  expect([85.4, 999, 1000, 2540].map(responseTime)).toEqual(['85 ms', '999 ms', '1.0 s', '2.5 s']);
});

it('times name today and yesterday by the calendar of the time zone', () => {
  expect(dayAndTime(SUMMER_NIGHT, SUMMER_NIGHT, london)).toBe('Today, 00:30');
  expect(dayAndTime(SUMMER_NIGHT - HOUR_MS, SUMMER_NIGHT, london)).toBe('Yesterday, 23:30');
  expect(dayAndTime(SUMMER_NIGHT - HOUR_MS, SUMMER_NIGHT, UTC)).toBe('Today, 22:30');
  expect(dayAndTime(SUMMER_NIGHT - 3 * DAY_MS, SUMMER_NIGHT, london)).toBe('Sun 7 Jun, 00:30');
  expect(fullTime(SUMMER_NIGHT, london)).toBe('Wed 10 Jun 2026, 00:30:07');
});

it.each([
  ['00:30 after a day of 23 hours', '2026-03-30T00:30+01:00', '2026-03-28T23:45Z', 'Sat 28 Mar, 23:45'],
  ['00:30 after a day of 23 hours', '2026-03-30T00:30+01:00', '2026-03-29T00:15Z', 'Yesterday, 00:15'],
  ['23:30 on a day of 25 hours', '2026-10-25T23:30Z', '2026-10-24T09:00+01:00', 'Yesterday, 09:00'],
  ['23:30 on a day of 25 hours', '2026-10-25T23:30Z', '2026-10-25T00:15+01:00', 'Today, 00:15'],
])('at %s, yesterday is the day before on the calendar', (_, now, time, text) => {
  expect(dayAndTime(Date.parse(time), Date.parse(now), london)).toBe(text);
});

it('has times that programs can sort', () => {
  expect(sortableTime(Date.UTC(2026, 5, 10, 16, 5, 9), UTC)).toBe('2026-06-10 16:05:09');
});
