/** Searches in lists that are too long to be read completely, or that change while the search reads them. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import { directZ } from '../../local/hook-calls.ts';
import { lesson } from '../../objects/lesson.ts';
import type { Page } from '../../src/api/client.ts';
import { searchList, type ListSearch } from '../../src/search/list-search.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi } from '../support/direct-api.ts';
import { failureOf } from '../support/steps.ts';

const MAX_PAGES = 3;

describe('a search of the newest rows', () => {
  /** Searches pages for a row that none of the pages contains. */
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
  let lastId = 0;
  const sent = (date_sent: string | null): JsonObject => ({ id: ++lastId, date_sent });

  it('reports how far back it has compared, by the last row that shows its time', async () => {
    const pages = [[sent('2026-06-11T09:00:00Z'), sent('2026-06-10T09:00:00Z'), sent(null)], [sent(null)]];
    expect(await failureWith(pages)).toEqual(
      new Error(
        'None of the newest 4 lessons in TutorCruncher matches, back to 2026-06-10. This step does not compare older lessons, ' +
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

describe('a search in a list', () => {
  /** Searches pages of lessons, and returns the result or the error, and the number of pages and of objects read. */
  async function searchIn(pages: readonly (readonly JsonObject[])[], changes: Partial<ListSearch & StepRun> = {}) {
    const { repeatsSearch = false, ...search } = changes;
    let [pagesRead, objectsRead] = [0, 0];
    const run: Partial<StepRun> = {
      elapsed: 0,
      repeatsSearch,
      readPage: (_path, { narrowed }, page) => {
        pagesRead++;
        const rows = narrowed === undefined ? (pages[page - 1] ?? []) : [{ id: 99, rank: 0 }];
        const hasMore = narrowed === undefined && page < pages.length;
        return Promise.resolve({ rows: [...rows], hasMore, count: narrowed ? 1 : pages.flat().length });
      },
      read: (path) => {
        objectsRead++;
        return Promise.resolve({ id: Number(/\d+/.exec(path)?.[0]) });
      },
      refusal: (message) => new Error(message),
      z: directZ,
    };
    const query = { params: {}, maxPages: MAX_PAGES, isRow: () => true, narrow: 'Narrow it.', ...search };
    const result = await searchList(run as StepRun, lesson, query).catch((error: unknown) => error);
    return { result, pagesRead, objectsRead };
  }
  const row = (id: number, rank = id): JsonObject => ({ id, rank });
  const byRank = (a: JsonObject, b: JsonObject): number => Number(a.rank) - Number(b.rank);
  const found = (id: number, matches: number) => ({ found: { id }, matches });

  it('counts only the rows from the match on, because the objects of earlier rows do not match', async () => {
    const isMatch = ({ id }: JsonObject): boolean => id === 2;
    const { result } = await searchIn([[row(1), row(2), row(3)]], { isMatch });
    expect(result).toMatchObject(found(2, 2));
  });

  it('reads five objects at most, and fails if none of them matches', async () => {
    const five = [1, 2, 3, 4, 5].map((id) => row(id));
    const nothing = { isMatch: () => false };
    expect(await searchIn([five], nothing)).toMatchObject({ result: null, objectsRead: 5 });
    const { result, objectsRead } = await searchIn([[...five, row(6)]], nothing);
    expect(result).toMatchObject({ message: expect.stringMatching(/^There are too many lessons/) });
    expect(objectsRead).toBe(5);
  });

  it('leaves out rows in the trash', async () => {
    expect((await searchIn([[{ ...row(1), is_deleted: true }, row(2)]])).result).toMatchObject(found(2, 1));
  });

  it('ends with the first match of a list without an order', async () => {
    expect(await searchIn([[row(1)], [row(2)]])).toMatchObject({ result: found(1, 1), pagesRead: 1 });
  });

  it('reads all pages of a list with an order, and prefers by the order', async () => {
    const { result, pagesRead } = await searchIn([[row(3)], [row(1)], [row(2)]], { order: byRank });
    expect(result).toMatchObject(found(1, 3));
    expect(pagesRead).toBe(3);
  });

  it('narrows a list with an order that is too long, and counts at least the rows that it has read', async () => {
    const search = { order: byRank, paramsUpTo: () => ({ narrowed: '1' }) };
    const { result } = await searchIn([[row(4)], [row(3)], [row(2)], [row(1)]], search);
    expect(result).toMatchObject(found(99, 3));
  });

  it('uses the other rows of a list that is too long if it has no best row', async () => {
    const isBest = (): boolean => false;
    expect((await searchIn([[row(1)], [row(2)], [row(3)], [row(4)]], { isBest })).result).toMatchObject(found(1, 3));
  });

  it('ends after a page that no match can follow', async () => {
    const isPast = (rows: readonly JsonObject[]): boolean => rows.some(({ id }) => id === 1);
    const nothing = { isRow: () => false, isPast };
    expect(await searchIn([[row(2)], [row(1)], [row(0)]], nothing)).toMatchObject({ result: null, pagesRead: 2 });
  });

  it('reads only the first page if an action repeats the search', async () => {
    const nothing = { isRow: () => false, repeatsSearch: true };
    expect(await searchIn([[row(2)], [row(1)]], nothing)).toMatchObject({ result: null, pagesRead: 1 });
  });
});

it('a search whose list has changed reads no record twice, so that its limit of records holds for both readings', async () => {
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

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

/** Deletes the newest record of a list before certain requests. */
function deleteBefore(path: string, ...requests: readonly number[]): void {
  api.before = () => {
    const { account } = api;
    if (requests.includes(api.requests.length)) account.addList(path, account.list(path).slice(1));
    return null;
  };
}

const INCOMPLETE =
  /^TutorCruncher's list of (?:job|invoice|client)s was incomplete, for example because it changed while this step read it, so this step cannot tell whether one of them matches\. Try again/;

describe('a list that changes while it is read', () => {
  it('is read once more by a search for one, which finds the job that has moved to a page that was read before', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2);
    expect(await api.find('find_job', { find_name: 'Job 100', find_whole_name: true })).toMatchObject([{ id: 49_900 }]);
    expect(api.requests).toEqual(['services/', 'services/?page=2', 'services/', 'services/49900/']);
  });

  it('makes a search for one fail if it changes again', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_job', { find_name: 'Job 101', find_whole_name: true }))).toMatch(INCOMPLETE);
    expect(api.requests).toHaveLength(4);
  });

  it('does not let a search for one return a job that is not preferred', async () => {
    api.fill('services', 250, (index) => ({ name: index === 101 ? 'Maths' : `Maths ${index}` }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_job', { find_name: 'Maths' }))).toMatch(INCOMPLETE);
  });

  it('is read once more if its last page has disappeared', async () => {
    api.fill('services', 101, (index) => ({ name: `Job ${index}` }));
    deleteBefore('services', 2);
    expect(await api.find('find_job', { find_name: 'Job 100', find_whole_name: true })).toMatchObject([{ id: 49_900 }]);
    api.fill('services', 102, (index) => ({ name: `Job ${index}` }));
    api.requests.length = 0;
    api.before = (path) => (path.includes('page=2') ? [404, {}] : null);
    expect(await failureOf(api.find('find_job', { find_name: 'Job 101' }))).toMatch(INCOMPLETE);
    expect(api.requests).toHaveLength(4);
  });

  it('makes a search for many fail if the search finds nothing, and otherwise report incomplete results', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}`, status: 'pending' }));
    deleteBefore('services', 2, 4);
    expect(await failureOf(api.find('find_jobs', { find_name: 'No such job' }))).toMatch(INCOMPLETE);
    api.requests.length = 0;
    expect(await api.find('find_jobs', { find_name: 'Job 200' })).toMatchObject([{ is_complete: false, matches: 1 }]);
  });

  it('is read once if jobs are only added, because they move other jobs to later pages', async () => {
    api.fill('services', 250, (index) => ({ name: `Job ${index}` }));
    api.before = () => {
      api.account.add('services', { name: 'New' });
      return null;
    };
    expect(await api.find('find_job', { find_name: 'No such job' })).toEqual([]);
    expect(api.requests).toEqual(['services/', 'services/?page=2', 'services/?page=3']);
  });

  it.each([
    ['find_client', { email: 'nobody@example.com' }],
    ['find_clients', { find_name: 'Nobody' }],
  ])('makes %s fail if it has fewer rows than its count', async (key, inputs) => {
    api.before = (path) => (path.startsWith('clients/') ? [200, { count: 5, next: null, results: [] }] : null);
    expect(await failureOf(api.find(key, inputs))).toMatch(INCOMPLETE);
  });
});

describe('a search fails instead of finding nothing', () => {
  it('if a row that matches has no ID', async () => {
    api.before = (path) =>
      path === 'services/' ? [200, { count: 1, next: null, results: [{ name: 'Maths', status: 'pending' }] }] : null;
    expect(await failureOf(api.find('find_job', { find_name: 'Maths' }))).toMatch(/it contains no ID in a record/);
    expect(await failureOf(api.find('find_jobs', { find_name: 'Maths' }))).toMatch(/it contains no ID in a record/);
  });
});
