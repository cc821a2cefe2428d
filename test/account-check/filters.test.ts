/** Filters of accounts that contradict the assumptions about filters. */

import { expect, it } from '@jest/globals';

import { FILTERS } from '../../account-check/filters.ts';
import { objectSearches } from '../../searches/index.ts';
import type { JsonObject } from '../../wire/json.ts';
import { changedBody, ignored } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

/** Replaces the records in a response by records that do not have the filter's value. An empty response stays empty. */
const foundOthers = ({ results, ...page }: JsonObject) => ({
  ...page,
  results: (results as JsonObject[]).map((row) => ({ ...row, id: 1_000_000, url: 'https://example.com/1000000/' })),
});

testContradictions([
  ['lists.unknown-filters', 'they are refused', (behaviour) => (behaviour.refusesUnknownFilters = true)],
  [
    'lists.one-status',
    'two statuses find both',
    changedBody(/status=\w+%2C/, (page) => ({
      ...page,
      results: [{ status: 'planned' }, { status: 'awaiting-report' }],
    })),
  ],
  ['filters.email', 'the filter is ignored', ignored('clients?user__email')],
  ['filters.names', 'the filter is ignored', ignored('recipients?user__last_name')],
  ['filters.letter-case', 'it is ignored', (behaviour) => (behaviour.filtersIgnoreLetterCase = true)],
  ['filters.status', 'the filter is ignored', ignored('contractors?status')],
  ['filters.labels', 'the filter is ignored', ignored('services?labels')],
  ['filters.people', 'the filter is ignored', ignored('clients?user__created__gte')],
  ['filters.skills', 'the filter is ignored', ignored('contractors?skills')],
  ['filters.jobs', 'the filter is ignored', ignored('services?last_updated_lte')],
  ['filters.lessons', 'the filter is ignored', ignored('appointments?recipient')],
  ['filters.start', 'the filter is ignored', ignored('appointments?start_gte')],
  ['filters.charges', 'the filter is ignored', ignored('adhoccharges?category')],
  ['filters.reports', 'the filter is ignored', ignored('reports?appointment')],
  ['filters.reports', 'the filter by time is ignored', ignored('reports?dt_created_gte')],
  ['filters.balance-changes', 'the filter is ignored', ignored('balance-updates?created_gte')],
  ['filters.balance-changes', 'it finds nothing', changedBody(/update_type=[a-z]/, () => ({ results: [] }))],
  ['filters.balance-changes', 'it finds others', changedBody(/update_type=[a-z]/, foundOthers)],
  ['filters.names', 'it finds others', changedBody(/recipients\/\?user__last_name=/, foundOthers)],
  [
    'filters.reports',
    'it finds others, and refuses a value without records',
    (behaviour) => {
      changedBody(/reports\/\?appointment=/, foundOthers)(behaviour);
      behaviour.intercept = ({ path }) => (path.includes('?appointment=2147483647') ? [400, {}] : null);
    },
  ],
]);

it('every filter of a search is checked', () => {
  const checked = new Set(FILTERS.map(({ path, name }) => `${path}?${name}`));
  // The lists of invoices, credit requests and payment orders have no filters.
  const filtered = objectSearches.filter(
    ({ object }) => !['invoice', 'credit_request', 'payment_order'].includes(object.word),
  );
  const used = filtered.flatMap(({ object, inputs }) =>
    inputs.flatMap(({ becomes }) => (becomes === null ? [] : [`${object.api?.path ?? ''}?${becomes}`])),
  );
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((filter) => !checked.has(filter))).toEqual([]);
});
