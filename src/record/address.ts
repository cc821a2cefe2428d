/** Addresses, which TutorCruncher sends in parts. */

import type { JsonObject } from '../../wire/json.ts';
import { isBlank } from './values.ts';

/** The parts of an address, in the order in which addresses are written. */
const PARTS = ['street', 'town', 'state', 'postcode', 'country'];

/** The parts that occur only in addresses. Other records have countries and states, too. */
const PROOFS = new Set(['street', 'town', 'postcode']);

/** Returns true for the name of a field that occurs only in records with an address. */
export const isAddressPart = (fieldName: string): boolean => PROOFS.has(fieldName);

/** Returns the keys of the parts of an address in a record with this prefix. */
export const addressPartKeys = (prefix: string): string[] => PARTS.map((part) => `${prefix}_${part}`);

/**
 * Joins the parts of an address with ", ", omitting empty parts. Returns null if all parts are empty. Commas and line
 * breaks in a part, as in "Flat 2, 12 High Street", are kept, because nobody takes them for separators.
 */
export function addressOf(record: JsonObject): string | null {
  const parts = PARTS.map((name) => record[name])
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .flatMap((part) => String(part).split(/\p{Cc}|[\u2028\u2029]/u))
    .map((part) => part.trim())
    .filter((part) => !isBlank(part));
  return parts.length > 0 ? parts.join(', ') : null;
}
