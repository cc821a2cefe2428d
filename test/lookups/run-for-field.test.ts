/** The choice Run For. */

import { expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { personKindIn } from '../../src/lookups/run-for-field.ts';

it.each([
  [undefined, null],
  ['', null],
  ['lesson', null],
  ['Job', null],
  ['client', 'client'],
  ['Student', 'student'],
  ['tutor', 'tutor'],
  ['parents', undefined],
  ['affiliate', undefined],
])('with %j, a Zap runs for each person of the kind %j', (run_for, kind) => {
  expect(personKindIn({ inputData: { run_for } } as unknown as Bundle)).toBe(kind);
});
