import { expect, it } from '@jest/globals';
import fc from 'fast-check';

it('makes the same choices in each run', () => {
  expect(fc.sample(fc.nat({ max: 999_999 }), 3)).toEqual(fc.sample(fc.nat({ max: 999_999 }), 3));
  expect(fc.readConfigureGlobal().seed).toBe(20_260_610);
});
