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
])('for %j is %s', (given, key) => {
  expect(suggestion(given, KEYS)).toBe(` Did you mean "${key}"?`);
});

it.each(['', 'paid', 'lesson_completed', 'client_c', 'zzzzzzzzzz', 'xxxxxxxxxinvoice_paid'])(
  'for %j is nothing, because too much differs',
  (given) => {
    expect(suggestion(given, KEYS)).toBe('');
  },
);

it('needs at most two fifths of the characters to differ', () => {
  expect([suggestion('abcxx', ['abcde']), suggestion('abxxx', ['abcde'])]).toEqual([' Did you mean "abcde"?', '']);
});
