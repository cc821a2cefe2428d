/** Filters of lists by a span of time. */

import { expect, it } from '@jest/globals';

import { aroundSpan, aroundTime } from '../../src/search/span-filter.ts';

const NOON = Date.parse('2026-06-10T12:00:00Z');

it('a filter by a span includes a day before and after it, and no bound for an open end', () => {
  const [dayBefore, dayAfter] = ['2026-06-09T12:00:00.000Z', '2026-06-11T12:00:00.000Z'];
  expect(aroundSpan('created', { from: NOON, to: NOON })).toEqual({ created_gte: dayBefore, created_lte: dayAfter });
  expect(aroundSpan('created', { from: NOON, to: null })).toEqual({ created_gte: dayBefore });
  expect(aroundSpan('created', { from: null, to: NOON })).toEqual({ created_lte: dayAfter });
  expect(aroundTime('start', '2026-06-10T14:00+02:00')).toEqual({ start_gte: dayBefore, start_lte: dayAfter });
});
