/** The forms of values in the report of `npm run check:account`. */

import { describe, expect, it } from '@jest/globals';

import { enumerated, FieldForms, FORM, formOf, rounded } from '../../account-check/forms.ts';

describe('the form of a value', () => {
  it.each([
    [null, 'null'],
    [undefined, 'null'],
    [true, 'boolean'],
    [4021, 'integer'],
    [4.5, 'number'],
    ['', 'empty text'],
    ['07700900123', 'integer-text'],
    ['63.00', 'decimal-text/2'],
    ['-126.5', 'decimal-text/1'],
    ['2026-06-10', 'date'],
    ['2026-06-10T16:00:00Z', 'iso-Z'],
    ['2026-06-10T16:00:00.123456Z', 'iso-Z/6'],
    ['2026-06-10T16:00:00+01:00', 'iso-offset'],
    ['2026-06-10 16:00', 'iso-local'],
    ['2 09:00:00', 'duration'],
    ['True', 'boolean-text'],
    ['https://example.com/1/', 'url'],
    ['a@example.com', 'email'],
    ['Quadratic equations', 'text(short)'],
    ['x'.repeat(100), 'text(long)'],
    [[], 'empty list'],
    [[1], 'list(1)'],
    [[1, 2], 'list(2-9)'],
    [Array.from({ length: 10 }), 'list(10+)'],
    [{ a: 1 }, 'object'],
  ])('%j is %s', (value, form) => {
    expect(formOf(value)).toBe(form);
    expect(form).toMatch(FORM);
  });
});

it('fields are grouped by their forms, with unknown fields by number, and nothing below custom fields', () => {
  const forms = new FieldForms(
    { id: 1, email: null, labels: [{ id: 2, secret: 'A' }], extra_attrs: [{ id: 3 }], received_notifications: ['a'] },
    { id: 2, email: 'a@example.com', labels: [], hidden: 1 },
  );
  expect(forms.toReport()).toEqual({
    fields: {
      'email | null': ['email'],
      'empty list | list(1)': ['labels'],
      integer: ['id', 'labels[].id'],
      'list(1)': ['extra_attrs', 'received_notifications'],
      'text(short)': ['received_notifications[]'],
    },
    unknownFields: { integer: 1, 'text(short)': 1 },
  });
});

it.each([
  [0, 0],
  [1, 1],
  [3, 1],
  [4, 10],
  [48, 100],
  [1_204, 1_000],
])('the count %i is rounded to %i', (count, expected) => {
  expect(rounded(count)).toBe(expected);
});

it('values of an enumeration are listed once, and values that the code does not know as other', () => {
  expect(enumerated('status', ['live', 'on-the-moon', 'live', null, 12])).toEqual(['live', 'other']);
  expect(enumerated('no_enumeration', ['live'])).toEqual(['other']);
});
