/** Search of a list. The API may ignore or misinterpret a filter, so rows and objects are compared again. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { Params } from './api/client.ts';
import { rowId } from './api/records.ts';
import { listPath, nounOf, readObject } from './object-record.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Number of pages to request from a list whose newest 1,000 rows are searched. */
export const NEWEST_PAGES = 10;
const MAX_READ = 5;
/** Maximum number of windows that a search reads after the last page. Each takes one request. */
const MAX_WINDOWS = 7;
/** Milliseconds after which no more pages are requested, so that there is time to read the object that was found. */
const MAX_LISTING_MS = 20_000;

/** The result of a search. */
export interface Match {
  readonly found: JsonObject;
  /** Number of the rows that were read and matched the criteria. A list that is too long may have more. */
  readonly matches: number;
}

/** Returns the first match among rows. `read` returns null for an object that does not meet the criteria. */
export async function firstMatch(
  rows: readonly JsonObject[],
  read: (id: string) => Promise<JsonObject | null>,
): Promise<Match | null> {
  const ids = rows.map(rowId).filter((id) => id !== null);
  for (const [index, id] of ids.entries()) {
    const found = await read(id);
    // The objects of the rows before this one did not match.
    if (found) return { found, matches: ids.length - index };
  }
  return null;
}

/** A search in a list. */
export interface ListSearch {
  readonly params: Params;
  /** Maximum number of pages to request. A page has 100 rows. */
  readonly maxPages: number;
  /** Compares a row with the criteria. */
  readonly isRow: (row: JsonObject) => boolean;
  /** Returns true for a row that no later row can surpass; defaults to true. Other rows are used only if there is none. */
  readonly isBest?: (row: JsonObject) => boolean;
  /** Compares an object with the criteria that its row does not show. */
  readonly isMatch?: (found: JsonObject) => boolean;
  /** Order of preference of matching rows; defaults to the order of the list. If present, all pages must be read. */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
  /** Returns the parameters for rows that come no later in the order than this row. Then, long lists are read in windows. */
  readonly windowUpTo?: (row: JsonObject) => Params;
  /** The field with the time by which the list is sorted. If present, the error for a list that is too long contains it. */
  readonly sortedBy?: string;
  /** Advice on narrowing the search if the list is too long, in the words of the step's fields. */
  readonly narrow: string;
}

/** Returns a field of a row, or of its `user` if the row has the older shape. */
export function rowText(row: JsonObject, name: string): string {
  const user = row.user as JsonObject | null | undefined;
  const value = row[name] ?? user?.[name];
  return typeof value === 'string' ? value : '';
}

/** Normalises text for comparison: converts it to lower case and collapses white space. */
export const comparable = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();

/** Returns true if a value is the record with this id, as an id or a nested record, or if the id is null. */
export function refersTo(value: unknown, id: string | null): boolean {
  if (id === null) return true;
  const target = typeof value === 'object' && value !== null ? (value as JsonObject).id : value;
  return (typeof target === 'number' || typeof target === 'string') && String(target) === id;
}

/** Returns the id of a field's value, which is an id or a nested record. It is no positive number if the value has no id. */
export const referencedId = (value: unknown): number => Number(isJsonObject(value) ? value.id : value);

const DAY_MS = 86_400_000;

/** Returns the filter for records within a day of a time, in case TutorCruncher compares only dates. */
export function aroundTime(field: string, time: string): Params {
  const dayFromTime = (days: number) => new Date(Date.parse(time) + days * DAY_MS).toISOString();
  return { [`${field}_gte`]: dayFromTime(-1), [`${field}_lte`]: dayFromTime(1) };
}

/** Returns true if a list of people contains a person, by the field with the person's id, or if the id is null. */
export const includesPerson = (people: unknown, name: string, id: string | null): boolean =>
  id === null ||
  (Array.isArray(people) && people.some((person: unknown) => isJsonObject(person) && refersTo(person[name], id)));

/**
 * Reads the rows of a long list that are preferred to all others, given the rows that were read, in their order. Each
 * window contains the rows that come no later than the preferred row so far, until it fits on one page; null if none does.
 */
async function preferredRows(
  run: Run,
  object: TutorCruncherObject,
  { params, isRow, windowUpTo }: ListSearch,
  order: NonNullable<ListSearch['order']>,
  known: readonly JsonObject[],
): Promise<JsonObject[] | null> {
  let [preferred] = [...known].sort(order);
  for (let count = 0; windowUpTo && preferred && count < MAX_WINDOWS && run.elapsed <= MAX_LISTING_MS; count++) {
    const window = { ...params, ...windowUpTo(preferred) };
    const { rows, hasMore } = await run.readPage(listPath(object), window, 1);
    const found = rows.filter(isRow).sort(order);
    if (!hasMore) return found;
    const [next] = found;
    // The API ignores the window, or the rows that fill the page are equal in the order.
    if (!next || order(next, preferred) >= 0) return null;
    preferred = next;
  }
  return null;
}

/** Returns the best match in a list; null if there is none. @throws {Error} if nothing is found and rows are left */
export async function searchList(run: Run, object: TutorCruncherObject, search: ListSearch): Promise<Match | null> {
  const { params, maxPages, isRow, isBest = () => true, isMatch = () => true, order, sortedBy, narrow } = search;
  let isComplete = true;
  let unread = MAX_READ;

  const read = async (id: string): Promise<JsonObject | null> => {
    if (unread-- <= 0) {
      isComplete = false;
      return null;
    }
    const found = await readObject(run, object, id);
    return found && isMatch(found) ? found : null;
  };

  const later: JsonObject[] = [];
  let compared = 0;
  let back = '';
  for (let page = 1; ; page++) {
    const { rows, hasMore } = await run.readPage(listPath(object), params, page);
    compared += rows.length;
    if (sortedBy !== undefined) back = rows.map((row) => rowText(row, sortedBy).slice(0, 10)).findLast(Boolean) ?? back;
    const matching = rows.filter(isRow);
    const best = order ? [] : matching.filter(isBest);
    const found = await firstMatch(best, read);
    if (found) return found;
    later.push(...matching.filter((row) => !best.includes(row)));
    // The list starts with the newest records, and the search that is repeated has compared all others.
    if (!hasMore || run.repeatsSearch) break;
    if (page >= maxPages || run.elapsed > MAX_LISTING_MS) {
      isComplete = false;
      break;
    }
  }
  // If the search has an order, the preferred row could be on a page that was not read.
  const isTooLong = order !== undefined && !isComplete;
  const ordered = isTooLong
    ? await preferredRows(run, object, search, order, later)
    : order
      ? later.sort(order)
      : later;
  const found = ordered && (await firstMatch(ordered, read));
  if (found) return isTooLong ? { ...found, matches: Math.max(found.matches, later.length) } : found;
  if (isComplete) return null;
  const noun = nounOf(object);
  if (back !== '') {
    throw run.refusal(
      `None of the newest ${compared.toLocaleString('en')} ${noun}s in TutorCruncher matches, back to ${back}. This step does not ` +
        `compare older ones, so it cannot tell whether one of them matches. ${narrow}`,
    );
  }
  throw run.refusal(
    `There are too many ${noun}s in TutorCruncher to compare all of them, so this step cannot tell whether ` +
      `one of them matches. ${narrow}`,
  );
}
