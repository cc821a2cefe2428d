/** The requests of each search and action, on which the limit of runs per minute depends (`src/api/step-throttle.ts`). */

import { afterAll, describe, expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { REQUESTS_PER_RUN, STEP_THROTTLE } from '../../src/api/step-throttle.ts';
import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, search } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

/** A name that is searched for in as many spellings as possible. */
const NAME = { first_name: 'josé', last_name: 'o’neill-smith' };
const NEW_NAME = { ...NAME, find_first_name: NAME.first_name, find_last_name: NAME.last_name };
const MANY = { find_details: false };

/** Runs of searches that take as many requests as possible in lists of one page. */
const SEARCH_RUNS: [key: string, inputData: JsonObject][] = [
  ['find_client', { email: 'Priya.Raman@Example.com' }],
  ...['client', 'student', 'tutor', 'affiliate'].map((word): [string, JsonObject] => [`find_${word}`, NEW_NAME]),
  ['find_student', { client: '301', find_first_name: 'Leo' }],
  ['find_job', { find_name: 'physics' }],
  ['find_lesson', { find_tutor: '402', find_status: 'complete' }],
  ['find_ad_hoc_charge', { find_client: '302', find_from: '2020-01-01' }],
  ['find_invoice', { find_number: '150' }],
  ['find_credit_request', { find_client: '302' }],
  ['find_report', { find_lesson: '9106' }],
  ['find_clients', { ...MANY, find_name: 'Raman' }],
  ['find_tutors', { ...MANY, find_name: 'Whitlock' }],
  ['find_students', { ...MANY, find_client: '301' }],
  ['find_jobs', { ...MANY, find_name: 'Maths' }],
  ['find_lessons', { ...MANY, find_student: '503' }],
  ['find_invoices', { ...MANY, find_client: '302' }],
  ['find_credit_requests', { ...MANY, find_client: '302' }],
];

const LESSON = { job: '706', topic: 'Arpeggios', start: '2027-06-10T17:00:00+01:00', length_in_minutes: 45 };
/** Runs of actions that take more requests than those of `ACTION_RUNS`, with the search of a pair. */
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
/** Expects that the run of a step has taken no more requests than the limit allows for. */
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
  expect(STEP_THROTTLE.window).toBe(60);
  expect(STEP_THROTTLE.limit * REQUESTS_PER_RUN).toBeLessThanOrEqual(100);
  for (const { definition } of [...objectSearches, ...actions]) {
    expect(definition.operation.throttle).toBe(STEP_THROTTLE);
  }
});

afterAll(() => {
  // Without the dearest run, the tests above would prove nothing.
  expect(dearest).toBe(REQUESTS_PER_RUN);
});
