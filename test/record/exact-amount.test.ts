import { expect, it } from '@jest/globals';

import { amountOfExact, exactAmount } from '../../src/record/exact-amount.ts';

it.each([
  ['12.50', 12_500_000n],
  [' -0.01 ', -10_000n],
  [0.1 + 0.2, 300_000n],
  ['12345678901234567890.123456', 12_345_678_901_234_567_890_123_456n],
  ['0.1234567', null],
  ['1,000', null],
  ['ten', null],
  [null, null],
])('the amount %j is %j millionths', (value, millionths) => {
  expect(exactAmount(value)).toBe(millionths);
});

it.each([
  [12_500_000n, '12.50'],
  [-10_000n, '-0.01'],
  [123_456n, '0.123456'],
  [0n, '0.00'],
])('%j millionths are %j', (millionths, text) => {
  expect(amountOfExact(millionths)).toBe(text);
});
