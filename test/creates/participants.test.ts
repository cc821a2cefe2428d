/**
 * The actions that add people to jobs and planned lessons and remove them, against the stand-in for TutorCruncher's API,
 * over HTTP.
 */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf, fieldsOf, find } from '../support/steps.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

/** A planned lesson, with student 506 and tutor 405. */
const PLANNED = '9109';

const bodies = () => tutorCruncher.writes().map(({ body }) => body);
/** Replaces the response to writes. */
const refuse = (refusal: JsonObject) => {
  tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [400, refusal] : null);
};

testWrites(tutorCruncher, {
  add_student_to_job: {
    request: 'POST /api/services/705/recipient/add/',
    body: { recipient: 504, charge_rate: '45.00', agent: 605, agent_percentage: '7.50' },
    record: {
      id: 705,
      students: expect.arrayContaining([
        expect.objectContaining({ name: 'Ada Adeyemi', charge_rate: 45, affiliate_name: 'Farah Haddad' }),
      ]),
    },
    trigger: 'job_student_added',
  },
  add_tutor_to_job: {
    request: 'POST /api/services/705/contractor/add/',
    body: { contractor: 403, pay_rate: '31.00', contractor_permissions: 'edit' },
    record: { id: 705, tutor_names: 'Hannah Whitlock, Samuel Okoro' },
    trigger: 'job_tutor_added',
  },
  remove_student_from_job: {
    request: 'POST /api/services/708/recipient/remove/',
    body: { recipient: 507 },
    record: { id: 708, student_names: 'Inês Ferreira' },
  },
  remove_tutor_from_job: {
    request: 'POST /api/services/708/contractor/remove/',
    body: { contractor: 406 },
    record: { id: 708, tutor_names: 'Ravi Menon' },
  },
  add_student_to_lesson: {
    request: 'POST /api/appointments/9109/recipient/add/',
    body: { recipient: 503, charge_rate: '45.00' },
    record: {
      student_names: 'Inês Ferreira, Leo Raman',
      students: expect.arrayContaining([expect.objectContaining({ id: 503, charge_rate: 45 })]),
    },
  },
  add_tutor_to_lesson: {
    request: 'POST /api/appointments/9109/contractor/add/',
    body: { contractor: 402, pay_rate: '31.00' },
    record: {
      tutor_names: 'Ravi Menon, Hannah Whitlock',
      tutors: expect.arrayContaining([expect.objectContaining({ id: 402, pay_rate: 31 })]),
    },
  },
  remove_student_from_lesson: {
    request: 'POST /api/appointments/9109/recipient/remove/',
    body: { recipient: 506 },
    record: { id: 9109, students: [], student_names: '', job_name: 'French for Inês' },
  },
  remove_tutor_from_lesson: {
    request: 'POST /api/appointments/9109/contractor/remove/',
    body: { contractor: 405 },
    record: { id: 9109, tutors: [], tutor_names: '', job_name: 'French for Inês' },
  },
});

describe('a person who is already on a job', () => {
  it('is not added again, and keeps the affiliate if only the rate is filled in', async () => {
    await act('add_student_to_job', { job: '705', student: '503', charge_rate: '50', affiliate: '605' });
    const record = await act('add_student_to_job', { job: '705', student: '503', charge_rate: '55' });
    expect(record.students).toEqual([expect.objectContaining({ charge_rate: 55, affiliate_name: 'Farah Haddad' })]);
    expect(await tutorCruncher.triggered('job_student_added')).toEqual([]);
  });

  it('keeps the permissions if only the rate is filled in', async () => {
    await act('add_tutor_to_job', { job: '705', tutor: '402', pay_rate: '33', permissions: 'complete' });
    await act('add_tutor_to_job', { job: '705', tutor: '402', pay_rate: 0 });
    expect(bodies()[1]).toEqual({ contractor: 402, pay_rate: '0.00' });
    expect(tutorCruncher.now.account.find('services', '705')?.conjobs).toEqual([
      expect.objectContaining({ contractor: 402, pay_rate: '0.00', contractor_permissions: 'complete' }),
    ]);
  });
});

describe.each<[key: string, inputData: JsonObject, personOfOthers: JsonObject]>([
  ['remove_student_from_job', { job: '708', student: '507' }, { student: '503' }],
  ['remove_tutor_from_job', { job: '708', tutor: '406' }, { tutor: '402' }],
  ['remove_student_from_lesson', { lesson: PLANNED, student: '506' }, { student: '503' }],
  ['remove_tutor_from_lesson', { lesson: PLANNED, tutor: '405' }, { tutor: '402' }],
])('%s', (key, inputData, personOfOthers) => {
  it('writes nothing if the person is not listed, as in a replay', async () => {
    const record = await act(key, inputData);
    expect(await act(key, inputData)).toEqual(record);
    await act(key, { ...inputData, ...personOfOthers });
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('writes if TutorCruncher does not list the people', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method, path }) =>
      method === 'GET' ? [200, { id: Number(/\/(\d+)\/$/.exec(path)?.[1]), status: 'planned' }] : null;
    await act(key, inputData);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

it.each(['student', 'tutor'])('a %s who is removed from a lesson stays on the job', async (word) => {
  await act(`remove_${word}_from_lesson`, { lesson: PLANNED, student: '506', tutor: '405' });
  const [job] = await find('find_job', { job: '708' });
  expect(job?.[`${word}_names`]).toMatch(/Inês Ferreira|Ravi Menon/);
});

describe.each([
  'add_student_to_lesson',
  'add_tutor_to_lesson',
  'remove_student_from_lesson',
  'remove_tutor_from_lesson',
])('%s', (key) => {
  it.each(['9106', '9107', '9108'])('does not change a lesson that is not planned: %s', async (lesson) => {
    expect(await failureOf(act(key, { lesson, student: '503', tutor: '402' }))).toMatch(
      /^Only planned lessons can be changed, and this lesson is completed or cancelled\. Nothing was changed\./,
    );
    expect(bodies()).toEqual([]);
  });

  it('has a message for a lesson that is completed between the read and the write', async () => {
    refuse({ detail: 'The lesson of Leo is not planned' });
    const message = await failureOf(act(key, { lesson: PLANNED, student: '506', tutor: '405' }));
    expect(message).toBe('Only planned lessons can be changed or created. Nothing was changed.');
  });
});

it.each(['create_lesson', 'add_student_to_lesson'])('%s shows an hourly rate for a longer lesson', async (key) => {
  const rate = (await fieldsOf(key)).find((field) => field.key === 'charge_rate');
  expect(rate?.helpText).toContain('To charge 48.00 for a lesson of 90 minutes, fill in 32.00.');
});
