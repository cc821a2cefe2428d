/** Inputs for dates and times. */

import { describe, expect, it, jest } from '@jest/globals';

import { InputValues } from '../../src/inputs/input.ts';
import {
  branchDateInput,
  dateInput,
  dateTimeInput,
  dayOrTimeInput,
  endInput,
  noonToday,
} from '../../src/inputs/date-time.ts';
import { localTime } from '../../src/record/local-time.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import { convert, runWith, same, testConversions } from '../support/conversions.ts';
import { DAYS_IN_ZONES } from '../support/days-in-zones.ts';
import { failureOf } from '../support/steps.ts';

const HOUR_MS = 3_600_000;

testConversions({
  'a date and time': {
    input: dateTimeInput('field', {}),
    accepted: [
      ...same('2026-06-10T23:59:59Z', '2026-06-10T00:00:00+14:00'),
      ['2026-06-10 17:00:05.123456-0530', '2026-06-10T17:00:05-05:30'],
      ['2026-06-10T17:00 Z', '2026-06-10T17:00:00Z'],
    ],
    refused: ['2026-06-10T17:00+25:00', '2026-06-10T17:00+01:60', 'x2026-06-10T17:00Z', '2026-06-10T17:00Zx'],
    problem: /does not contain a date and time/,
  },
});

describe('an input for a date and time', () => {
  const input = dateTimeInput('field', {});

  it.each([
    ['2026-06-10T17:00:00+0100', {}, '2026-06-10T17:00:00+01:00'],
    ['2026-06-10 17:00', { timezone: 'Europe/London' }, '2026-06-10T17:00:00+01:00'],
    ['2026-06-10T17:00', { timezone: 'America/New_York' }, '2026-06-10T17:00:00-04:00'],
    ['2026-06-10T16:00:00z', {}, '2026-06-10T16:00:00Z'],
  ])('converts %j in the Zap with %j', async (value, meta, expected) => {
    expect(await convert(input, value, meta)).toBe(expected);
  });

  it.each(['Europe/London', 'America/New_York', 'Pacific/Auckland', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'reads every local time in %s, even on days when the clocks change',
    async (timezone) => {
      const zone = timeZoneNamed(timezone) ?? UTC;
      const shown = (moment: unknown) => {
        const { date, time } = localTime(moment, zone) ?? { date: '', time: '' };
        return `${date}T${time}`;
      };
      /** The hours around each clock change. */
      const changes = Array.from({ length: 365 * 24 }, (_, hour) => Date.UTC(2027, 0, 1, hour))
        .filter((moment) => zone.offsetAt(moment - 6 * HOUR_MS) !== zone.offsetAt(moment + 6 * HOUR_MS))
        .map((moment) => shown(new Date(moment).toISOString()));
      const times = [...changes, '2027-01-10T17:00', '2027-07-10T17:00'];
      for (const time of times) expect(shown(await convert(input, time, { timezone }))).toBe(time);
    },
  );

  it.each([
    ['2026-06-10', {}, /a date without a time/],
    ['2026-06-10T17:00', {}, /has no time zone/],
    ['2026-06-10T17:00', { timezone: 'Nowhere' }, /has no time zone/],
    ['2026-06-10T24:00', {}, /does not contain a date and time/],
    ['2026-06-10T17:00:60', {}, /does not contain a date and time/],
    ['2026-06-10T17:60', {}, /does not contain a date and time/],
    ['2026-02-30T17:00', {}, /does not contain a date and time/],
    ['soon', {}, /does not contain a date and time/],
  ])('refuses %j in the Zap with %j', async (value, meta, message) => {
    expect(await failureOf(convert(input, value, meta))).toMatch(message);
  });
});

describe.each(DAYS_IN_ZONES)(
  'an input for a day in the time zone of the branch with the value %j in %s',
  (value, timezone, date) => {
    it(`is the date of ${date}`, async () => {
      expect(await convert(branchDateInput('field', {}), value, { timezone })).toBe(date);
    });
  },
);

describe.each([
  ['a date', dateInput],
  ['a day, perhaps with a time', dayOrTimeInput],
])('an input for %s', (_kind, makeInput) => {
  it.each([
    ['2026-06-10', { timezone: 'Europe/London' }, '2026-06-10', '2026-06-10T12:00:00+01:00'],
    ['2026-12-10', { timezone: 'Pacific/Auckland' }, '2026-12-10', '2026-12-10T12:00:00+13:00'],
    ['2026-06-10', {}, '2026-06-10', '2026-06-10T12:00:00+00:00'],
    ['2026-06-10T23:30:00-05:00', { timezone: 'Europe/London' }, '2026-06-10', '2026-06-10T23:30:00-05:00'],
    ['2015-03-04T00:00:00Z', { timezone: 'America/New_York' }, '2015-03-04', '2015-03-04T00:00:00Z'],
    ['2026-06-10 09:00', { timezone: 'Europe/London' }, '2026-06-10', '2026-06-10T09:00:00+01:00'],
  ])('converts %j in the Zap with %j', async (value, meta, date, dayOrTime) => {
    expect(await convert(makeInput('field', {}), value, meta)).toBe(makeInput === dateInput ? date : dayOrTime);
  });

  it.each(['yesterday', '2026-02-30'])('refuses %j', async (value) => {
    expect(await failureOf(convert(makeInput('field', {}), value))).toMatch(
      /does not contain a date\. Enter a date such as 2026-06-10\./,
    );
  });
});

it('an input for a day refuses a time without an offset in a Zap without a time zone', async () => {
  expect(await failureOf(convert(dayOrTimeInput('field', {}), '2026-06-10T09:00'))).toMatch(/has no time zone/);
});

describe.each([
  [dateTimeInput('field', {}), 'Wed 10 Jun 2026, 17:00', /map the field whose name ends in \(ISO\)/],
  [dayOrTimeInput('field', {}), 'Wed 10 Jun 2026', /map the field whose name ends in \(Date\)/],
])('an input that refuses the text of a record', (input, text, advice) => {
  it(`names the field to map instead of ${text}`, async () => {
    expect(await failureOf(convert(input, text))).toMatch(advice);
  });
});

describe('an input for the end of a span', () => {
  const start = dateTimeInput('start', {});
  const end = endInput('finish', start, {});
  const endOf = async (from: unknown, to: string) => {
    const run = runWith({ start: from, finish: to }, { timezone: 'Europe/London' });
    return (await InputValues.read([start, end], run)).of(end);
  };

  it.each([
    ['2026-06-10T17:00Z', '2026-06-10 18:00'],
    ['2026-06-10T17:00+02:00', '2026-06-10T18:00'],
  ])('needs an offset if the start has one: from %s to %s', async (from, to) => {
    expect(await failureOf(endOf(from, to))).toMatch(
      /^The field "Finish" of this step has no offset from UTC, but "Start" has one\. Add the offset,/,
    );
  });

  it.each([
    ['2026-06-10 17:00', '2026-06-10 18:00', '2026-06-10T18:00:00+01:00'],
    ['', '2026-06-10 18:00', '2026-06-10T18:00:00+01:00'],
    ['2026-06-10 17:00', '2026-06-10T18:00Z', '2026-06-10T18:00:00Z'],
    ['2026-06-10T17:00+02:00', '2026-06-10T18:00+02:00', '2026-06-10T18:00:00+02:00'],
  ])('is read like any other time: from %s to %s', async (from, to, expected) => {
    expect(await endOf(from, to)).toBe(expected);
  });
});

it('noon of the current day is noon of the day in the time zone', () => {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-06-10T23:30Z'));
  expect(noonToday(timeZoneNamed('Europe/London') ?? UTC)).toBe('2026-06-11T12:00:00+01:00');
  expect(noonToday(UTC)).toBe('2026-06-10T12:00:00+00:00');
  clock.mockRestore();
});
