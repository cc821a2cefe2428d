/** The requests for all rows of a list between two moments. */

import { expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import { rowsBetween } from '../../src/polled/rows-between.ts';
import type { Run } from '../../src/run.ts';

const MINUTE = 60_000;
const FROM = Date.parse('2026-10-21T09:00:00Z');

/** Reads the rows of a list with a lesson in each minute. Returns their number and the numbers of the requested pages. */
async function read(minutes: number) {
  const lessons = Array.from({ length: minutes }, (_, index) => ({
    id: index + 1,
    start: new Date(FROM + index * MINUTE).toISOString(),
  }));
  const pages: number[] = [];
  const run: Partial<Run> = {
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
  const rows = await rowsBetween(run as Run, lesson, { span, spend }, { field: 'start', params: {}, narrow: '' });
  return { count: rows.length, pages: pages.sort() };
}

it('a list of five pages is read to its end', async () => {
  expect(await read(500)).toEqual({ count: 500, pages: [1, 2, 3, 4, 5] });
});

it('a longer list is split after its first page, which states the number of rows', async () => {
  expect(await read(780)).toEqual({ count: 780, pages: [1, 1, 1, 2, 2, 3, 3, 4, 4] });
});
