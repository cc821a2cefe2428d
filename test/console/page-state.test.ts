/** The part of the page's state that is in the URL. */

import { describe, expect, it } from '@jest/globals';

import type { Filters } from '../../console/filters.ts';
import { eventsWith, pageStateOf, queryOf, type PageState } from '../../console/page-state.ts';

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
