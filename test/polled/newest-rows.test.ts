/** The newest rows of a list, and the end of their reading. */

import { describe, expect, it } from '@jest/globals';

import { review } from '../../objects/review.ts';
import type { StepRun } from '../../src/api/step-run.ts';
import { newestRows } from '../../src/polled/newest-rows.ts';
import type { JsonObject } from '../../wire/json.ts';

type Row = Readonly<JsonObject>;

/** Returns rows with these ids. The time of each row equals its id. */
const rowsOf = (...ids: readonly number[]): Row[] => ids.map((id) => ({ id, at: id }));

/**
 * Reads a list with these pages, back to a time. Returns the ids of the rows, the numbers of counted requests and of
 * pages, and the arguments of the check at the end.
 */
async function read(pages: readonly (readonly Row[])[], from?: number) {
  const result = { requests: 0, pages: 0, ends: [] as unknown[] };
  const run: Partial<StepRun> = {
    readPage: (_path, _params, page) => {
      result.pages++;
      expect(result.requests).toBe(page);
      return Promise.resolve({ rows: [...(pages[page - 1] ?? [])], hasMore: page < pages.length, count: null });
    },
  };
  const spend = (): Promise<void> => {
    result.requests++;
    return Promise.resolve();
  };
  const checkEnd = (...end: readonly unknown[]): void => {
    result.ends.push(end);
  };
  const momentOf = ({ at }: JsonObject) => Number(at ?? NaN);
  const rows = await newestRows(run as StepRun, review, {
    spend,
    momentOf,
    checkEnd,
    ...(from !== undefined && { from }),
  });
  return { ids: rows.map(({ id }) => id), ...result };
}

describe('the reading of the newest rows', () => {
  it('ends with the list, and counts each request before it is sent', async () => {
    expect(await read([rowsOf(9, 8), rowsOf(7)])).toEqual({ ids: [9, 8, 7], requests: 2, pages: 2, ends: [] });
  });

  it('returns a row once if it moves to the next page, and leaves out a row without an id', async () => {
    expect((await read([rowsOf(9, 8), [...rowsOf(8, 7), { at: 6 }]])).ids).toEqual([9, 8, 7]);
  });

  it('ends at a page on which all rows that have a time are too old', async () => {
    const withoutTime = { id: 3 };
    expect(await read([rowsOf(9), rowsOf(5), [...rowsOf(4), withoutTime], rowsOf(2)], 5)).toMatchObject({
      ids: [9, 5, 4, 3],
      pages: 3,
      ends: [],
    });
  });

  it('does not end at a page without times', async () => {
    expect((await read([[{ id: 9 }], [{ id: 8 }], rowsOf(7)], 7)).ids).toEqual([9, 8, 7]);
  });

  it('ends after ten pages, with a check of the earliest time and the last page', async () => {
    const pages = Array.from({ length: 11 }, (_, page) => rowsOf(100 - page));
    expect(await read(pages)).toEqual({
      ids: Array.from({ length: 10 }, (_, page) => 100 - page),
      requests: 10,
      pages: 10,
      ends: [[91, rowsOf(91)]],
    });
    expect((await read(pages.slice(0, 10))).ends).toEqual([]);
  });
});
