/** Lists of the API: pages of 100 rows, the fields of a row, and the documented filters. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS } from './account.ts';
import type { ApiResponse } from './response.ts';

const PAGE_SIZE = 100;

const PERSON_ROW = ['id', 'first_name', 'last_name', 'email', 'url'];

/** Fields of a row by list. Rows of other lists are complete. Rows of credit requests and reports have no id. */
const ROW_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(PEOPLE_PATHS.map((path) => [path, PERSON_ROW])),
  services: [
    ...['id', 'name', 'dft_charge_type', 'created', 'dft_charge_rate', 'dft_contractor_rate', 'last_updated'],
    ...['status', 'url'],
  ],
  appointments: ['id', 'start', 'finish', 'topic', 'status', 'service', 'url'],
  invoices: ['id', 'display_id', 'gross', 'net', 'tax', 'date_sent', 'client', 'status', 'url'],
  'proforma-invoices': ['amount', 'client', 'display_id', 'date_sent', 'date_paid', 'status', 'still_to_pay', 'url'],
  'payment-orders': ['id', 'display_id', 'amount', 'date_sent', 'payee', 'status', 'url'],
  adhoccharges: [
    ...['id', 'description', 'date_occurred', 'category_id', 'category_name', 'client_cost', 'pay_contractor'],
    ...['agent_percentage', 'url'],
  ],
  reports: ['appointment', 'approved', 'client', 'creator', 'dt_created', 'service_recipient', 'url'],
  reviews: ['id', 'client', 'contractor', 'invoice', 'extra_attrs', 'appointments_duration', 'date_created'],
  'balance-updates': ['id', 'created', 'credit_amount', 'method', 'role', 'update_type', 'url'],
  notes: ['id', 'dt_created', 'dt_updated', 'creator', 'text', 'url'],
  tasks: ['id', 'complete', 'description', 'due_dt', 'task_type', 'url'],
  wellbeing_concerns: [
    ...['id', 'display_name', 'status', 'severity', 'service_recipient', 'dt_raised', 'dt_resolved', 'url'],
  ],
};

/** Returns the row of a record. */
export function rowOf(path: string, record: JsonObject): JsonObject {
  const fields = ROW_FIELDS[path];
  const row = fields
    ? Object.fromEntries(Object.entries(record).filter(([name]) => fields.includes(name)))
    : { ...record };
  for (const rate of ['dft_charge_rate', 'dft_contractor_rate']) {
    // These fields are numbers in details and texts in lists.
    if (typeof row[rate] === 'number') row[rate] = row[rate].toFixed(2);
  }
  const person = path === 'notes' ? 'creator' : 'role';
  if (['notes', 'balance-updates'].includes(path) && isJsonObject(row[person])) row[person] = row[person].id;
  return row;
}

/** Returns the details of a record. The details of charges do not include the description. */
export function detailOf(path: string, record: JsonObject): JsonObject {
  if (path !== 'adhoccharges') return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'description'));
}

type Filter = (record: JsonObject, value: string) => boolean;

const idOf = (value: unknown): string => String(isJsonObject(value) ? value.id : value);

const equals =
  (field: string): Filter =>
  (record, value) =>
    idOf(record[field]) === value;

const contains =
  (list: string, idField: string): Filter =>
  (record, value) =>
    Array.isArray(record[list]) &&
    record[list].some((entry: unknown) => isJsonObject(entry) && idOf(entry[idField]) === value);

const from =
  (field: string): Filter =>
  (record, value) =>
    Date.parse(String(record[field])) >= Date.parse(value);

const until =
  (field: string): Filter =>
  (record, value) =>
    Date.parse(String(record[field])) <= Date.parse(value);

const range = (name: string, field = name): Record<string, Filter> => ({
  [`${name}_gte`]: from(field),
  [`${name}_lte`]: until(field),
});

const PERSON_FILTERS: Readonly<Record<string, Filter>> = {
  user__email: equals('email'),
  user__first_name: equals('first_name'),
  user__last_name: equals('last_name'),
  user__created__gte: from('date_created'),
  user__created__lte: until('date_created'),
  labels: contains('labels', 'id'),
};
const PERSON_FILTERS_WITH_STATUS = { ...PERSON_FILTERS, status: equals('status') };

/** The documented filters by list. */
const FILTERS: Readonly<Record<string, Readonly<Record<string, Filter>>>> = {
  clients: PERSON_FILTERS_WITH_STATUS,
  contractors: PERSON_FILTERS_WITH_STATUS,
  agents: PERSON_FILTERS_WITH_STATUS,
  recipients: PERSON_FILTERS,
  services: { ...range('created'), ...range('last_updated'), labels: contains('labels', 'id') },
  appointments: {
    ...range('start'),
    service: equals('service'),
    contractor: contains('cjas', 'contractor'),
    recipient: contains('rcras', 'recipient'),
    client: contains('rcras', 'paying_client'),
    status: equals('status'),
    location: equals('location'),
  },
  adhoccharges: {
    ...range('date_occurred'),
    service: equals('service'),
    client: equals('client'),
    contractor: equals('contractor'),
    category: equals('category_id'),
    appointment: equals('appointment'),
  },
  'balance-updates': {
    ...range('created'),
    client: equals('role'),
    contractor: equals('role'),
    update_type: equals('update_type'),
  },
  tenders: { ...range('created'), contractor: equals('contractor'), service: equals('service') },
  reports: {
    ...range('dt_created'),
    appointment: equals('appointment'),
    creator: equals('creator'),
    service_recipient: equals('service_recipient'),
    client: equals('client'),
  },
};

/** Returns true if a record meets the filters of a request. Empty and unknown filters select every record. */
export const isSelected = (path: string, record: JsonObject, parameters: URLSearchParams): boolean =>
  [...parameters].every(([name, value]) => value === '' || (FILTERS[path]?.[name]?.(record, value) ?? true));

/** Returns the page of a list that a URL requests; 404 after the last page. */
export function pageOf(url: URL, rows: readonly JsonObject[]): ApiResponse {
  const page = Number(url.searchParams.get('page') ?? 1);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_SIZE));
  if (!Number.isInteger(page) || page < 1 || page > pages) return [404, { detail: 'Invalid page.' }];
  const pageUrl = (number: number) => {
    if (number < 1 || number > pages) return null;
    const parameters = new URLSearchParams(url.searchParams);
    parameters.set('page', String(number));
    return `${url.origin}${url.pathname}?${parameters.toString()}`;
  };
  return [
    200,
    {
      count: rows.length,
      next: pageUrl(page + 1),
      previous: pageUrl(page - 1),
      results: rows.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE),
    },
  ];
}
