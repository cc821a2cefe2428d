import { expect, it } from '@jest/globals';

import { idOf } from '../../src/api/record-id.ts';

it.each([
  [7, '7'],
  [' 301\n', '301'],
  ['9'.repeat(15), '9'.repeat(15)],
])('%j is the id %s', (value, id) => {
  expect(idOf(value)).toBe(id);
});

it.each([
  ...['12/take_payment', '../clients/301', '301?x=1', '301#', '%2e%2e', '３０１', '1e3', '-1', '1.5', '1 2', ''],
  ...['0', '007', '9'.repeat(16), 0, NaN, null, undefined, true, [7], { id: 7 }],
])('%j is no id, because it could lead to another path', (value) => {
  expect(idOf(value)).toBeNull();
});
