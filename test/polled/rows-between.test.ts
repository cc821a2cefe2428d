/** The requests for all rows of a list between two moments. */

import { expect, it } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import { rowsBetween } from '../../src/polled/rows-between.ts';
import type { Run } from '../../src/api/run.ts';

const MINUTE = 60_000;
const FROM = Date.parse('2026-10-21T09:00:00Z');

/**
 * Reads the rows of a list with a lesson in each minute. Returns their number and the numbers of the requested pages.
 */
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

/**
 * Reads a list with these responses to the requests for its pages. A page beyond the last has no rows and no count.
 * Returns the first and the last id, or the message of the error.
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
  const rows = rowsBetween(run as unknown as Run, lesson, reading, { field: 'start', params: {}, narrow: '' });
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

it('a list with fewer rows than it says is read again, and is an error if it stays so', async () => {
  expect(await readAnswers([0, 0, 5], [0, 5, 5])).toEqual([1, 5]);
  expect(await readAnswers([0, 0, 5], [0, 0, 5])).toMatch(/^Error: TutorCruncher.s response is incomplete/);
});
