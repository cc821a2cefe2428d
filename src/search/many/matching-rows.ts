/** The rows that match the criteria of a search for many records. */

import type { JsonObject } from '../../../wire/json.ts';
import type { Params } from '../../api/client.ts';
import { NEWEST_PAGES, readPages, type ListQuery } from '../list-search.ts';
import { MAX_LISTING_MS } from '../narrowed-rows.ts';
import { listPath } from '../../object/object-record.ts';
import { rowId } from '../../api/rows.ts';
import type { StepRun } from '../../api/step-run.ts';
import type { TutorCruncherObject } from '../../object/tutorcruncher-object.ts';
import type { Gap } from '../unfinished-search.ts';

/** The lists that a search reads, and the function that compares their rows with the criteria. */
export interface RowQuery extends Pick<ListQuery, 'isRow' | 'isPast' | 'order' | 'spend'> {
  /** The parameters of each list. A record in several lists counts as one match. */
  readonly lists: readonly Params[];
}

/** Matching rows, each with its id. */
export interface MatchingRows {
  readonly rows: readonly JsonObject[];
  /**
   * The reason why the search did not compare every row that might match; null if the search compared every such row.
   */
  readonly gap: Gap | null;
}

/** Returns the distinct rows that have an id, with the id as a field. */
export const withIds = (rows: readonly JsonObject[]): JsonObject[] => {
  const found = rows.map((row): [string | null, JsonObject] => [rowId(row), { ...row, id: Number(rowId(row)) }]);
  return [...new Map(found.filter(([id]) => id !== null)).values()];
};

const newestFirst = (a: JsonObject, b: JsonObject): number => Number(b.id) - Number(a.id);

/** Reads the lists of a search, at most ten pages in total. If a list is read again, its pages count once. */
export async function matchingRows(run: StepRun, object: TutorCruncherObject, query: RowQuery): Promise<MatchingRows> {
  const { lists, order, ...rest } = query;
  const rows: JsonObject[] = [];
  let pagesLeft = NEWEST_PAGES;
  let gap: Gap | null = null;
  for (const params of lists) {
    if (pagesLeft === 0 || run.elapsed > MAX_LISTING_MS) {
      gap ??= pagesLeft === 0 ? 'pages' : 'time';
      break;
    }
    const list: ListQuery = { ...rest, params, maxPages: pagesLeft, isBest: () => false };
    const listing = await readPages(run, listPath(object), list, () => Promise.resolve(null));
    pagesLeft -= listing.pages;
    rows.push(...listing.rows);
    gap ??= listing.gap;
  }
  const found = withIds(rows);
  if (order) found.sort(order);
  else if (lists.length > 1) found.sort(newestFirst);
  return { rows: found, gap };
}
