/**
 * All rows of a list between two moments. The list is sorted by id, so a record that was created long ago is on its last
 * page. Rows move to other pages when the list changes between two requests.
 */

import type { JsonObject } from '../../wire/json.ts';
import { PAGE_ROWS, type Params } from '../api/client.ts';
import { rowId } from '../api/records.ts';
import { listPath } from '../object-record.ts';
import type { Run } from '../run.ts';
import type { RecordWord, TutorCruncherObject } from '../tutorcruncher-object.ts';
import { utcText } from '../utc-text.ts';

/** A span of time, in milliseconds since 1970. Both ends are included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A span with more pages is split, because a long list is more likely to change while it is read. */
const MAX_PAGES = 5;
/** Longer spans are split before the first request, which would only show that there are too many pages. */
const MAX_SPAN_MS = 7 * 86_400_000;
/** Maximum number of requests: with the details, a poll makes at most half of the requests allowed per minute. */
const MAX_REQUESTS = 25;

function halves({ from, to }: Span): Span[] {
  const middle = Math.floor((from + to) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/**
 * Reads all rows of an object's list whose time in a field lies in a span, each once.
 * @throws {Error} with a message for the Zap's owner that contains `narrow`, advice on a list that is too long
 */
export async function rowsBetween(
  run: Run,
  object: TutorCruncherObject<RecordWord>,
  field: string,
  span: Span,
  params: Params,
  narrow: string,
): Promise<JsonObject[]> {
  let requests = 0;
  const found = new Map<string, JsonObject>();

  async function collect(part: Span, isRepeated = false): Promise<void> {
    const filters = { ...params, [`${field}_gte`]: utcText(part.from), [`${field}_lte`]: utcText(part.to + 999) };
    const rows = new Map<string, JsonObject>();
    const totals = new Set<number>();
    for (let page = 1, hasMore = true; hasMore; page++) {
      if (++requests > MAX_REQUESTS) {
        throw run.refusal(`TutorCruncher lists too many records for this step to read all of them. ${narrow}`);
      }
      const read = await run.readPage(listPath(object), filters, page);
      for (const row of read.rows) {
        const id = rowId(row);
        if (id !== null) rows.set(id, row);
      }
      ({ hasMore } = read);
      if (read.count !== null) totals.add(read.count);
      if ((read.count ?? 0) > MAX_PAGES * PAGE_ROWS || (hasMore && page === MAX_PAGES)) {
        for (const half of halves(part)) await collect(half);
        return;
      }
    }
    // The list has changed. A row that moves between pages in the second pass as well is found by the next poll.
    if (totals.size > 1 && !isRepeated) return collect(part, true);
    for (const [id, row] of rows) found.set(id, row);
  }

  const parts = span.to - span.from > MAX_SPAN_MS ? halves(span) : [span];
  for (const part of parts) await collect(part);
  return [...found.values()];
}
