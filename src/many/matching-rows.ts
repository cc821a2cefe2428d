/** The rows that match the criteria of a search for many records. */

import type { JsonObject } from '../../wire/json.ts';
import type { Params } from '../api/client.ts';
import { NEWEST_PAGES, readPages, type ListQuery } from '../list-search.ts';
import { MAX_LISTING_MS } from '../narrowed-rows.ts';
import { listPath } from '../object-record.ts';
import { rowId } from '../rows.ts';
import type { Run } from '../run.ts';
import type { TutorCruncherObject } from '../tutorcruncher-object.ts';

/** The lists of a search, and the comparison of their rows. */
export interface RowQuery extends Pick<ListQuery, 'isRow' | 'isPast' | 'order' | 'spend'> {
  /** The parameters of each list. A record in several lists is one match. */
  readonly lists: readonly Params[];
}

/** Matching rows, each with its id. */
export interface MatchingRows {
  readonly rows: readonly JsonObject[];
  /** False if a list was not read to its end, or changed while it was read. */
  readonly isComplete: boolean;
}

/** Returns rows that have an id, with the id as a field, each once. */
export const withIds = (rows: readonly JsonObject[]): JsonObject[] => {
  const found = rows.map((row): [string | null, JsonObject] => [rowId(row), { ...row, id: Number(rowId(row)) }]);
  return [...new Map(found.filter(([id]) => id !== null)).values()];
};

const newestFirst = (a: JsonObject, b: JsonObject): number => Number(b.id) - Number(a.id);

/** Reads the lists of a search, at most ten pages of all of them. */
export async function matchingRows(run: Run, object: TutorCruncherObject, query: RowQuery): Promise<MatchingRows> {
  const { lists, order, ...rest } = query;
  const rows: JsonObject[] = [];
  let pagesLeft = NEWEST_PAGES;
  let isComplete = true;
  const read = async (params: Params) => {
    if (pagesLeft === 0 || run.elapsed > MAX_LISTING_MS) return null;
    const list: ListQuery = { ...rest, params, maxPages: pagesLeft, isBest: () => false };
    const listing = await readPages(run, listPath(object), list, () => Promise.resolve(null));
    pagesLeft -= listing.pages;
    return listing;
  };
  for (const params of lists) {
    const first = await read(params);
    // While the list was read, a row may have moved to a page that had been read before.
    const listing = first?.hasChanged ? ((await read(params)) ?? first) : first;
    rows.push(...(listing?.rows ?? []));
    isComplete &&= listing !== null && !listing.hasMore && !listing.hasChanged;
  }
  const found = withIds(rows);
  if (order) found.sort(order);
  else if (lists.length > 1) found.sort(newestFirst);
  return { rows: found, isComplete };
}
