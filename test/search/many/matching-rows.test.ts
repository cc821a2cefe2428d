/** The rows that a search for many records finds in its lists. */

import { describe, expect, it } from '@jest/globals';

import { job } from '../../../objects/job.ts';
import type { Page } from '../../../src/api/client.ts';
import { matchingRows, type RowQuery } from '../../../src/search/many/matching-rows.ts';
import type { StepRun } from '../../../src/api/step-run.ts';
import type { JsonObject } from '../../../wire/json.ts';

/** The pages of a list. `count` is the number of the list's rows at the time of the request. */
type Pages = readonly { readonly rows: readonly JsonObject[]; readonly count?: number }[];

const withId = (id: number): JsonObject => ({ id });
const pageWith = (...ids: number[]): Pages[number] => ({ rows: ids.map(withId) });
/** Returns the number of rows on the pages. */
const rowsOf = (shown: Pages): number => shown.reduce((sum, { rows }) => sum + rows.length, 0);
/** Returns a list of pages with one row each. */
const pages = (count: number): Pages => Array.from({ length: count }, (_, index) => pageWith(1000 - index));

/**
 * Searches lists whose pages differ between two readings.
 *
 * @param readings - for each list, the pages of its first reading, of its second reading, and so on
 */
async function search(readings: readonly (readonly Pages[])[], query: Partial<RowQuery> = {}, requestMs = 0) {
  const requests: string[] = [];
  const readingOf = new Map<number, number>();
  const readPage = (list: number, page: number): Page => {
    if (page === 1) readingOf.set(list, (readingOf.get(list) ?? -1) + 1);
    const shown = readings[list]?.[readingOf.get(list) ?? 0] ?? [];
    requests.push(`${list}: ${page}`);
    const { rows = [], count = rowsOf(shown) } = shown[page - 1] ?? {};
    return { rows: [...rows], hasMore: page < shown.length, count };
  };
  const run: Partial<StepRun> = {
    get elapsed() {
      return requests.length * requestMs;
    },
    repeatsSearch: false,
    readPage: (_, params, page) => Promise.resolve(readPage(Number(params.list), page)),
  };
  const lists = readings.map((_, list) => ({ list }));
  const { rows, gap } = await matchingRows(run as StepRun, job, { isRow: () => true, ...query, lists });
  return { ids: rows.map(({ id }) => id), gap, requests };
}

describe('the rows of a search', () => {
  it('stay in the order of their only list', async () => {
    expect(await search([[[pageWith(3, 7), pageWith(5)]]])).toEqual({
      ids: [3, 7, 5],
      gap: null,
      requests: ['0: 1', '0: 2'],
    });
  });

  it('of several lists are sorted by id, the newest first, and a row of two lists is one match', async () => {
    expect(await search([[[pageWith(7, 3)]], [[pageWith(9, 7, 1)]]])).toMatchObject({ ids: [9, 7, 3, 1] });
  });

  it('have the order of the step, if the step defines one', async () => {
    const order = (a: JsonObject, b: JsonObject) => Number(a.id) - Number(b.id);
    expect(await search([[[pageWith(7, 3)]], [[pageWith(5)]]], { order })).toMatchObject({ ids: [3, 5, 7] });
  });

  it('must match and have an id, which can be in their URL', async () => {
    const rows = [withId(7), withId(8), { url: 'https://example.com/api/services/9/' }];
    expect(await search([[[{ rows }]]], { isRow: ({ id }) => id !== 8 })).toMatchObject({ ids: [7, 9] });
  });
});

describe('a search is complete', () => {
  it('if it needs at most ten pages of all lists', async () => {
    const complete = await search([[pages(8)], [pages(2)]]);
    expect([complete.requests.length, complete.gap]).toEqual([10, null]);
    const cut = await search([[pages(8)], [pages(3)], [pages(1)]]);
    expect([cut.requests.slice(-2), cut.gap]).toEqual([['1: 1', '1: 2'], 'pages']);
    expect(await search([[pages(10)], [pages(1)]])).toMatchObject({ gap: 'pages' });
  });

  it('unless it has taken 20 seconds before a list', async () => {
    expect(await search([[pages(1)], [pages(1)]], {}, 20_000)).toMatchObject({ gap: null });
    expect(await search([[pages(1)], [pages(1)]], {}, 20_001)).toMatchObject({ gap: 'time', ids: [1000] });
  });

  it('if a list that changed while it was read is the same in a second reading', async () => {
    const changed: Pages = [
      { rows: [withId(5)], count: 2 },
      { rows: [withId(4)], count: 3 },
    ];
    const same: Pages = [
      { rows: [withId(6), withId(5)], count: 3 },
      { rows: [withId(4)], count: 3 },
    ];
    expect(await search([[changed, same]])).toMatchObject({ ids: [6, 5, 4], gap: null });
    expect(await search([[changed, changed]])).toMatchObject({ ids: [5, 4], gap: 'incomplete' });
    // The second reading does not reduce the ten pages of a search.
    expect(await search([[pages(8)], [changed, same]])).toMatchObject({ gap: null });
    expect(await search([[changed, same], [pages(1)]], {}, 10_001)).toMatchObject({ ids: [5, 4], gap: 'incomplete' });
  });
});
