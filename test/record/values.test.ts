import { describe, expect, it } from '@jest/globals';

import { isBlank, joinedName, joinNames, joinScalars, toNumber, toText } from '../../src/record/values.ts';
import { recordWith } from '../helpers.ts';

describe('a value', () => {
  it('of a numeric field is a number, even if it is sent as text', async () => {
    const record = await recordWith('ad_hoc_charge_created', {
      id: '32',
      client_cost: '-25.50',
      pay_contractor: '0',
      charge_client_forex: 1.5,
      service: { dft_charge_rate: '45.00000' },
    });
    expect(record).toMatchObject({
      ad_hoc_charge_id: 32,
      ad_hoc_charge_client_cost: -25.5,
      ad_hoc_charge_pay_tutor: 0,
      ad_hoc_charge_charge_client_forex: 1.5,
      job_default_charge_rate: 45,
    });
  });

  it.each(['1e3', '', ' 5', '0x10', '007', '1,000', '12345678901234567890', '0.12345678901234567', 'ten'])(
    'that is not a plain decimal, or that a number cannot represent exactly, stays text: %j',
    async (amount) => {
      expect((await recordWith('credit_request_raised', { amount })).credit_request_amount).toBe(amount);
    },
  );

  it('of any other field stays as sent', async () => {
    const record = await recordWith('client_created', {
      latitude: '51.5249280000000027',
      mobile: '07700900123',
      postcode: '12345',
      is_taxable: false,
      date_created: '2026-01-12T10:30:00+01:00',
    });
    expect(record).toMatchObject({
      client_latitude: '51.5249280000000027',
      client_mobile: '07700900123',
      client_postcode: '12345',
      client_is_taxable: false,
      client_date_created: '2026-01-12T10:30:00+01:00',
    });
    const invoice = await recordWith('invoice_raised', { display_id: '48' });
    expect(invoice.invoice_display_id).toBe('48');
  });
});

describe('toNumber', () => {
  it.each([
    ['0', 0],
    ['-7', -7],
    ['10', 10],
    ['45.00000', 45],
    ['-25.50', -25.5],
    ['123456789012345', 123_456_789_012_345],
    ['-12345678901234.5', -12_345_678_901_234.5],
    ['12345678901234.50000', 12_345_678_901_234.5],
    ['0.000000000000001', 1e-15],
    [`0.${'0'.repeat(37)}1`, 1e-38],
    [`1.${'0'.repeat(38)}`, 1],
  ])('converts the plain decimal %j', (text, number) => {
    expect(toNumber(text)).toBe(number);
  });

  it('converts "-0" to 0, not to negative zero', () => {
    expect(Object.is(toNumber('-0'), 0)).toBe(true);
    expect(Object.is(toNumber('-0.00'), 0)).toBe(true);
  });

  it.each([
    '1234567890123456',
    '-123456789012345.6',
    '0.1234567890123456',
    `1.${'0'.repeat(39)}`,
    '00',
    '01',
    '-',
    '+1',
    '1.',
    '.5',
    '1e3',
    '1\n',
    ' 1',
    '',
  ])('returns other text unchanged: %j', (text) => {
    expect(toNumber(text)).toBe(text);
  });

  it.each([7, true, null])('returns other values unchanged: %j', (value) => {
    expect(toNumber(value)).toBe(value);
  });
});

describe('isBlank', () => {
  it.each([
    [undefined, true],
    [null, true],
    ['', true],
    [' ', true],
    [[], true],
    [['Mr', 'A', ''], true],
    [{}, true],
    ['a', false],
    [0, false],
    [false, false],
  ])('for %j returns %j', (name, expected) => {
    expect(isBlank(name)).toBe(expected);
  });
});

describe('joinedName', () => {
  it.each([
    [{ first_name: 'Leo', last_name: 'Raman' }, 'Leo Raman'],
    [{ first_name: 'Leo', last_name: '' }, 'Leo'],
    [{ last_name: ' Raman ' }, 'Raman'],
    [{ first_name: 7, last_name: 'Raman' }, 'Raman'],
    [{ first_name: '', last_name: null }, null],
    [{ first_name: ' ', last_name: ' ' }, null],
    [{}, null],
  ])('for %j returns %j', (record, expected) => {
    expect(joinedName(record)).toBe(expected);
  });
});

describe('joinScalars', () => {
  it.each([
    [[], ''],
    [[null, null], ''],
    [['a', 1, true, null, ''], 'a, 1, true, '],
    [[undefined, [1, 2], { a: 1 }], 'null, [1,2], {"a":1}'],
  ])('for %j returns %j', (list, expected) => {
    expect(joinScalars(list)).toBe(expected);
  });
});

describe('joinNames', () => {
  it('omits blank names', () => {
    expect(joinNames(['Leo', '', null, ' ', ['Mr'], 7, 'Ana'])).toBe('Leo, 7, Ana');
  });
});

describe('toText', () => {
  it.each([
    [true, 'true'],
    [10, '10'],
    ['a', 'a'],
    [null, null],
  ])('for %j returns %j', (value, expected) => {
    expect(toText(value)).toBe(expected);
  });
});
