/** `npm run check:account` with stand-ins that contradict one assumption each. */

import { describe, expect, it } from '@jest/globals';

import { exitCodeOf } from '../../account-check/check-account.ts';
import { FILTERS } from '../../account-check/filters.ts';
import { isHarmful } from '../../account-check/findings.ts';
import { objectSearches } from '../../searches/index.ts';
import { rowId } from '../../src/api/rows.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import {
  changedBody,
  changedDetails,
  changedRows,
  checkChanged,
  described,
  namesWith,
  without,
  type Change,
} from './checked-stand-in.ts';

const choices = (...entries: (readonly [value: string | number, name: string])[]) => ({
  choices: entries.map(([value, display_name]) => ({ value, display_name })),
});

const ignored =
  (filter: string): Change =>
  (behaviour) => {
    behaviour.ignoredFilters = [filter];
  };

/** Returns a change that replaces the response to a request. */
const replaced =
  (request: string, status: number, body: unknown = {}): Change =>
  (behaviour) => {
    behaviour.intercept = ({ method, path }) => (`${method} ${path}` === request ? [status, body] : null);
  };

const reversed = ({ results, ...page }: JsonObject) => ({ ...page, results: (results as unknown[]).toReversed() });

/** The response to a filter that finds records without the value, and no records for a value that no record has. */
const foundOthers = ({ results, ...page }: JsonObject) => ({
  ...page,
  results: (results as JsonObject[]).map((row) => ({ ...row, id: 1_000_000, url: 'https://example.com/1000000/' })),
});

const firstAs = (fields: JsonObject) => (row: JsonObject, index: number) => (index === 0 ? { ...row, ...fields } : row);

/** Changes of the list of actions, which is a plain list. */
const changedActions =
  (change: (types: JsonObject[]) => unknown): Change =>
  (behaviour) => {
    behaviour.alter = ({ path }, [status, body, headers]) =>
      path === '/api/action-types/' && Array.isArray(body)
        ? [status, change(body.filter(isJsonObject)), headers ?? {}]
        : [status, body, headers ?? {}];
  };

/** Changes of the behaviour, each with the assumption that it contradicts. */
const BROKEN: readonly (readonly [assumption: string, what: string, change: Change])[] = [
  ['api.key', 'it has no permission for notes', replaced('GET /api/notes/', 403, { detail: 'Not permitted.' })],
  ['api.key-refused', 'a wrong key gets 404', (behaviour) => (behaviour.keyRefusal = [404, { detail: 'Not found.' }])],
  [
    'api.branch',
    'the time zone is no zone',
    changedBody(/branch\/$/, (branch) => ({ ...branch, timezone: 'Bristol' })),
  ],
  ['api.branch', 'the branch has no currency', changedBody(/branch\/$/, (branch) => without(branch, 'currency'))],
  ['api.redirect', 'a path without a slash is served', replaced('GET /api/branch', 200)],
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
  ['lists.rows-complete', 'reviews lack the invoice', changedRows('reviews', (row) => without(row, 'invoice'))],
  ['lists.rows-reports', 'rows do not say what is approved', changedRows('reports', (row) => without(row, 'approved'))],
  ['lists.rows-tasks', 'rows do not say what is done', changedRows('tasks', (row) => without(row, 'complete'))],
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
  ['filters.start', 'start_lte compares the end', (behaviour) => (behaviour.startLteCompares = 'finish')],
  ['filters.start', 'the filter is ignored', ignored('appointments?start_gte')],
  ['filters.days', 'dates are refused', changedBody(/start_gte=[\d-]+&/, () => ({ results: [] }))],
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
  ['details.fields', 'a field is missing', changedDetails('clients', (client) => without(client, 'is_taxable'))],
  ['details.fields', 'a text is a list', changedDetails('clients', (client) => ({ ...client, town: ['Bristol'] }))],
  ['details.flat', 'people have a user', (behaviour) => (behaviour.isOlderShape = true)],
  [
    'details.times',
    'a time has no offset',
    changedDetails('appointments', (one) => ({ ...one, start: '2026-06-10T16:00' })),
  ],
  ['details.ids', 'an id is a text', changedRows('services', (row) => ({ ...row, id: String(row.id) }))],
  [
    'details.balance',
    'a balance is not the sum of the changes',
    changedDetails('clients', (one) => ({ ...one, invoice_balance: '-84.01' })),
  ],
  [
    'details.balance',
    'amounts have no sign',
    changedRows('balance-updates', (row) => ({ ...row, credit_amount: '84.00' })),
  ],
  ['details.tutor-name', 'it has the documented name', (behaviour) => (behaviour.tutorNameField = 'contractor_name')],
  ['details.deleted', 'a deleted client gets 410', replaced('GET /api/clients/2147483647/', 410)],
  ['details.pdf', 'an invoice has no link', changedDetails('invoices', (one) => without(one, 'pdf_url'))],
  ['options.enquiry', 'nothing is described', described('enquiry', {})],
  [
    'options.enquiry',
    'names have underscores',
    described('enquiry', { attributes: { children: { first_year: { label: 'A' } } } }),
  ],
  ['options.custom-fields', 'they have no names', described('clients', { extra_attrs: { children: { school: {} } } })],
  ['options.academic-years', '10 is Year 10', described('recipients', { academic_year: choices([10, 'Year 10']) })],
  [
    'options.notifications',
    'most are missing',
    (behaviour) => (behaviour.describedNotifications = { broadcasts: 'All' }),
  ],
  ['options.notes', 'notes take no POST', changedBody(/^OPTIONS \/api\/notes/, () => ({}))],
  [
    'options.reminders',
    'there is no such path',
    (behaviour) => (behaviour.alter = ({ path }, response) => (path.includes('send_reminder') ? [404, {}] : response)),
  ],
  ['choices.lists', 'stages have no name', changedRows('pipeline-stages', (row) => without(row, 'name'))],
  ['choices.lists', 'a list does not exist', replaced('GET /api/countries/', 404)],
  ['choices.action-types', 'the list has pages', changedActions((results) => ({ results }))],
  [
    'events.actions',
    'an action has another key',
    changedActions((types) => types.filter(({ key }) => key !== 'CREATED_A_TASK')),
  ],
  [
    'events.catalogue',
    'there is another action',
    changedActions((types) => [...types, { key: 'MOVED_A_CLOUD', msg: 'Moved a Cloud', subject_types: ['Client'] }]),
  ],
  [
    'events.catalogue',
    'an action has no webhook any more',
    changedActions((types) => types.map((type) => (type.key === 'COPY_ROLE' ? { ...type, subject_types: [] } : type))),
  ],
  [
    'events.models',
    'a model is unknown',
    changedActions((types) =>
      types.map((type) => (type.key === 'COPY_ROLE' ? { ...type, subject_types: ['Course'] } : type)),
    ),
  ],
  ['events.statuses', 'a status is unknown', changedRows('invoices', firstAs({ status: 'overdue' }))],
  [
    'events.custom-fields',
    'they are an object',
    changedDetails('clients', (one) => ({ ...one, extra_attrs: { school: 'A' } })),
  ],
  ['events.numbers', 'an amount has a sign', changedDetails('clients', (one) => ({ ...one, invoice_balance: '£84' }))],
  ['writes.auto-charge', 'it is a number', changedDetails('clients', (one) => ({ ...one, auto_charge: 10 }))],
  [
    'writes.charge-types',
    'there are two',
    described('services', { dft_charge_type: choices(['hourly', 'A'], ['one-off', 'B']) }),
  ],
  [
    'writes.charge-fields',
    'details have the text',
    changedDetails('adhoccharges', (one) => ({ ...one, description: 'Book' })),
  ],
  [
    'limits.headers',
    'a header counts requests',
    (behaviour) => (behaviour.alter = (_request, [status, body]) => [status, body, { 'X-RateLimit-Remaining': '12' }]),
  ],
];

describe('an account that contradicts', () => {
  it.each(BROKEN)('%s, because %s, differs in this line and in no other', async (assumption, _what, change) => {
    const result = await checkChanged(change);
    expect(namesWith(result, 'differs')).toEqual([assumption]);
    expect(result.unfinished).toBeNull();
    const [finding] = result.findings.filter(({ verdict }) => verdict === 'differs');
    expect(exitCodeOf(result)).toBe(finding && isHarmful(finding) ? 1 : 0);
    expect(finding?.differences.join()).not.toBe('');
  });

  it('the order of all lists differs in the lines of both orders', async () => {
    const result = await checkChanged((behaviour) => {
      behaviour.listsOldestFirst = true;
    });
    expect(namesWith(result, 'differs')).toEqual(['lists.newest-first', 'lists.sent-first']);
  });
});

describe('the stand-in as it is', () => {
  it('differs in no line, and leaves unknown what it does not describe', async () => {
    const result = await checkChanged(() => undefined);
    expect(namesWith(result, 'differs')).toEqual([]);
    expect(namesWith(result, 'unknown').sort()).toEqual([
      'api.host',
      'delivery.events',
      'delivery.signature',
      'options.academic-years',
      'options.custom-fields',
      'options.notifications',
      'writes.charge-types',
    ]);
    expect(exitCodeOf(result)).toBe(0);
  });

  it('does not tell which time start_lte compares if only dates count', async () => {
    const { report, findings } = await checkChanged((behaviour) => {
      behaviour.comparesDatesOnly = true;
    });
    expect(report.lessonTimes).toMatchObject({ startLte: 'unknown', timeOfDay: 'does not count' });
    expect(namesWith({ findings }, 'differs')).toEqual([]);
  });
});

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
