import { expect, it } from '@jest/globals';

import { errorsAsText, refuse, Refused } from '../../../local/api/refusal.ts';

it.each([
  [{ email: ['Enter an address.', 'Too long.'] }, { email: 'Enter an address. Too long.' }],
  [{ rcrs: [{}, { recipient: ['Unknown.'] }] }, { rcrs: 'Unknown.' }],
  [{ extra_attrs: { a: ['Invalid.'] } }, { extra_attrs: { a: 'Invalid.' } }],
])('converts the errors %j to one text for each field', (errors, texts) => {
  expect(errorsAsText(errors)).toEqual(texts);
});

it('refuses a value with a list of messages, and a request with errors by field', () => {
  expect(() => refuse('Invalid.')).toThrow(Refused);
  expect(() => refuse('Invalid.')).toThrow(expect.objectContaining({ errors: ['Invalid.'] }));
  expect(() => refuse({ a: ['Invalid.'] })).toThrow(expect.objectContaining({ errors: { a: ['Invalid.'] } }));
});
