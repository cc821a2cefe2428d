/**
 * Reduces two states of a subject to the fields that both states have. TutorCruncher sends different fields in
 * different events, so a missing field does not indicate a change.
 */

import { isJsonObject, isScalar, type JsonObject } from '../../wire/json.ts';
import { fieldRule } from './field-rules.ts';
import { haveSameEntries } from './same-value.ts';
import { isBlank, isRecordId, nameOf } from './values.ts';

/** The values of a field in two states. */
type Pair = readonly [earlier: unknown, later: unknown];

/**
 * Maximum number of nesting levels at which records are compared field by field. TutorCruncher's records have at most
 * four levels.
 */
const MAX_LEVELS = 8;

const isEmpty = (value: unknown): boolean => (typeof value !== 'object' || value === null) && isBlank(value);

/** Reduces a record to its id or its name, whichever the other state contains in place of the record. */
const inPlaceOf = (value: unknown, sent: unknown): unknown =>
  isJsonObject(value) ? (isRecordId(sent) ? value.id : nameOf(value)) : value;

/** Returns the values of a field in a shape that both states can have; null if there is no such shape. */
function commonValues(name: string, [earlier, later]: Pair, level: number): Pair | null {
  if (isEmpty(earlier) || isEmpty(later)) return [earlier, later];
  if (Array.isArray(earlier) && Array.isArray(later)) {
    const isSame = earlier.every(isScalar) && later.every(isScalar) && haveSameEntries(earlier, later);
    return isSame ? [later, later] : [earlier, later];
  }
  if (isJsonObject(earlier) && isJsonObject(later)) {
    return level < MAX_LEVELS ? commonFields(earlier, later, level + 1) : [earlier, later];
  }
  if (fieldRule(name).isRecord) {
    const pair = [inPlaceOf(earlier, later), inPlaceOf(later, earlier)] as const;
    return pair.every((value) => !isBlank(value)) && isRecordId(pair[0]) === isRecordId(pair[1]) ? pair : null;
  }
  return isScalar(earlier) && isScalar(later) ? [earlier, later] : null;
}

/**
 * Reduces two states of a record to the fields that both states have, at all levels. Leaves the entries of lists
 * unchanged.
 *
 * @param level - the level of the records; 1 for a subject
 * @returns both states, with the same fields in the same shapes
 */
export function commonFields(
  earlier: JsonObject,
  later: JsonObject,
  level = 1,
): [earlier: JsonObject, later: JsonObject] {
  const common = Object.entries(later).flatMap(([name, value]) => {
    const pair = Object.hasOwn(earlier, name) ? commonValues(name, [earlier[name], value], level) : null;
    return pair ? [{ name, pair }] : [];
  });
  // Unlike an assignment, `fromEntries` treats "__proto__" like any other name.
  const stateAt = (index: 0 | 1) => Object.fromEntries(common.map(({ name, pair }) => [name, pair[index]]));
  return [stateAt(0), stateAt(1)];
}
