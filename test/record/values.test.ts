import { describe, expect, it } from '@jest/globals';

import { toNumber } from '../../src/record/values.ts';

describe('toNumber', () => {
  it.each([
    ['0', 0],
    ['-7', -7],
    ['45.00000', 45],
    ['-25.50', -25.5],
    ['123456789012345', 123_456_789_012_345],
    ['-12345678901234.5', -12_345_678_901_234.5],
    ['12345678901234.50000', 12_345_678_901_234.5],
    ['0.000000000000001', 1e-15],
    [`0.${'0'.repeat(37)}1`, 1e-38],
    [`1.${'0'.repeat(38)}`, 1],
    ['-0', 0],
    ['-0.00', 0],
  ])('converts the plain decimal %j', (text, number) => {
    expect(toNumber(text)).toBe(number);
  });

  it.each([
    ...['1234567890123456', '-123456789012345.6', '0.1234567890123456', '12345678901234567890', `1.${'0'.repeat(39)}`],
    ...['00', '01', '007', '-', '+1', '1.', '.5', '1e3', '0x10', '1,000', '1\n', ' 1', '', 'ten', 7, true, null],
  ])('returns any other value, or one that a number cannot represent exactly, unchanged: %j', (value) => {
    expect(toNumber(value)).toBe(value);
  });
});
