/** Joins the parts of an address, which TutorCruncher sends in separate fields. */

import type { JsonObject } from '../../wire/json.ts';
import { isBlank } from './values.ts';

/** The parts of an address, in the order of a written address. */
const PARTS = ['street', 'town', 'state', 'postcode', 'country'];

/**
 * The parts that show that a record has an address. A record without an address can still have a country or a state.
 */
const PROOFS = new Set(['street', 'town', 'postcode']);

/** Returns true for the name of a field that occurs only in records with an address. */
export const isAddressPart = (fieldName: string): boolean => PROOFS.has(fieldName);

/** Returns the keys of the address parts in a record with this prefix. */
export const addressPartKeys = (prefix: string): string[] => PARTS.map((part) => `${prefix}_${part}`);

/**
 * Joins the parts of an address with ", ", omitting empty parts. Each line of a part is treated as a separate part.
 * Commas in a part, as in "Flat 2, 12 High Street", are kept, because readers understand an address with additional
 * commas.
 *
 * @returns null if all parts are empty
 */
export function addressOf(record: JsonObject): string | null {
  const parts = PARTS.map((name) => record[name])
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .flatMap((part) => String(part).split(/\p{Cc}|[\u2028\u2029]/u))
    .map((part) => part.trim())
    .filter((part) => !isBlank(part));
  return parts.length > 0 ? parts.join(', ') : null;
}
