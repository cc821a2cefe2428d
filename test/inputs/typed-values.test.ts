import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { actions } from '../../creates/index.ts';
import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { objectSearches } from '../../searches/index.ts';
import { choiceInput, choicesOf } from '../../src/inputs/choice.ts';
import { isEmpty } from '../../src/inputs/empty-values.ts';
import { InputValues, type Input } from '../../src/inputs/input.ts';
import { branchDateInput, dateInput, dateTimeInput, dayOrTimeInput } from '../../src/inputs/moment.ts';
import { dayInput } from '../../src/inputs/period.ts';
import { mappedRecordInput, objectsInput, recordInput } from '../../src/inputs/record-input.ts';
import { amountInput, identifierInput, textInput } from '../../src/inputs/scalar.ts';
import { localTime, utcText } from '../../src/record/local-time.ts';
import { productValues } from '../../src/record/labels.ts';
import { timeZoneNamed, UTC } from '../../src/record/time-zone.ts';
import { Run } from '../../src/api/run.ts';
import { directZWith } from '../support/direct-z.ts';
import { act, failureOf } from '../support/steps.ts';

const HOUR_MS = 3_600_000;

/** Returns the result of converting a value with an input, if the branch's time zone is unknown. */
async function convert(input: Input, field: unknown, meta: object = {}): Promise<unknown> {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: { field }, meta } as unknown as Bundle;
  const values = await InputValues.read(
    [input],
    Run.ofAction(
      directZWith(() => ({})),
      bundle,
    ),
  );
  return values.of(input);
}

describe('equal values', () => {
  it('are one value in every input for one record', async () => {
    const chosen = [...objectSearches, ...actions]
      .flatMap(({ inputs }) => inputs)
      .filter(({ field }) => field.dynamic !== undefined && !field.list);
    expect(chosen.length).toBeGreaterThan(20);
    for (const { field, ...input } of [...chosen, mappedRecordInput('field', {})]) {
      for (const value of ['301,301', ' 301 , 301', ['301', 301], ['301,301']]) {
        const converted = await convert({ ...input, field: { ...field, key: 'field' } }, value);
        expect([field.key, value, converted]).toEqual([field.key, value, '301']);
      }
    }
  });

  it('are one value in an input for text, unless the text contains a comma of its own', async () => {
    for (const value of ['INV-148', 'INV-148,INV-148', ' INV-148, INV-148 ', ['INV-148', 'INV-148']]) {
      expect(await convert(identifierInput('field', {}), value)).toBe('INV-148');
    }
    expect(await convert(identifierInput('field', {}), 'INV-148,INV-149')).toBe('INV-148,INV-149');
    expect(await convert(textInput('field', {}), ['Leo', 'Leo'])).toBe('Leo');
    expect(await convert(textInput('field', {}), 'Leo,Leo')).toBe('Leo,Leo');
  });

  it('do not hide a value that differs', async () => {
    const input = recordInput('field', 'label_list', {});
    expect(await failureOf(convert(input, '301,302,301'))).toMatch(/contains several IDs/);
    expect(await failureOf(convert(input, '301,301,Leo'))).toMatch(/does not contain an ID/);
    expect(await failureOf(convert(input, ['Leo', 'Leo']))).toMatch(/does not contain an ID/);
  });
});

describe('numbers with commas', () => {
  const students = objectsInput('student', {}, (id) => id);
  const input = { ...students, field: { ...students.field, key: 'field' } };

  it.each(['1,234', ' 503,504 ', '1,234,567', '7, 1,234', ['7', '1,234']])(
    'are no IDs if they may be grouped like thousands: %j',
    async (value) => {
      expect(await failureOf(convert(input, value))).toMatch(
        /contains a number such as 1,234, .* put a blank after the comma/,
      );
    },
  );

  it.each([
    ['503, 504', ['503', '504']],
    ['1503,1504', ['1503', '1504']],
    ['1234567,1234568', ['1234567', '1234568']],
    [
      ['503', '504'],
      ['503', '504'],
    ],
    ['12,13', ['12', '13']],
  ])('are IDs if they cannot be grouped like thousands: %j', async (value, ids) => {
    expect(await convert(input, value)).toEqual(ids);
  });

  it('are refused in a field for one record', async () => {
    expect(await failureOf(convert(recordInput('field', 'label_list', {}), '1,234'))).toMatch(
      /contains several IDs, .* If this is one ID, write it without commas\.$/,
    );
  });
});

describe('several amounts', () => {
  it.each([[['30', '30']], [['30', '31']], [[30, 30]], [['30', '']]])(
    'are refused, because each may belong to another person: %j',
    async (value) => {
      expect(await failureOf(convert(amountInput('field', {}), value))).toMatch(
        /contains several values\. Map a single/,
      );
    },
  );

  it('are one amount in a list of one entry', async () => {
    expect(await convert(amountInput('field', {}), ['30'])).toBe('30.00');
  });
});

it.each(['\u200b', ' \u2060\n', '\ufeff', '\u00ad', ['\u200b', ''], '\u00a0'])(
  'a value that nobody sees is empty: %j',
  async (value) => {
    expect(isEmpty(value)).toBe(true);
    expect(await failureOf(act('create_client', { last_name: value }))).toMatch(/"Last Name" of this step is empty/);
  },
);

describe('an input for a choice', () => {
  const input = choiceInput('field', choicesOf(['gone-cold', 'live']), {});

  it.each(['gone-cold', 'Gone Cold', ' GONE cold '])('accepts %j', async (value) => {
    expect(await convert(input, value)).toBe('gone-cold');
  });

  it('accepts the text of a record', async () => {
    const choices = choicesOf(['cancelled-chargeable', 'pfi_reminders']);
    expect(Object.values(choices)).toEqual(['Cancelled but Chargeable', 'Credit Request Reminders']);
    for (const [value, text] of Object.entries(choices)) {
      expect(productValues('status', value)).toBe(text);
      expect(await convert(choiceInput('field', choices, {}), text)).toBe(value);
    }
  });

  it('refuses other values, several values, and values that are not text', async () => {
    expect(await failureOf(convert(input, 'gone'))).toMatch(/must contain one of these: Gone Cold; Live\.$/);
    expect(await failureOf(convert(input, ['live', 'gone-cold']))).toMatch(/contains several values/);
    expect(await failureOf(convert(input, { live: true }))).toMatch(/contains neither text nor a number/);
  });
});

describe.each([
  [amountInput('field', {}), '£30.00', /map the field whose name ends in \(Number\)/],
  [dateTimeInput('field', {}), 'Wed 10 Jun 2026, 17:00', /map the field whose name ends in \(ISO\)/],
  [dayOrTimeInput('field', {}), 'Wed 10 Jun 2026', /map the field whose name ends in \(Date\)/],
])('an input that refuses the text of a record', (input, text, advice) => {
  it(`names the field to map instead of ${text}`, async () => {
    expect(await failureOf(convert(input, text))).toMatch(advice);
  });
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

describe.each([
  ['2026-06-08T02:00:00Z', 'America/New_York', '2026-06-07'],
  ['2026-06-07T23:30:00-0400', 'America/New_York', '2026-06-07'],
  ['2026-06-07 23:30', 'America/New_York', '2026-06-07'],
  ['2026-06-07', 'America/New_York', '2026-06-07'],
  ['2026-06-07T23:30:00Z', 'Europe/London', '2026-06-08'],
  ['2026-06-07T23:30:00-04:00', 'Europe/London', '2026-06-08'],
  ['2026-12-31T13:30:00.500z', 'Pacific/Auckland', '2027-01-01'],
])('an input for a day of the branch that gets %j in %s', (value, timezone, date) => {
  it.each([
    ['the date', branchDateInput('field', {}), date],
    ['the first moment', dayInput('field', 'from', {}), `${date}T00:00:00`],
    ['the last moment', dayInput('field', 'to', {}), `${date}T23:59:59`],
  ])(`is %s of ${date}`, async (_part, input, expected) => {
    const converted = await convert(input, value, { timezone });
    const shown = (moment: number): string =>
      utcText(moment + (timeZoneNamed(timezone)?.offsetAt(moment) ?? 0)).replace('Z', '');
    expect(typeof converted === 'number' ? shown(converted) : converted).toBe(expected);
  });
});

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
