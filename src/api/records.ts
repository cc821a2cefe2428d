/** The account's own records: the newest ones of an object, and the custom fields they carry. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { hasAllowedValues, type EventFilter } from '../event-filter.ts';
import { customFieldsOf } from '../record/custom-fields.ts';
import { labelOf } from '../record/labels.ts';
import { typeOf, type FieldType } from '../record/output-fields.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';
import { cached } from './cache.ts';
import { get, getRows } from './client.ts';

/** Returns the id of a row. Rows of credit requests and reports contain it only in their `url`. */
export function rowId({ id, url }: JsonObject): string | null {
  if (typeof id === 'number' || (typeof id === 'string' && /^\d+$/.test(id))) return String(id);
  // Only the number is used, so that the private key never follows a URL to another host.
  return typeof url === 'string' ? (/\/(\d+)\/?$/.exec(url)?.[1] ?? null) : null;
}

/** Makes the subject of an event from a row of a list and the record's details. */
const subjectOf = ({ word }: TutorCruncherObject, row: JsonObject, detail: JsonObject): JsonObject => ({
  model: OBJECT_NAMES[word],
  url: row.url ?? '',
  id: Number(rowId(row)),
  ...detail,
});

/** Returns the query parameters of the lists that together contain the records a filter keeps. */
function listQueries(
  { filters = [] }: NonNullable<TutorCruncherObject['api']>,
  { where, label }: Pick<EventFilter, 'where' | 'label'>,
): Record<string, string>[] {
  const labels: Record<string, string> = filters.includes('labels') && label ? { labels: label } : {};
  const statuses = filters.includes('status') ? (where?.status ?? []) : [];
  // A list can be filtered by one status only, and each list costs a request. With three or more statuses, most of the
  // newest records have one of them anyway.
  if (statuses.length === 0 || statuses.length > 2) return [labels];
  return statuses.map((status) => ({ ...labels, status }));
}

/**
 * Fetches the newest records of an object as subjects of events, with at most `limit` + 1 requests: one per list and one
 * per record.
 *
 * @param filter - leaves out the records that the filter would not keep, as far as lists reveal them
 * @param limit - the maximum number of records
 * @returns the records, newest first; none if TutorCruncher's API does not provide the object
 * @throws {Error} with a message for the Zap's owner
 */
export async function fetchNewest(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject,
  filter: Pick<EventFilter, 'where' | 'label'>,
  limit: number,
): Promise<JsonObject[]> {
  const { api } = object;
  if (!api) return [];
  const lists = await Promise.all(listQueries(api, filter).map((query) => getRows(z, bundle, `${api.path}/`, query)));
  const rows = lists.flat().filter((row) => rowId(row) !== null && hasAllowedValues(filter.where, row));
  // A single list is sorted already.
  if (lists.length > 1) rows.sort((a, b) => Number(rowId(b)) - Number(rowId(a)));
  const newest = rows.slice(0, limit - lists.length + 1);
  if (api.isRowComplete) return newest.map((row) => subjectOf(object, row, row));

  const details = await Promise.all(
    newest.map((row) => get(z, bundle, `${api.path}/${rowId(row)}/`, {}, { mayBeMissing: true })),
  );
  return newest.flatMap((row, index) => {
    const detail = details[index];
    return isJsonObject(detail) ? [subjectOf(object, row, detail)] : [];
  });
}

/** A custom field of the account, as an output field. */
export interface CustomField {
  readonly key: string;
  readonly label: string;
  readonly type: FieldType;
}

/**
 * Fetches the custom fields of an object from its newest record in the account. The result is cached.
 *
 * @throws {Error} with a message for the Zap's owner
 */
export const fetchCustomFields = (z: ZObject, bundle: Bundle, object: TutorCruncherObject): Promise<CustomField[]> =>
  cached(z, bundle, `custom_fields_${object.word}`, async () => {
    const [newest] = await fetchNewest(z, bundle, object, {}, 1);
    return customFieldsOf(newest?.extra_attrs).map(({ key, name, type, value }) => ({
      key,
      label: name ?? labelOf(key),
      // A date without a time is a text: Zapier could move a date-time to the day before.
      type: value === null && /^date ?time$/i.test(type ?? '') ? 'datetime' : typeOf(value),
    }));
  });
