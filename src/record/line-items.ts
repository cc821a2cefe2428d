/** Line items: lists of records as lists of flat items with equal keys. */

import { isJsonObject, isScalar, type Scalar } from '../../wire/json.ts';
import type { KeyedValues } from './keyed-values.ts';
import { blankOf, type Item } from './record.ts';
import { joinedName, joinScalars } from './values.ts';

/**
 * Maximum number of nulls that the items of one record may start with. A list that needs more nulls becomes JSON text.
 */
const MAX_FILLED = 500_000;

/** The number of nulls that the items of one record have started with. */
export interface FillCount {
  count: number;
}

/**
 * Gives all items of a list the same keys. Missing values are null.
 *
 * @param blank - the object with the static keys that the items started with
 * @param filled - the record's count of nulls, which this call increases
 * @returns the items, or JSON text if they would need too many nulls
 */
export function fillItems(
  items: readonly KeyedValues<Scalar>[],
  blank: Readonly<Item>,
  filled: FillCount,
): Item[] | string {
  const records = items.map(({ record }) => record);
  const added = items.reduce((count, item) => count + item.added.length, 0);
  const otherKeys = added === 0 ? null : new Set(items.flatMap((item) => item.added));
  const keyCount = Object.keys(blank).length + (otherKeys?.size ?? 0);
  const nulls = items.length * keyCount - added;
  if (filled.count + nulls > MAX_FILLED) return JSON.stringify(records);
  filled.count += nulls;
  if (!otherKeys) return records;
  const blankWithAll = { ...blank, ...blankOf(otherKeys) };
  return records.map((record) => ({ ...blankWithAll, ...record }));
}

/** Converts a list inside an item to text: the names of its entries if all entries have names, otherwise JSON. */
export function listInItem(list: readonly unknown[]): string {
  const names = list.map((entry) => {
    if (isJsonObject(entry)) return typeof entry.name === 'string' ? entry.name : joinedName(entry);
    return isScalar(entry) ? entry : null;
  });
  return names.every((name) => name !== null) ? joinScalars(names) : JSON.stringify(list);
}
