/** Conversions of single values. */

import { toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';

/** Significant digits that a JavaScript number represents exactly. */
const MAX_DIGITS = 15;
/** Longer texts stay texts. */
const MAX_DECIMAL_LENGTH = 40;

/** Converts text that contains a plain decimal to a number if no digit is lost; returns other values unchanged. */
export function toNumber(value: Scalar): Scalar {
  if (typeof value !== 'string' || value.length > MAX_DECIMAL_LENGTH || !/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)) {
    return value;
  }
  if (value.length > MAX_DIGITS) {
    const significant = value.replace(/\.(\d*?)0*$/, '$1').replace(/^-?0*/, '');
    if (significant.length > MAX_DIGITS) return value;
  }
  // Adding 0 turns -0 into 0.
  return Number(value) + 0;
}

/** Returns true for a missing, null or empty name. */
export const isBlank = (name: unknown): boolean => name === undefined || name === null || name === '';

/** Returns first and last name joined with a space, or null if the record has neither. */
export function joinedName(record: JsonObject): string | null {
  const names = [record.first_name, record.last_name].filter((name) => typeof name === 'string' && name !== '');
  return names.length === 0 ? null : names.join(' ').trim();
}

/** Joins a list of scalars with ", ", without its null entries. */
export const joinScalars = (list: readonly unknown[]): string =>
  list
    .filter((entry) => entry !== null)
    .map((entry) => String(toScalar(entry)))
    .join(', ');
