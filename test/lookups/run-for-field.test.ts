/** The choice Run For. */

import { expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { personKindIn, runForField } from '../../src/lookups/run-for-field.ts';

it.each([
  [undefined, null],
  ['', null],
  ['lesson', null],
  ['Job', null],
  ['client', 'client'],
  ['Student', 'student'],
  ['tutor', 'tutor'],
  ['clients', undefined],
  ['parents', undefined],
  ['affiliate', undefined],
])('with %j, a Zap runs for each person of the kind %j', (run_for, kind) => {
  expect(personKindIn({ inputData: { run_for } } as unknown as Bundle)).toBe(kind);
});

it.each([
  ['lesson', 'The Lesson'],
  ['job', 'The Job'],
] as const)('the field offers the %s, which is the default, and each kind of person', (noun, label) => {
  expect(runForField(noun, '')).toMatchObject({
    default: noun,
    choices: { [noun]: label, client: 'Each Client', student: 'Each Student', tutor: 'Each Tutor' },
  });
});
