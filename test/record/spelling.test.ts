/** Texts with different characters that look the same to a reader. */

import { expect, it } from '@jest/globals';

import { comparable } from '../../src/record/spelling.ts';

it('texts are compared without case and superfluous white space', () => {
  expect(comparable(' Year\n 9 ')).toBe('year 9');
});

it.each([
  ["O'Brien", 'o’brien'],
  ['Anne-Marie', 'ANNE–MARIE'],
  ['Zo\u00eb', 'Zoe\u0308'],
  ['Raman', 'Ra\u200bman\u00ad'],
])('%j and %j are the same', (one, other) => {
  expect(comparable(one)).toBe(comparable(other));
});

it('an accent and an apostrophe make a difference', () => {
  expect(comparable('José')).not.toBe(comparable('Jose'));
  expect(comparable("O'Brien")).not.toBe(comparable('OBrien'));
});
