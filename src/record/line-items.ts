/** Line items: lists of records as lists of flat items with equal keys. */

import { isJsonObject, isScalar } from '../../wire/json.ts';
import type { FieldRule } from './field-rules.ts';
import type { KeyedValues } from './keyed-values.ts';
import type { Item } from './record.ts';
import { joinedName, joinScalars } from './values.ts';

/** Maximum number of nulls that are added to the items of one record. A list that needs more becomes JSON text. */
const MAX_FILLED = 200_000;

/** The number of nulls that have been added to the items of one record. */
export interface FillCount {
  count: number;
}

/** Returns the static keys of the items of a list, followed by the other keys that occur in any item. */
function unionOfKeys(
  items: readonly KeyedValues[],
  rule: FieldRule,
  staticKeys?: ReadonlySet<string>,
): ReadonlySet<string> {
  let keys: ReadonlySet<string> = staticKeys ?? new Set(rule.itemKeys);
  let extended: Set<string> | null = null;
  for (const { values } of items) {
    for (const key of values.keys()) {
      if (keys.has(key)) continue;
      keys = extended ??= new Set(keys);
      extended.add(key);
    }
  }
  return keys;
}

/**
 * Gives all items of a list the same keys, filling gaps with null.
 *
 * @param filled - the record's count of added nulls, which this call increases
 * @param staticKeys - the item keys of the object's layout
 * @returns the items, or JSON text if they would need too many nulls
 */
export function fillItems(
  items: readonly KeyedValues[],
  rule: FieldRule,
  filled: FillCount,
  staticKeys?: ReadonlySet<string>,
): Item[] | string {
  const keys = unionOfKeys(items, rule, staticKeys);
  const missing = items.reduce((sum, { values }) => sum + keys.size - values.size, 0);
  if (filled.count + missing > MAX_FILLED) {
    return JSON.stringify(items.map(({ values }) => Object.fromEntries(values)));
  }
  filled.count += missing;
  return items.map(({ values }) => {
    const item: Item = {};
    for (const key of keys) {
      const value = values.get(key) ?? null;
      item[key] = isScalar(value) ? value : JSON.stringify(value);
    }
    return item;
  });
}

/** Returns a list inside an item as text: the names of its entries if all have one, otherwise JSON. */
export function listInItem(list: readonly unknown[]): string {
  const names = list.map((entry) => {
    if (isJsonObject(entry)) return typeof entry.name === 'string' ? entry.name : joinedName(entry);
    return isScalar(entry) ? entry : null;
  });
  return names.every((name) => name !== null) ? joinScalars(names) : JSON.stringify(list);
}
