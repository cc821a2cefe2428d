/** Create Lesson with Skip if It Exists, against the stand-in for TutorCruncher's API, over HTTP. */

import { describe, expect, it } from '@jest/globals';

import type { ApiRequest } from '../../local/api/behaviour.ts';
import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();

const START = '2027-06-10T17:00:00+01:00';
/** The inputs of a lesson on a job with the student 504 and the tutor 403, each with a rate. */
const MINIMUM = { job: '706', topic: 'Arpeggios', start: START, length_in_minutes: 45 };
const create = (inputData: JsonObject = {}) => act('create_lesson', { ...MINIMUM, ...inputData });
const sent = () => tutorCruncher.requests().map(({ method, path }) => `${method} ${path}`);
const lastBody = (): JsonObject => tutorCruncher.writes().at(-1)?.body ?? {};

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
  ])('creates the lesson despite an existing lesson with the status %s: %j', async (status, isNew) => {
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
