/**
 * The layout of an object's records: the static keys in their order, and values that are derived from only these keys.
 */

import { readyMadeKeysAmong } from './ready-made.ts';
import { blankOf, type FlatRecord, type Item } from './record.ts';

/** The parts of a layout that determine all other parts. */
export interface LayoutParts {
  /** Prefix of the subject's own fields, such as `lesson`. */
  readonly prefix: string;
  /** All keys, in the order of the record. */
  readonly keys: readonly string[];
  /**
   * The number of keys before the subject's unknown fields. An unknown field is a field for which this version has no
   * key.
   */
  readonly headLength: number;
  /** The number of keys before the custom fields; null if the custom fields follow all other fields. */
  readonly customFieldsAt: number | null;
  /** The keys of nested records that are among the first `headLength` keys. */
  readonly leads: readonly string[];
  /** The keys of the items in each list, by the list's key. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
}

/**
 * The layout of an object's records. Every record of the object contains all static keys. A key without a value is
 * null.
 */
export type Layout = Readonly<ReturnType<typeof layoutWith>>;

/** Returns the layout that consists of the given parts and the parts derived from them. */
export function layoutWith({ leads, itemKeys, ...parts }: LayoutParts) {
  const { keys, headLength } = parts;
  const nestedKeys: ReadonlySet<string> = new Set([...leads, ...keys.slice(headLength)]);
  const items = Object.entries(itemKeys);
  const itemReadyMade = items.map(([list, names]) => [list, readyMadeKeysAmong(names)] as const);
  const blank: Readonly<FlatRecord> = blankOf(keys);
  return {
    ...parts,
    /** The keys of the subject itself, without the keys of the records nested in the subject. */
    ownKeys: new Set(keys.filter((key) => !nestedKeys.has(key))) as ReadonlySet<string>,
    nestedKeys,
    /** The keys of the record's ready-made values. */
    readyMade: readyMadeKeysAmong(keys),
    itemReadyMade: new Map(itemReadyMade.filter(([, { texts }]) => texts.length > 0)),
    /** A record in which all keys are null. */
    blank,
    blankItems: new Map<string, Readonly<Item>>(items.map(([list, names]) => [list, blankOf(names)])),
  };
}

/**
 * Returns the parts of a layout, which can be stored as JSON. {@link layoutWith} restores the layout from its parts.
 */
export function layoutParts(layout: Layout): LayoutParts {
  const { prefix, keys, nestedKeys, blankItems, headLength, customFieldsAt } = layout;
  return {
    prefix,
    keys,
    headLength,
    customFieldsAt,
    leads: keys.slice(0, headLength).filter((key) => nestedKeys.has(key)),
    itemKeys: Object.fromEntries([...blankItems].map(([list, blank]) => [list, Object.keys(blank)])),
  };
}
