/** Reads the account's newest records of an object. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { allEnded } from '../all-ended.ts';
import { hasAllowedValues, meets, type EventFilter, type SubjectRequirement } from '../choices/event-filter.ts';
import { rowId } from '../api/rows.ts';
import { RECORD_NAMES, type RecordWord, type TutorCruncherObject } from './tutorcruncher-object.ts';
import { get, getRows, type Params } from '../api/client.ts';

const subjectOf = ({ word }: TutorCruncherObject<RecordWord>, row: JsonObject, detail: JsonObject): JsonObject => ({
  model: RECORD_NAMES[word],
  url: row.url ?? '',
  id: Number(rowId(row)),
  ...detail,
});

/**
 * Returns the details of a row in the form of an event's subject; null if the record has been deleted since
 * TutorCruncher listed it.
 */
async function readSubject(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject<RecordWord>,
  row: JsonObject,
): Promise<JsonObject | null> {
  const { api } = object;
  if (!api || api.hasFullRows) return subjectOf(object, row, row);
  const detail = await get(z, bundle, `${api.path}/${rowId(row)}/`, {}, { mayBeMissing: true });
  return isJsonObject(detail) ? subjectOf(object, row, detail) : null;
}

/**
 * Time limit for starting to read more records, in milliseconds. Zapier limits a step to 30 seconds, and a request can
 * take 8 seconds.
 */
const MAX_TIME_MS = 8_000;

/** A query for the newest records of an object. */
export interface NewestRecordsQuery extends Pick<EventFilter, 'where'> {
  /** The id of the label that the records should have. */
  readonly label?: string | undefined;
  readonly requirement?: SubjectRequirement;
  readonly limit: number;
  /** Number of additional records to read if none of the first records meets the requirement. */
  readonly further?: number;
}

/**
 * Returns the parameters of the requests for lists. The requests of an inner array run in parallel, and are sent only
 * if the requests of the previous arrays find nothing.
 */
function listParams(
  { filters = [] }: NonNullable<TutorCruncherObject['api']>,
  { where, label, requirement }: NewestRecordsQuery,
): Params[][] {
  const labels: Params = filters.includes('labels') && label ? { labels: label } : {};
  // The API can filter a list by a single status only.
  const withStatus = (status: string | boolean): Params => ({ ...labels, status: String(status) });
  const chosen = where?.status ?? [];
  const required = requirement?.oneOf?.status ?? [];
  // With three or more statuses, the list is not filtered, because most of the newest records have one of the statuses.
  if (!filters.includes('status') || chosen.length > 2) return [[labels]];
  if (chosen.length > 0) return [chosen.map(withStatus)];
  return required.length > 0 ? required.map((status) => [withStatus(status)]) : [[labels]];
}

/**
 * Fetches the newest records in the form of events' subjects, newest first. Sends at most `limit` + 1 requests. If
 * these requests find nothing, sends further requests while time remains.
 */
export async function fetchNewest(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject<RecordWord>,
  query: NewestRecordsQuery,
): Promise<JsonObject[]> {
  const { api } = object;
  if (!api) return [];
  const { where, requirement = {}, limit, further = 0 } = query;
  const start = Date.now();
  const isLate = () => Date.now() - start > MAX_TIME_MS;

  let rows: JsonObject[] = [];
  let lists = 1;
  for (const params of listParams(api, query)) {
    const pages = await allEnded(params.map((param) => getRows(z, bundle, `${api.path}/`, param)));
    lists = pages.length;
    rows = pages.flat().filter((row) => rowId(row) !== null && hasAllowedValues(where, row) && meets(requirement, row));
    if (rows.length > 0 || isLate()) break;
  }
  // A single list is already sorted.
  if (lists > 1) rows.sort((a, b) => Number(rowId(b)) - Number(rowId(a)));

  const read = async (from: number, to: number): Promise<JsonObject[]> => {
    const subjects = await allEnded(rows.slice(from, to).map((row) => readSubject(z, bundle, object, row)));
    return subjects.filter((subject) => subject !== null).filter((subject) => meets(requirement, subject));
  };
  const first = limit - lists + 1;
  const found = await read(0, first);
  if (found.length > 0 || isLate()) return found;
  return (await read(first, first + further)).slice(0, limit);
}
