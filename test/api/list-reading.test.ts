/** Lists that change while their pages are read. */

import { describe, expect, it } from '@jest/globals';

import { ListReading } from '../../src/api/list-reading.ts';

const PAGE_ROWS = 3;

/** A change of a list between two requests. The list starts with the newest row. */
interface Change {
  readonly deleted?: readonly number[];
  readonly added?: readonly number[];
}

/** Reads a list with the rows from a number down to 1. The list changes before later pages are read. */
function read(newest: number, ...changes: readonly Change[]) {
  let list = Array.from({ length: newest }, (_, index) => newest - index);
  const reading = new ListReading();
  const seen = new Set<number>();
  for (let page = 1, hasMore = true; hasMore; page++) {
    const { deleted = [], added = [] } = (page > 1 ? changes[page - 2] : undefined) ?? {};
    list = [...added, ...list.filter((id) => !deleted.includes(id))];
    const start = (page - 1) * PAGE_ROWS;
    const isBeyondEnd = page > 1 && start >= list.length;
    const ids = list.slice(start, start + PAGE_ROWS);
    for (const id of ids) seen.add(id);
    hasMore = start + PAGE_ROWS < list.length;
    reading.add({ rows: ids.map((id) => ({ id })), hasMore, count: isBeyondEnd ? null : list.length, isBeyondEnd });
  }
  const all = Array.from({ length: newest }, (_, index) => index + 1);
  const deleted = new Set(changes.flatMap((change) => change.deleted ?? []));
  const missed = all.filter((id) => !seen.has(id) && !deleted.has(id));
  return { isWhole: reading.isWhole, hasGap: reading.hasGap, missed };
}

describe('a list was read to its end', () => {
  it.each([0, 1, 3, 4, 9])('if its %d rows stay the same', (rows) => {
    expect(read(rows)).toEqual({ isWhole: true, hasGap: false, missed: [] });
  });

  it.each<[string, Change[]]>([
    ['one row is added', [{ added: [11] }]],
    ['rows are added between several pages', [{ added: [11] }, { added: [13, 12] }, { added: [14] }]],
    ['the last page appears', [{ added: [12, 11] }, {}, {}]],
    ['a row is added for each that is deleted', [{ added: [11], deleted: [9] }]],
  ])('although %s', (_, changes) => {
    expect(read(10, ...changes)).toEqual({ isWhole: true, hasGap: false, missed: [] });
  });

  it.each<[string, Change[], number[]]>([
    ['a row on an earlier page was deleted', [{ deleted: [10] }], [7]],
    ['a row was deleted after another was added', [{ added: [11] }, { deleted: [9] }], [5]],
    ['a row was added after another was deleted', [{ deleted: [9] }, { added: [11] }], [7]],
    ['more rows were deleted than added', [{ deleted: [9, 8], added: [11] }], [7]],
    ['the last page has disappeared', [{}, {}, { deleted: [2] }], [1]],
  ])('unless %s', (_, changes, missed) => {
    expect(read(10, ...changes)).toEqual({ isWhole: false, hasGap: true, missed });
  });
});

describe('a reading without changes', () => {
  const row = (id: number) => ({ id });

  it.each([
    ['has fewer rows than TutorCruncher says', [{ rows: [row(1)], hasMore: false, count: 2 }]],
    ['has more rows than TutorCruncher says', [{ rows: [row(2), row(1)], hasMore: false, count: 1 }]],
    ['does not say how many rows there are', [{ rows: [row(1)], hasMore: false, count: null }]],
    ['goes on after its last page', [{ rows: [row(1)], hasMore: true, count: 1 }]],
    [
      'has an empty page before its last page',
      [
        { rows: [], hasMore: true, count: 1 },
        { rows: [row(1)], hasMore: false, count: 1 },
      ],
    ],
    [
      'repeats a row instead of another',
      [
        { rows: [row(2)], hasMore: true, count: 2 },
        { rows: [row(2)], hasMore: false, count: 2 },
      ],
    ],
  ])('is not whole if it %s', (_, pages) => {
    const reading = new ListReading();
    for (const page of pages) reading.add(page);
    expect(reading.isWhole).toBe(false);
  });

  it.each([
    [null, 1, false],
    [2, 1, true],
    [1, 1, false],
    [1, 2, false],
  ])('of a list with the count %j is short with %d rows: %s', (count, rows, isShort) => {
    const reading = new ListReading();
    reading.add({ rows: [row(2), row(1)].slice(0, rows), hasMore: false, count });
    expect(reading.isShort).toBe(isShort);
  });

  it('has no gap if the number of rows is unknown at first or at last', () => {
    for (const counts of [
      [null, 2],
      [2, null],
    ] as const) {
      const reading = new ListReading();
      for (const [index, count] of counts.entries())
        reading.add({ rows: [row(2 - index)], hasMore: index === 0, count });
      expect(reading.hasGap).toBe(false);
    }
  });

  it.each([
    [null, 3],
    [2, null],
  ])('has a gap if a row was read twice, and a count is missing: %j, %j', (first, last) => {
    const reading = new ListReading();
    reading.add({ rows: [row(2)], hasMore: true, count: first });
    reading.add({ rows: [row(2), row(1)], hasMore: false, count: last });
    expect(reading.hasGap).toBe(true);
  });

  it('counts rows without an id, and does not take them for the same row', () => {
    const reading = new ListReading();
    reading.add({ rows: [{ name: 'A' }], hasMore: true, count: 2 });
    reading.add({ rows: [{ name: 'B' }], hasMore: false, count: 2 });
    expect([reading.isWhole, reading.listed]).toEqual([true, 2]);
  });

  it('is whole if a page has a row twice, as a filter by people may list it', () => {
    const reading = new ListReading();
    reading.add({ rows: [row(2), row(2), row(1)], hasMore: false, count: 3 });
    expect([reading.isWhole, reading.pages, reading.listed]).toEqual([true, 1, 3]);
  });
});
