/** Searches with an order in lists that are too long to be read completely. */

import { describe, expect, it } from '@jest/globals';

import { directZ } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import type { Page } from '../../src/api/client.ts';
import { searchList } from '../../src/search/list-search.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';

const PAGE_ROWS = 3;
const MAX_PAGES = 3;

const startOf = (row: JsonObject): number => Number(row.start);

/** TutorCruncher's list of lessons, with small pages. The id of a lesson is its position, starting at 1. */
class LessonList {
  readonly #starts: readonly number[];
  readonly requests: { readonly startGte: number | null; readonly page: number }[] = [];
  ignoresBounds = false;
  /** Milliseconds that each request takes. */
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

  /** Finds the latest lesson. Of the lessons that start at the same time, it finds the first. */
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

describe('a search of the newest rows', () => {
  /** Searches pages for a row that no page contains. */
  const failureWith = async (pages: readonly (readonly JsonObject[])[], requestMs = 0): Promise<unknown> => {
    let requests = 0;
    const run: Partial<StepRun> = {
      get elapsed() {
        return requests * requestMs;
      },
      readPage: (_path, _params, page) => {
        requests++;
        return Promise.resolve({ rows: [...(pages[page - 1] ?? [])], hasMore: true, count: null });
      },
      refusal: (message) => new Error(message),
      z: directZ,
    };
    const query = {
      params: {},
      maxPages: pages.length,
      isRow: () => false,
      sortedBy: 'date_sent',
      narrow: 'Narrow it.',
    };
    return searchList(run as StepRun, lesson, query).catch((error: unknown) => error);
  };
  const sent = (date_sent: string | null): JsonObject => ({ id: 1, date_sent });

  it('tells how far back it has compared, by the last row that shows its time', async () => {
    const pages = [[sent('2026-06-11T09:00:00Z'), sent('2026-06-10T09:00:00Z'), sent(null)], [sent(null)]];
    expect(await failureWith(pages)).toEqual(
      new Error(
        'None of the newest 4 lessons in TutorCruncher matches, back to 2026-06-10. This step does not compare older ones, ' +
          'so it cannot tell whether one of them matches. Narrow it.',
      ),
    );
    expect(await failureWith([[sent(null)]])).toMatchObject({
      message: expect.stringMatching(/^There are too many les/),
    });
  });

  it('ends after 20 seconds', async () => {
    const pages = [10, 9, 8].map((day) => [sent(`2026-06-${day}T09:00:00Z`)]);
    expect(await failureWith(pages, 10_000)).toMatchObject({ message: expect.stringMatching(/newest 3 lessons/) });
    expect(await failureWith(pages, 10_001)).toMatchObject({
      message: expect.stringMatching(/TutorCruncher responded too slowly to compare all lessons/),
    });
  });
});

it('a search whose list has changed reads no details twice, so that its limit of details holds for both readings', async () => {
  const rows = [1, 2, 3].map((id) => ({ id }));
  const answers: Page[] = [
    { rows, hasMore: true, count: 4 },
    { rows: [], hasMore: false, count: null, isBeyondEnd: true },
    { rows, hasMore: false, count: 3 },
  ];
  const read: string[] = [];
  const run: Partial<StepRun> = {
    elapsed: 0,
    readPage: () => Promise.resolve(answers.shift() ?? { rows: [], hasMore: false, count: 0 }),
    read: (path) => {
      read.push(path);
      return Promise.resolve({ id: Number(/\d+/.exec(path)?.[0]) });
    },
    refusal: (message) => new Error(message),
  };
  const query = { params: {}, maxPages: MAX_PAGES, isRow: () => true, isMatch: () => false, narrow: 'Narrow it.' };
  expect(await searchList(run as StepRun, lesson, query)).toBeNull();
  expect(read).toHaveLength(3);
});
