/**
 * Reads all rows of a list in a time range. The list is sorted by id, so a record that was created long ago is on the
 * last page. Rows move to other pages if the list changes between two requests.
 */

import type { JsonObject } from '../../wire/json.ts';
import { allEnded } from '../all-ended.ts';
import { PAGE_ROWS, unexpectedResponse, type Page, type Params } from '../api/client.ts';
import { ListReading } from '../api/list-reading.ts';
import { listPath } from '../object/object-record.ts';
import type { StepRun } from '../api/step-run.ts';
import type { RecordWord, TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { utcText } from '../record/local-time.ts';
import { rowId, rowText } from '../api/rows.ts';
import type { Reading, Span } from './due-rows.ts';

/**
 * Maximum number of pages for a time range that is not split. A longer list is more likely to change while it is read.
 */
const MAX_PAGES = 5;
/**
 * Target number of rows in each part of a split time range. The target is one page less than the maximum, because rows
 * are not spread evenly.
 */
const PART_ROWS = (MAX_PAGES - 1) * PAGE_ROWS;
/**
 * Maximum length of a time range that is not split before the first request. For a longer range, the first request
 * would only show that there are too many pages.
 */
const MAX_SPAN_MS = 7 * 86_400_000;
/**
 * Maximum number of requests. The maximum is well below the limit on requests per minute (`ration.ts`), because the
 * poll shares this limit with other Zaps.
 */
export const MAX_LIST_REQUESTS = 40;
const DAY_MS = 86_400_000;

/** The rows to read. */
interface RowsBetween {
  /** The field with the time of a row. The list is filtered by this field. */
  readonly field: string;
  readonly params: Params;
  /** Advice on narrowing a list that is too long, in the words of the step's fields. */
  readonly narrow: string;
}

function partsOf({ from, to }: Span, count: number): Span[] {
  const length = (to - from) / count;
  return Array.from({ length: count }, (_, index) => ({
    from: Math.floor(from + index * length),
    to: Math.floor(from + (index + 1) * length),
  }));
}

/**
 * Returns true if rows show that TutorCruncher has ignored the filter. Rows within a day of the span are accepted as
 * filtered, because TutorCruncher might compare only the dates.
 */
const ignoresFilter = (rows: readonly JsonObject[], field: string, { from, to }: Span): boolean =>
  rows.some((row) => {
    const at = Date.parse(rowText(row, field));
    return at < from - DAY_MS || at > to + DAY_MS;
  });

/**
 * Reads all rows of an object's list whose time in a field is within a span, without duplicates.
 *
 * @throws {Error} with a message for the Zap's owner if the list is too long
 */
export async function rowsBetween(
  run: StepRun,
  object: TutorCruncherObject<RecordWord>,
  { span, spend }: Reading,
  { field, params, narrow }: RowsBetween,
): Promise<JsonObject[]> {
  let requests = 0;
  let isIgnored = false;
  const found = new Map<string, JsonObject>();

  const tooLong = (): Error =>
    run.refusal(
      isIgnored
        ? 'TutorCruncher ignored the time for which this step asked, and listed older or later records. Try again in a ' +
            "few minutes. If this persists, TutorCruncher's API has changed and this app needs an update."
        : `TutorCruncher lists too many records for this step to read all of them. ${narrow}`,
    );

  async function readPage(filters: Params, page: number): Promise<Page> {
    if (++requests > MAX_LIST_REQUESTS) throw tooLong();
    await spend();
    return run.readPage(listPath(object), filters, page);
  }

  async function collect(part: Span, isRepeated = false): Promise<void> {
    const filters = { ...params, [`${field}_gte`]: utcText(part.from), [`${field}_lte`]: utcText(part.to + 999) };
    const rows = new Map<string, JsonObject>();
    const reading = new ListReading();
    for (let page = 1, hasMore = true; hasMore; page++) {
      const read = await readPage(filters, page);
      reading.add(read);
      if (page === 1) isIgnored ||= ignoresFilter(read.rows, field, part);
      for (const row of read.rows) {
        const id = rowId(row);
        if (id !== null) rows.set(id, row);
      }
      ({ hasMore } = read);
      const { count } = read;
      // Fail at once, because the rows do not fit into the maximum number of requests.
      if ((count ?? 0) > MAX_LIST_REQUESTS * PAGE_ROWS) throw tooLong();
      if ((count ?? 0) > MAX_PAGES * PAGE_ROWS || (hasMore && page === MAX_PAGES)) {
        return collectAll(partsOf(part, Math.max(2, Math.ceil((count ?? 0) / PART_ROWS))));
      }
    }
    if ((reading.hasGap || reading.isShort) && !isRepeated) return collect(part, true);
    // A row that moves between pages even in the second pass is found by the next poll.
    if (reading.isShort && !reading.hasGap) throw unexpectedResponse(run.z, 'complete list');
    for (const [id, row] of rows) found.set(id, row);
  }

  async function collectAll(parts: readonly Span[]): Promise<void> {
    // When a request is refused, the reading ends after the other requests in progress have ended, at most one for each
    // part.
    await allEnded(parts.map((part) => collect(part)));
  }

  await collectAll(span.to - span.from > MAX_SPAN_MS ? partsOf(span, 2) : [span]);
  return [...found.values()];
}
