/** Converts single values, and joins names and other values into texts. */

import { isScalar, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { entryText, jsonEntry, onOneLine } from './joined-texts.ts';

/** Number of significant digits that a JavaScript number always preserves. */
const MAX_DIGITS = 15;
/** Maximum length of a text that is converted to a number, in characters. */
const MAX_DECIMAL_LENGTH = 40;

/** Converts text that contains a plain decimal to a number if no digit is lost. Returns other values unchanged. */
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

/** Converts a number or boolean to text. Returns text and null unchanged. */
export const toText = (value: Scalar): Scalar => (value === null ? null : String(value));

/** Returns true for the id of a record: a number, or text that consists of digits. */
export const isRecordId = (value: unknown): value is number | string =>
  typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));

/** Returns true for a name that is missing, empty or white space, or that is a list or an object. */
export const isBlank = (name: unknown): boolean =>
  typeof name === 'string' ? name.trim() === '' : name === undefined || name === null || !isScalar(name);

/** Returns the first and last name of a record joined with a space; null if the record has neither name. */
export function joinedName({ first_name: first, last_name: last }: JsonObject): string | null {
  const names = [first, last].filter((name) => typeof name === 'string' && !isBlank(name));
  return names.length === 0 ? null : onOneLine(names.join(' '));
}

/** Returns the name of a record, or its joined first and last name; null if the record has none of these names. */
export const nameOf = (record: JsonObject): Scalar =>
  isBlank(record.name) ? joinedName(record) : toScalar(record.name);

/** Joins names with ", ", omitting blank names. */
export const joinNames = (names: readonly unknown[]): string => joinScalars(names.filter((name) => !isBlank(name)));

/**
 * Returns a value as a single entry of a text that is joined with ", ". A list or an object is converted to JSON text.
 */
const entryOf = (value: unknown): string => {
  const text = String(toScalar(value));
  return isScalar(value) ? entryText(text) : jsonEntry(text);
};

/** Joins values with ", ", omitting null values. */
export const joinScalars = (list: readonly unknown[]): string =>
  list
    .filter((entry) => entry !== null)
    .map(entryOf)
    .join(', ');
