/**
 * Searches a list. The API might ignore or misinterpret a filter, so the step also compares the returned rows and
 * objects with the criteria.
 */

import type { JsonObject } from '../../wire/json.ts';
import { unexpectedResponse, type Page, type Params } from '../api/client.ts';
import { ListReading } from '../api/list-reading.ts';
import { MAX_LISTING_MS, narrowedRows } from './narrowed-rows.ts';
import { listPath, nounOf, readPresent } from '../object/object-record.ts';
import { isDeleted, rowId, rowText } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { unfinishedSearch, type Gap, type Unfinished } from './unfinished-search.ts';

/** Number of pages to request from a list whose newest 1,000 rows are searched. */
export const NEWEST_PAGES = 10;
/** Maximum number of objects that a search reads in full. Each object takes one request. */
const MAX_READ = 5;

/** The object that a search has found. */
export interface Match {
  readonly found: JsonObject;
  /**
   * Number of rows that the search has read and that match the criteria. A list that is too long can contain more
   * matches.
   */
  readonly matches: number;
}

/**
 * Returns the first row whose object meets the criteria; null if no object does.
 *
 * @param read - reads an object by its id; null for an object that does not meet the criteria
 */
export async function firstMatch(
  rows: readonly JsonObject[],
  read: (id: string) => Promise<JsonObject | null>,
): Promise<Match | null> {
  const ids = rows.map(rowId).filter((id) => id !== null);
  for (const [index, id] of ids.entries()) {
    const found = await read(id);
    // The objects of earlier rows do not meet the criteria, so these rows do not count as matches.
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
  /**
   * Returns true for a page after which no row of the list can match. If missing, the search reads all pages up to the
   * maximum.
   */
  readonly isPast?: (rows: readonly JsonObject[]) => boolean;
  /** Called before each request. @throws {Error} if too few of the minute's requests are left */
  readonly spend?: () => Promise<void>;
  /**
   * Returns true for a row that no later row can surpass; default: true for all rows. Other rows are used only if the
   * list has no such row.
   */
  readonly isBest?: (row: JsonObject) => boolean;
  /**
   * Order of preference of matching rows; default: the order of the list. With this order, the search reads all pages
   * before it chooses a row.
   */
  readonly order?: (a: JsonObject, b: JsonObject) => number;
  /**
   * The field with the time by which the list is sorted. If present, the error for a list that is too long states how
   * far back the search has compared records.
   */
  readonly sortedBy?: string;
}

/** A search of a list for one object. */
export interface ListSearch extends ListQuery {
  /** Compares an object with the criteria that the object's row does not show. */
  readonly isMatch?: (found: JsonObject) => boolean;
  /**
   * Returns the parameters for rows that rank at least as high as this row in the order of preference. If present, a
   * list that is too long is narrowed ({@link narrowedRows}).
   */
  readonly paramsUpTo?: (row: JsonObject) => Params;
  /** Advice on narrowing the search if the list is too long, in the words of the step's fields. */
  readonly narrow: string;
}

/** Reads the objects of the rows of one search, up to a limit. */
class MatchReader {
  readonly #run: StepRun;
  readonly #object: TutorCruncherObject;
  readonly #isMatch: (found: JsonObject) => boolean;
  readonly #found = new Map<string, Promise<JsonObject | null>>();
  /** True if the limit has prevented the reading of an object. */
  isExhausted = false;

  constructor(run: StepRun, object: TutorCruncherObject, { isMatch = () => true }: ListSearch) {
    this.#run = run;
    this.#object = object;
    this.#isMatch = isMatch;
  }

  /** Returns the first match among rows; null if no row matches before the limit on objects is reached. */
  firstMatch = (rows: readonly JsonObject[]): Promise<Match | null> => firstMatch(rows, (id) => this.#read(id));

  #read(id: string): Promise<JsonObject | null> {
    // A list that changes is read twice, but each object only once.
    const known = this.#found.get(id);
    if (known) return known;
    if (this.#found.size === MAX_READ) {
      this.isExhausted = true;
      return Promise.resolve(null);
    }
    const reading = readPresent(this.#run, this.#object, id);
    const found = reading.then((object) => (object && this.#isMatch(object) ? object : null));
    this.#found.set(id, found);
    return found;
  }
}

/** The pages of a list that a search has read. */
export interface Listing extends Pick<Unfinished, 'compared' | 'back'> {
  /** The match among the best rows, which ended the reading; null if no best row matches. */
  readonly found: Match | null;
  /** The rows that match the criteria but are not best rows, in the order of the list. */
  readonly rows: JsonObject[];
  /**
   * The reason why the search did not compare every row that might match; null if the search compared every such row.
   */
  readonly gap: Gap | null;
  readonly pages: number;
}

/**
 * Returns the reason why reading ends after a page: a gap, or `none` if the search has compared every row that might
 * match. Returns null if the search reads the next page.
 */
function endOf(run: StepRun, reading: ListReading, { rows, hasMore }: Page, query: ListQuery): Gap | 'none' | null {
  if (reading.hasGap || (!hasMore && !reading.isWhole)) return 'incomplete';
  // A repeated search reads only the first page: the list starts with the newest records, and the first search has
  // compared all older records.
  if (!hasMore || run.repeatsSearch || query.isPast?.(rows) === true) return 'none';
  if (reading.pages >= query.maxPages) return 'pages';
  return run.elapsed > MAX_LISTING_MS ? 'time' : null;
}

/** Reads the pages of a list until a match is found among the best rows; see {@link readPages}. */
async function readOnce(
  run: StepRun,
  path: string,
  query: ListQuery,
  matchAmong: (best: readonly JsonObject[]) => Promise<Match | null>,
): Promise<Listing> {
  const { params, isRow, spend, isBest = () => true, order, sortedBy } = query;
  const reading = new ListReading();
  const rows: JsonObject[] = [];
  let back = '';
  for (;;) {
    await spend?.();
    const page = await run.readPage(path, params, reading.pages + 1);
    reading.add(page);
    if (sortedBy !== undefined) {
      back = page.rows.map((row) => rowText(row, sortedBy).slice(0, 10)).findLast(Boolean) ?? back;
    }
    const matching = page.rows.filter((row) => !isDeleted(row) && isRow(row));
    if (matching.some((row) => rowId(row) === null)) throw unexpectedResponse(run.z, 'ID in a record that matches');
    const best = order ? [] : matching.filter(isBest);
    // After a gap, a row that was not read could be preferable to the best row of this page.
    const found = reading.hasGap ? null : await matchAmong(best);
    rows.push(...matching.filter((row) => !best.includes(row)));
    const end = found ? 'none' : endOf(run, reading, page, query);
    if (end !== null) {
      const gap = end === 'none' ? null : end;
      return { found, rows, gap, pages: reading.pages, compared: reading.listed, back };
    }
  }
}

/**
 * Reads the pages of a list until a match is found among the best rows. If rows are missing, for example because the
 * list has changed between two pages, the list is read once more.
 *
 * @param matchAmong - returns the match among the best rows of a page; null if none of them matches
 */
export async function readPages(...reading: Parameters<typeof readOnce>): Promise<Listing> {
  const [run] = reading;
  const listing = await readOnce(...reading);
  return listing.gap === 'incomplete' && run.elapsed <= MAX_LISTING_MS ? readOnce(...reading) : listing;
}

/**
 * Returns the best match in a list; null if no row matches.
 *
 * @throws {Error} if the search finds nothing and has not compared every row
 */
export async function searchList(run: StepRun, object: TutorCruncherObject, search: ListSearch): Promise<Match | null> {
  const { order } = search;
  const reader = new MatchReader(run, object, search);
  const listing = await readPages(run, listPath(object), search, reader.firstMatch);
  if (listing.found) return listing.found;
  const { gap } = listing;
  if (order && (gap === 'pages' || gap === 'time')) {
    // The preferred row could be on a page that was not read.
    const rows = await narrowedRows(run, object, { ...search, order }, listing.rows);
    const found = rows && (await reader.firstMatch(rows));
    if (found) return { ...found, matches: Math.max(found.matches, listing.rows.length) };
  } else if (gap === null || gap === 'pages') {
    const found = await reader.firstMatch(order ? listing.rows.sort(order) : listing.rows);
    if (found) return found;
  }
  if (gap === null && !reader.isExhausted) return null;
  throw unfinishedSearch(run, nounOf(object), { ...listing, gap: gap ?? 'pages' }, search.narrow);
}
