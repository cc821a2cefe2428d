/** Create Lesson and Reschedule or Edit Lesson against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';
import { testSkipIfExists } from '../support/skip-if-exists.ts';
import { testWrites } from '../support/written-records.ts';

const tutorCruncher = useTutorCruncher();

const START = '2027-06-10T17:00:00+01:00';
/** The inputs of a lesson on a job with the student 504 and the tutor 403, each with a rate. */
const MINIMUM = { job: '706', topic: 'Arpeggios', start: START, length_in_minutes: 45 };
const SENT = { service: 706, topic: 'Arpeggios', start: START, finish: '2027-06-10T16:45:00Z', status: 'planned' };
/** A planned lesson of 90 minutes on job 708, and a completed lesson. */
const PLANNED = '9109';
const COMPLETED = '9106';

const create = (inputData: JsonObject = {}) => act('create_lesson', { ...MINIMUM, ...inputData });
const update = (inputData: JsonObject) => act('update_lesson', { lesson: PLANNED, ...inputData });
const sent = () => tutorCruncher.requests().map(({ method, path }) => `${method} ${path}`);
const lastBody = (): JsonObject => tutorCruncher.writes().at(-1)?.body ?? {};

testWrites(tutorCruncher, {
  create_lesson: {
    request: 'POST /api/appointments/',
    body: {
      service: 705,
      topic: 'Fractions {{bundle.x}}',
      start: '2027-06-10T17:00:00+01:00',
      finish: '2027-06-10T17:00:00Z',
      status: 'planned',
      rcras: [
        { recipient: 503, charge_rate: '42.00' },
        { recipient: 504, charge_rate: '42.00' },
      ],
      cjas: [
        { contractor: 402, pay_rate: '0.00' },
        { contractor: 403, pay_rate: '0.00' },
      ],
    },
    record: {
      lesson_topic: 'Fractions {{bundle.x}}',
      lesson_status: 'planned',
      lesson_start: '2027-06-10T16:00:00Z',
      student_names: 'Leo Raman, Ada Adeyemi',
      tutor_names: 'Hannah Whitlock, Samuel Okoro',
      job_name: 'GCSE Maths for Leo',
    },
    trigger: 'lesson_created',
  },
  update_lesson: {
    request: 'PUT /api/appointments/9109/',
    body: {
      topic: 'Revision {{bundle.inputData.topic}}',
      start: '2027-06-10T17:00:00+01:00',
      finish: '2027-06-10T17:30:00Z',
      status: 'planned',
      service: 708,
    },
    record: {
      id: 9109,
      lesson_topic: 'Revision {{bundle.inputData.topic}}',
      lesson_start: '2027-06-10T16:00:00Z',
      lesson_finish: '2027-06-10T17:30:00Z',
      job_name: 'French for Inês',
      student_names: 'Inês Ferreira',
      tutor_names: 'Ravi Menon',
    },
    trigger: 'lesson_updated',
  },
});

describe('the finish of a lesson', () => {
  it.each<[JsonObject, RegExp]>([
    [
      { finish: START, length_in_minutes: 45 },
      /^This step has both "Finish" and "Length in Minutes"\. .* Nothing was changed\.$/,
    ],
    [
      { length_in_minutes: 0 },
      /^The field "Length in Minutes" .* must contain a whole number of minutes from 1 to 1440/,
    ],
    [{ length_in_minutes: 1441 }, /whole number of minutes/],
    [{ length_in_minutes: '1.5' }, /whole number of minutes/],
    [{ length_in_minutes: '-30' }, /whole number of minutes/],
  ])('is refused before anything is sent: %j', async (inputData, message) => {
    expect(await failureOf(create(inputData))).toMatch(message);
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each<[JsonObject, RegExp]>([
    [
      {},
      /^This step does not say when the lesson ends\. Fill in "Finish" or "Length in Minutes"\. Nothing was changed\.$/,
    ],
    [{ finish: START }, /^The lesson must finish after its start\. .* Nothing was changed\.$/],
    [{ finish: '2027-06-10T17:30+02:00' }, /^The lesson must finish after its start\. /],
    [
      { finish: '2027-06-10 18:30' },
      /^The field "Finish" of this step has no offset from UTC, but "Start" has one\. Add the offset, as in 2027-01-12 16:00\+00:00, or remove it from Start\.$/,
    ],
    [{ start: '2027-06-10T16:00Z', finish: '2027-06-10 17:30' }, /^The field "Finish" .* "Start" has one/],
    [
      { finish: '2027-06-11T17:00:01+01:00' },
      /^This lesson would last longer than a day\. Correct "Start" or "Finish" in this step\. Nothing was changed\.$/,
    ],
    [{ finish: '2028-06-10T18:00+01:00' }, /^This lesson would last longer than a day\. /],
  ])('is refused for a new lesson: %j', async (inputData, message) => {
    expect(await failureOf(create({ length_in_minutes: '', ...inputData }))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it.each([
    ['2027-06-10 17:00', '2027-06-10 18:30', START, '2027-06-10T18:30:00+01:00'],
    ['2027-06-10 17:00', '2027-06-10T17:30Z', START, '2027-06-10T17:30:00Z'],
    [START, '2027-06-11T17:00:00+01:00', START, '2027-06-11T17:00:00+01:00'],
  ])('is sent as filled in beside the start %s: %s', async (start, finish, sentStart, sentFinish) => {
    await create({ start, length_in_minutes: '', finish });
    expect(lastBody()).toMatchObject({ start: sentStart, finish: sentFinish });
  });

  it.each([
    [{ length_in_minutes: '045.0' }, (start: string) => [start, start.replace('16:00', '16:45')]],
    // The clocks go forward during this lesson.
    [
      { start: '2027-03-28T00:30', length_in_minutes: 120 },
      () => ['2027-03-28T00:30:00+00:00', '2027-03-28T02:30:00Z'],
    ],
    [
      { start: '2027-01-05T09:00:00-0500', finish: '2027-01-05 15:00Z' },
      () => ['2027-01-05T09:00:00-05:00', '2027-01-05T15:00:00Z'],
    ],
  ] as const)('changes with %j', async (inputData, timesOf) => {
    const [start, finish] = timesOf(String(tutorCruncher.now.account.find('appointments', PLANNED)?.start));
    await update(inputData);
    expect(lastBody()).toMatchObject({ start, finish });
  });
});

describe('update_lesson', () => {
  it.each([
    [{ finish: '2020-01-01T10:00:00Z' }, /^The lesson must finish after its start\. /],
    [{ finish: '2099-01-01T10:00:00Z' }, /^This lesson would last longer than a day\. /],
    [{ start: '2027-01-05T10:00:00Z', finish: '2027-01-05 11:00' }, /^The field "Finish" .* "Start" has one/],
    [{ start: '2027-01-05T10:00:00Z', finish: '2027-01-05T10:00:00Z' }, /^The lesson must finish after its start\. /],
    [
      { lesson: COMPLETED, topic: 'X' },
      /^Only planned lessons can be changed, and this lesson is completed or cancelled\. /,
    ],
  ])('refuses %j before anything is written', async (inputData, message) => {
    expect(await failureOf(update(inputData))).toMatch(message);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  const changeRead = (changes: JsonObject) => {
    const found = { ...tutorCruncher.now.account.find('appointments', PLANNED), ...changes };
    tutorCruncher.now.behaviour.intercept = ({ method, path }) =>
      method === 'GET' && path === `/api/appointments/${PLANNED}/` ? [200, found] : null;
  };

  it('reads a finish without an offset in the time zone of the branch if the lesson keeps its start', async () => {
    changeRead({ start: '2027-06-10T16:00:00Z', finish: '2027-06-10T17:00:00Z' });
    await update({ finish: '2027-06-10 18:30' });
    expect(lastBody()).toMatchObject({ start: '2027-06-10T16:00:00Z', finish: '2027-06-10T18:30:00+01:00' });
  });

  it('moves a lesson that is longer than a day already', async () => {
    changeRead({ start: '2027-06-10T16:00:00Z', finish: '2027-06-12T16:00:00Z' });
    await update({ start: '2027-06-20T16:00:00Z' });
    expect(lastBody()).toMatchObject({ start: '2027-06-20T16:00:00Z', finish: '2027-06-22T16:00:00Z' });
  });

  it('accepts a job that is a bare id, and a status in another letter case', async () => {
    changeRead({ status: 'Planned', service: 708 });
    await update({ topic: 'X' });
    expect(lastBody()).toMatchObject({ topic: 'X', status: 'planned', service: 708 });
  });

  it.each([{ start: 'soon' }, { finish: null }, { service: null }, { service: { name: 'French' } }])(
    'writes nothing if the lesson that it reads has %j',
    async (changes) => {
      changeRead(changes);
      expect(await failureOf(update({ topic: 'X' }))).toMatch(/contains no start, finish or job for the lesson\. /);
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );
});

it.each([
  [{ charge_rate: '30' }, 'Charge Rate', 'Students'],
  [{ charge_rate: 0, tutors: ['403'] }, 'Charge Rate', 'Students'],
  [{ pay_rate: '30', students: ['504'], everyone_on_job: true }, 'Pay Rate', 'Tutors'],
])('create_lesson refuses %j, because nobody would have the rate', async (inputData, rate, people) => {
  expect(await failureOf(create(inputData))).toBe(
    `The field "${rate}" of this step is filled in, but "${people}" is empty, so nobody would have it. Fill in "${people}", or ` +
      `empty "${rate}". Nothing was changed.`,
  );
  expect(tutorCruncher.requests()).toEqual([]);
});

describe('Add Everyone on the Job', () => {
  const everyone = { everyone_on_job: true };

  it('reads the job first, and adds its students and tutors at their rates on the job', async () => {
    await create(everyone);
    expect(sent().slice(0, 2)).toEqual(['GET /api/services/706/', 'POST /api/appointments/']);
    expect(lastBody()).toEqual({
      ...SENT,
      rcras: [{ recipient: 504, charge_rate: '42.00' }],
      cjas: [{ contractor: 403, pay_rate: '30.00' }],
    });
  });

  it('prefers the rates that the step fills in, and sends no rate if the job has none', async () => {
    await create({ ...everyone, charge_rate: '10', pay_rate: 0 });
    expect(lastBody()).toMatchObject({ rcras: [{ charge_rate: '10.00' }], cjas: [{ pay_rate: '0.00' }] });
    const { id: job } = await act('create_job', { name: 'X', charge_rate: '1', pay_rate: '1', students: ['505'] });
    await create({ ...everyone, job });
    expect(lastBody()).toEqual({ ...SENT, service: job, rcras: [{ recipient: 505 }] });
  });

  it.each([
    [{ students: ['505'] }, { rcras: [{ recipient: 505 }] }],
    [{ tutors: ['404'] }, { cjas: [{ contractor: 404 }] }],
  ])('has no effect together with %j', async (inputData, people) => {
    await create({ ...everyone, ...inputData });
    expect(sent()[0]).toBe('POST /api/appointments/');
    expect(lastBody()).toEqual({ ...SENT, ...people });
  });

  it('fails if the job does not exist, before anything is written', async () => {
    expect(await failureOf(create({ ...everyone, job: '999' }))).toMatch(/^The job that this step refers to does not/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

testSkipIfExists(
  tutorCruncher,
  'create_lesson',
  { topic: 'Another', students: '504, 503', charge_rate: 1 },
  { students: ['505'] },
);
