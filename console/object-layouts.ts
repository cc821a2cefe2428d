/**
 * The layouts of TutorCruncher's objects, computed by the build. The page uses them to build the records that Zaps
 * receive.
 */

import type { ObjectWord } from '../wire/models.ts';
import { blankOf, type Layout } from '../src/record/record.ts';

/** A layout as JSON. */
export interface StoredLayout extends Pick<Layout, 'prefix' | 'times'> {
  /** The keys, separated by spaces. Keys that start with the prefix are stored without it, such as `_topic`. */
  readonly ownKeys: string;
  readonly nestedKeys: string;
  /** The item keys of each list, by the key of the list. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
}

/** The layouts by the key word of their object. */
export type StoredLayouts = Readonly<Partial<Record<ObjectWord, StoredLayout>>>;

/** The layouts, set by the build; null in the sources. */
export const BUILT_LAYOUTS: StoredLayouts | null = null;

const storedKeys = (keys: Iterable<string>, prefix: string): string =>
  [...keys].map((key) => (key.startsWith(`${prefix}_`) ? key.slice(prefix.length) : key)).join(' ');

const keysFrom = (stored: string, prefix: string): string[] =>
  stored.split(' ').flatMap((key) => (key === '' ? [] : key.startsWith('_') ? prefix + key : key));

/** Converts a layout to JSON. */
export const storedLayout = ({ prefix, times, ownKeys, nestedKeys, blankItems }: Layout): StoredLayout => ({
  prefix,
  times,
  ownKeys: storedKeys(ownKeys, prefix),
  nestedKeys: storedKeys(nestedKeys, prefix),
  itemKeys: Object.fromEntries([...blankItems].map(([key, blank]) => [key, Object.keys(blank)])),
});

/** Converts JSON to a layout. */
export function layoutFrom({ prefix, times, itemKeys, ...stored }: StoredLayout): Layout {
  const ownKeys = keysFrom(stored.ownKeys, prefix);
  const nestedKeys = keysFrom(stored.nestedKeys, prefix);
  const keys = [...ownKeys, ...nestedKeys];
  return {
    prefix,
    times,
    keys,
    ownKeys: new Set(ownKeys),
    nestedKeys: new Set(nestedKeys),
    blank: blankOf(keys),
    blankItems: new Map(Object.entries(itemKeys).map(([list, names]) => [list, blankOf(names)])),
  };
}
