/** Rows that are due: the part of a poll that differs between triggers, and the rows that it selects. */

import type { JsonObject } from '../../wire/json.ts';
import { rowId } from '../rows.ts';

/** A span of time, in milliseconds since 1970. Both ends are included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The rows that a poll wants to read. */
export interface Reading {
  /** The span of the moments of the rows. */
  readonly span: Span;
  /** Counts a request before it is sent. @throws {Error} if the poll may send no more requests */
  readonly spend: () => Promise<void>;
}

/** The part of a poll that differs between triggers. */
export interface Poll {
  /** Reads the rows among which the due records are. */
  readonly readRows: (reading: Reading) => Promise<JsonObject[]>;
  /** Reads the rows of a past span, among which missed records are. Missing if `readRows` reads them as well. */
  readonly readPastRows?: (reading: Reading) => Promise<JsonObject[]>;
  /** Returns the moment that the trigger is about, in milliseconds since 1970, from a row or details; NaN if it has none. */
  readonly momentOf: (record: JsonObject) => number;
  /** The moments of the records that are due. */
  readonly span: Span;
  /** Returns true if a row or details are due at their moment. */
  readonly isDue: (record: JsonObject) => boolean;
  /**
   * Returns true if the row of a record whose moment has left the span was due before. Missing if `isDue` decides this,
   * too.
   */
  readonly wasDue?: (row: JsonObject) => boolean;
  /**
   * Returns true if the details of a record that is due meet the conditions that rows cannot be compared with. Missing if
   * there are none. @throws {Error} if the details do not tell
   */
  readonly isChosen?: (details: JsonObject) => boolean;
  /** Returns the part of the id that follows TutorCruncher's id and `@`, from a row or details. Missing if there is none. */
  readonly idEnd?: (record: JsonObject) => string;
  /** Time within which a due record must run the Zap. Missing if it may run as long as it is due. */
  readonly inTimeMs?: number;
  /** Adds data that details lack to the details of a record that is due. */
  readonly complete?: (details: JsonObject) => Promise<JsonObject>;
}

/** A row or details of a record that is due. */
export interface DueRow {
  /** The id of the record that Zapier gets. */
  readonly id: string;
  readonly rowId: string;
  readonly at: number;
  readonly row: JsonObject;
}

/** Returns the id of the record that Zapier gets. @param end - the part that follows TutorCruncher's id, if there is one */
export const recordId = (id: string, end?: string): string => (end === undefined ? id : `${id}@${end}`);

/** Returns a row or details with its id and its moment; null if it is not due. */
export function dueRowOf(row: JsonObject, poll: Poll, { from, to } = poll.span, isDue = poll.isDue): DueRow | null {
  const [id, at] = [rowId(row), poll.momentOf(row)];
  if (id === null || !(at >= from && at <= to) || !isDue(row)) return null;
  return { id: recordId(id, poll.idEnd?.(row)), rowId: id, at, row };
}

/** Returns the rows that are due, each once, oldest first: the oldest is the first that stops being due. */
export function dueRowsOf(rows: readonly JsonObject[], poll: Poll): DueRow[] {
  const due = rows.map((row) => dueRowOf(row, poll)).filter((row) => row !== null);
  const byId = new Map(due.map((row) => [row.id, row]));
  return [...byId.values()].sort((one, other) => one.at - other.at);
}

/** Returns the time from which a record is due. */
export const dueFrom = ({ span }: Poll, at: number, now: number): number => at - (span.to - now);

/** Returns the time until which a record is due. */
export const dueUntil = ({ span }: Poll, at: number, now: number): number => at - (span.from - now);
