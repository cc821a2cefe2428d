/** Create Lesson against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../local/api/behaviour.ts';
import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { useTutorCruncher } from './running-tutorcruncher.ts';
import { act, failureOf, find } from './steps.ts';

const tutorCruncher = useTutorCruncher();

/** A job with the student 504 and the tutor 403, each with a rate. */
const JOB = '706';
const START = '2027-06-10T17:00:00+01:00';
const MINIMUM = { job: JOB, topic: 'Arpeggios', start: START, length_in_minutes: 45 };
const SENT = { service: 706, topic: 'Arpeggios', start: START, finish: '2027-06-10T16:45:00Z', status: 'planned' };
const ZAP = { timezone: 'Europe/London' };

const create = (inputData: JsonObject = {}) => act('create_lesson', { ...MINIMUM, ...inputData }, ZAP);
const sent = () => tutorCruncher.requests().map(({ method, path }) => `${method} ${path}`);
const lastBody = (): JsonObject => tutorCruncher.writes().at(-1)?.body ?? {};

describe('create_lesson', () => {
  it('sends the fields that are filled in, and returns the record that the search finds and the webhook contains', async () => {
    const record = await create({
      topic: 'Scales {{bundle.x}}',
      students: ['503', 504, '503'],
      tutors: '402, 403',
      charge_rate: 40,
      pay_rate: '0',
    });
    expect(tutorCruncher.writes().map(({ method, path, body }) => [method, path, body])).toEqual([
      [
        'POST',
        '/api/appointments/',
        {
          ...SENT,
          topic: 'Scales {{bundle.x}}',
          rcras: [
            { recipient: 503, charge_rate: '40.00' },
            { recipient: 504, charge_rate: '40.00' },
          ],
          cjas: [
            { contractor: 402, pay_rate: '0.00' },
            { contractor: 403, pay_rate: '0.00' },
          ],
        },
      ],
    ]);
    expect(sent()).toEqual(['POST /api/appointments/', `GET /api/appointments/${Number(record.id)}/`]);
    expect(Object.keys(record)).toEqual(Object.keys(lesson.ownSample));
    expect(record).toMatchObject({
      lesson_topic: 'Scales {{bundle.x}}',
      lesson_status: 'planned',
      lesson_start: '2027-06-10T16:00:00Z',
      student_names: 'Leo Raman, Ada Adeyemi',
      tutor_names: 'Hannah Whitlock, Samuel Okoro',
      job_name: 'Piano for Ada',
    });
    expect(await find('find_lesson', { lesson: record.id }, ZAP)).toEqual([record]);

    const [event, ...others] = await tutorCruncher.triggered('lesson_created');
    expect(others).toEqual([]);
    expect(event).toMatchObject({ event_message: 'Created via the API.', lesson_id: record.id });
    for (const key of ['lesson_topic', 'lesson_start', 'lesson_finish', 'student_names', 'tutor_names', 'job_name']) {
      expect([key, event?.[key]]).toEqual([key, record[key]]);
    }
  });

  it('sends nothing for empty inputs, and people without rates if none are filled in', async () => {
    await create({
      finish: '',
      students: [],
      tutors: [null, ''],
      charge_rate: '',
      pay_rate: null,
      everyone_on_job: '',
    });
    expect(lastBody()).toEqual(SENT);
    await create({ students: '503', tutors: ['402'] });
    expect(lastBody()).toEqual({ ...SENT, rcras: [{ recipient: 503 }], cjas: [{ contractor: 402 }] });
  });

  it.each([
    [{ start: '2027-06-10 17:00', finish: '2027-06-10 18:30' }, START, '2027-06-10T18:30:00+01:00'],
    [
      { start: '2027-06-10T12:00:00-0400', length_in_minutes: '90.0' },
      '2027-06-10T12:00:00-04:00',
      '2027-06-10T17:30:00Z',
    ],
    // The clocks go forward during this lesson.
    [{ start: '2027-03-28T00:30', length_in_minutes: 120 }, '2027-03-28T00:30:00+00:00', '2027-03-28T02:30:00Z'],
  ])('reads times without an offset in the time zone of the branch: %j', async (times, start, finish) => {
    await create({ length_in_minutes: '', ...times });
    expect(lastBody()).toMatchObject({ start, finish });
  });

  it.each<[JsonObject, RegExp]>([
    [{ start: '2027-06-10' }, /^The field "Start" of this step contains a date without a time/],
    [{ start: 'soon' }, /^The field "Start" of this step does not contain a date and time/],
    [{ finish: START }, /^This step has both a Finish and a Length in Minutes\. .* Nothing was changed\.$/],
    [
      { length_in_minutes: '' },
      /^This step does not say when the lesson ends\. Fill in Finish or Length in Minutes\. Nothing was changed\.$/,
    ],
    [{ length_in_minutes: '', finish: START }, /^The lesson must finish after its start\. .* Nothing was changed\.$/],
    [{ length_in_minutes: '', finish: '2027-06-10T17:30+02:00' }, /^The lesson must finish after its start\. /],
    [{ length_in_minutes: 0 }, /^The field "Length in Minutes" .* from 1 to 1440/],
  ])('refuses %j before anything is sent', async (inputData, message) => {
    expect(await failureOf(create(inputData))).toMatch(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it('names the field if TutorCruncher accepts only people of the job', async () => {
    const refusal = { rcras: [{ recipient: ['Not on the job of this lesson.'] }] };
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'POST' ? [400, refusal] : null);
    expect(await failureOf(create({ students: ['503'], tutors: ['403'] }))).toMatch(/these fields: Students\. Correct/);
  });

  it.each([429, 500, 404, 401])('succeeds if the read after the write fails with status %d', async (status) => {
    tutorCruncher.now.behaviour.intercept = ({ method }) => (method === 'GET' ? [status, { detail: 'x' }] : null);
    expect(await create({ tutors: ['403'] })).toMatchObject({
      id: 9111,
      lesson_topic: 'Arpeggios',
      job_name: 'Piano for Ada',
      tutor_names: 'Samuel Okoro',
    });
    expect(tutorCruncher.writes()).toHaveLength(1);
  });
});

describe('Add Everyone on the Job', () => {
  const everyone = { everyone_on_job: true };

  it('reads the job first, and adds its students and tutors at their rates on the job', async () => {
    const record = await create(everyone);
    expect(sent().slice(0, 2)).toEqual(['GET /api/services/706/', 'POST /api/appointments/']);
    expect(lastBody()).toEqual({
      ...SENT,
      rcras: [{ recipient: 504, charge_rate: '42.00' }],
      cjas: [{ contractor: 403, pay_rate: '30.00' }],
    });
    expect(record).toMatchObject({ student_names: 'Ada Adeyemi', tutor_names: 'Samuel Okoro' });
  });

  it('prefers the rates that the step fills in, and sends no rate if the job has none', async () => {
    await create({ ...everyone, charge_rate: '10', pay_rate: 0 });
    expect(lastBody()).toMatchObject({ rcras: [{ charge_rate: '10.00' }], cjas: [{ pay_rate: '0.00' }] });
    const { id: job } = await act('create_job', { name: 'X', charge_rate: '1', pay_rate: '1', students: ['505'] });
    await create({ ...everyone, job });
    expect(lastBody()).toEqual({ ...SENT, service: job, rcras: [{ recipient: 505 }] });
  });

  it.each([{ students: ['505'] }, { tutors: ['404'] }])('has no effect together with %j', async (inputData) => {
    await create({ ...everyone, ...inputData });
    expect(sent()[0]).toBe('POST /api/appointments/');
    expect(Object.keys(lastBody()).filter((name) => name === 'rcras' || name === 'cjas')).toHaveLength(1);
  });

  it('fails if the job does not exist, before anything is written', async () => {
    expect(await failureOf(create({ ...everyone, job: '999' }))).toMatch(/^The job that this step refers to does not/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});

describe('natural-key check before a create: Skip if It Exists', () => {
  const skip = { skip_if_exists: true };
  const isList = ({ path }: ApiRequest) => path.startsWith('/api/appointments/?');

  it('returns the lesson with the same job and start when the run is replayed, in any notation of the start', async () => {
    const created = await create(skip);
    expect(await create(skip)).toEqual(created);
    expect(await create({ ...skip, start: '2027-06-10T12:00:00-04:00', topic: 'Another' })).toEqual(created);
    expect(tutorCruncher.writes()).toHaveLength(1);
    const { path = '' } = tutorCruncher.requests().find(isList) ?? {};
    expect(Object.fromEntries(new URL(path, 'http://x').searchParams)).toEqual({
      service: '706',
      start_gte: '2027-06-09T16:00:00.000Z',
      start_lte: '2027-06-11T16:00:00.000Z',
    });
  });

  it('creates the lesson if only the job or only the start is the same', async () => {
    const { id: first } = await create(skip);
    const { id: second } = await create({ ...skip, start: '2027-06-10T17:01:00+01:00' });
    const { id: third } = await create({ ...skip, job: '705' });
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it('finds the same lesson if TutorCruncher ignores the filters', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    const created = await create(skip);
    expect(await create(skip)).toEqual(created);
    expect((await create({ ...skip, job: '705' })).id).not.toBe(created.id);
  });

  it('finds a cancelled lesson, as described in its help text', async () => {
    const { id } = await create(skip);
    tutorCruncher.now.account.change('appointments', Number(id), { status: 'cancelled' });
    expect(await create(skip)).toMatchObject({ id, lesson_status: 'cancelled' });
  });

  it('adds everyone on the job if there is no such lesson', async () => {
    await create({ ...skip, everyone_on_job: true });
    expect(sent().slice(0, 2).sort()).toEqual([
      expect.stringMatching(/^GET \/api\/appointments\/\?service=706&/),
      'GET /api/services/706/',
    ]);
    expect(lastBody()).toMatchObject({ rcras: [{ recipient: 504 }] });
  });

  it('creates nothing if it cannot search all lessons', async () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ id: index + 1, start: START, service: 1 }));
    tutorCruncher.now.behaviour.intercept = (request) =>
      isList(request) ? [200, { count: 5000, next: 'https://app.tutorcruncher.com/x', results: rows }] : null;
    expect(await failureOf(create(skip))).toMatch(
      /^There are too many lessons in TutorCruncher .* Turn off Skip if It Exists, or look for the lesson with Find Lesson/,
    );
    tutorCruncher.now.behaviour.intercept = (request) => (isList(request) ? [500, {}] : null);
    expect(await failureOf(create(skip))).toMatch(/having a problem/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
