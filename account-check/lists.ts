/** Checks the lists that the app reads: their envelope, pages, order and rows. */

import { PAGE_ROWS } from '../src/api/client.ts';
import { rowId } from '../src/api/rows.ts';
import type { JsonObject } from '../wire/json.ts';
import type { AccountCheck } from './account.ts';
import { enumerated, FieldForms, rounded, type ReportedForms } from './forms.ts';
import { CHOICE_PATHS, LIST_PATHS, OBJECT_LISTS } from './known-words.ts';
import type { ListPage } from './reader.ts';
import { withUserFields } from './user-fields.ts';

/** The section of the report about a list. */
export interface ListFacts extends ReportedForms {
  readonly status: number;
  readonly rows: number;
  readonly isEnvelope: boolean;
  readonly order: Order;
  /** The position of records without a date in a list that is sorted by date. */
  readonly undated: 'none' | 'first' | 'last' | 'between';
  readonly nextPage: 'none' | 'same host' | 'other host';
  readonly pastEndStatus: number;
  /** The known statuses in rows, and `other` for unknown statuses. */
  readonly statuses: string[];
}

type Order = 'unknown' | 'newest first' | 'other';

/** Lists that are sorted by the date of sending. All other lists are sorted by id. */
const SENT_FIRST: ReadonlySet<string> = new Set(['invoices', 'proforma-invoices', 'payment-orders']);
const PEOPLE: ReadonlySet<string> = new Set(['clients', 'contractors', 'recipients', 'agents']);
const WITHOUT_ID: ReadonlySet<string> = new Set(['reports', 'proforma-invoices']);

/** The fields of rows that searches, polls and dropdowns compare or show. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  services: ['name', 'status'],
  appointments: ['start', 'finish', 'topic', 'status', 'service'],
  invoices: ['display_id', 'client', 'status', 'date_sent'],
  'proforma-invoices': ['display_id', 'client', 'status', 'date_sent'],
  adhoccharges: ['description', 'date_occurred', 'category_id'],
  reports: ['appointment', 'service_recipient', 'dt_created'],
  tenders: ['contractor', 'service', 'status'],
  reviews: ['contractor', 'date_created'],
  'balance-updates': ['created', 'credit_amount', 'role', 'update_type'],
  tasks: ['due_dt'],
};

/** Fields that the details of lessons contain, but the rows do not. */
const NOT_IN_LESSON_ROWS = ['rcras', 'cjas', 'location', 'units'];
const PERSON_ROW = ['email', 'first_name', 'id', 'last_name', 'role_type', 'url'];

/** Returns the order of values that should decrease; `unknown` if fewer than two of them differ. */
function orderOf(values: readonly number[]): Order {
  if (new Set(values).size < 2) return 'unknown';
  return values.every((value, index) => index === 0 || value <= (values[index - 1] ?? value))
    ? 'newest first'
    : 'other';
}

const dateOf = ({ date_sent: date }: JsonObject): number => Date.parse(String(date));

function undatedIn(rows: readonly JsonObject[]): ListFacts['undated'] {
  const dated = rows.map((row) => !Number.isNaN(dateOf(row)));
  if (!dated.includes(false)) return 'none';
  const [first, last] = [dated.indexOf(true), dated.lastIndexOf(true)];
  if (!dated.slice(0, last + 1).includes(false)) return 'last';
  return dated.slice(first).includes(false) ? 'between' : 'first';
}

function nextPageOf({ next }: ListPage, origin: string): ListFacts['nextPage'] {
  if (typeof next !== 'string') return 'none';
  return URL.canParse(next) && new URL(next).host === new URL(origin).host ? 'same host' : 'other host';
}

/** Returns true if a page has the number of rows that TutorCruncher documents; null for an empty list. */
function hasPageSize({ rows, count, next }: ListPage): boolean | null {
  if (count === null || count === 0) return null;
  return rows.length === Math.min(count, PAGE_ROWS) && (typeof next === 'string') === count > PAGE_ROWS;
}

/** Computes the number of the last page from the first page. */
const lastPageOf = ({ rows, count, next }: ListPage): number =>
  typeof next === 'string' && rows.length > 0 ? Math.ceil((count ?? 0) / rows.length) : 1;

const has = (row: JsonObject, field: string): boolean => row[field] !== undefined;

/** Checks the fields in the rows of a list, unless the list is empty. */
function checkRows({ findings }: AccountCheck, path: string, sentRows: readonly JsonObject[]): void {
  const rows = sentRows.map(withUserFields);
  const [row] = rows;
  if (!row) return;
  if (PEOPLE.has(path)) {
    findings.add('lists.rows-people', Object.keys(row).sort().join() === PERSON_ROW.join(), path);
  } else if (!WITHOUT_ID.has(path)) {
    const hasIds = rows.every(({ id }) => Number.isInteger(id));
    findings.add('details.ids', hasIds, path);
  }
  if (path === 'appointments') {
    findings.add('lists.rows-lessons', !NOT_IN_LESSON_ROWS.some((field) => has(row, field)), path);
  }
  if (WITHOUT_ID.has(path)) {
    findings.add(
      'lists.rows-without-id',
      rows.every((each) => !has(each, 'id') && rowId(each) !== null),
      path,
    );
  }
  if (path === 'tasks')
    findings.add(
      'lists.rows-tasks',
      rows.every(({ complete }) => typeof complete === 'boolean'),
      path,
    );
  if (path === 'reports')
    findings.add(
      'lists.rows-reports',
      rows.every(({ approved, dt_created: created }) => typeof approved === 'boolean' && typeof created === 'string'),
      path,
    );
  for (const field of NEEDED[path] ?? []) {
    findings.add(
      'lists.rows-needed',
      rows.every((each) => has(each, field)),
      `${path}.${field}`,
    );
  }
  if (CHOICE_PATHS.includes(path)) {
    findings.add(
      'choices.lists',
      rows.every((each) => has(each, 'id') && typeof each.name === 'string'),
      path,
    );
  }
}

function checkStatuses({ findings }: AccountCheck, path: string, rows: readonly JsonObject[]): void {
  const { statuses } = OBJECT_LISTS.find(({ api }) => api.path === path)?.object ?? {};
  if (!statuses) return;
  const sent = rows.map(({ status }) => status).filter((status) => typeof status === 'string');
  findings.add('events.statuses', sent.length === 0 ? null : sent.every((status) => statuses.includes(status)), path);
}

function checkOrder({ findings }: AccountCheck, path: string, rows: readonly JsonObject[]): Order {
  if (CHOICE_PATHS.includes(path)) return 'unknown';
  const isByDate = SENT_FIRST.has(path);
  const values = rows.map((row) => (isByDate ? dateOf(row) : Number(rowId(row)))).filter((value) => value > 0);
  const order = orderOf(values);
  findings.add(
    isByDate ? 'lists.sent-first' : 'lists.newest-first',
    order === 'unknown' ? null : order === 'newest first',
    path,
  );
  return order;
}

async function checkList(check: AccountCheck, path: string): Promise<ListFacts> {
  const { reader, findings } = check;
  const page = await reader.list(path);
  const isMissing = page.status !== 200;
  findings.add('api.key', page.status !== 403, path);
  if (isMissing) {
    // Status 403 means that the key lacks a permission. The response provides no information about the list.
    const isKnown = page.status !== 403;
    findings.add(CHOICE_PATHS.includes(path) ? 'choices.lists' : 'lists.envelope', isKnown ? false : null, path);
  } else {
    check.rows.set(path, page.rows);
    findings.add('lists.envelope', page.isEnvelope, path);
    findings.add('lists.page-size', hasPageSize(page), path);
    checkRows(check, path, page.rows);
    checkStatuses(check, path, page.rows);
  }
  const nextPage = nextPageOf(page, reader.origin);
  findings.add('lists.next-host', nextPage === 'none' ? null : nextPage === 'same host', path);
  const past = isMissing ? page : await reader.list(path, { page: lastPageOf(page) + 1 });
  findings.add('lists.past-end', isMissing ? null : past.status === 404, path);
  return {
    status: page.status,
    rows: rounded(page.count ?? 0),
    isEnvelope: page.isEnvelope,
    order: checkOrder(check, path, page.rows),
    undated: SENT_FIRST.has(path) ? undatedIn(page.rows) : 'none',
    nextPage,
    pastEndStatus: past.status,
    statuses: enumerated(
      'status',
      page.rows.map(({ status }) => status),
    ),
    ...new FieldForms(...page.rows).toReport(),
  };
}

/** Checks that a request cannot choose the size of a page. */
async function checkPageSize({ reader, findings, rows }: AccountCheck): Promise<void> {
  const [path] = [...rows].find(([, found]) => found.length > 1) ?? [];
  if (path === undefined) return;
  const page = await reader.list(path, { page_size: 1 });
  findings.add('lists.page-size', page.rows.length > 1, `${path}?page_size`);
}

/** Checks all lists. @throws {Unfinished} if the check cannot continue */
export async function checkLists(check: AccountCheck): Promise<Record<string, ListFacts>> {
  const facts: Record<string, ListFacts> = {};
  for (const path of LIST_PATHS) facts[path] = await checkList(check, path);
  await checkPageSize(check);
  return facts;
}
