/** Compares two lists of records. Entries are compared by id or, unless every entry has an id, by their values. */

import type { Item } from './record.ts';
import { comparableForm, haveSameEntries } from './same-value.ts';
import { isNeverCompared } from './shown-changes.ts';

/**
 * Returns true if two lists have the same items. Compares ids or, unless every item has an id, the values under the
 * keys that both lists have.
 */
export function haveSameItems(earlier: readonly Item[], later: readonly Item[]): boolean {
  const hasIds = [...earlier, ...later].every(({ id = null }) => id !== null);
  const isCommon = (key: string): boolean => later[0] !== undefined && key in later[0] && !isNeverCompared(key);
  const keys = hasIds ? ['id'] : Object.keys(earlier[0] ?? {}).filter(isCommon);
  const valuesOf = (item: Item): string => keys.map((key) => comparableForm(item[key] ?? null)).join();
  return haveSameEntries(earlier.map(valuesOf), later.map(valuesOf));
}

/** Returns the items that the other list lacks. An item without an id is identified by its name. */
export function itemsMissingIn(other: readonly Item[], items: readonly Item[]): Item[] {
  const identityOf = ({ id, name }: Item): string => String(id ?? name);
  const present = new Set(other.map(identityOf));
  return items.filter((item) => !present.has(identityOf(item)));
}
