/** Create Lesson and Reschedule or Edit Lesson against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

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
])("create_lesson refuses %j, because the rate would be nobody's", async (inputData, rate, people) => {
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

describe('natural-key check before a create: Skip if It Exists', () => {
  const skip = { skip_if_exists: true };
  const isList = ({ path }: ApiRequest) => path.startsWith('/api/appointments/?');

  it('returns the lesson with the same job and start when the run is replayed, in any notation of the start', async () => {
    const created = await create(skip);
    expect(created).toMatchObject({ lesson_is_new: true });
    const existing = { ...created, lesson_is_new: false };
    expect(await create(skip)).toEqual(existing);
    expect(await create({ ...skip, start: '2027-06-10T12:00:00-04:00', topic: 'Another' })).toEqual(existing);
    expect(tutorCruncher.writes()).toHaveLength(1);
    const { path = '' } = tutorCruncher.requests().find(isList) ?? {};
    expect(Object.fromEntries(new URL(path, 'http://x').searchParams)).toEqual({
      service: '706',
      start_gte: '2027-06-09T16:00:00.000Z',
      start_lte: '2027-06-11T16:00:00.000Z',
    });
  });

  it.each([true, false])(
    'creates the lesson if only the job or only the start is the same (filters: %j)',
    async (has) => {
      tutorCruncher.now.behaviour.ignoresFilters = !has;
      const { id: first } = await create(skip);
      const { id: second } = await create({ ...skip, start: '2027-06-10T17:01:00+01:00' });
      const { id: third } = await create({ ...skip, job: '705' });
      expect(new Set([first, second, third]).size).toBe(3);
      expect((await create(skip)).id).toBe(first);
    },
  );

  it.each([
    ['cancelled', true],
    ['cancelled-chargeable', true],
    ['awaiting-report', false],
    ['complete', false],
  ])('creates the lesson beside one with the status %s: %j', async (status, isNew) => {
    const { id } = await create(skip);
    tutorCruncher.now.account.change('appointments', Number(id), { status });
    expect(await create(skip)).toMatchObject({ lesson_is_new: isNew });
    expect(tutorCruncher.writes()).toHaveLength(isNew ? 2 : 1);
  });

  it('returns only a lesson that has all students of the step', async () => {
    const { id } = await create({ ...skip, students: ['504', '505'] });
    for (const students of [['504'], ['505', '504'], []]) {
      expect(await create({ ...skip, students })).toMatchObject({ id, lesson_is_new: false });
    }
    expect(await create({ ...skip, students: ['504', '503'] })).toMatchObject({ lesson_is_new: true });
  });

  const ROW = { id: 7, start: START, status: 'planned', service: 706 };
  const listing = (row: JsonObject) => {
    tutorCruncher.now.behaviour.intercept = (request) =>
      isList(request) ? [200, { count: 1, next: null, results: [row] }] : null;
  };

  it.each([
    { ...ROW, start: 'soon' },
    { ...ROW, status: null },
    { ...ROW, service: null },
    { id: 7, url: 'https://x/7/' },
  ])('creates nothing if the list has a row that cannot be compared: %j', async (row) => {
    listing(row);
    expect(await failureOf(create(skip))).toMatch(/contains no start, status or job of the lessons\. /);
    expect(tutorCruncher.writes()).toEqual([]);
  });

  it('creates nothing if the students of the step cannot be compared', async () => {
    tutorCruncher.now.behaviour.intercept = ({ method, path }) =>
      method === 'GET' && path.startsWith('/api/appointments/')
        ? [200, path.includes('?') ? { count: 1, next: null, results: [ROW] } : ROW]
        : null;
    expect(await failureOf(create({ ...skip, students: ['504'] }))).toMatch(/contains no students of the lesson\. /);
    expect(await create(skip)).toMatchObject({ id: 7, lesson_is_new: false });
    expect(tutorCruncher.writes()).toEqual([]);
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
    let id = 0;
    tutorCruncher.now.behaviour.intercept = (request) => {
      if (!isList(request)) return null;
      const results = Array.from({ length: 100 }, () => ({ ...ROW, id: ++id, service: 1 }));
      return [200, { count: 5000, next: 'https://app.tutorcruncher.com/x', results }];
    };
    expect(await failureOf(create(skip))).toMatch(
      /^There are too many lessons in TutorCruncher .* Turn off "Skip if It Exists", or look for the lesson with Find Lesson/,
    );
    tutorCruncher.now.behaviour.intercept = (request) => (isList(request) ? [500, {}] : null);
    expect(await failureOf(create(skip))).toMatch(/having a problem/);
    expect(tutorCruncher.writes()).toEqual([]);
  });
});
