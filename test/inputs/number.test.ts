/** Inputs for amounts of money and for whole numbers. */

import { describe, expect, it } from '@jest/globals';

import {
  amountInput,
  daysInput,
  minutesInput,
  severalDaysInput,
  signedAmountInput,
  wholeNumberInput,
} from '../../src/inputs/number.ts';
import { convert, each, same, testConversions } from '../support/conversions.ts';
import { failureOf } from '../support/steps.ts';

testConversions({
  'an amount': {
    input: amountInput('field', {}),
    accepted: [...each('42.00', '42', 42, '042', '42.0'), ['42.5', '42.50'], [0, '0.00'], ...same('9999999999.99')],
    refused: ['12345678901', '1.234', '-1', '1,000', '.5', '5.', 'x1', '1x'],
    problem: /must contain a number such as 42/,
  },
  'an amount that may be negative': {
    input: signedAmountInput('field', {}),
    accepted: [
      ['-100', '-100.00'],
      ['-0.5', '-0.50'],
      [42, '42.00'],
    ],
    refused: ['--1', '- 1', '+1', '£5', '-'],
    problem: /must contain a number such as 50, 42\.50 or -100/,
  },
  'a whole number': {
    input: wholeNumberInput('field', 24, {}),
    accepted: [...each(0, 0, '0'), ...each(90, '90', '90.0', '090'), ['999999', 999_999]],
    refused: ['1000000', '-1', '1.5', 'x1', '1x'],
    problem: /must contain a whole number such as 24/,
  },
  'days within limits': {
    input: daysInput('field', 1, 14, 7, {}),
    accepted: [...each(1, 1), ...each(14, '14')],
    refused: [0, 15],
    problem: /must be at least 1 and at most 14 days/,
  },
  'days in digits': {
    input: daysInput('field', 1, 14, 7, {}),
    accepted: [],
    refused: ['x', '-1'],
    problem: /must contain a whole number such as 7/,
  },
  'several numbers of days': {
    input: severalDaysInput('field', 1, 90, {}),
    accepted: [...each([14], 14, '14', '14,'), ...each([1, 28, 90], '28, 90,1', [90, '28,1'])],
    refused: ['x', '21,x', '-1'],
    problem: /must contain whole numbers with commas, such as 21, 28/,
  },
  'several numbers of days within limits': {
    input: severalDaysInput('field', 1, 90, {}),
    accepted: [],
    refused: ['0', '21,91'],
    problem: /must contain numbers of at least 1 and at most 90 days/,
  },
  'minutes of a day': {
    input: minutesInput('field', {}),
    accepted: [...each(1, '1'), ...each(1440, '1440')],
    refused: [0, 1441, '1.5'],
    problem: /from 1 to 1440/,
  },
});

describe('amounts in a list', () => {
  it.each([[['30', '30']], [['30', '31']], [[30, 30]], [['30', '']]])(
    'are refused if there are several, because each may belong to a different person: %j',
    async (value) => {
      expect(await failureOf(convert(amountInput('field', {}), value))).toMatch(
        /contains several values\. Map a single/,
      );
    },
  );

  it('are accepted if there is only one', async () => {
    expect(await convert(amountInput('field', {}), ['30'])).toBe('30.00');
  });
});

it('an input that refuses the text of a record names the field to map instead of £30.00', async () => {
  expect(await failureOf(convert(amountInput('field', {}), '£30.00'))).toMatch(
    /map the field whose name ends in \(Number\)/,
  );
});
