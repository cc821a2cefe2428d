/** The balance before a fall, from the balance after all changes, and the order of the changes. */

import { describe, expect, it } from '@jest/globals';

import { balanceBeforeFall, isAfter } from '../../src/polled/balance-before-fall.ts';
import { exactAmount } from '../../src/record/exact-amount.ts';

describe('the balance before a fall', () => {
  const exact = (text: string) => exactAmount(text) ?? 0n;

  it.each([
    ['falls below', '30', '-40', [], '70.00'],
    ['falls from the amount itself', '49.99', '-0.01', [], '50.00'],
    ['falls to the amount', '50', '-20', [], null],
    ['falls from below the amount', '30', '-10', [], null],
    ['falls from below the amount by a hundredth', '49.98', '-0.01', [], null],
    ['falls below, and then further', '10', '-40', ['-20'], '70.00'],
    ['was below before a fall that came after another', '10', '-20', ['-10'], null],
    ['falls below, and has risen to the amount since', '50', '-40', ['20'], null],
    ['falls below, and has risen, but not to the amount', '45', '-40', ['15'], '70.00'],
    ['falls below, has risen, and has fallen again', '30', '-40', ['30', '-30'], null],
    ['falls below again after a correction', '30', '-30', [], '60.00'],
  ])('%s: balance %s after %s and then %j', (_what, balance, amount, later, before) => {
    const changes = later.map((text, index) => ({
      id: String(2 + index),
      person: '301',
      at: 2 + index,
      amount: exact(text),
    }));
    for (const order of [changes, changes.toReversed()]) {
      const found = balanceBeforeFall(exact(balance), { amount: exact(amount) }, order, exact('50'));
      expect(found).toBe(before === null ? null : exact(before));
    }
  });
});

it.each([
  ['of a later time', { id: '7', at: 2 }, true],
  ['of an earlier time', { id: '9', at: 0 }, false],
  ['of the same time with a higher id', { id: '10', at: 1 }, true],
  ['of the same time with a lower id', { id: '8', at: 1 }, false],
  ['itself', { id: '9', at: 1 }, false],
])('a change %s is after another change: %3$p', (_which, changed, isLater) => {
  const change = { id: '9', person: '301', at: 1, amount: -1n };
  expect(isAfter({ ...change, ...changed }, change)).toBe(isLater);
});
