import { expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { fetchActionTypes } from '../../src/api/action-types.ts';
import { workingCache } from '../support/direct-polls.ts';
import { directZWith } from '../support/direct-z.ts';
import { failureOf } from '../support/steps.ts';

const fetch = (response: unknown) =>
  fetchActionTypes(
    directZWith(() => response),
    { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle,
  );

it('an action sends webhooks if it has a subject', async () => {
  const actions = [
    { key: 'LOGIN', msg: 'Logged in', subject_types: [] },
    { key: 'CREATED_REPORT', msg: 'Created a Report', subject_types: ['Report'] },
    { key: 'NAMELESS', subject_types: ['Report', 7] },
    { key: 7, subject_types: ['Report'] },
    { key: 'NO_SUBJECTS' },
    null,
  ];
  expect(await fetch(actions)).toEqual([
    { key: 'CREATED_REPORT', verb: 'Created a Report', subjects: ['Report'] },
    { key: 'NAMELESS', verb: 'NAMELESS', subjects: ['Report', '7'] },
  ]);
});

it('a response that is no list is an error, so that the dropdown is not empty', async () => {
  expect(await failureOf(fetch({ detail: 'x' }))).toMatch(/response is incomplete: it contains no list/);
});

it('the actions are kept in their own entry of the cache', async () => {
  const entries = new Map<string, unknown>();
  const z = { ...directZWith(() => []), cache: workingCache(entries) } as unknown as ZObject;
  await fetchActionTypes(z, { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle);
  expect([...entries.keys()]).toEqual([expect.stringMatching(/^action_types_[0-9a-f]{32}$/)]);
});
