/**
 * Writes that refer to a student or client whom TutorCruncher does not know yet, against the stand-in for its API, over
 * HTTP.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { ACTION_RUNS } from '../support/action-runs.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const PAUSES = [1_500, 2_500, 4_000];

/** The pauses of the run. Each pause ends at once. */
let pauses: number[] = [];
let onPause: () => void = () => undefined;

beforeEach(() => {
  pauses = [];
  onPause = () => undefined;
  const { setTimeout } = globalThis;
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((callback, ms = 0) => {
    // The time limit of a request can be as long as a pause, so only the next pause ends at once.
    if (ms !== PAUSES[pauses.length]) return setTimeout(callback, ms);
    pauses.push(ms);
    onPause();
    return setTimeout(callback, 0);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Creates a student. Other endpoints know the student only after this number of pauses. */
async function studentKnownAfter(count: number): Promise<string> {
  tutorCruncher.now.behaviour.knownAfterMs = 60_000;
  const { id } = await act('create_student', { last_name: 'Novak', client: '301' });
  tutorCruncher.now.requests.length = 0;
  onPause = () => {
    if (pauses.length === count) tutorCruncher.now.behaviour.knownAfterMs = 0;
  };
  return `${Number(id)}`;
}

const refuseWrites = (status: number, errors: JsonObject): void => {
  tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? null : [status, errors]);
};
const UNKNOWN = ['Invalid pk "999" - object does not exist.'];

describe('a student whom an earlier step has just created', () => {
  it.each<[key: string, inputData: (student: string) => JsonObject]>([
    ['create_job', (student) => ({ students: [student], tutors: '' })],
    ['create_lesson', (student) => ({ students: ['503', student] })],
    ['add_student_to_job', (student) => ({ student })],
    ['add_student_to_lesson', (student) => ({ student })],
  ])('is accepted by %s as soon as TutorCruncher knows the student', async (key, inputData) => {
    for (const [index] of PAUSES.entries()) {
      pauses = [];
      const student = await studentKnownAfter(index + 1);
      const record = await act(key, { ...ACTION_RUNS[key], ...inputData(student) });
      expect(record.id).toBeGreaterThan(0);
      expect(pauses).toEqual(PAUSES.slice(0, index + 1));
      expect(tutorCruncher.writes()).toHaveLength(index + 2);
    }
  });

  it.each([false, true])(
    'leads to advice if TutorCruncher still does not know the student after the pauses (errors as text: %s)',
    async (asText) => {
      tutorCruncher.now.behaviour.errorsAsText = asText;
      const student = await studentKnownAfter(4);
      expect(await failureOf(act('create_job', { ...ACTION_RUNS.create_job, students: [student] }))).toBe(
        'TutorCruncher does not know the records in these fields: Students. For some seconds, it does not know a student or ' +
          'a client whom an earlier step has just created. Nothing was changed. Replay this run in a minute. If this ' +
          'persists, the records do not exist in this branch: choose others, or check the steps that provide their IDs.',
      );
      expect(tutorCruncher.writes()).toHaveLength(4);
    },
  );

  it('causes no pause after which less than five seconds would be left for the write', async () => {
    const start = Date.now();
    let elapsed = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => start + elapsed);
    const student = await studentKnownAfter(4);
    onPause = () => {
      elapsed += pauses.length === 1 ? 18_400 : 101;
    };
    expect(await failureOf(act('add_student_to_job', { job: '705', student }))).toMatch(/Replay this run in a minute/);
    expect(pauses).toEqual([1_500, 2_500]);
  });
});

describe('a client whom an earlier step has just created', () => {
  it.each(['create_student', 'create_credit_request', 'create_ad_hoc_charge'])('is awaited by %s', async (key) => {
    tutorCruncher.now.behaviour.knownAfterMs = 60_000;
    const { id } = await act('create_client', { last_name: 'Novak' });
    onPause = () => (tutorCruncher.now.behaviour.knownAfterMs = 0);
    await act(key, { ...ACTION_RUNS[key], client: Number(id), tutor: '', pay_tutor: '' });
    expect(pauses).toEqual([1_500]);
  });
});

describe('a refusal', () => {
  it.each<[status: number, errors: JsonObject]>([
    [400, { recipient: UNKNOWN, charge_rate: ['A valid number is required.'] }],
    [400, { recipient: [...UNKNOWN, 'This student is dormant.'] }],
    [400, { rcrs: [{}, { recipient: UNKNOWN, agent: UNKNOWN }] }],
    [400, { contractor: UNKNOWN }],
    [400, { recipient: [] }],
    [400, { recipient: 'This field is required.' }],
    [400, { detail: UNKNOWN }],
    [400, {}],
    [409, { recipient: UNKNOWN }],
    [404, { recipient: UNKNOWN }],
  ])('with status %d for %j is not repeated', async (status, errors) => {
    refuseWrites(status, errors);
    await failureOf(act('add_student_to_job', { job: '705', student: '503' }));
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it.each<[status: number, unknown: boolean]>([
    [500, true],
    [429, false],
  ])('that is followed by status %d is not repeated again', async (status, isUnknownOutcome) => {
    refuseWrites(400, { recipient: UNKNOWN });
    onPause = () => {
      refuseWrites(status, {});
    };
    const message = await failureOf(act('add_student_to_job', { job: '705', student: '503' }));
    expect(message.includes('may still have been')).toBe(isUnknownOutcome);
    expect(tutorCruncher.writes()).toHaveLength(2);
  });

  it.each(['client', 'paying_client', 'recipient', 'rcrs', 'rcras'])('for %s is repeated', async (name) => {
    refuseWrites(400, { [name]: 'object does not exist' });
    await failureOf(act('add_student_to_job', { job: '705', student: '503' }));
    expect(tutorCruncher.writes()).toHaveLength(4);
  });
});
