/** Construction of a layout from the keys of a record. */

import { readyMadeKeysAmong } from './ready-made.ts';
import { blankOf, type Layout } from './record.ts';

/** The parts of a layout that its other parts follow from. */
export interface LayoutParts extends Pick<Layout, 'prefix' | 'keys' | 'headLength' | 'customFieldsAt'> {
  /** The keys of nested records that are among the first `headLength` keys. */
  readonly leads: readonly string[];
  /** The item keys of each list among the keys. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
}

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
