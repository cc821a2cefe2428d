/** Values that count as empty. */

import { expect, it } from '@jest/globals';

import { entriesOf, isEmpty } from '../../src/inputs/empty-values.ts';
import { act, failureOf } from '../support/steps.ts';

it.each(['\u200b', ' \u2060\n', '\ufeff', '\u00ad', ['\u200b', ''], '\u00a0'])(
  'an invisible value is empty: %j',
  async (value) => {
    expect(isEmpty(value)).toBe(true);
    expect(await failureOf(act('create_client', { last_name: value }))).toMatch(/"Last Name" of this step is empty/);
  },
);

it.each([0, false, '0', {}, ['', 0]])('any other value is not empty: %j', (value) => {
  expect(isEmpty(value)).toBe(false);
});

it.each<[value: unknown, entries: unknown[]]>([
  ['7', ['7']],
  ['7,, 8', ['7', '', ' 8']],
  [
    ['7,8', 9, ''],
    ['7', '8', 9, ''],
  ],
  [null, [null]],
])('the entries of %j are %j, including empty entries', (value, entries) => {
  expect(entriesOf(value)).toEqual(entries);
});
