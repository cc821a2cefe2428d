/**
 * The decisions of a poll, as pure functions: the rows to read, and the records whose details to read. `next-notes.ts`
 * computes the updated notes, and `live-poll.ts` reads and writes.
 */

import { dueFrom, dueUntil, LONGEST_PAUSE_MS, type Poll } from './due-rows.ts';
import { missedFrom, unreadSince } from './missed-records.ts';
import { MAX_LIST_REQUESTS } from './rows-between.ts';
import type { Mark, ZapNotes } from './zap-notes.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Maximum number of new records in a poll. If a poll returns more new records, Zapier holds back all of their runs. */
export const MAX_ZAP_RUNS = 100;
/**
 * Pause before a list is read again, in milliseconds per request of the last reading. Reading a list therefore uses at
 * most five requests in two minutes. The second constant is the longest pause.
 */
const MS_PER_REQUEST = 24_000;
const MAX_ROWS_AGE_MS = 30 * MINUTE_MS;
/** Duration of reading rows after which a poll has too little time for details, in milliseconds. */
const SLOW_ROWS_MS = 8_000;
/**
 * Number of consecutive polls without enough requests for the rows after which a poll may read the due rows without the
 * past rows.
 */
const MAX_LACKS = 3;
/** Time after which a Zap reports that it could not read its rows, or could not save its notes. */
const LATE_MS = 40 * MINUTE_MS;
/** Records that stay due for less than this time are read before all other records. */
const SOON_MS = 2 * LONGEST_PAUSE_MS;
/**
 * Maximum number of records that a poll reads again after the notes were lost. Most of these records have run the Zap.
 */
const MAX_READ_AGAIN = 5;

/** The rows that a poll plans to read. */
export interface RowsPlan {
  /** Number of requests that the poll must reserve before it starts. */
  readonly requests: number;
  /** The time from which the poll looks for missed records; null if no record can have been missed. */
  readonly pastFrom: number | null;
  /** True if the poll continues without past rows when too few requests are left for them. */
  readonly mayLeavePastOut: boolean;
}

/**
 * Plans the reading of rows; null if the rows were read a short time ago, or if TutorCruncher is so slow that details
 * must be read first.
 *
 * @param areRowsFull - true if rows are used as details, so that a poll with waiting records must read the rows
 */
export function planRows(notes: ZapNotes, poll: Poll, now: number, areRowsFull = false): RowsPlan | null {
  const { read, rowRequests, rowsMs, lacks } = notes;
  const isWaiting = stillDue(notes, poll, now).length > 0;
  const hasDetailsFirst = rowsMs > SLOW_ROWS_MS && isWaiting;
  const age = hasDetailsFirst ? MAX_ROWS_AGE_MS : Math.min(rowRequests * MS_PER_REQUEST, MAX_ROWS_AGE_MS);
  if (now - read < age && !(areRowsFull && isWaiting)) return null;
  const pastFrom = missedFrom(poll, notes, now);
  return {
    requests: Math.min(rowRequests, MAX_LIST_REQUESTS),
    pastFrom,
    mayLeavePastOut: lacks >= MAX_LACKS,
  };
}

/**
 * Returns the waiting records that are still due. The other records are counted as missed the next time the rows are
 * read.
 */
export const stillDue = ({ waiting }: ZapNotes, poll: Poll, now: number): Mark[] =>
  waiting.filter(({ at }) => dueUntil(poll, at, now) >= now);

/** The records whose details a poll reads, in this order. */
export interface DetailsPlan {
  /** Records that are not known to have run the Zap, in the order in which they stop being due. */
  readonly first: readonly Mark[];
  /** Records that have probably run the Zap, because they became due more than an hour before the new notes began. */
  readonly again: readonly Mark[];
}

/** Plans the reading of details. */
export function planDetails(notes: ZapNotes, poll: Poll, now: number): DetailsPlan {
  const { known, since } = notes;
  const isSoon = ({ at }: Mark): boolean => dueUntil(poll, at, now) <= now + SOON_MS;
  const hasProbablyRun = (mark: Mark): boolean =>
    known === null && dueFrom(poll, mark.at, now) < since - HOUR_MS && !isSoon(mark);
  const due = stillDue(notes, poll, now).toSorted((one, other) => one.at - other.at);
  const first = due.filter((mark) => !hasProbablyRun(mark));
  const again = due.filter(hasProbablyRun).slice(0, MAX_READ_AGAIN);
  return { first, again };
}

/** The result of a poll, which determines whether the poll reports that it is late. */
export interface PollResult {
  /** True if too few requests were left in the minute to read the rows. */
  readonly lacksRows: boolean;
  readonly records: number;
  readonly isSaved: boolean;
}

/**
 * Returns true if a poll must fail because no poll has read the rows and saved the notes for a long time. Without saved
 * notes, each poll returns the same records.
 */
export const isLate = (before: ZapNotes, { lacksRows, records, isSaved }: PollResult, now: number): boolean =>
  now - unreadSince(before) > LATE_MS && ((lacksRows && records === 0) || !isSaved);
