/** The preferred rows of a list that is too long to be read completely. */

import { describe, expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import type { Page } from '../../src/api/client.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import { searchList } from '../../src/search/list-search.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

const PAGE_ROWS = 3;
const MAX_PAGES = 3;
const DAY_MS = 86_400_000;

const startOf = (row: JsonObject): number => Number(row.start);

/** TutorCruncher's list of lessons, with small pages. The id of a lesson is its position, starting at 1. */
class LessonList {
  readonly #starts: readonly number[];
  readonly requests: { readonly startGte: number | null; readonly page: number }[] = [];
  ignoresBounds = false;
  /** Duration of each request in milliseconds. */
  requestMs = 0;
  deleted: readonly number[] = [];

  constructor(starts: readonly number[]) {
    this.#starts = starts;
  }

  #page(params: Readonly<Record<string, string>>, page: number): Page {
    const startGte = params.start_gte === undefined ? null : Number(params.start_gte);
    this.requests.push({ startGte, page });
    const isListed = (start: number) => this.ignoresBounds || startGte === null || start >= startGte;
    const rows = this.#starts.flatMap((start, index) =>
      isListed(start) ? [{ id: index + 1, start, is_deleted: this.deleted.includes(index + 1) }] : [],
    );
    const end = page * PAGE_ROWS;
    return { rows: rows.slice(end - PAGE_ROWS, end), hasMore: rows.length > end, count: rows.length };
  }

  /** Finds the latest lesson. If several lessons start at the same time, the search finds the first of them. */
  async latest() {
    const { requests, requestMs } = this;
    const run: Partial<StepRun> = {
      get elapsed() {
        return requests.length * requestMs;
      },
      readPage: (_, params, page) => Promise.resolve(this.#page(params as Record<string, string>, page)),
      read: (path) => Promise.resolve({ id: Number(/\d+/.exec(path)?.[0]) }),
      refusal: (message) => new Error(message),
    };
    const found = await searchList(run as StepRun, lesson, {
      params: {},
      maxPages: MAX_PAGES,
      isRow: () => true,
      order: (a, b) => startOf(b) - startOf(a),
      paramsUpTo: (row) => ({ start_gte: String(startOf(row)) }),
      narrow: 'Fill in "Find Job".',
    });
    return found && { id: found.found.id, matches: found.matches };
  }
}

/** Returns the numbers from 1 to an end. */
const upTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index + 1);

describe('the latest lesson of a long list', () => {
  it.each([
    { count: 9, bounds: [], matches: 9 },
    { count: 10, bounds: [9], matches: 9 },
    { count: 11, bounds: [9], matches: 9 },
    { count: 12, bounds: [9, 11], matches: 9 },
    { count: 23, bounds: [9, 11, 13, 15, 17, 19, 21], matches: 9 },
  ])('is found among $count lessons after narrowing $bounds.length times', async ({ count, bounds, matches }) => {
    const list = new LessonList(upTo(count));
    expect(await list.latest()).toEqual({ id: count, matches });
    expect(list.requests.slice(MAX_PAGES).map(({ startGte }) => startGte)).toEqual(bounds);
  });

  it('is not a lesson in the trash', async () => {
    const list = Object.assign(new LessonList(upTo(12)), { deleted: [12] });
    expect(await list.latest()).toMatchObject({ id: 11 });
  });

  it.each<[reason: string, starts: readonly number[], narrowings: number, change: Partial<LessonList>]>([
    ['after narrowing seven times', upTo(24), 7, {}],
    ['if the lessons that fill a page start at the same time', [...Array<number>(13).fill(1)], 1, {}],
    ['if TutorCruncher ignores the bound', upTo(12), 1, { ignoresBounds: true }],
    ['after 20 seconds', upTo(23), 2, { requestMs: 4_001 }],
  ])('is not guessed %s', async (_, starts, narrowings, change) => {
    const list = Object.assign(new LessonList(starts), change);
    await expect(list.latest()).rejects.toThrow(/^There are too many lessons .* Fill in "Find Job"\.$/);
    expect(list.requests.slice(MAX_PAGES)).toHaveLength(narrowings);
  });
});

it('a search that compares only the preferred rows of a long list fails if the list changes while it is narrowed', async () => {
  const api = new DirectApi();
  api.fill('appointments', 350, (index) => ({
    start: new Date(Date.now() - (350 - index) * DAY_MS).toISOString(),
    service: { id: 705 },
  }));
  const results = api.account.list('appointments').slice(-1);
  api.before = (path) => (path.includes('start_gte') ? [200, { count: 5, next: null, results }] : null);
  expect(await failureOf(api.find('find_lesson', { find_job: '705' }))).toMatch(/^There are too many lessons/);
  api.before = (path) => (path.includes('start_gte') ? [200, { count: 1, next: null, results }] : null);
  expect(await api.find('find_lesson', { find_job: '705' })).toMatchObject([{ id: results[0]?.id }]);
});
