import { describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { client } from '../objects/client.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { choiceInput, choicesOf, statusesOf } from '../src/inputs/choice.ts';
import { InputValues, type Input } from '../src/inputs/input.ts';
import { dateInput, dateTimeInput, dayOrTimeInput } from '../src/inputs/moment.ts';
import { textInput } from '../src/inputs/text.ts';
import { localTime } from '../src/record/local-time.ts';
import { productValues } from '../src/record/product-values.ts';
import { timeZoneNamed, UTC } from '../src/record/time-zone.ts';
import { Run } from '../src/run.ts';
import { appTester } from './helpers.ts';
import { failureOf } from './steps.ts';

const HOUR_MS = 3_600_000;
const TEXT = { key: 'field', label: 'Field', becomes: 'field' };

/** Returns the result of converting a value with an input. */
const convert = (input: Input, value: unknown, meta: object = {}): Promise<unknown> =>
  appTester(
    (z: ZObject, bundle: Bundle) =>
      Promise.resolve({
        value: input.convert(value, { z, bundle, zone: timeZoneNamed((meta as { timezone?: string }).timezone ?? '') }),
      }),
    { inputData: {}, meta },
    true,
  ).then((result) => (result as { value: unknown }).value);

describe('statusesOf', () => {
  it('labels the statuses of an object', () => {
    expect(statusesOf(client)).toEqual({ prospect: 'Prospect', live: 'Live', dormant: 'Dormant' });
  });

  it('fails for an object without statuses', () => {
    expect(() => statusesOf({ word: 'note' })).toThrow('The definition of the object "note" has no statuses.');
  });
});

describe('an input for a choice', () => {
  const input = choiceInput(TEXT, choicesOf(['gone-cold', 'live']));

  it.each(['gone-cold', 'Gone Cold', ' GONE cold '])('accepts %j', async (value) => {
    expect(await convert(input, value)).toBe('gone-cold');
  });

  it('accepts the text of a record', async () => {
    const choices = choicesOf(['cancelled-chargeable', 'pfi_reminders']);
    expect(Object.values(choices)).toEqual(['Cancelled but Chargeable', 'Credit Request Reminders']);
    for (const [value, text] of Object.entries(choices)) {
      expect(productValues('status', value)).toBe(text);
      expect(await convert(choiceInput(TEXT, choices), text)).toBe(value);
    }
  });

  it('refuses other values, several values, and values that are not text', async () => {
    expect(await failureOf(convert(input, 'gone'))).toMatch(/must contain one of these: Gone Cold; Live\.$/);
    expect(await failureOf(convert(input, ['live', 'gone-cold']))).toMatch(/contains several values/);
    expect(await failureOf(convert(input, { live: true }))).toMatch(/contains neither text nor a number/);
  });
});

describe.each([
  [amountInput(TEXT), '£30.00', /map the field whose name ends in \(Number\)/],
  [dateTimeInput(TEXT), 'Wed 10 Jun 2026, 17:00', /map the field whose name ends in \(ISO\)/],
  [dayOrTimeInput(TEXT), 'Wed 10 Jun 2026', /map the field whose name ends in \(Date\)/],
])('an input that refuses the text of a record', (input, text, advice) => {
  it(`names the field to map instead of ${text}`, async () => {
    expect(await failureOf(convert(input, text))).toMatch(advice);
  });
});

describe('an input for an amount', () => {
  it.each([
    ['42', '42.00'],
    [' 0042.5 ', '42.50'],
    [0, '0.00'],
    ['9999999999.99', '9999999999.99'],
  ])('converts %j', async (value, amount) => {
    expect(await convert(amountInput(TEXT), value)).toBe(amount);
  });

  it.each(['42.505', '1e3', '.5', '12345678901'])('refuses %j', async (value) => {
    expect(await failureOf(convert(amountInput(TEXT), value))).toMatch(/must contain a number such as 42 or 42\.50/);
  });
});

describe('an input for a date and time', () => {
  const input = dateTimeInput(TEXT);

  it.each([
    ['2026-06-10T17:00:00+0100', {}, '2026-06-10T17:00:00+01:00'],
    ['2026-06-10 17:00', { timezone: 'Europe/London' }, '2026-06-10T17:00:00+01:00'],
    ['2026-06-10T17:00', { timezone: 'America/New_York' }, '2026-06-10T17:00:00-04:00'],
    ['2026-06-10T16:00:00z', {}, '2026-06-10T16:00:00Z'],
  ])('converts %j in the Zap with %j', async (value, meta, expected) => {
    expect(await convert(input, value, meta)).toBe(expected);
  });

  it.each(['Europe/London', 'America/New_York', 'Pacific/Auckland', 'Australia/Lord_Howe', 'Asia/Kathmandu'])(
    'reads every time that the clocks in %s show, even on days when they change',
    async (timezone) => {
      const zone = timeZoneNamed(timezone) ?? UTC;
      const shown = (moment: unknown) => {
        const { date, time } = localTime(moment, zone) ?? { date: '', time: '' };
        return `${date}T${time}`;
      };
      /** The hours around each change. */
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

describe('an input for a date', () => {
  it.each([
    ['2026-06-10', {}, '2026-06-10'],
    ['2026-06-10T23:30:00-05:00', { timezone: 'Europe/London' }, '2026-06-10'],
    ['2026-06-10T23:30:00Z', { timezone: 'Europe/London' }, '2026-06-10'],
    ['2015-03-04T00:00:00Z', { timezone: 'America/New_York' }, '2015-03-04'],
    ['2026-06-10T23:30:00Z', {}, '2026-06-10'],
  ])('converts %j in the Zap with %j', async (value, meta, expected) => {
    expect(await convert(dateInput(TEXT), value, meta)).toBe(expected);
  });
});

describe('an input for a day, perhaps with a time', () => {
  it.each([
    ['2026-06-10', { timezone: 'Europe/London' }, '2026-06-10T12:00:00+01:00'],
    ['2026-12-10', { timezone: 'Pacific/Auckland' }, '2026-12-10T12:00:00+13:00'],
    ['2026-06-10', {}, '2026-06-10T12:00:00+00:00'],
    ['2026-06-10T23:30:00-05:00', { timezone: 'Europe/London' }, '2026-06-10T23:30:00-05:00'],
    ['2026-06-10 09:00', { timezone: 'Europe/London' }, '2026-06-10T09:00:00+01:00'],
  ])('converts %j in the Zap with %j', async (value, meta, expected) => {
    expect(await convert(dayOrTimeInput(TEXT), value, meta)).toBe(expected);
  });

  it.each([
    ['yesterday', /does not contain a date\. Enter a date such as 2026-06-10\./],
    ['2026-02-30', /does not contain a date\./],
    ['2026-06-10T09:00', /has no time zone/],
  ])('refuses %j in a Zap without a time zone', async (value, message) => {
    expect(await failureOf(convert(dayOrTimeInput(TEXT), value))).toMatch(message);
  });
});

describe('InputValues', () => {
  it('fails for an optional input that a step treats as required', async () => {
    const input = textInput(TEXT);
    const run = appTester(
      (z: ZObject, bundle: Bundle) =>
        InputValues.read([input], Run.ofAction(z, bundle)).then((values) => values.required(input)),
      { inputData: {} },
      true,
    );
    expect(await failureOf(run)).toMatch(/The input "field" is not required\./);
  });
});
