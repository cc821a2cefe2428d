import { describe, expect, it } from '@jest/globals';

import { amountText, currencySign } from '../../src/record/money.ts';

describe('amountText', () => {
  it.each([
    [63, '£', '£63.00'],
    [52.5, '', '52.50'],
    [-84, '£', '-£84.00'],
    [1260.5, 'CHF ', 'CHF 1,260.50'],
    [-1234567.891, '$', '-$1,234,567.89'],
    [-0.001, '£', '£0.00'],
    [999.99, '£', '£999.99'],
  ])('writes %d with the sign %j as %j', (amount, sign, text) => {
    expect(amountText(amount, sign)).toBe(text);
  });

  it('returns null for other values', () => {
    expect(['63.00', null, undefined, true].map((value) => amountText(value, '£'))).toEqual(Array(4).fill(null));
  });
});

it('currencySign returns the sign or the code of a currency', () => {
  const codes = ['GBP', 'USD', 'AUD', 'CHF', 'pounds', 'GBPX', 'XGBP', null, 826];
  expect(codes.map(currencySign)).toEqual(['£', '$', '$', 'CHF ', ...Array<string>(5).fill('')]);
});
