/**
 * The fields that two states of a subject have in common. TutorCruncher sends different fields in different events, so
 * a missing field does not indicate a change.
 */

import { isJsonObject, isScalar, type JsonObject } from '../../wire/json.ts';
import { fieldRule } from './field-rules.ts';
import { haveSameEntries } from './same-value.ts';
import { isBlank, nameOf } from './values.ts';

/** Two values of one field. */
type Pair = readonly [earlier: unknown, later: unknown];

/** Number of levels of nested records that are compared field by field. TutorCruncher's records have at most four. */
const MAX_LEVELS = 8;

const isEmpty = (value: unknown): boolean => (typeof value !== 'object' || value === null) && isBlank(value);

/** Matches text that replaces a record and contains the record's id. */
const DIGITS = /^\d+$/;

const isId = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && DIGITS.test(value));

/** Reduces a record to its id or its name, whichever the other state contains instead of the record. */
const inPlaceOf = (record: JsonObject, sent: unknown): unknown => (isId(sent) ? record.id : nameOf(record));

function commonLists(earlier: unknown[], later: unknown[]): Pair {
  const isSame = [...earlier, ...later].every(isScalar) && haveSameEntries(earlier, later);
  return isSame ? [later, later] : [earlier, later];
}

/** Returns the values of a field in a shape that both states share; null if there is none. */
function commonValues(name: string, [earlier, later]: Pair, level: number): Pair | null {
  if (isEmpty(earlier) || isEmpty(later)) return [earlier, later];
  if (Array.isArray(earlier) && Array.isArray(later)) return commonLists(earlier, later);
  if (isJsonObject(earlier) && isJsonObject(later)) {
    return level < MAX_LEVELS ? commonFields(earlier, later, level + 1) : [earlier, later];
  }
  if (fieldRule(name).isRecord) {
    const pair = [
      isJsonObject(earlier) ? inPlaceOf(earlier, later) : earlier,
      isJsonObject(later) ? inPlaceOf(later, earlier) : later,
    ] as const;
    return pair.every((value) => !isBlank(value)) && isId(pair[0]) === isId(pair[1]) ? pair : null;
  }
  return isScalar(earlier) && isScalar(later) ? [earlier, later] : null;
}

/**
 * Reduces two states of a record to the fields that both have, at all levels. Entries of lists remain as they are.
 *
 * @param level - the level of the records; 1 for a subject
 * @returns both states, with the same fields in the same shapes
 */
export function commonFields(
  earlier: JsonObject,
  later: JsonObject,
  level = 1,
): [earlier: JsonObject, later: JsonObject] {
  // Without a prototype, a field named "__proto__" is a field like any other.
  const common: [JsonObject, JsonObject] = [Object.create(null) as JsonObject, Object.create(null) as JsonObject];
  for (const [name, value] of Object.entries(later)) {
    if (!Object.hasOwn(earlier, name)) continue;
    const pair = commonValues(name, [earlier[name], value], level);
    if (pair) [common[0][name], common[1][name]] = pair;
  }
  return common;
}
