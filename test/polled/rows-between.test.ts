/** The requests for all rows of a list between two moments. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import { rowsBetween } from '../../src/polled/rows-between.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { lessonAt, poll } from '../support/polls.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});

const MINUTE = 60_000;
const FROM = Date.parse('2026-10-21T09:00:00Z');

/**
 * Reads the rows of a list with a lesson in each minute. Returns the number of rows, and the numbers of the requested
 * pages.
 */
async function read(minutes: number) {
  const lessons = Array.from({ length: minutes }, (_, index) => ({
    id: index + 1,
    start: new Date(FROM + index * MINUTE).toISOString(),
  }));
  const pages: number[] = [];
  const run: Partial<StepRun> = {
    readPage: (_, { start_gte: from = '', start_lte: to = '' }, page) => {
      pages.push(page);
      const found = lessons.filter(
        ({ start }) => Date.parse(start) >= Date.parse(String(from)) && Date.parse(start) <= Date.parse(String(to)),
      );
      const rows = found.slice(page * 100 - 100, page * 100);
      return Promise.resolve({ rows, hasMore: found.length > page * 100, count: found.length });
    },
  };
  const span = { from: FROM, to: FROM + minutes * MINUTE };
  const spend = () => Promise.resolve();
  const rows = await rowsBetween(run as StepRun, lesson, { span, spend }, { field: 'start', params: {}, narrow: '' });
  return { count: rows.length, pages: pages.sort() };
}

it('a list of five pages is read to its end', async () => {
  expect(await read(500)).toEqual({ count: 500, pages: [1, 2, 3, 4, 5] });
});

it('a longer list is split after its first page, which states the number of rows', async () => {
  expect(await read(780)).toEqual({ count: 780, pages: [1, 1, 1, 2, 2, 3, 3, 4, 4] });
});

/**
 * Reads a list with these responses to the requests for its pages. A page beyond the last page has no rows and no
 * count. Returns the first and the last id, or the message of the error.
 */
async function readAnswers(...answers: (readonly [from: number, to: number, count: number | null])[]) {
  const left = [...answers];
  const error = class extends Error {};
  const run = {
    z: { errors: { Error: error } },
    readPage: (_path: string, _params: unknown, page: number) => {
      const [from, to, count] = left.shift() ?? [0, 0, 0];
      const ids = Array.from({ length: to - from }, (_, index) => from + index + 1);
      const rows = ids.map((id) => ({ id, start: new Date(FROM).toISOString() }));
      const hasMore = count !== null && page * 100 < count;
      return Promise.resolve({ rows, hasMore, count, isBeyondEnd: count === null });
    },
  };
  const reading = { span: { from: FROM, to: FROM + MINUTE }, spend: () => Promise.resolve() };
  const rows = rowsBetween(run as unknown as StepRun, lesson, reading, { field: 'start', params: {}, narrow: '' });
  return rows.then(
    (found) => [found[0]?.id, found.at(-1)?.id],
    (reason: unknown) => String(reason),
  );
}

it('a list whose last page has disappeared is read again, because one of its rows was not seen', async () => {
  // Row 1 was deleted after the second page was read, so that row 201 moved to that page.
  const first = [[0, 100, 201] as const, [100, 200, 201] as const, [0, 0, null] as const];
  expect(await readAnswers(...first, [1, 101, 200], [101, 201, 200])).toEqual([2, 201]);
});

it('a list with fewer rows than its count is read again, and causes an error if rows are still missing', async () => {
  expect(await readAnswers([0, 0, 5], [0, 5, 5])).toEqual([1, 5]);
  expect(await readAnswers([0, 0, 5], [0, 0, 5])).toMatch(/^Error: TutorCruncher.s response is incomplete/);
});

describe('a list of several pages', () => {
  const add = (start: number) => tutorCruncher.now.account.add('appointments', lessonAt(start, 'planned'));
  const addAll = (count: number, start: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => add(start(index)));
  const isDetail = ({ path }: { readonly path: string }) => /\/\d+\/$/.test(path);
  const pages = () => tutorCruncher.requests().filter((request) => !isDetail(request));
  const populate = (inputData: JsonObject = {}) =>
    poll('lesson_starting', inputData, { meta: { isPopulatingDedupe: true } });

  it('is read to its end, because lessons that were booked long ago are on its last page', async () => {
    const [booked] = addAll(230, (index) => 1 + index / 100);
    const ids = (await populate()).map(({ id }) => id);
    expect(ids).toHaveLength(230);
    expect(ids).toContain(`${booked?.id}@${String(booked?.start)}`);
    expect(pages()).toHaveLength(3);
  });

  it('is not split if it has five full pages', async () => {
    addAll(500, (index) => 1 + (index % 20));
    expect(await populate()).toHaveLength(500);
    expect(pages()).toHaveLength(5);
  });

  it('is split by start if it has more than five pages', async () => {
    addAll(780, (index) => 1 + (index % 140));
    expect(await populate({ time_before: '6', time_unit: 'days' })).toHaveLength(780);
    const numbers = pages().map(({ path }) => Number(/page=(\d+)/.exec(path)?.[1] ?? 1));
    expect(Math.max(...numbers)).toBeLessThanOrEqual(5);
    expect(new Set(pages().map(({ path }) => path.replace(/&page=\d+/, ''))).size).toBe(3);
  });

  it.each([
    ['6', 1],
    ['8', 2],
  ])('of a span of %s days is read in %d parts from the start', async (days, parts) => {
    await populate({ time_before: days, time_unit: 'days' });
    expect(pages()).toHaveLength(parts);
  });

  it('takes ten requests for two weeks with 60 lessons a day', async () => {
    addAll(840, (index) => 1 + index * 0.39);
    expect(await populate({ time_before: '14', time_unit: 'days' })).toHaveLength(840);
    expect(pages()).toHaveLength(10);
  });

  it('is split if TutorCruncher does not state the number of lessons', async () => {
    addAll(520, (index) => 1 + (index % 20));
    const { intercept } = tutorCruncher.now.behaviour;
    const rows = tutorCruncher.now.account.list('appointments');
    tutorCruncher.now.behaviour.intercept = (request) => {
      const url = new URL(request.path, 'http://tutorcruncher');
      const [from, to] = ['start_gte', 'start_lte'].map((name) => url.searchParams.get(name) ?? '');
      const found = rows.filter(({ start }) => String(start) >= String(from) && String(start) <= String(to));
      const page = Number(url.searchParams.get('page') ?? 1);
      const next = found.length > page * 100 ? 'http://tutorcruncher/next' : null;
      return isDetail(request)
        ? intercept(request)
        : [200, { next, results: found.slice(page * 100 - 100, page * 100) }];
    };
    expect(await populate()).toHaveLength(520);
  });

  it('is read again if it has changed meanwhile, so that a row that moved to a previous page is found', async () => {
    const lessons = addAll(150, () => 2);
    const cancelled = lessons.at(-1)?.id ?? 0;
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (path.includes('page=2')) tutorCruncher.now.account.change('appointments', cancelled, { status: 'cancelled' });
      return null;
    };
    const ids = (await populate()).map(({ id }) => (typeof id === 'string' ? id.split('@')[0] : null));
    expect(ids.sort()).toEqual(
      lessons
        .slice(0, -1)
        .map(({ id }) => String(id))
        .sort(),
    );
    expect(pages()).toHaveLength(4);
  });

  it('is refused with a message if it is too long', async () => {
    addAll(5_100, (index) => 1 + (index % 20));
    expect(await failureOf(populate())).toBe(
      'TutorCruncher lists too many records for this step to read all of them. Choose a shorter time, or choose a job, a ' +
        'tutor, a student or a client.',
    );
    expect(pages()).toHaveLength(1);
  });

  it('is refused with another message if TutorCruncher ignores the time', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    addAll(501, () => 500);
    expect(await failureOf(populate())).toBe(
      'TutorCruncher ignored the time for which this step asked, and listed older or later records. Try again in a few ' +
        "minutes. If this persists, TutorCruncher's API has changed and this app needs an update.",
    );
    expect(pages()).toHaveLength(40);
  });

  it('is read without rows that have no id or no valid time', async () => {
    const { id, start } = add(2);
    tutorCruncher.now.behaviour.intercept = (request) => {
      const rows = [
        { id, ...lessonAt(2, 'planned', { start }) },
        { topic: 'No id' },
        { id: 7, status: 'planned', start: 'soon' },
      ];
      return isDetail(request) ? null : [200, { count: 3, next: null, results: rows }];
    };
    expect(await populate()).toEqual([{ id: `${id}@${String(start)}` }]);
  });
});
