/** Lists of accounts that contradict the assumptions about lists. */

import { expect, it } from '@jest/globals';

import { rowId } from '../../src/api/rows.ts';
import type { JsonObject } from '../../wire/json.ts';
import { changedBody, changedRows, checkChanged, namesWith, replaced, without } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

const reversed = ({ results, ...page }: JsonObject) => ({ ...page, results: (results as unknown[]).toReversed() });

const firstAs = (fields: JsonObject) => (row: JsonObject, index: number) => (index === 0 ? { ...row, ...fields } : row);

testContradictions([
  ['api.key', 'it has no permission for notes', replaced('GET /api/notes/', 403, { detail: 'Not permitted.' })],
  ['lists.envelope', 'a list has no count', changedBody(/^GET \/api\/notes\//, (page) => without(page, 'count'))],
  ['lists.envelope', 'a list does not exist', replaced('GET /api/notes/', 404)],
  ['lists.page-size', 'a page has 50 rows', (behaviour) => (behaviour.pageRows = 50)],
  ['lists.page-size', 'the size of a page can be chosen', (behaviour) => (behaviour.acceptsPageSize = true)],
  ['lists.past-end', 'a page past the end is empty', (behaviour) => (behaviour.pagesPastEndAreEmpty = true)],
  ['lists.next-host', 'pages are on another host', (behaviour) => (behaviour.pageOrigin = 'https://example.com')],
  ['lists.newest-first', 'jobs come oldest first', changedBody(/^GET \/api\/services\/$/, reversed)],
  ['lists.sent-first', 'invoices come oldest first', changedBody(/^GET \/api\/invoices\/$/, reversed)],
  ['lists.rows-people', 'rows of clients have a town', changedRows('clients', (row) => ({ ...row, town: 'Bristol' }))],
  ['lists.rows-needed', 'invoices have no number', changedRows('invoices', (row) => without(row, 'display_id'))],
  ['lists.rows-lessons', 'rows have people', changedRows('appointments', (row) => ({ ...row, cjas: [] }))],
  [
    'lists.rows-without-id',
    'rows of reports have ids',
    changedRows('reports', (row) => ({ ...row, id: Number(rowId(row)) })),
  ],
  ['lists.rows-reports', 'rows do not say what is approved', changedRows('reports', (row) => without(row, 'approved'))],
  ['lists.rows-tasks', 'rows do not say what is done', changedRows('tasks', (row) => without(row, 'complete'))],
  ['details.ids', 'an id is a text', changedRows('services', (row) => ({ ...row, id: String(row.id) }))],
  ['choices.lists', 'stages have no name', changedRows('pipeline-stages', (row) => without(row, 'name'))],
  ['choices.lists', 'a list does not exist', replaced('GET /api/countries/', 404)],
  ['events.statuses', 'a status is unknown', changedRows('invoices', firstAs({ status: 'overdue' }))],
]);

it('an account that contradicts the order of all lists differs in the lines of both orders', async () => {
  const result = await checkChanged((behaviour) => {
    behaviour.listsOldestFirst = true;
  });
  expect(namesWith(result, 'differs')).toEqual(['lists.newest-first', 'lists.sent-first']);
});
