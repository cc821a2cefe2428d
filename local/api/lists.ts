/** Lists of the API: pages of 100 rows, the fields of a row, and the documented filters. */

import { randomBytes } from 'node:crypto';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { PEOPLE_PATHS, REFERENCE_FIELDS, roleTypeOf } from './account.ts';
import type { ApiResponse, Behaviour } from './behaviour.ts';
import { isNear } from './distances.ts';
import { objectsIn, pick } from './field-checks.ts';

const words = (text: string): readonly string[] => text.split(' ');

/** Fields of a row, keyed by list. Rows of other lists are complete. Rows of credit requests and reports have no id. */
const ROW_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(PEOPLE_PATHS.map((path) => [path, words('id first_name last_name email role_type url')])),
  ...REFERENCE_FIELDS,
  invoices: words('id display_id gross net tax date_sent client status url'),
  'proforma-invoices': words('amount client display_id date_sent date_paid status still_to_pay url'),
  'payment-orders': words('id display_id amount date_sent payee status url'),
  adhoccharges: words(
    'id description date_occurred category_id category_name client_cost pay_contractor agent_percentage url',
  ),
  tenders: words('id description contractor created proposed_rate service status'),
  reports: words('appointment approved client creator dt_created service_recipient url'),
  reviews: words('id client contractor invoice extra_attrs appointments_duration date_created'),
  'balance-updates': words('id created credit_amount method role update_type url'),
  notes: words('id dt_created dt_updated creator text url'),
  tasks: words('id complete description due_dt task_type url'),
  wellbeing_concerns: words('id display_name status severity service_recipient dt_raised dt_resolved url'),
};

/** Returns the row of a record. */
export function rowOf(path: string, record: JsonObject): JsonObject {
  const fields = ROW_FIELDS[path];
  const complete: JsonObject = { agent_percentage: null, ...record, role_type: roleTypeOf(path) };
  const row = fields ? pick(complete, fields) : { ...record };
  for (const rate of ['dft_charge_rate', 'dft_contractor_rate']) {
    // These rates are numbers in details and texts in lists.
    if (typeof row[rate] === 'number') row[rate] = row[rate].toFixed(2);
  }
  const person = path === 'notes' ? 'creator' : 'role';
  if (['notes', 'balance-updates'].includes(path) && isJsonObject(row[person])) row[person] = row[person].id;
  return row;
}

/** Returns a link to the photo of a person, with a new signature. */
const signedPhoto = (path: string, { id }: JsonObject): string =>
  `https://files.example.com/photo/${path}/${String(id)}.jpg?X-Amz-Expires=3600&X-Amz-Signature=${randomBytes(32).toString('hex')}`;

/** Fields of records that their details do not include. */
const NOT_IN_DETAILS: Readonly<Record<string, readonly string[]>> = {
  adhoccharges: ['description'],
  reports: ['id', 'url'],
};

/** Returns the details of a record. */
export function detailOf(path: string, record: JsonObject, { tutorNameField, signsPhotos }: Behaviour): JsonObject {
  if (signsPhotos && PEOPLE_PATHS.includes(path)) return { ...record, photo: signedPhoto(path, record) };
  const omitted = NOT_IN_DETAILS[path];
  if (omitted) return Object.fromEntries(Object.entries(record).filter(([name]) => !omitted.includes(name)));
  if (path !== 'appointments') return record;
  return {
    ...record,
    cjas: objectsIn(record.cjas).map(({ name, ...tutor }) => ({ ...tutor, [tutorNameField]: name })),
  };
}

const PERSON_FILTERS = {
  user__email: 'email',
  user__first_name: 'first_name',
  user__last_name: 'last_name',
  labels: 'labels.id',
  status: 'status',
  user__created: 'date_created',
  // These two parameters form a single filter.
  distance_address: 'latitude',
  distance_radius: 'latitude',
};

/**
 * The documented filters that the app uses, keyed by list. The value of a filter is the name of the field that it
 * compares, or the name of a list and of a field of the list's items. `start_gte` and `start_lte` compare the field of
 * the filter `start`.
 */
const FILTERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(PEOPLE_PATHS.map((path) => [path, PERSON_FILTERS])),
  contractors: { ...PERSON_FILTERS, skills: 'skills.subject' },
  services: { labels: 'labels.id', created: 'created', last_updated: 'last_updated' },
  appointments: {
    start: 'start',
    service: 'service',
    status: 'status',
    location: 'location',
    contractor: 'cjas.contractor',
    recipient: 'rcras.recipient',
    client: 'rcras.paying_client',
  },
  adhoccharges: {
    date_occurred: 'date_occurred',
    service: 'service',
    client: 'client',
    contractor: 'contractor',
    category: 'category_id',
    appointment: 'appointment',
  },
  reports: {
    dt_created: 'dt_created',
    appointment: 'appointment',
    client: 'client',
    service_recipient: 'service_recipient',
  },
  'balance-updates': { created: 'created', client: 'role', contractor: 'role', update_type: 'update_type' },
};

/** Matches the filters that compare a person's name or email address. */
const PERSON_TEXT = /^user__(?:email|(?:first|last)_name)$/;

const idOf = (value: unknown): string => String(isJsonObject(value) ? value.id : value);

/** Returns the parts of a parameter's name: the filter, and `gte` or `lte` if the parameter is a limit. */
const partsOf = (parameter: string): readonly string[] => /^(.+?)(?:__?(gte|lte))?$/.exec(parameter)?.slice(1) ?? [];

const NO_FILTERS: ReadonlySet<string> = new Set(['page', 'page_size']);

/** Returns the parameters of a request that are not filters of the list at a path. */
export const unknownFilters = (path: string, parameters: URLSearchParams): string[] =>
  [...parameters.keys()].filter((parameter) => {
    const [name = ''] = partsOf(parameter);
    return !NO_FILTERS.has(parameter) && FILTERS[path]?.[name] === undefined;
  });

/** Returns true if a record meets the filters of a request. Empty and unknown filters select every record. */
export function isSelected(
  path: string,
  record: JsonObject,
  parameters: URLSearchParams,
  { ignoredFilters, filtersIgnoreLetterCase, startLteCompares, comparesDatesOnly }: Behaviour,
): boolean {
  const timeOf = (value: unknown): number => Date.parse(String(value).slice(0, comparesDatesOnly ? 10 : undefined));
  return [...parameters].every(([parameter, value]) => {
    const [name = '', bound] = partsOf(parameter);
    const [field, idField] = FILTERS[path]?.[name]?.split('.') ?? [];
    if (value === '' || field === undefined || ignoredFilters.includes(`${path}?${parameter}`)) return true;
    if (name === 'distance_radius') return true;
    if (name === 'distance_address') return isNear(record, value, Number(parameters.get('distance_radius')));
    const found = record[parameter === 'start_lte' ? startLteCompares : field];
    if (bound === 'gte') return timeOf(found) >= timeOf(value);
    if (bound === 'lte') return timeOf(found) <= timeOf(value);
    if (filtersIgnoreLetterCase && PERSON_TEXT.test(parameter))
      return idOf(found).toLowerCase() === value.toLowerCase();
    if (idField === undefined) return idOf(found) === value;
    return Array.isArray(found) && found.some((item) => isJsonObject(item) && idOf(item[idField]) === value);
  });
}

/** Returns the number of rows on a page of a list. */
const rowsPerPage = (url: URL, { pageRows, acceptsPageSize }: Behaviour): number =>
  (acceptsPageSize && Number(url.searchParams.get('page_size'))) || pageRows;

/**
 * Returns the page of a list that a URL requests; status 404 after the last page.
 *
 * @param toRow - returns the row of a record on the page
 */
export function pageOf<Listed extends JsonObject>(
  url: URL,
  rows: readonly Listed[],
  behaviour: Behaviour,
  toRow: (record: Listed) => JsonObject = (record) => record,
): ApiResponse {
  const page = Number(url.searchParams.get('page') ?? 1);
  const pageRows = rowsPerPage(url, behaviour);
  const pages = Math.max(1, Math.ceil(rows.length / pageRows));
  const isPastEnd = page > pages && behaviour.pagesPastEndAreEmpty;
  if (!Number.isInteger(page) || page < 1 || (page > pages && !isPastEnd)) return [404, { detail: 'Invalid page.' }];
  const pageUrl = (number: number) => {
    if (number < 1 || number > pages) return null;
    const parameters = new URLSearchParams(url.searchParams);
    parameters.set('page', String(number));
    return `${behaviour.pageOrigin ?? url.origin}${url.pathname}?${parameters.toString()}`;
  };
  const results = rows.slice((page - 1) * pageRows, page * pageRows).map(toRow);
  return [200, { count: rows.length, next: pageUrl(page + 1), previous: pageUrl(page - 1), results }];
}
