/**
 * Search of a list in TutorCruncher's API. The API may ignore a filter or interpret it differently, so every row and
 * every object is compared with the criteria again.
 */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import type { Params } from './api/client.ts';
import { rowId } from './api/records.ts';
import { listPath, nounOf, readObject } from './object-record.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Maximum number of objects that a search reads for comparison. */
const MAX_READ = 5;
/** Milliseconds after which no more pages are requested, so that there is time to read the object that was found. */
const MAX_LISTING_MS = 20_000;

/** A search in a list. */
export interface ListSearch {
  readonly params: Params;
  /** Maximum number of pages to request. A page has 100 rows. */
  readonly maxPages: number;
  /** Compares a row with the criteria. The search uses a partial match only if there is no exact match. */
  readonly compareRow: (row: JsonObject) => 'exact' | 'partial' | null;
  /** Compares an object with the criteria that rows do not contain. */
  readonly isMatch?: (found: JsonObject) => boolean;
  /** Order of preference of matching rows; defaults to the order of the list. If present, all pages must be read. */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
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

/** Returns true if a field's value is the record with this id, either as an id alone or as a nested record. */
export function refersTo(value: unknown, id: string): boolean {
  const target = typeof value === 'object' && value !== null ? (value as JsonObject).id : value;
  return (typeof target === 'number' || typeof target === 'string') && String(target) === id;
}

/**
 * Returns true if a list of the people of a job or a lesson contains a person.
 *
 * @param name - the field with the person's id
 */
export const includesPerson = (people: unknown, name: string, id: string): boolean =>
  Array.isArray(people) && people.some((person: unknown) => isJsonObject(person) && refersTo(person[name], id));

/**
 * Searches a list for the best match.
 *
 * @returns the object, or null if there is certainly none
 * @throws {Error} with a message for the Zap's owner, if nothing was found and the search is incomplete
 */
export async function searchList(
  run: Run,
  object: TutorCruncherObject,
  search: ListSearch,
): Promise<JsonObject | null> {
  const { params, maxPages, compareRow, isMatch = () => true, order, narrow } = search;
  let isComplete = true;
  let unread = MAX_READ;

  const firstMatch = async (rows: readonly JsonObject[]): Promise<JsonObject | null> => {
    for (const row of rows) {
      const id = rowId(row);
      if (id === null) continue;
      if (unread-- <= 0) {
        isComplete = false;
        return null;
      }
      const found = await readObject(run, object, id);
      if (found && isMatch(found)) return found;
    }
    return null;
  };

  const later: JsonObject[] = [];
  for (let page = 1; ; page++) {
    const { rows, hasMore } = await run.readPage(listPath(object), params, page);
    const exact = rows.filter((row) => compareRow(row) === 'exact');
    const partial = rows.filter((row) => compareRow(row) === 'partial');
    if (order) later.push(...exact, ...partial);
    else {
      const found = await firstMatch(exact);
      if (found) return found;
      later.push(...partial);
    }
    if (!hasMore) break;
    if (page >= maxPages || run.elapsed > MAX_LISTING_MS) {
      isComplete = false;
      break;
    }
  }
  // If the search has an order, the preferred row could be on a page that was not read.
  const found = order && !isComplete ? null : await firstMatch(order ? later.sort(order) : later);
  if (found || isComplete) return found;
  throw run.refusal(
    `There are too many ${nounOf(object)}s in TutorCruncher to compare all of them, so this step cannot tell whether ` +
      `one of them matches. ${narrow}`,
  );
}
