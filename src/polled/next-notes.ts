/**
 * Pure functions that compute the notes of a Zap after a poll has read rows or details. The notes contain the records
 * that wait, the records that have run the Zap, and the missed records.
 */

import type { JsonObject } from '../../wire/json.ts';
import { dueUntil, markNameIn, oldestDueFirst, type DueRow, type Poll } from './due-rows.ts';
import { missedAmong } from './missed-records.ts';
import type { RowsPlan } from './plan.ts';
import { MAX_LIST_REQUESTS } from './rows-between.ts';
import { markName, type Mark, type ZapNotes } from './zap-notes.ts';

/** The rows that a poll has read. */
export interface RowsRead {
  readonly rows: readonly JsonObject[];
  /** The rows from the past; null if reading these rows took too many requests. */
  readonly pastRows: readonly JsonObject[] | null;
  /** Number of requests for the rows that are due. */
  readonly requests: number;
  /** Duration of reading all rows, in milliseconds. */
  readonly ms: number;
}

/**
 * A mark whose details were read. `found` is null if the record is not due, if it was deleted, or if it must be read
 * again in a later poll.
 */
export interface Outcome<Found extends Mark> {
  readonly mark: Mark;
  readonly found: Found | null;
}

const markOf = ({ rowId, at }: Mark): Mark => ({ rowId, at });

/**
 * Returns the records in the notes that still need no run. A record that is among the due rows gets the current moment
 * of its row.
 */
function stillKnown(marks: readonly Mark[], due: readonly DueRow[], poll: Poll, now: number): Mark[] {
  const nameOf = markNameIn(poll);
  const names = new Set(marks.map(nameOf));
  const listed = due.filter((row) => names.has(nameOf(row))).map(markOf);
  const listedNames = new Set(listed.map(nameOf));
  // A record without a due row stays in the notes, because it can become due again. For example, a cancelled lesson can
  // be planned again.
  const absent = marks.filter((mark) => !listedNames.has(nameOf(mark)) && dueUntil(poll, mark.at, now) >= now);
  return [...listed, ...absent];
}

/** Returns the notes after rows were read. Due records wait unless the notes show that they need no run. */
export function withRows(
  notes: ZapNotes,
  { pastFrom }: Pick<RowsPlan, 'pastFrom'>,
  { rows, pastRows, requests, ms }: RowsRead,
  poll: Poll,
  now: number,
): ZapNotes {
  const due = oldestDueFirst(rows, poll);
  const known = notes.known && stillKnown(notes.known, due, poll, now);
  const returned = stillKnown(notes.returned, due, poll, now);
  const nameOf = markNameIn(poll);
  const names = new Set([...(known ?? []), ...returned].map(nameOf));
  const missed = pastRows === null ? [pastFrom ?? now, poll.span.from - 1] : missedAmong(pastRows, poll, notes, now);
  return {
    ...notes,
    saved: now,
    read: now,
    rowRequests: Math.max(requests, 1),
    rowsMs: ms,
    lacks: 0,
    known,
    returned,
    waiting: due.filter((row) => !names.has(nameOf(row))).map(markOf),
    missed: [...notes.missed, ...missed],
    untoldSince: notes.untoldSince === 0 && missed.length > 0 ? now : notes.untoldSince,
    isMissedCounted: notes.isMissedCounted && pastRows !== null,
  };
}

/**
 * Returns the notes after a poll that had too few requests left in the minute to read the rows. If requests were sent
 * before the limit was reached, the list has grown, so the next attempt reserves more requests.
 */
export const withoutRows = (notes: ZapNotes, requests: number): ZapNotes => ({
  ...notes,
  rowRequests: Math.min(Math.max(notes.rowRequests, requests > 0 ? requests + 5 : 1), MAX_LIST_REQUESTS),
  lacks: notes.lacks + 1,
});

/**
 * Returns the notes after details were read. If the moment of a record has changed since its row was read, the notes
 * contain the record with both moments. A record that is not due after all is removed from the notes, so that the Zap
 * can run for it later.
 */
export function withOutcomes(notes: ZapNotes, outcomes: readonly Outcome<Mark>[], now: number): ZapNotes {
  const read = new Set(outcomes.map(({ mark }) => markName(mark)));
  const handled = outcomes.flatMap(({ mark, found }) => (found ? [mark, markOf(found)] : []));
  const returned = new Map([...notes.returned, ...handled].map((mark) => [markName(mark), mark]));
  const waiting = notes.waiting.filter((mark) => !read.has(markName(mark)));
  return { ...notes, saved: now, waiting, returned: [...returned.values()] };
}
