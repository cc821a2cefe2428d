/**
 * Calls to TutorCruncher's API, which answers in JSON: lists of 100 a page as `{count, next, previous, results}`, the
 * newest first; details by id (TutorCruncher's API docs). Whatever goes wrong becomes a sentence for the Zap's owner,
 * here or in the middleware; nothing of an answer's body, which could hold a person's data, ever goes into one.
 */

import { createHash } from 'node:crypto';

import type { Bundle, ZObject } from 'zapier-platform-core';

import { privateKeyOf } from '../connection.ts';
import { hasAllowedValues, type EventFilter } from '../event-filter.ts';
import { customFieldsOf } from '../record/subject.ts';
import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { labelOf, typeOf, type FieldType } from '../record/output-fields.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';

/** Zapier gives a step 30 seconds, and the longest way here is three requests, one after the other. */
const TIMEOUT_MS = 8_000;

/**
 * Where TutorCruncher's API lives; the only place the private key is ever sent to. Never taken from a payload or from
 * the `next` link of a list.
 *
 * @returns an origin without a trailing slash; `TUTORCRUNCHER_URL` overrides it for local runs
 * @throws {Error} when `TUTORCRUNCHER_URL` is no http(s) URL
 */
export function tutorCruncherOrigin(): string {
  const url = process.env.TUTORCRUNCHER_URL;
  if (!url) return 'https://app.tutorcruncher.com';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Error('TUTORCRUNCHER_URL is not a URL like http://127.0.0.1:4001. Correct it, or leave it unset.');
  }
  return new URL(url).origin;
}

/**
 * What TutorCruncher answers to a GET.
 *
 * @param path - below `/api/`, with a slash at its end
 * @param mayBeMissing - answers null for what isn't there, such as a record deleted since it was listed
 * @returns the parsed JSON
 * @throws {Error} with a sentence for the Zap's owner
 */
async function get(
  z: ZObject,
  path: string,
  params: Record<string, string | number> = {},
  mayBeMissing = false,
): Promise<unknown> {
  let response;
  try {
    response = await z.request({
      url: `${tutorCruncherOrigin()}/api/${path}`,
      params,
      timeout: TIMEOUT_MS,
      skipThrowForStatus: mayBeMissing,
    });
  } catch (error) {
    if (!(error instanceof Error) || !['FetchError', 'AbortError'].includes(error.name)) throw error;
    const isTimeout = 'type' in error && String(error.type).includes('timeout');
    throw new z.errors.Error(
      isTimeout
        ? `TutorCruncher did not answer within ${TIMEOUT_MS / 1000} seconds. Try again in a few minutes.`
        : 'TutorCruncher could not be reached. Try again in a few minutes.',
      'NetworkError',
    );
  }
  if (response.status === 404) return null;
  const data: unknown = response.data;
  if (data === undefined) {
    throw new z.errors.Error(
      'TutorCruncher answered with a page instead of data, which it does during maintenance. Try again in a few minutes.',
      'ApiError',
      response.status,
    );
  }
  return data;
}

const unexpected = (z: ZObject, what: string): Error =>
  new z.errors.Error(
    `TutorCruncher's answer holds no ${what}. Try again in a few minutes; if it stays so, its API has changed and this ` +
      'integration needs an update.',
    'ApiError',
  );

/**
 * A page of a list.
 *
 * @param page - counted from 1
 * @returns its rows, none past the last page
 */
async function getRows(
  z: ZObject,
  path: string,
  params: Record<string, string | number> = {},
  page = 1,
): Promise<JsonObject[]> {
  const data = page > 1 ? await get(z, path, { ...params, page }, true) : await get(z, path, params);
  if (data === null && page > 1) return [];
  if (!isJsonObject(data) || !Array.isArray(data.results)) throw unexpected(z, 'list');
  return data.results.filter(isJsonObject);
}

/**
 * The branch that the connection's key belongs to (`GET /api/branch/`).
 *
 * @returns TutorCruncher's branch object: `id`, `name`, `agency`, ...
 * @throws {Error} with a sentence for the Zap's owner when TutorCruncher doesn't answer with a branch
 */
export async function fetchBranch(z: ZObject): Promise<JsonObject> {
  const branch = await get(z, 'branch/');
  if (!isJsonObject(branch)) throw unexpected(z, 'branch');
  return branch;
}

/**
 * What a connection is called: "branch name (agency name)".
 *
 * @param branch - TutorCruncher's branch object
 */
export function branchLabel(branch: unknown): string {
  if (!isJsonObject(branch) || typeof branch.name !== 'string') return '';
  const agency = isJsonObject(branch.agency) && typeof branch.agency.name === 'string' ? branch.agency.name : null;
  return agency ? `${branch.name} (${agency})` : branch.name;
}

/** An entry of a dropdown. */
export interface Choice {
  readonly id: string;
  readonly name: string;
}

/**
 * The labels of the account.
 *
 * @param page - counted from 0
 */
export async function fetchLabels(z: ZObject, page: number): Promise<Choice[]> {
  const rows = await getRows(z, 'labels/', {}, page + 1);
  return rows.flatMap((row) => {
    const id = rowId(row);
    return id === null ? [] : [{ id, name: typeof row.name === 'string' ? row.name : id }];
  });
}

/** One of TutorCruncher's actions that send webhooks. */
export interface ActionType {
  readonly key: string;
  /** What TutorCruncher puts into an event's `verb`. */
  readonly verb: string;
  /** The models that the subject of such an event may have, in the product's words. */
  readonly subjects: readonly string[];
}

/**
 * The actions that send webhooks, from `GET /api/action-types/`: those with a subject. TutorCruncher's documentation
 * says of the others that it sends no webhooks for them.
 */
export function fetchActionTypes(z: ZObject, bundle: Bundle): Promise<ActionType[]> {
  return cached(z, bundle, 'action_types', async () => {
    const data = await get(z, 'action-types/');
    if (!Array.isArray(data)) throw unexpected(z, 'list');
    return data
      .filter(isJsonObject)
      .flatMap(({ key, msg, subject_types: subjects }) =>
        typeof key === 'string' && Array.isArray(subjects) && subjects.length > 0
          ? [{ key, verb: typeof msg === 'string' ? msg : key, subjects: subjects.map(String) }]
          : [],
      );
  });
}

/** The same account is asked for the same things many times while a Zap is built. */
const CACHE_SECONDS = 600;

/** What was fetched for the same connection in the last ten minutes, else what is fetched now. */
async function cached<T>(z: ZObject, bundle: Bundle, name: string, fetch: () => Promise<T>): Promise<T> {
  // Zapier doesn't document whom a cache is shared with, so what belongs to an account is kept under a name of its own.
  const account = createHash('sha256')
    .update(`cache of ${privateKeyOf(bundle)}`)
    .digest('hex')
    .slice(0, 32);
  const key = `${name}_${account}`;
  try {
    const value = (await z.cache.get(key)) as T | null;
    if (value !== null) return value;
  } catch {
    // A cache that fails is an empty one.
  }
  const value = await fetch();
  try {
    await z.cache.set(key, value, CACHE_SECONDS);
  } catch {
    // As above.
  }
  return value;
}

/** The id of a row of a list; rows of credit requests and reports carry it only in their `url`. */
function rowId({ id, url }: JsonObject): string | null {
  if (typeof id === 'number' || (typeof id === 'string' && /^\d+$/.test(id))) return String(id);
  // Only the number is taken from the URL: the key must not follow it to another host.
  return typeof url === 'string' ? (/\/(\d+)\/?$/.exec(url)?.[1] ?? null) : null;
}

/** A record from the API as the subject of an event. */
function subjectOf({ word }: TutorCruncherObject, row: JsonObject, detail: JsonObject): JsonObject {
  return { model: OBJECT_NAMES[word], url: row.url ?? '', id: Number(rowId(row)), ...detail };
}

/**
 * The latest records of an object in the account, as subjects of events. One request for a list, one for each record,
 * and `most` + 1 in all.
 *
 * @param filter - records that it would not keep are left out, as far as lists and their filters tell
 * @param most - how many
 * @returns the newest first; none for an object that TutorCruncher's API has no list of
 */
export async function fetchLatest(
  z: ZObject,
  object: TutorCruncherObject,
  filter: Pick<EventFilter, 'where' | 'label'>,
  most: number,
): Promise<JsonObject[]> {
  const { api } = object;
  if (!api) return [];
  const labels: Record<string, string> =
    api.filters?.includes('labels') && filter.label ? { labels: filter.label } : {};
  const statuses = api.filters?.includes('status') ? (filter.where?.status ?? []) : [];
  // A list filters by one status, and each list costs a request. Of three statuses the newest records have one anyway.
  const queries =
    statuses.length === 1 || statuses.length === 2 ? statuses.map((status) => ({ ...labels, status })) : [labels];
  const lists = await Promise.all(queries.map((query) => getRows(z, `${api.path}/`, query)));
  const rows = lists.flat().filter((row) => rowId(row) !== null && hasAllowedValues(filter.where, row));
  // Each list has the newest first already.
  if (lists.length > 1) rows.sort((a, b) => Number(rowId(b)) - Number(rowId(a)));
  const latest = rows.slice(0, most - lists.length + 1);
  if (api.isRowWhole) return latest.map((row) => subjectOf(object, row, row));

  const details = await Promise.all(latest.map((row) => get(z, `${api.path}/${rowId(row)}/`, {}, true)));
  return latest.flatMap((row, index) => {
    const detail = details[index];
    return isJsonObject(detail) ? [subjectOf(object, row, detail)] : [];
  });
}

/** A custom field of the account. */
export interface CustomField {
  readonly key: string;
  readonly label: string;
  readonly type: FieldType;
}

/**
 * The custom fields of an object, from its latest record in the account; cached.
 *
 * @throws {Error} with a sentence for the Zap's owner
 */
export const fetchCustomFields = (z: ZObject, bundle: Bundle, object: TutorCruncherObject): Promise<CustomField[]> =>
  cached(z, bundle, `custom_fields_${object.word}`, async () => {
    const [latest] = await fetchLatest(z, object, {}, 1);
    return customFieldsOf(latest?.extra_attrs).map(({ key, name, type, value }) => ({
      key,
      label: name ?? labelOf(key),
      type: /^date ?(time)?$/i.test(type ?? '') && typeof value !== 'number' ? 'datetime' : typeOf(value),
    }));
  });
