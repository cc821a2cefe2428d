/** The layout of an object's records, and its construction from the keys of a record. */

import { readyMadeKeysAmong, type ReadyMadeKeys } from './ready-made.ts';
import { blankOf, type FlatRecord, type Item } from './record.ts';

/** The static keys of an object. Every record of the object contains all of them; keys without a value are null. */
export interface Layout {
  /** Prefix of the subject's own fields, such as `lesson`. */
  readonly prefix: string;
  /** All keys, in the order of the record. */
  readonly keys: readonly string[];
  /** The keys of the subject itself. */
  readonly ownKeys: ReadonlySet<string>;
  /** The keys of the records nested in it. */
  readonly nestedKeys: ReadonlySet<string>;
  /** The number of keys that precede the fields of the subject that are unknown to this version. */
  readonly headLength: number;
  /** The number of keys that precede custom fields; null if custom fields follow all other fields. */
  readonly customFieldsAt: number | null;
  /** The keys of ready-made values. */
  readonly readyMade: ReadyMadeKeys;
  /** The keys of ready-made values in the items of each list. */
  readonly itemReadyMade: ReadonlyMap<string, ReadyMadeKeys>;
  /** A record in which all keys are null. */
  readonly blank: Readonly<FlatRecord>;
  /** An item of each list among the keys, in which all keys are null. */
  readonly blankItems: ReadonlyMap<string, Readonly<Item>>;
}

/** The parts of a layout that its other parts follow from. */
export type LayoutParts = Pick<Layout, 'prefix' | 'keys' | 'headLength' | 'customFieldsAt'> & {
  /** The keys of nested records that are among the first `headLength` keys. */
  readonly leads: readonly string[];
  /** The item keys of each list among the keys. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
};

/** Returns the layout with these parts. */
export function layoutWith({ leads, itemKeys, ...parts }: LayoutParts): Layout {
  const { keys, headLength } = parts;
  const nestedKeys = new Set([...leads, ...keys.slice(headLength)]);
  const items = Object.entries(itemKeys);
  const itemReadyMade = items.map(([list, names]) => [list, readyMadeKeysAmong(names)] as const);
  return {
    ...parts,
    ownKeys: new Set(keys.filter((key) => !nestedKeys.has(key))),
    nestedKeys,
    readyMade: readyMadeKeysAmong(keys),
    itemReadyMade: new Map(itemReadyMade.filter(([, { texts }]) => texts.length > 0)),
    blank: blankOf(keys),
    blankItems: new Map(items.map(([list, names]) => [list, blankOf(names)])),
  };
}
