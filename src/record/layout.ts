/** The layout of an object's records, and its construction from the keys of a record. */

import { readyMadeKeysAmong } from './ready-made.ts';
import { blankOf, type FlatRecord, type Item } from './record.ts';

/** The parts of a layout from which its other parts are derived. */
export interface LayoutParts {
  /** Prefix of the subject's own fields, such as `lesson`. */
  readonly prefix: string;
  /** All keys, in the order of the record. */
  readonly keys: readonly string[];
  /** The number of keys that precede the subject's fields that are unknown to this version. */
  readonly headLength: number;
  /** The number of keys that precede custom fields; null if custom fields follow all other fields. */
  readonly customFieldsAt: number | null;
  /** The keys of nested records that are among the first `headLength` keys. */
  readonly leads: readonly string[];
  /** The item keys of each list among the keys. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
}

/** The static keys of an object. Every record of the object contains all of them; keys without a value are null. */
export type Layout = Readonly<ReturnType<typeof layoutWith>>;

/** Returns the layout with these parts. */
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
    /** The keys of ready-made values of the record, and in the items of each list. */
    readyMade: readyMadeKeysAmong(keys),
    itemReadyMade: new Map(itemReadyMade.filter(([, { texts }]) => texts.length > 0)),
    /** A record, and an item of each list, in which all keys are null. */
    blank,
    blankItems: new Map<string, Readonly<Item>>(items.map(([list, names]) => [list, blankOf(names)])),
  };
}

/** Returns the parts of a layout, which JSON can contain. {@link layoutWith} restores the layout. */
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
