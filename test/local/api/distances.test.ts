import { expect, it } from '@jest/globals';

import { isNear } from '../../../local/api/distances.ts';

const BATH = { latitude: '51.3811', longitude: '-2.3590' };

it.each([
  ['8 Mill Lane, Bristol', 17, false],
  ['8 Mill Lane, Bristol', 19, true],
  ['McMurdo Station, Antarctica', 1000, false],
  ['an unknown address', 100_000, false],
])('a person in Bath, 18 km from Bristol, is near %s within %s km: %s', (address, kilometres, expected) => {
  expect(isNear(BATH, address, kilometres)).toBe(expected);
});
