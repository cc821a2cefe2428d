import { describe, expect, it } from '@jest/globals';

import { outputFieldsOf, typeOf } from '../../src/record/output-fields.ts';

describe('typeOf', () => {
  it.each([
    [1, 'number'],
    [false, 'boolean'],
    [null, 'string'],
    ['a', 'string'],
    ['2026-06-10T18:05:00Z', 'datetime'],
    ['2026-06-10T18:05:00.123456+01:00', 'datetime'],
    ['2026-06-10T18:05:00', 'string'],
    ['2026-06-10', 'string'],
    ['On 2026-06-10T18:05:00Z', 'string'],
    ['2026-06-10T18:05:00Z or so', 'string'],
  ])('returns for %j the type %j', (value, type) => {
    expect(typeOf(value)).toBe(type);
  });
});

describe('outputFieldsOf', () => {
  it('assigns the type datetime to a null value if its key is that of a date-time', () => {
    const typesOf = (...keys: string[]) =>
      outputFieldsOf(Object.fromEntries(keys.map((key) => [key, null]))).map(({ type }) => type);
    expect(typesOf('invoice_date_paid', 'report_dt_created', 'task_due_dt')).toEqual(Array(3).fill('datetime'));
    expect(typesOf('client_dt', 'client_date', 'client_update_text')).toEqual(Array(3).fill('string'));
  });

  it('lists the fields of line items, labelled with the singular of the list', () => {
    expect(outputFieldsOf({ students: [{ id: 1, name: 'Leo' }], empty: [] })).toEqual([
      { key: 'students[]id', label: 'Student ID', type: 'number' },
      { key: 'students[]name', label: 'Student Name', type: 'string' },
    ]);
  });
});
