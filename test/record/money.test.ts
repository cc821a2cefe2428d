import { describe, expect, it } from '@jest/globals';

import { amountText, currencySign } from '../../src/record/money.ts';

describe('amountText', () => {
  it.each([
    [63, '£', '£63.00'],
    [52.5, '', '52.50'],
    [-84, '£', '-£84.00'],
    [1260.5, 'CHF ', 'CHF 1,260.50'],
    [-1234567.891, '$', '-$1,234,567.89'],
    [0, '£', '£0.00'],
    [-0.001, '£', '£0.00'],
  ])('writes %d with the sign %j as %j', (amount, sign, text) => {
    expect(amountText(amount, sign)).toBe(text);
  });

  it.each([['63.00'], [null], [undefined], [true]])('returns null for %j, which is not a number', (value) => {
    expect(amountText(value, '£')).toBeNull();
  });
});

describe('currencySign', () => {
  it.each([
    ['GBP', '£'],
    ['USD', '$'],
    ['AUD', '$'],
    ['CHF', 'CHF '],
    ['pounds', ''],
    [null, ''],
    [826, ''],
  ])('of %j is %j', (code, sign) => {
    expect(currencySign(code)).toBe(sign);
  });
});
