import { expect, it } from '@jest/globals';

import { suggestion } from '../suggestion.ts';

const KEYS = ['invoice_paid', 'invoice_void', 'client_created', 'RELAY_PORT'];

it.each([
  ['invoice_paid', 'invoice_paid'],
  ['Invoice Paid', 'invoice_paid'],
  ['Invoice ........ Paid', 'invoice_paid'],
  ['invoice-payed', 'invoice_paid'],
  ['nvoice_paid', 'invoice_paid'],
  ['invoice_paidd', 'invoice_paid'],
  ['invoice_viod', 'invoice_void'],
  ['relay_prot', 'RELAY_PORT'],
  // 5 of 14 characters differ.
  ['clientcre', 'client_created'],
])('suggests for %j the key %s', (given, key) => {
  expect(suggestion(given, KEYS)).toBe(` Did you mean "${key}"?`);
});

it.each(['', 'paid', 'lesson_completed', 'client_c', 'zzzzzzzzzz', 'xxxxxxxxxinvoice_paid'])(
  'suggests nothing for %j, because too much differs',
  (given) => {
    expect(suggestion(given, KEYS)).toBe('');
  },
);

it('suggests a key only if at most two fifths of the characters differ', () => {
  expect([suggestion('abcxx', ['abcde']), suggestion('abxxx', ['abcde'])]).toEqual([' Did you mean "abcde"?', '']);
});
