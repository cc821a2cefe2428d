import { expect, it } from '@jest/globals';

import { withUserFields } from '../../account-check/user-fields.ts';

it.each([
  ['are fields of the record', { id: 5, user: { town: 'Bristol' } }, { id: 5, town: 'Bristol' }],
  ['do not replace the fields of the record', { id: 5, user: { id: 9 } }, { id: 5 }],
  ['are none without a user', { id: 5 }, { id: 5 }],
  ['are none of a user that is not a record, which stays', { id: 5, user: null }, { id: 5, user: null }],
  ['are none of the URL of a user, which stays', { user: 'https://a' }, { user: 'https://a' }],
])('the fields of the user %s', (_, record, expected) => {
  expect(withUserFields(record)).toEqual(expected);
});
