/**
 * Reads the newest rows of a list that has no filters. A row that is added while the list is being read moves other
 * rows to later pages, so some rows are read twice. A deletion can move a row to a page that was already read. The next
 * poll finds this row.
 */

import type { JsonObject } from '../../wire/json.ts';
import { PAGE_ROWS } from '../api/client.ts';
import { listPath } from '../object/object-record.ts';
import { rowId } from '../api/rows.ts';
import type { StepRun } from '../api/step-run.ts';
import type { RecordWord, TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** Maximum number of rows that are read, a multiple of the rows on a page. Each page requires one request. */
const MAX_ROWS = 1_000;

/** The limits and functions for reading the newest rows. */
interface Extent {
  /** Counts a request before it is sent. @throws {Error} if the poll may send no more requests */
  readonly spend: () => Promise<void>;
  /** Returns the time by which the list is sorted, in milliseconds since 1970; NaN for a row without a time. */
  readonly momentOf?: (row: JsonObject) => number;
  /** Earliest time of the requested rows. Reading ends after a page on which all rows that have a time are older. */
  readonly from?: number;
  /**
   * Called if reading stops at the maximum number of rows, with the earliest time that was read and the rows of the
   * last page.
   *
   * @throws {Error} if due records might be missing
   */
  readonly checkEnd: (earliest: number, lastPage: readonly JsonObject[]) => void;
}

/** Reads the newest rows, without duplicates. */
export async function newestRows(
  run: StepRun,
  object: TutorCruncherObject<RecordWord>,
  { spend, momentOf = () => NaN, from = -Infinity, checkEnd }: Extent,
): Promise<JsonObject[]> {
  const found = new Map<string, JsonObject>();
  let earliest = Infinity;
  let lastPage: readonly JsonObject[] = [];
  for (let page = 1; page * PAGE_ROWS <= MAX_ROWS; page++) {
    await spend();
    const { rows, hasMore } = await run.readPage(listPath(object), {}, page);
    for (const row of rows) {
      const id = rowId(row);
      if (id !== null) found.set(id, row);
    }
    const moments = rows.map(momentOf).filter((moment) => !Number.isNaN(moment));
    const areOld = moments.length > 0 && moments.every((moment) => moment < from);
    if (!hasMore || areOld) return [...found.values()];
    earliest = Math.min(earliest, ...moments);
    lastPage = rows;
  }
  checkEnd(earliest, lastPage);
  return [...found.values()];
}
