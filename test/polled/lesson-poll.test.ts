/** The list of lessons: the requests for it, and the choices that all triggers about lessons offer. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { InputValues } from '../../src/inputs/input.ts';
import { lessonPoll } from '../../src/polled/lesson-poll.ts';
import type { JsonObject } from '../../wire/json.ts';
import { bundleWith } from '../support/direct-polls.ts';
import { directZWith } from '../support/direct-z.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { fromNow, lessonAt, poll } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});

/** Adds a lesson of one hour. @param start - in hours from now */
const add = (start: number, status: string, changes?: JsonObject) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, status, changes));

const idsOf = async (...run: Parameters<typeof poll>) => (await poll(...run)).map(({ id }) => id);

it.each<[string, JsonObject, string | null]>([
  ['lesson_starting', {}, 'planned'],
  ['lesson_ended', { statuses: ['complete'] }, 'complete'],
  ['lesson_ended', { statuses: ['complete', 'cancelled'] }, null],
])('%s %j requests the status %s', async (key, inputData, status) => {
  await poll(key, inputData);
  const statuses = tutorCruncher
    .requests()
    .map(({ path }) => new URL(path, 'http://tutorcruncher').searchParams.get('status'));
  expect(statuses).toEqual([status]);
});

describe('the filter for the start of lessons', () => {
  const latestIn = (path: string) =>
    Date.parse(new URL(path, 'http://tutorcruncher').searchParams.get('start_lte') ?? '') - Date.parse(fromNow(24));
  const HOUR_MS = 3_600_000;

  it('requests three more hours until it is known that TutorCruncher compares the start, not the end', async () => {
    add(23, 'planned');
    await poll('lesson_starting');
    // Another Zap of the connection learns from the cache that the filter compares the start.
    const other = { keepsCache: true, meta: { zap: { id: '18' } } };
    await poll('lesson_starting', {}, other);
    // A lesson that starts before the requested time and ends after it.
    add(26.5, 'planned');
    await poll('lesson_starting', {}, { ...other, meta: { zap: { id: '19' } } });
    await poll('lesson_starting', {}, { ...other, meta: { zap: { id: '20' } } });
    const pages = tutorCruncher.requests().filter(({ path }) => !/\/\d+\/$/.test(path));
    const hours = pages.map(({ path }) => Math.round(latestIn(path) / HOUR_MS));
    expect(hours).toEqual([3, 3, 3, 0]);
  });
});

it('finds a lesson that takes 24 hours', async () => {
  const { id } = add(-71.9, 'complete', { finish: fromNow(-47.9) });
  expect(await idsOf('lesson_ended')).toEqual([String(id)]);
});

describe('the choices of a trigger', () => {
  const OTHER: Record<string, JsonObject> = {
    job: { service: { id: 706, name: 'Piano' } },
    tutor: { cjas: [{ contractor: 403 }] },
    student: { rcras: [{ recipient: 504, paying_client: 301 }] },
    client: { rcras: [{ recipient: 503, paying_client: 302 }] },
  };
  const CHOICES = [
    ['job', '705', 'service'],
    ['tutor', '402', 'contractor'],
    ['student', '503', 'recipient'],
    ['client', '301', 'client'],
  ] as const;

  it.each(CHOICES)('narrow it to a %s, in the request and in each record', async (input, id, parameter) => {
    const chosen = add(2, 'planned');
    add(3, 'planned', OTHER[input]);
    const expected = [`${chosen.id}@${String(chosen.start)}`];
    expect(await idsOf('lesson_starting', { [input]: id })).toEqual(expected);
    expect(tutorCruncher.requests()[0]?.path).toContain(`${parameter}=${id}&`);
    tutorCruncher.now.behaviour.ignoresFilters = true;
    expect(await idsOf('lesson_starting', { [input]: id })).toEqual(expected);
  });

  it('hold for each row and record of an API that ignores filters', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    for (let index = 0; index < 9; index++) add(2 + index / 10, 'planned', OTHER.student);
    const chosen = add(4, 'planned');
    for (const [start, status] of [
      [-5, 'planned'],
      [50, 'planned'],
      [2, 'cancelled'],
    ] as const)
      add(start, status);
    expect(await idsOf('lesson_starting', { student: '503' })).toEqual([`${chosen.id}@${String(chosen.start)}`]);
    expect(await idsOf('lesson_starting', { student: '503' }, { keepsCache: true })).toEqual([]);
    // No lesson is read twice.
    expect(tutorCruncher.requests().filter(({ path }) => /\d\/$/.test(path))).toHaveLength(10);
  });

  it('are compared with the record again, which may have changed since its row was read', async () => {
    const { id } = add(2, 'planned');
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (path.endsWith(`/${id}/`)) tutorCruncher.now.account.change('appointments', id, { start: fromNow(30) });
      return null;
    };
    expect(await idsOf('lesson_starting')).toEqual([]);
  });

  it('ignore the letter case of a status in the details', async () => {
    const { id } = add(2, 'planned');
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      path.endsWith(`/${id}/`) ? [200, { ...lessonAt(2, 'Planned'), id }] : null;
    expect(await idsOf('lesson_starting')).toHaveLength(1);
  });
});

it('a lesson that has started was due before its start, whatever its status is now, unless it was cancelled', async () => {
  const paths: string[] = [];
  const z = directZWith(({ pathname, search }) => {
    paths.push(pathname + search);
    return { results: [], next: null, count: 0 };
  });
  const bundle = bundleWith();
  const span = { from: 0, to: 1 };
  const due = { moment: 'start', span, statuses: ['planned'] } as const;
  const { wasDue, readPastRows } = lessonPoll(lesson, new InputValues(), StepRun.ofPoll(z, bundle), due);
  const statuses = ['planned', 'awaiting-report', 'complete', 'cancelled', 'cancelled-chargeable'];
  expect(statuses.filter((status) => wasDue?.({ status }))).toEqual(statuses.slice(0, 3));
  await readPastRows?.({ span, spend: () => Promise.resolve() });
  expect(paths).toEqual([expect.not.stringContaining('status')]);
});
