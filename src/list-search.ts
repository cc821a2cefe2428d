/** Search of a list. The API may ignore or misinterpret a filter, so rows and objects are compared again. */

import type { JsonObject } from '../wire/json.ts';
import type { Params } from './api/client.ts';
import { MAX_LISTING_MS, narrowedRows } from './narrowed-rows.ts';
import { listPath, nounOf, readObject } from './object-record.ts';
import { rowId, rowText, type Span } from './rows.ts';
import type { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** Number of pages to request from a list whose newest 1,000 rows are searched. */
export const NEWEST_PAGES = 10;
/** Maximum number of objects that a search reads. Each takes one request. */
const MAX_READ = 5;

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

/** The part of a search that reads the pages of a list. */
export interface ListQuery {
  readonly params: Params;
  /** Maximum number of pages to request. A page has 100 rows. */
  readonly maxPages: number;
  /** Compares a row with the criteria. */
  readonly isRow: (row: JsonObject) => boolean;
  /** Returns true for a page after which no row of the list can match. If missing, such a page is not known. */
  readonly isPast?: (rows: readonly JsonObject[]) => boolean;
  /** Called before each request. @throws {Error} if the run may send no more requests */
  readonly spend?: () => Promise<void>;
  /** Returns true for a row that no later row can surpass; defaults to true. Other rows are used only if there is none. */
  readonly isBest?: (row: JsonObject) => boolean;
  /** Order of preference of matching rows; defaults to the order of the list. If present, all pages must be read. */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
  /** The field with the time by which the list is sorted. If present, the error for a list that is too long contains it. */
  readonly sortedBy?: string;
}

/** A search in a list. */
export interface ListSearch extends ListQuery {
  /** Compares an object with the criteria that its row does not show. */
  readonly isMatch?: (found: JsonObject) => boolean;
  /**
   * Returns the parameters for rows that come no later in the order than this row. If present, a list that is too long
   * is narrowed ({@link narrowedRows}).
   */
  readonly paramsUpTo?: (row: JsonObject) => Params;
  /** Advice on narrowing the search if the list is too long, in the words of the step's fields. */
  readonly narrow: string;
}

const DAY_MS = 86_400_000;

/** Returns the filter for records in a span, extended by a day at both ends, in case TutorCruncher compares only dates. */
export function aroundSpan(field: string, { from, to }: Span): Params {
  const timeAt = (moment: number) => new Date(moment).toISOString();
  return {
    ...(from !== null && { [`${field}_gte`]: timeAt(from - DAY_MS) }),
    ...(to !== null && { [`${field}_lte`]: timeAt(to + DAY_MS) }),
  };
}

/** Returns the filter for records within a day of a time. */
export function aroundTime(field: string, time: string): Params {
  const moment = Date.parse(time);
  return aroundSpan(field, { from: moment, to: moment });
}

/** Reads the objects of the rows of one search, up to a limit. */
class MatchReader {
  readonly #run: Run;
  readonly #object: TutorCruncherObject;
  readonly #isMatch: (found: JsonObject) => boolean;
  #left = MAX_READ;
  /** True once an object was not read because of the limit. */
  isExhausted = false;

  constructor(run: Run, object: TutorCruncherObject, { isMatch = () => true }: ListSearch) {
    this.#run = run;
    this.#object = object;
    this.#isMatch = isMatch;
  }

  /** Returns the first match among rows; null if there is none or the limit is reached before. */
  firstMatch = (rows: readonly JsonObject[]): Promise<Match | null> => firstMatch(rows, (id) => this.#read(id));

  async #read(id: string): Promise<JsonObject | null> {
    if (this.#left === 0) {
      this.isExhausted = true;
      return null;
    }
    this.#left--;
    const found = await readObject(this.#run, this.#object, id);
    return found && this.#isMatch(found) ? found : null;
  }
}

/** The pages of a list that a search has read. */
export interface Listing {
  /** The match among the best rows, after which no page was read; null if there is none. */
  readonly found: Match | null;
  /** The rows that match the criteria and are not the best, in the order of the list. */
  readonly rows: JsonObject[];
  /** True if the list has pages that were not read. */
  readonly hasMore: boolean;
  /** True if the list has changed between two pages, so that a row may have moved to a page that was read before. */
  readonly hasChanged: boolean;
  readonly pages: number;
  /** Number of all rows. */
  readonly compared: number;
  /** The date in the last row by which the list is sorted; empty if unknown. */
  readonly back: string;
}

/**
 * Reads the pages of a list until one of its best rows is the match.
 *
 * @param matchAmong - returns the match among the best rows of a page; null if there is none
 */
export async function readPages(
  run: Run,
  path: string,
  query: ListQuery,
  matchAmong: (best: readonly JsonObject[]) => Promise<Match | null>,
): Promise<Listing> {
  const { params, maxPages, isRow, isPast, spend, isBest = () => true, order, sortedBy } = query;
  const rows: JsonObject[] = [];
  const totals = new Set<number>();
  let compared = 0;
  let back = '';
  for (let page = 1; ; page++) {
    await spend?.();
    const listed = await run.readPage(path, params, page);
    if (listed.count !== null) totals.add(listed.count);
    compared += listed.rows.length;
    if (sortedBy !== undefined) {
      back = listed.rows.map((row) => rowText(row, sortedBy).slice(0, 10)).findLast(Boolean) ?? back;
    }
    const matching = listed.rows.filter(isRow);
    const best = order ? [] : matching.filter(isBest);
    const found = await matchAmong(best);
    rows.push(...matching.filter((row) => !best.includes(row)));
    // The list starts with the newest records, and the search that is repeated has compared all others.
    const isComplete = !listed.hasMore || run.repeatsSearch || isPast?.(listed.rows) === true;
    if (found || isComplete || page >= maxPages || run.elapsed > MAX_LISTING_MS) {
      return { found, rows, hasMore: !isComplete, hasChanged: totals.size > 1, pages: page, compared, back };
    }
  }
}

/** Returns the best match in a list; null if there is none. @throws {Error} if nothing is found and rows are left */
export async function searchList(run: Run, object: TutorCruncherObject, search: ListSearch): Promise<Match | null> {
  const { order } = search;
  const reader = new MatchReader(run, object, search);
  const listing = await readPages(run, listPath(object), search, reader.firstMatch);
  if (listing.found) return listing.found;
  if (order && listing.hasMore) {
    // The preferred row could be on a page that was not read.
    const rows = await narrowedRows(run, object, { ...search, order }, listing.rows);
    const found = rows && (await reader.firstMatch(rows));
    if (found) return { ...found, matches: Math.max(found.matches, listing.rows.length) };
  } else {
    const found = await reader.firstMatch(order ? listing.rows.sort(order) : listing.rows);
    if (found) return found;
  }
  if (!listing.hasMore && !reader.isExhausted) return null;
  throw run.refusal(undecided(nounOf(object), listing, search));
}

/** Returns the error for a search that has not compared all rows. */
function undecided(noun: string, { back, compared }: Listing, { narrow }: ListSearch): string {
  if (back !== '') {
    return (
      `None of the newest ${compared.toLocaleString('en')} ${noun}s in TutorCruncher matches, back to ${back}. This step does not ` +
      `compare older ones, so it cannot tell whether one of them matches. ${narrow}`
    );
  }
  return (
    `There are too many ${noun}s in TutorCruncher to compare all of them, so this step cannot tell whether ` +
    `one of them matches. ${narrow}`
  );
}
