import { describe, expect, it } from '@jest/globals';

import { dayText, localTime, spanText, textOf, unambiguousTextOf } from '../../src/record/local-time.ts';
import { timeZoneNamed, UTC, type TimeZone } from '../../src/record/time-zone.ts';

function zone(name: string): TimeZone {
  const found = timeZoneNamed(name);
  if (!found) throw new Error(`There is no time zone "${name}".`);
  return found;
}

describe('a date-time', () => {
  it.each([
    ['Europe/London', '2026-06-10T16:00:00Z', 'Wed 10 Jun 2026, 17:00'],
    ['Europe/London', '2026-01-10T16:00:00.123456Z', 'Sat 10 Jan 2026, 16:00'],
    ['Europe/London', '2026-06-10T16:00:00+01:00', 'Wed 10 Jun 2026, 16:00'],
    ['UTC', '2026-06-10T16:00:00-05:30', 'Wed 10 Jun 2026, 21:30'],
    ['UTC', '2026-06-10T16:00Z', 'Wed 10 Jun 2026, 16:00'],
    ['America/New_York', '2026-01-01T03:59:59Z', 'Wed 31 Dec 2025, 22:59'],
    ['Asia/Kathmandu', '2026-06-10T18:20:00Z', 'Thu 11 Jun 2026, 00:05'],
    ['Pacific/Kiritimati', '2026-06-10T16:00:00Z', 'Thu 11 Jun 2026, 06:00'],
    ['UTC', '2024-02-29T00:00:00Z', 'Thu 29 Feb 2024, 00:00'],
    ['UTC', '1969-12-31T23:59:59Z', 'Wed 31 Dec 1969, 23:59'],
    // In 1971, Liberia was 44 minutes and 30 seconds behind UTC.
    ['Africa/Monrovia', '1971-06-10T12:00:00Z', 'Thu 10 Jun 1971, 11:15'],
    // Clocks go forward or back. In some time zones, they do so at midnight or by half an hour.
    ['Europe/London', '2026-03-29T00:59:59Z', 'Sun 29 Mar 2026, 00:59'],
    ['Europe/London', '2026-03-29T01:00:00Z', 'Sun 29 Mar 2026, 02:00'],
    ['Europe/London', '2026-10-25T00:59:00Z', 'Sun 25 Oct 2026, 01:59'],
    ['Europe/London', '2026-10-25T01:00:00Z', 'Sun 25 Oct 2026, 01:00'],
    ['Africa/Cairo', '2026-04-23T22:00:00Z', 'Fri 24 Apr 2026, 01:00'],
    ['Africa/Cairo', '2026-10-29T21:00:00Z', 'Thu 29 Oct 2026, 23:00'],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 'Sun 4 Oct 2026, 02:30'],
  ])('is written in %s: %s', (name, value, expected) => {
    const local = localTime(value, zone(name));
    expect(local && textOf(local)).toBe(expected);
  });

  it.each([
    ...['2026-02-30', '2026-04-31', '2025-02-29', '2026-13-01', '2026-00-10', '2026-06-00', '0000-01-01'].map(
      (date) => `${date}T10:00:00Z`,
    ),
    ...['2026-06-10T24:00:00Z', '2026-06-10T10:60:00Z', '2026-06-10T10:00:60Z', '2026-06-10T10:00:00'],
    ...['2026-06-10 10:00:00Z', '2026-06-10T10:00:00+25:00', '2026-06-10', 'soon', '', null, 1781114700],
    ['2026-06-10T10:00:00Z'],
    ...['2026-06-10T10:00:00Z or so', 'On 2026-06-10T10:00:00Z', '2026-06-10T10:00:00.1234567890Z'],
  ])('is null if it is not valid: %j', (value) => {
    expect(localTime(value, UTC)).toBeNull();
  });
});

describe('a time that occurs twice', () => {
  it.each([
    ['Europe/London', '2026-10-25T00:30:00Z', 'Sun 25 Oct 2026, 01:30 GMT+1'],
    ['Europe/London', '2026-10-25T01:30:00Z', 'Sun 25 Oct 2026, 01:30 GMT'],
    ['Europe/London', '2026-10-24T23:59:00Z', 'Sun 25 Oct 2026, 00:59'],
    ['Europe/London', '2026-10-25T00:00:00Z', 'Sun 25 Oct 2026, 01:00 GMT+1'],
    ['Europe/London', '2026-10-25T01:59:00Z', 'Sun 25 Oct 2026, 01:59 GMT'],
    ['Europe/London', '2026-10-25T02:00:00Z', 'Sun 25 Oct 2026, 02:00'],
    ['Europe/London', '2026-03-29T00:30:00Z', 'Sun 29 Mar 2026, 00:30'],
    ['Europe/London', '2026-03-29T01:30:00Z', 'Sun 29 Mar 2026, 02:30'],
    ['America/St_Johns', '2026-11-01T04:00:00Z', 'Sun 1 Nov 2026, 01:30 GMT-2:30'],
    ['America/St_Johns', '2026-11-01T05:00:00Z', 'Sun 1 Nov 2026, 01:30 GMT-3:30'],
    ['Australia/Lord_Howe', '2026-04-04T14:45:00Z', 'Sun 5 Apr 2026, 01:45 GMT+11'],
    ['Australia/Lord_Howe', '2026-04-04T15:15:00Z', 'Sun 5 Apr 2026, 01:45 GMT+10:30'],
    ['Australia/Lord_Howe', '2026-04-04T15:45:00Z', 'Sun 5 Apr 2026, 02:15'],
    ['Asia/Kolkata', '2026-10-25T00:30:00Z', 'Sun 25 Oct 2026, 06:00'],
  ])('has its offset in %s: %s', (name, value, text) => {
    const local = localTime(value, zone(name));
    expect(local && unambiguousTextOf(local, zone(name))).toBe(text);
  });
});

describe('a date without a time', () => {
  it.each([
    ['2026-06-10', 'Wed 10 Jun 2026'],
    ['2024-02-29', 'Thu 29 Feb 2024'],
    ['1993-06-23', 'Wed 23 Jun 1993'],
    ...['2026-02-30', '2025-02-29', '2026-13-01', '2026-00-01', '2026-01-00', '10/06/2026', '', null].map((value) => [
      value,
      null,
    ]),
  ])('%j is written as %j', (value, expected) => {
    expect(dayText(value)).toBe(expected);
  });
});

describe('a span', () => {
  it.each([
    ['Europe/London', '06-10T16:00', '06-10T17:30', 'Wed 10 Jun 2026, 17:00 to 18:30'],
    ['Europe/London', '06-10T22:30', '06-10T23:30', 'Wed 10 Jun 2026, 23:30 to Thu 11 Jun 2026, 00:30'],
    ['Europe/London', '10-24T22:30', '10-25T01:30', 'Sat 24 Oct 2026, 23:30 to Sun 25 Oct 2026, 01:30'],
    ['UTC', '06-10T22:30', '06-10T23:30', 'Wed 10 Jun 2026, 22:30 to 23:30'],
  ])('has both dates only if they differ: %s, %s', (name, start, finish, expected) => {
    const [from, to] = [start, finish].map((time) => localTime(`2026-${time}:00Z`, zone(name)));
    expect(from && to && spanText(from, to)).toBe(expected);
  });
});
