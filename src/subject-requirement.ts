/**
 * The state that the subject of a trigger's test data must have. The sample and the account's own records, which a test
 * shows, must look like records for which the trigger could have fired. Live events need not meet the requirement,
 * because TutorCruncher decides when it sends an event, and no event may be lost.
 */

import type { JsonObject } from '../wire/json.ts';

/** A trigger's conditions on the subject of its test data. */
export interface SubjectRequirement {
  /** The values that a field may have. Texts are in lower case, and the comparison ignores letter case. */
  readonly oneOf?: Readonly<Record<string, readonly (string | boolean)[]>>;
  /** Fields that must have a value. A list must not be empty. */
  readonly filled?: readonly string[];
  /** The field with the time of the event, if it differs from the time of the last change. */
  readonly time?: string;
}

const isOneOf = (allowed: readonly unknown[], value: unknown): boolean =>
  allowed.includes(typeof value === 'string' ? value.toLowerCase() : value);

const isFilled = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== null && value !== '';

/**
 * Returns true if a record meets a requirement. Rows of lists contain few fields, so a missing field is ignored, as it
 * is in the filters of triggers.
 */
export const meets = ({ oneOf = {}, filled = [] }: SubjectRequirement, record: JsonObject): boolean =>
  Object.entries(oneOf).every(([field, allowed]) => !(field in record) || isOneOf(allowed, record[field])) &&
  filled.every((field) => !(field in record) || isFilled(record[field]));
