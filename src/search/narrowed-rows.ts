/** The preferred rows of a list that is too long to be read completely. */

import type { JsonObject } from '../../wire/json.ts';
import type { Params } from '../api/client.ts';
import { ListReading } from '../api/list-reading.ts';
import { listPath } from '../object/object-record.ts';
import { isDeleted } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/**
 * Time after which a search requests no more pages, in milliseconds. The rest of the run is for reading the found
 * object.
 */
export const MAX_LISTING_MS = 20_000;
/** Maximum number of times that a list is narrowed. Each narrowing takes one request. */
const MAX_NARROWINGS = 7;

/** A list of rows with an order of preference. */
interface OrderedList {
  readonly params: Params;
  readonly isRow: (row: JsonObject) => boolean;
  readonly order: (a: JsonObject, b: JsonObject) => number;
  readonly paramsUpTo?: (row: JsonObject) => Params;
}

/**
 * Narrows a list to its preferred rows. A narrowed list contains only rows that rank at least as high as the best known
 * row in the order of preference. If the narrowed list has more than one page, the best row on its first page narrows
 * the list further.
 *
 * @param known - the rows of the list that the search has read
 * @returns the rows of the first narrowed list that fits on one page, in order of preference; null if no narrowed list
 *   fits
 */
export async function narrowedRows(
  run: StepRun,
  object: TutorCruncherObject,
  { params, isRow, order, paramsUpTo }: OrderedList,
  known: readonly JsonObject[],
): Promise<JsonObject[] | null> {
  let [preferred] = [...known].sort(order);
  for (let count = 0; paramsUpTo && preferred && count < MAX_NARROWINGS && run.elapsed <= MAX_LISTING_MS; count++) {
    const page = await run.readPage(listPath(object), { ...params, ...paramsUpTo(preferred) }, 1);
    const reading = new ListReading();
    reading.add(page);
    const found = page.rows.filter((row) => !isDeleted(row) && isRow(row)).sort(order);
    if (!page.hasMore) return reading.isWhole ? found : null;
    const [next] = found;
    // The API ignores the bound, or no row on the page is preferable to the best known row.
    if (!next || order(next, preferred) >= 0) return null;
    preferred = next;
  }
  return null;
}
