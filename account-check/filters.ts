/**
 * The filters of lists that the app uses. Each filter is sent twice: with the value of a row, which must be among the
 * results, and with a value that no record has, which must return no records. A filter that passes both tests is
 * applied. A filter that fails a test is ignored by TutorCruncher, or finds wrong records.
 */

import { rowId, rowText } from '../src/api/rows.ts';
import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import type { ListPage, Reader } from './reader.ts';

/** The outcomes of filters, keyed by the list and then by the name of the filter. */
type FilterFacts = Record<string, Record<string, FilterOutcome>>;

/** A filter: its name, the assumption about it, and a function that returns its value for a row. */
export interface Filter {
  readonly path: string;
  readonly name: string;
  readonly assumption: string;
  /**
   * Returns the filter's value for a record; undefined if the record has no value. `details`: the record's details;
   * empty if unknown
   */
  readonly valueOf: (row: JsonObject, details: JsonObject) => unknown;
  /** A value that no record has; default: an id that does not exist. */
  readonly noValue?: string;
}

/**
 * The result of checking a filter. `refused`: a request with a record's value does not return status 200. `applied, and
 * refused`: a request with a record's value finds the record, and a request with a value that no record has returns
 * status 400.
 */
export type FilterOutcome = 'applied' | 'applied, and refused' | 'ignored' | 'wrong records' | 'refused' | 'unknown';

const NO_ID = '2147483647';
const NO_TEXT = 'no-record-has-this';
const NO_EMAIL = 'no-record-has-this@example.com';
const FAR_FUTURE = '2999-01-01T00:00:00Z';
const FAR_PAST = '1990-01-01T00:00:00Z';

const idIn = (value: unknown): unknown => (isJsonObject(value) ? value.id : value);
/** Returns a field of the first item of a list. */
function firstIn(list: unknown, field: string): unknown {
  const item: unknown = Array.isArray(list) ? list[0] : undefined;
  return isJsonObject(item) ? item[field] : undefined;
}

const textFilter = (path: string, name: string, field: string, noValue: string): Filter => ({
  path,
  name,
  assumption: name === 'user__email' ? 'filters.email' : 'filters.names',
  valueOf: (row) => rowText(row, field) || undefined,
  noValue,
});

const labelFilter = (path: string): Filter => ({
  path,
  name: 'labels',
  assumption: 'filters.labels',
  valueOf: (_row, details) => firstIn(details.labels, 'id'),
});

const statusFilter = (path: string, assumption: string): Filter => ({
  path,
  name: 'status',
  assumption,
  valueOf: (row, details) => row.status ?? details.status,
  noValue: 'no-status',
});

/** A filter by a related record that appears in the rows or in the details. */
const recordFilter = (path: string, name: string, assumption: string, valueOf: Filter['valueOf']): Filter => ({
  path,
  name,
  assumption,
  valueOf: (row, details) => idIn(valueOf(row, details)),
});

/** The filters for the earliest and the latest time in a field. */
const boundFilters = (path: string, field: string, assumption: string): Filter[] =>
  [
    ['gte', FAR_FUTURE],
    ['lte', FAR_PAST],
  ].map(([bound = '', noValue = '']) => ({
    path,
    name: `${field}_${bound}`,
    assumption,
    valueOf: (row) => row[field],
    noValue,
  }));

const peopleFilters = (path: string): Filter[] => [
  textFilter(path, 'user__email', 'email', NO_EMAIL),
  textFilter(path, 'user__first_name', 'first_name', NO_TEXT),
  textFilter(path, 'user__last_name', 'last_name', NO_TEXT),
  labelFilter(path),
];

/** The filters for the earliest and the latest creation of a person. */
const creationFilters = (path: string): Filter[] =>
  [
    ['gte', FAR_FUTURE],
    ['lte', FAR_PAST],
  ].map(([bound = '', noValue = '']) => ({
    path,
    name: `user__created__${bound}`,
    assumption: 'filters.people',
    valueOf: (_row, { date_created: created }) => created,
    noValue,
  }));

/** A filter of balance changes by a person with the given role. */
const personFilter = (name: string, roleType: string): Filter =>
  recordFilter('balance-updates', name, 'filters.balance-changes', (_row, { role }) =>
    isJsonObject(role) && role.role_type === roleType ? role.id : undefined,
  );

const LESSONS = 'filters.lessons';
const CHARGES = 'filters.charges';

/** All filters that the app uses, except the filter by distance, because no record contains a distance. */
export const FILTERS: readonly Filter[] = [
  ...['clients', 'contractors', 'recipients', 'agents'].flatMap(peopleFilters),
  statusFilter('clients', 'filters.status'),
  statusFilter('contractors', 'filters.status'),
  ...['clients', 'contractors', 'recipients'].flatMap(creationFilters),
  recordFilter('contractors', 'skills', 'filters.skills', (_row, { skills }) => idIn(firstIn(skills, 'subject'))),
  labelFilter('services'),
  ...boundFilters('services', 'created', 'filters.jobs'),
  ...boundFilters('services', 'last_updated', 'filters.jobs'),
  recordFilter('appointments', 'service', LESSONS, (row) => row.service),
  recordFilter('appointments', 'recipient', LESSONS, (_row, { rcras }) => firstIn(rcras, 'recipient')),
  recordFilter('appointments', 'client', LESSONS, (_row, { rcras }) => firstIn(rcras, 'paying_client')),
  recordFilter('appointments', 'contractor', LESSONS, (_row, { cjas }) => firstIn(cjas, 'contractor')),
  statusFilter('appointments', LESSONS),
  ...boundFilters('appointments', 'start', 'filters.start'),
  recordFilter('adhoccharges', 'client', CHARGES, (_row, { client }) => client),
  recordFilter('adhoccharges', 'contractor', CHARGES, (_row, { contractor }) => contractor),
  recordFilter('adhoccharges', 'service', CHARGES, (_row, { service }) => service),
  recordFilter('adhoccharges', 'category', CHARGES, (row) => row.category_id),
  ...boundFilters('adhoccharges', 'date_occurred', CHARGES),
  recordFilter('reports', 'appointment', 'filters.reports', (row) => row.appointment),
  recordFilter('reports', 'service_recipient', 'filters.reports', (row) => row.service_recipient),
  ...boundFilters('reports', 'dt_created', 'filters.reports'),
  ...boundFilters('balance-updates', 'created', 'filters.balance-changes'),
  personFilter('client', 'Client'),
  personFilter('contractor', 'Tutor'),
  {
    path: 'balance-updates',
    name: 'update_type',
    assumption: 'filters.balance-changes',
    valueOf: (row) => row.update_type,
    noValue: 'no_type',
  },
];

/** A row, with the filter's value for the row. */
interface Example {
  readonly id: string;
  readonly value: string;
}

/** Returns the newest record that has a value for a filter; null if no record has a value. */
function exampleOf({ path, valueOf }: Filter, { rows, details }: AccountCheck): Example | null {
  for (const row of rows.get(path) ?? []) {
    const id = rowId(row);
    const detail = (id === null ? null : details.get(path)?.get(id)) ?? {};
    const value = toScalar(valueOf(row, detail));
    if (id !== null && value !== null && value !== '') return { id, value: String(value) };
  }
  return null;
}

const contains = ({ rows }: ListPage, id: string): boolean => rows.some((row) => rowId(row) === id);

/** Returns the outcome of a filter from its results for a record's value and for a value that no record has. */
function outcomeOf(found: ListPage, id: string, none: ListPage): FilterOutcome {
  if (found.status !== 200) return 'refused';
  if (none.status === 400) return contains(found, id) ? 'applied, and refused' : 'wrong records';
  if (none.rows.length > 0) return 'ignored';
  return contains(found, id) ? 'applied' : 'wrong records';
}

async function checkFilter(check: AccountCheck, filter: Filter): Promise<FilterOutcome> {
  const { path, name, assumption, noValue = NO_ID } = filter;
  const { reader, findings } = check;
  const where = `${path}?${name}`;
  const example = exampleOf(filter, check);
  if (!example) {
    findings.add(assumption, null, where);
    return 'unknown';
  }
  const found = await reader.list(path, { [name]: example.value });
  const outcome = outcomeOf(found, example.id, await reader.list(path, { [name]: noValue }));
  findings.add(assumption, outcome.startsWith('applied'), where);
  return outcome;
}

/** Returns a name in upper case, or in lower case if the name is in upper case already. */
const inOtherCase = (name: string): string => (name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase());

/**
 * Checks that the filters by name distinguish upper and lower case. Skips the filters that TutorCruncher does not
 * apply.
 */
async function checkLetterCase({ findings, reader, rows }: AccountCheck, facts: FilterFacts): Promise<void> {
  for (const filter of FILTERS.filter(({ assumption }) => assumption === 'filters.names')) {
    const { path, name, valueOf } = filter;
    const where = `${path}?${name}`;
    const named = (rows.get(path) ?? []).map((row) => ({
      id: rowId(row),
      text: String(toScalar(valueOf(row, {}) ?? '')),
    }));
    const example = named.find(({ id, text }) => id !== null && inOtherCase(text) !== text);
    if (!example?.id || !facts[path]?.[name]?.startsWith('applied')) {
      findings.add('filters.letter-case', null, where);
      continue;
    }
    const found = await reader.list(path, { [name]: inOtherCase(example.text) });
    findings.add('filters.letter-case', found.status === 200 ? !contains(found, example.id) : null, where);
  }
}

/** Sends a request with a parameter that does not exist, and a request with a filter by two statuses. */
async function checkOtherParameters({ findings, rows }: AccountCheck, reader: Reader): Promise<void> {
  const hasClients = (rows.get('clients') ?? []).length > 0;
  const page = hasClients ? await reader.list('clients', { no_such_filter: '1' }) : null;
  findings.add('lists.unknown-filters', page === null ? null : page.status === 200 && page.rows.length > 0, 'clients');
  const statuses = new Set((rows.get('appointments') ?? []).map(({ status }) => String(status)));
  const [one, other] = statuses;
  const both =
    one !== undefined && other !== undefined ? await reader.list('appointments', { status: `${one},${other}` }) : null;
  const found = new Set(both?.rows.map(({ status }) => status));
  findings.add('lists.one-status', both && !(found.has(one) && found.has(other) && found.size === 2), 'appointments');
}

/** Checks all filters; see {@link FilterOutcome}. @throws {Unfinished} if the check cannot continue */
export async function checkFilters(check: AccountCheck): Promise<FilterFacts> {
  const facts: FilterFacts = {};
  for (const filter of FILTERS) {
    facts[filter.path] = { ...facts[filter.path], [filter.name]: await checkFilter(check, filter) };
  }
  await checkLetterCase(check, facts);
  await checkOtherParameters(check, check.reader);
  return facts;
}
