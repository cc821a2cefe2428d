/** Times and durations in the console's words. */

import { describe, expect, it } from '@jest/globals';

import {
  agoText,
  clockTime,
  counted,
  DAY_MS,
  dayAndTime,
  dueText,
  durationText,
  fullTime,
  HOUR_MS,
  MINUTE_MS,
  responseTime,
  startOfDay,
} from '../../console/times.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';

const london = timeZoneNamed('Europe/London') ?? UTC;
const newYork = timeZoneNamed('America/New_York') ?? UTC;
/** 00:30 in London, which is still the previous day in UTC. */
const SUMMER_NIGHT = Date.UTC(2026, 5, 9, 23, 30, 7);

describe('durations', () => {
  it.each([
    [30_000, 'less than a minute'],
    [MINUTE_MS, '1 minute'],
    [59 * MINUTE_MS, '59 minutes'],
    [2.9 * HOUR_MS, '2 hours'],
    [9 * DAY_MS, '9 days'],
  ])('%d ms are "%s"', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  it('are written as sentences', () => {
    expect(agoText(0, MINUTE_MS - 1)).toBe('just now');
    expect(agoText(0, MINUTE_MS)).toBe('1 minute ago');
    expect(agoText(0, 3 * MINUTE_MS)).toBe('3 minutes ago');
    expect(dueText(4 * MINUTE_MS, 0)).toBe('in 4 minutes');
    expect([dueText(0, 1), dueText(1, 1), dueText(2, 1)]).toEqual(['now', 'now', 'in less than a minute']);
    expect([85.4, 999, 1000, 2540].map(responseTime)).toEqual(['85 ms', '999 ms', '1.0 s', '2.5 s']);
    expect([counted(1, 'event'), counted(12_000, 'event')]).toEqual(['1 event', '12,000 events']);
  });
});

describe('times in a time zone', () => {
  it('name today and yesterday by the calendar of the zone', () => {
    expect(dayAndTime(SUMMER_NIGHT, SUMMER_NIGHT, london)).toBe('Today, 00:30');
    expect(dayAndTime(SUMMER_NIGHT - HOUR_MS, SUMMER_NIGHT, london)).toBe('Yesterday, 23:30');
    expect(dayAndTime(SUMMER_NIGHT - HOUR_MS, SUMMER_NIGHT, UTC)).toBe('Today, 22:30');
    expect(dayAndTime(SUMMER_NIGHT - 3 * DAY_MS, SUMMER_NIGHT, london)).toBe('Sun 7 Jun, 00:30');
  });

  it('have seconds and the year if there is room for them', () => {
    expect(fullTime(SUMMER_NIGHT, london)).toBe('Wed 10 Jun 2026, 00:30:07');
    expect(clockTime(SUMMER_NIGHT, newYork)).toBe('19:30');
  });

  it('start a day at midnight', () => {
    const start = startOfDay(SUMMER_NIGHT);
    expect(dayAndTime(start, SUMMER_NIGHT)).toBe('Today, 00:00');
  });
});
