/**
 * Determines whether values in two states of a subject are equal. TutorCruncher writes equal values in different ways:
 * an amount as text or number, a boolean as text, a time with a different offset, a link with a different signature, or
 * text with or without HTML entities.
 */

import { toScalar, type Scalar } from '../../wire/json.ts';
import { localTime } from './local-time.ts';
import { decoded } from './plain-text.ts';
import { withoutSignature } from './signed-link.ts';
import { UTC } from './time-zone.ts';
import { isBlank } from './values.ts';

/** Matches a decimal with an exponent, such as `0E-10`. Python writes very small decimals in this notation. */
const WITH_EXPONENT = /^-?\d(?:\.\d+)?e[+-]?\d{1,2}$/i;
const BOOLEAN = /^(?:true|false)$/i;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** Returns a decimal without trailing zeros in its fraction. Negative zero is converted to `0`. */
function shortDecimal(decimal: string): string {
  const short = decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
  return short === '-0' ? '0' : short;
}

function comparable(value: Scalar): Scalar {
  if (typeof value === 'number') return shortDecimal(String(value));
  if (typeof value !== 'string') return value;
  if (isBlank(value)) return null;
  if (DECIMAL.test(value)) return shortDecimal(value);
  if (WITH_EXPONENT.test(value)) return shortDecimal(String(Number(value)));
  if (BOOLEAN.test(value)) return value.toLowerCase() === 'true';
  const time = localTime(value, UTC);
  return time ? `moment ${time.moment}` : withoutSignature(decoded(value));
}

/**
 * Returns the canonical form of a value. Equal values have identical forms. Blank text is equal to null, and text with
 * a decimal is equal to the number.
 */
export const comparableForm = (value: Scalar): string => JSON.stringify(comparable(value));

/** Returns true if two values are equal, even if TutorCruncher writes them differently. */
export const isSameValue = (one: Scalar, other: Scalar): boolean =>
  one === other || comparableForm(one) === comparableForm(other);

const sortedForms = (list: readonly unknown[]): string =>
  JSON.stringify(list.map((entry) => comparableForm(toScalar(entry))).sort());

/** Returns true if two lists have equal entries, in any order. */
export const haveSameEntries = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && sortedForms(one) === sortedForms(other);
