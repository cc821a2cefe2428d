/**
 * The number of requests of each search and action. The limit on runs per minute depends on these numbers
 * (`src/api/step-throttle.ts`).
 */

import { afterAll, describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { REQUESTS_PER_RUN, STEP_THROTTLE } from '../../src/api/step-throttle.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, search } from '../support/steps.ts';
import { NEW_NAME, SEARCH_RUNS } from '../support/search-runs.ts';

const tutorCruncher = useTutorCruncher();

const LESSON = { job: '706', topic: 'Arpeggios', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 45 };
/** Runs of actions that take more requests than the runs in `ACTION_RUNS`, including the search of a pair. */
const LONG_ACTION_RUNS: [key: string, inputData: JsonObject, meta: JsonObject][] = [
  ...['client', 'student', 'tutor', 'affiliate'].map((word): [string, JsonObject, JsonObject] => [
    `create_${word}`,
    NEW_NAME,
    { withSearch: `find_${word}` },
  ]),
  ['create_student', { ...NEW_NAME, client: '301' }, { withSearch: 'find_student' }],
  ['create_job', { ...ACTION_RUNS.create_job, find_name: 'Maths for Ada' }, { withSearch: 'find_job' }],
  ['create_lesson', { ...LESSON, everyone_on_job: true, skip_if_exists: true }, {}],
  ['create_ad_hoc_charge', { ...ACTION_RUNS.create_ad_hoc_charge, skip_if_exists: true }, {}],
  ['update_client', { client: '301', add_notifications: ['credit-requests'] }, {}],
];

const USUAL_ACTION_RUNS = Object.entries(ACTION_RUNS).map(([key, inputData]): [string, JsonObject, JsonObject] => [
  key,
  inputData,
  {},
]);

let dearest = 0;
/** Expects that the run of a step has taken no more requests than the limit assumes. */
const expectRequests = (): void => {
  const { length } = tutorCruncher.requests();
  dearest = Math.max(dearest, length);
  expect(length).toBeGreaterThan(0);
  expect(length).toBeLessThanOrEqual(REQUESTS_PER_RUN);
};

describe.each(['newer', 'older'])('in an account with the %s shape of people, a run of', (shape) => {
  const setUp = () => (tutorCruncher.now.behaviour.isOlderShape = shape === 'older');

  it.each(SEARCH_RUNS)('%s takes the requests that its limit allows for: %j', async (key, inputData) => {
    setUp();
    await search(key, inputData);
    expectRequests();
  });

  it.each([...USUAL_ACTION_RUNS, ...LONG_ACTION_RUNS])(
    '%s takes the requests that its limit allows for: %j %j',
    async (key, inputData, meta) => {
      setUp();
      await act(key, inputData, meta);
      expectRequests();
    },
  );
});

it('Create Lesson reads the lessons of other students at the same time before it creates one', async () => {
  const others = { service: 706, status: 'planned', topic: 'Scales', finish: '2027-06-10T17:00:00Z' };
  const rcras = [{ recipient: 503 }];
  tutorCruncher.now.account.add('appointments', { ...others, start: LESSON.start, rcras });
  await act('create_lesson', { ...LESSON, students: ['504'], skip_if_exists: true });
  expect(tutorCruncher.requests().map(({ method }) => method)).toEqual(['GET', 'GET', 'POST', 'GET']);
  expectRequests();
});

it('every search and action is counted', () => {
  const keys = (runs: readonly [string, ...unknown[]][]) => [...new Set(runs.map(([key]) => key))].sort();
  expect(keys(SEARCH_RUNS)).toEqual(objectSearches.map(({ definition }) => definition.key).sort());
  expect(keys(USUAL_ACTION_RUNS)).toEqual(actions.map(({ definition }) => definition.key).sort());
});

it('the runs of a minute take at most the 100 requests of a branch', () => {
  expect(STEP_THROTTLE).toMatchObject({ window: 60, key: 'searches_and_actions', scope: ['auth'] });
  expect(STEP_THROTTLE.limit * REQUESTS_PER_RUN).toBeLessThanOrEqual(100);
  for (const { definition } of [...objectSearches, ...actions]) {
    expect(definition.operation.throttle).toBe(STEP_THROTTLE);
  }
});

afterAll(() => {
  // The tested runs must include the most expensive run. Otherwise, the tests above would prove nothing.
  expect(dearest).toBe(REQUESTS_PER_RUN);
});
