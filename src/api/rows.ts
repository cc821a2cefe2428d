/** Functions that read values in the rows of TutorCruncher's lists, and compare these values with criteria. */

import { isJsonObject, toScalar, type JsonObject } from '../../wire/json.ts';
import { slug } from '../record/product-words.ts';

/** Returns the id of a row. Rows of credit requests and reports contain the id only in their `url`. */
export function rowId({ id, url }: JsonObject): string | null {
  if (typeof id === 'number' || (typeof id === 'string' && /^\d+$/.test(id))) return String(id);
  // Only the number is used, so that the private key is never sent to the host of a URL in a response.
  return typeof url === 'string' ? (/\/(\d+)\/?$/.exec(url)?.[1] ?? null) : null;
}

/** Returns the boolean that a value represents, in any letter case; null if the value represents no boolean. */
export function truthOf(value: unknown): boolean | null {
  const answer = String(toScalar(value)).toLowerCase();
  if (answer === 'true') return true;
  return answer === 'false' ? false : null;
}

/** Returns true for a record that is in TutorCruncher's trash. */
export const isDeleted = ({ is_deleted: value }: JsonObject): boolean => /^true$/i.test(String(value));

/**
 * Returns the text in a field of a row, or in a field of its `user` if the row has the older shape; an empty string if
 * there is no text.
 */
export function rowText(row: JsonObject, name: string): string {
  const user = row.user as JsonObject | null | undefined;
  const value = row[name] ?? user?.[name];
  return typeof value === 'string' ? value : '';
}

/** A time span in milliseconds since 1970. Both ends are inclusive; null means an open end. */
export interface Span {
  readonly from: number | null;
  readonly to: number | null;
}

/**
 * Returns true if the time in a field of a row is within a span. A row without the time is within a span only if
 * the span is open at both ends.
 */
export function isWithin({ from, to }: Span, row: JsonObject, name: string): boolean {
  const moment = Date.parse(rowText(row, name));
  return (from === null || moment >= from) && (to === null || moment <= to);
}

/** Returns true if a row has one of the statuses. If `statuses` is null, any status matches. */
export const hasAnyStatus = (row: JsonObject, statuses: readonly string[] | null): boolean =>
  statuses === null || statuses.some((status) => slug(status) === slug(rowText(row, 'status')));

/** Statuses of unpaid invoices and credit requests: all except draft, paid and void (API docs). */
const UNPAID: readonly string[] = ['confirmed', 'unpaid', 'payment-pending', 'failed'];

/** Returns true for an unpaid invoice or credit request. Drafts and void records do not count as unpaid. */
export const isUnpaid = (row: JsonObject): boolean => hasAnyStatus(row, UNPAID);

/**
 * Returns true if a value is the id of a record, or a nested record with this id. If the id is null, any value matches.
 */
export function refersTo(value: unknown, id: string | null): boolean {
  if (id === null) return true;
  const target = typeof value === 'object' && value !== null ? (value as JsonObject).id : value;
  return (typeof target === 'number' || typeof target === 'string') && String(target) === id;
}

/** Returns the id of a value that is an id or a nested record; 0 or NaN for a value without an id. */
export const referencedId = (value: unknown): number => Number(isJsonObject(value) ? value.id : value);

/** Returns true if a record has a label. */
export const hasLabel = ({ labels }: JsonObject, id: string): boolean =>
  Array.isArray(labels) && labels.some((label: unknown) => refersTo(label, id));

/**
 * Returns true if a list of people contains the person with an id. If the id is null, any list matches.
 *
 * @param name - the field of the list's entries that contains the person's id
 */
export const includesPerson = (people: unknown, name: string, id: string | null): boolean =>
  id === null ||
  (Array.isArray(people) && people.some((person: unknown) => isJsonObject(person) && refersTo(person[name], id)));
