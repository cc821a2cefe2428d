import { describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { isEmpty } from '../../src/inputs/empty-values.ts';
import { dateTimeInput, dayOrTimeInput } from '../../src/inputs/moment.ts';
import { mappedRecordInput, objectsInput, recordInput } from '../../src/inputs/record-input.ts';
import { amountInput, identifierInput, textInput } from '../../src/inputs/scalar.ts';
import { act, failureOf } from '../support/steps.ts';
import { convert } from './converted.ts';

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

describe.each([
  [amountInput('field', {}), '£30.00', /map the field whose name ends in \(Number\)/],
  [dateTimeInput('field', {}), 'Wed 10 Jun 2026, 17:00', /map the field whose name ends in \(ISO\)/],
  [dayOrTimeInput('field', {}), 'Wed 10 Jun 2026', /map the field whose name ends in \(Date\)/],
])('an input that refuses the text of a record', (input, text, advice) => {
  it(`names the field to map instead of ${text}`, async () => {
    expect(await failureOf(convert(input, text))).toMatch(advice);
  });
});
