/** Actions that add people to jobs and remove them, against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import { job } from '../objects/job.ts';
import type { FlatRecord } from '../src/record/record.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** The job of the tests. Student 503 and tutor 402 are on it. */
const JOB = '705';

const addStudent = (inputData: JsonObject) => act('add_student_to_job', { job: JOB, ...inputData });
const addTutor = (inputData: JsonObject) => act('add_tutor_to_job', { job: JOB, ...inputData });
const bodies = () => tutorCruncher.writes().map(({ method, path, body }) => [method, path, body]);
const stored = (): JsonObject => tutorCruncher.now.account.find('services', JOB) ?? {};

/** Expects that a record equals the record that the search finds, and that the only webhook contains it. */
async function expectFoundAndTriggered(triggerKey: string, record: FlatRecord): Promise<void> {
  expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.keys(job.ownSample)));
  expect(await find('find_job', { job: JOB })).toEqual([record]);
  const [event, ...others] = await tutorCruncher.triggered(triggerKey);
  expect(others).toEqual([]);
  for (const [key, value] of Object.entries(record)) {
    if (key !== 'id') expect([key, event?.[key]]).toEqual([key, value]);
  }
}

describe('add_student_to_job', () => {
  it('adds the student with a rate and an affiliate, and returns the job', async () => {
    const record = await addStudent({ student: '504', charge_rate: 45, affiliate: '605', affiliate_percentage: 7.5 });
    const body = { recipient: 504, charge_rate: '45.00', agent: 605, agent_percentage: '7.50' };
    expect(bodies()).toEqual([['POST', `/api/services/${JOB}/recipient/add/`, body]]);
    expect(record).toMatchObject({ id: 705, student_names: 'Leo Raman, Ada Adeyemi' });
    expect(record.students).toContainEqual(
      expect.objectContaining({ name: 'Ada Adeyemi', charge_rate: 45, affiliate_name: 'Farah Haddad' }),
    );
    await expectFoundAndTriggered('job_student_added', record);
  });

  it('changes only the fields that are filled in if the student is already on the job', async () => {
    await addStudent({ student: '503', charge_rate: '50', affiliate: '605' });
    const record = await addStudent({ student: '503', charge_rate: '55' });
    expect(record.student_names).toBe('Leo Raman');
    expect(record.students).toEqual([expect.objectContaining({ charge_rate: 55, affiliate_name: 'Farah Haddad' })]);
    expect(await tutorCruncher.triggered('job_student_added')).toEqual([]);
  });
});

describe('add_tutor_to_job', () => {
  it('adds the tutor with a rate and permissions, and returns the job', async () => {
    const record = await addTutor({ tutor: '403', pay_rate: '31.5', permissions: 'Edit Lessons' });
    const body = { contractor: 403, pay_rate: '31.50', contractor_permissions: 'edit' };
    expect(bodies()).toEqual([['POST', `/api/services/${JOB}/contractor/add/`, body]]);
    expect(record).toMatchObject({ id: 705, tutor_names: 'Hannah Whitlock, Samuel Okoro' });
    await expectFoundAndTriggered('job_tutor_added', record);
  });

  it('keeps the rate and the permissions that are not filled in', async () => {
    await addTutor({ tutor: '402', pay_rate: '33', permissions: 'complete' });
    await addTutor({ tutor: '402', pay_rate: '', permissions: null });
    await addTutor({ tutor: '402', pay_rate: 0 });
    expect(tutorCruncher.writes().map(({ body }) => body)).toEqual([
      { contractor: 402, pay_rate: '33.00', contractor_permissions: 'complete' },
      { contractor: 402 },
      { contractor: 402, pay_rate: '0.00' },
    ]);
    expect(stored().conjobs).toEqual([
      expect.objectContaining({ contractor: 402, pay_rate: '0.00', contractor_permissions: 'complete' }),
    ]);
  });
});

describe.each([
  ['remove_student_from_job', 'student', '507', 'recipient', 'student_names', 'Inês Ferreira'],
  ['remove_tutor_from_job', 'tutor', '406', 'contractor', 'tutor_names', 'Ravi Menon'],
] as const)('%s', (key, word, id, person, names, left) => {
  const remove = (inputData: JsonObject) => act(key, { job: '708', [word]: id, ...inputData });

  it('removes the person, and returns the job', async () => {
    const record = await remove({});
    expect(bodies()).toEqual([['POST', `/api/services/708/${person}/remove/`, { [person]: Number(id) }]]);
    expect(record).toMatchObject({ id: 708, [names]: left });
    expect(await find('find_job', { job: '708' })).toEqual([record]);
  });

  it('writes nothing, and returns the job, if the person is not on it, as in a replay', async () => {
    const record = await remove({});
    expect(await remove({})).toEqual(record);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('writes if the job does not list its people', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [200, { id: 708 }] : null);
    await remove({});
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it('reports that the person is still on lessons', async () => {
    expect(await failureOf(remove({ job: '709' }))).toBe(
      'This person is still on lessons of the job, so TutorCruncher does not remove them from the job. Remove them from ' +
        'these lessons first. Nothing was changed.',
    );
  });

  it('reports that the job does not exist before anything is written', async () => {
    expect(await failureOf(remove({ job: '1' }))).toMatch(/^The job that this step refers to does not exist/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
