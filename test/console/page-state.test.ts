/** The state of the console's page in its URL, and the resulting conditions in the relay's API. */

import { describe, expect, it } from '@jest/globals';

import {
  conditionsOf,
  eventsWith,
  isFiltered,
  NO_FILTERS,
  pageStateOf,
  queryOf,
  type Filters,
  type PageState,
} from '../../console/page-state.ts';
import { DAY_MS, HOUR_MS, startOfDay } from '../../console/times.ts';

const TRIGGERS = [{ label: 'Invoice Paid', actions: ['MARKED_INVOICE_AS_PAID', 'PAID_INVOICE'] }];
const NOW = Date.UTC(2026, 10, 25, 17, 30);

const state = (filters: Partial<Filters>, rest: Partial<PageState> = {}): PageState => ({
  ...eventsWith(filters),
  ...rest,
});

describe('the query of the page', () => {
  it.each([
    ['', state({})],
    ['?view=zaps', state({}, { view: 'zaps' })],
    ['?event=17&outcome=given_up', state({ outcome: 'given_up' }, { event: 17 })],
    [
      '?trigger=Invoice+Paid&zap=00000000-0000-4000-8000-000000000001&when=yesterday',
      state({ trigger: 'Invoice Paid', zap: '00000000-0000-4000-8000-000000000001', when: 'yesterday' }),
    ],
    ['?when=1764086400000', state({ when: 1_764_086_400_000 })],
    ['?when=dates&from=2026-11-02&to=2026-11-08', state({ when: 'dates', from: '2026-11-02', to: '2026-11-08' })],
  ])('%j is converted to a state and back', (query, expected) => {
    expect(pageStateOf(query)).toEqual(expected);
    expect(queryOf(expected)).toBe(query);
  });

  it.each([
    '?view=other',
    '?event=-1',
    '?event=1e9',
    '?outcome=happy',
    '?when=tomorrow',
    '?from=2026-13-01',
    '?to=1',
    '?event=9999999999999999',
    '?trigger=',
    '?zap=00000000-0000-4000-8000-000000000001x',
    '?zap=x00000000-0000-4000-8000-000000000001',
    '?from=2026-06-10T00:00',
    '?to=%2B002026-06-10',
  ])('%s is ignored', (query) => {
    expect(pageStateOf(query)).toEqual(state({}));
  });
});

describe('conditionsOf', () => {
  const conditions = (filters: Partial<Filters>) => conditionsOf({ ...NO_FILTERS, ...filters }, NOW, TRIGGERS);

  it('returns no conditions without a filter and for a trigger that does not exist', () => {
    expect([conditions({}), conditions({ trigger: 'No Such Trigger' })]).toEqual([{}, {}]);
    expect(isFiltered(NO_FILTERS)).toBe(false);
  });

  it('returns an outcome and a Zap, and lists the actions of a trigger', () => {
    const filters = { outcome: 'failed', zap: 'abc', trigger: 'Invoice Paid' } as const;
    expect(conditions(filters)).toEqual({
      outcome: 'failed',
      zap: 'abc',
      action: ['MARKED_INVOICE_AS_PAID', 'PAID_INVOICE'],
    });
    expect(isFiltered({ ...NO_FILTERS, ...filters })).toBe(true);
  });

  it('converts a period to times', () => {
    const today = startOfDay(NOW);
    expect(new Date(today).toTimeString()).toMatch(/^00:00:00/);
    expect(conditions({ when: 'last-hour' })).toEqual({ from: NOW - HOUR_MS });
    expect(conditions({ when: 'today' })).toEqual({ from: today });
    expect(conditions({ when: 'yesterday' })).toEqual({ from: startOfDay(today - 1), to: today });
    expect(conditions({ when: today })).toEqual({ from: today, to: today + HOUR_MS });
    expect(conditions({ when: 'last-7-days' })).toEqual({ from: startOfDay(today - 6.5 * DAY_MS) });
    expect(today).toBeGreaterThan(NOW - DAY_MS);
  });

  it('converts two dates to the times when the first day begins and the last day ends', () => {
    const dates = { when: 'dates', from: '2026-10-25', to: '2026-10-25' } as const;
    const [from, to] = [new Date(2026, 9, 25).getTime(), new Date(2026, 9, 26).getTime()];
    expect(conditions(dates)).toEqual({ from, to });
    expect(conditions({ ...dates, from: null })).toEqual({ to });
    expect(conditions({ ...dates, to: null })).toEqual({ from });
  });
});
