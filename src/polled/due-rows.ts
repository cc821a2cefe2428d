/** Selects the rows that are due, and defines the functions that differ between the polls of triggers. */

import type { JsonObject } from '../../wire/json.ts';
import { recordOfObject } from '../object/object-record.ts';
import type { Locale } from '../record/locale.ts';
import type { FlatRecord } from '../record/record.ts';
import { rowId } from '../api/rows.ts';
import type { RecordWord, TutorCruncherObject } from '../object/tutorcruncher-object.ts';
import { markName, type Mark } from './zap-notes.ts';

/** The result for a record that is changing right now. A later poll reads the record again. */
export const UNDECIDED = Symbol('undecided');

/** The longest time between two polls of a Zap, in milliseconds. */
export const LONGEST_PAUSE_MS = 15 * 60_000;

/** A time range, in milliseconds since 1970. The range includes both ends. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The time range of the rows that a poll reads, and a counter for the requests. */
export interface Reading {
  /** The time range that contains the moments of the requested rows. */
  readonly span: Span;
  /** Counts a request before it is sent. @throws {Error} if the poll may send no more requests */
  readonly spend: () => Promise<void>;
}

/** One of several times at which a record runs a Zap, such as 14 days after an invoice was sent. */
export interface Reminder {
  /** Milliseconds from the record's moment to the reminder. */
  readonly afterMs: number;
  /** The part of the id that follows TutorCruncher's id and `@`, different for each reminder. */
  readonly idEnd: string;
  /** Fields that distinguish the reminders about a record. */
  readonly fields: FlatRecord;
}

/** The part of a poll that differs between triggers. */
export interface Poll {
  /** Reads the rows that include all due records. */
  readonly readRows: (reading: Reading) => Promise<JsonObject[]>;
  /**
   * Reads the rows of a time range in the past, including missed records; missing if `readRows` also reads these rows.
   */
  readonly readPastRows?: (reading: Reading) => Promise<JsonObject[]>;
  /**
   * Returns the time on which the trigger depends, from a row or details, in milliseconds since 1970; NaN if there is
   * no such time.
   */
  readonly momentOf: (record: JsonObject) => number;
  /** The time range that contains the moment of each due record. */
  readonly span: Span;
  /** Returns true if a row or details meet all conditions for being due except `span`. */
  readonly isDue: (record: JsonObject) => boolean;
  /** Returns true if a row was due before its moment left the span; missing if `isDue` also performs this check. */
  readonly wasDue?: (row: JsonObject) => boolean;
  /**
   * Returns true if the details of a due record meet the conditions on fields that rows lack. If rows are full, the
   * function receives the row. Missing if there are no such conditions.
   *
   * @throws {Error} if the details lack a field that a condition needs
   */
  readonly isChosen?: (details: JsonObject) => boolean;
  /**
   * Returns the part of the id that follows TutorCruncher's id and `@`, from a row or details; missing if ids have no
   * such part.
   */
  readonly idEnd?: (record: JsonObject) => string;
  /** The reminders about each record; missing if a record is due only once, at its moment. */
  readonly reminders?: readonly Reminder[];
  /**
   * Sentence that names the check to make before acting on a missed record; missing if the rows alone show that the Zap
   * would have run.
   */
  readonly toCheck?: string;
  /**
   * Reads additional data about a record that is due and chosen, with `moreRequests` requests. Returns the details with
   * the additional data; null if the data excludes the record, and {@link UNDECIDED} if the record must be read again
   * in a later poll.
   *
   * @param spend - counts each request beyond `moreRequests`, before the request is sent
   */
  readonly readMore?: (
    details: JsonObject,
    spend: () => Promise<void>,
  ) => Promise<JsonObject | null | typeof UNDECIDED>;
  /** Number of requests that a poll reserves for `readMore` of each record; default: 1. */
  readonly moreRequests?: number;
}

/** A row or details of a record that is due. */
export interface DueRow {
  /** The id of the record that Zapier receives. */
  readonly id: string;
  readonly rowId: string;
  readonly at: number;
  readonly row: JsonObject;
  /** The reminder that is due; missing if the trigger has no reminders. */
  readonly reminder?: Reminder;
}

/**
 * Returns the id of the record that Zapier receives.
 *
 * @param end - the part that follows TutorCruncher's id; missing if the id has no such part
 */
export const recordId = (id: string, end?: string): string => (end === undefined ? id : `${id}@${end}`);

/** Returns the record that Zapier receives. The first field is the id, followed by the fields of the reminder. */
export const recordOfDue = (
  object: TutorCruncherObject<RecordWord>,
  { id, row, reminder }: Pick<DueRow, 'id' | 'row' | 'reminder'>,
  locale: Locale,
): FlatRecord => Object.assign({ id }, reminder?.fields, recordOfObject(object, row, locale), { id });

/**
 * Returns an entry for each due reminder about a row or details. Without reminders, returns one entry if the row is
 * due.
 */
export function dueByReminder(row: JsonObject, poll: Poll, { from, to } = poll.span, isDue = poll.isDue): DueRow[] {
  const id = rowId(row);
  if (id === null) return [];
  const moment = poll.momentOf(row);
  const dueAt = (at: number, reminder?: Reminder): DueRow[] => {
    if (!(at >= from && at <= to) || !isDue(row)) return [];
    const end = reminder ? reminder.idEnd : poll.idEnd?.(row);
    return [{ id: recordId(id, end), rowId: id, at, row, ...(reminder && { reminder }) }];
  };
  return poll.reminders?.flatMap((reminder) => dueAt(moment + reminder.afterMs, reminder)) ?? dueAt(moment);
}

/**
 * Returns details with their id and their moment; null if the details are not due. If several reminders are due, the
 * reminder nearest to the row's moment is returned.
 */
export function nearestDue(details: JsonObject, poll: Poll, rowAt: number): DueRow | null {
  const [nearest] = dueByReminder(details, poll).sort(
    (one, other) => Math.abs(one.at - rowAt) - Math.abs(other.at - rowAt),
  );
  return nearest ?? null;
}

/**
 * Returns the due rows without duplicates. Rows with the earliest moments come first, because these rows are the first
 * to stop being due.
 */
export function oldestDueFirst(rows: readonly JsonObject[], poll: Poll): DueRow[] {
  const due = rows.flatMap((row) => dueByReminder(row, poll));
  const byId = new Map(due.map((row) => [row.id, row]));
  return [...byId.values()].sort((one, other) => one.at - other.at);
}

/** Returns the time from which a record is due. */
export const dueFrom = ({ span }: Poll, at: number, now: number): number => at - (span.to - now);

/** Returns the time until which a record is due. */
export const dueUntil = ({ span }: Poll, at: number, now: number): number => at - (span.from - now);

/**
 * Returns the function that computes the name of a record in the notes. A record whose moment has changed runs the Zap
 * again only if the record's id contains the moment or belongs to a reminder.
 */
export const markNameIn = ({ idEnd, reminders }: Poll): ((mark: Mark) => string) =>
  idEnd || reminders ? markName : ({ rowId }) => rowId;
