/** The layouts of TutorCruncher's objects, with which the page makes the records that Zaps get. The build computes them. */

import type { ObjectWord } from '../wire/models.ts';
import type { Layout } from '../src/record/record.ts';

/** A layout as JSON. */
export interface StoredLayout extends Pick<Layout, 'prefix' | 'times'> {
  readonly ownKeys: readonly string[];
  readonly nestedKeys: readonly string[];
  /** The item keys of each list, by the key of the list. */
  readonly itemKeys: Readonly<Record<string, readonly string[]>>;
}

/** The layouts by the key word of their object. */
export type StoredLayouts = Readonly<Partial<Record<ObjectWord, StoredLayout>>>;

/** The layouts; null in the sources. The build sets this constant. */
export const BUILT_LAYOUTS: StoredLayouts | null = null;

/** Converts a layout to JSON. */
export const storedLayout = ({ prefix, times, ownKeys, nestedKeys, itemKeys }: Layout): StoredLayout => ({
  prefix,
  times,
  ownKeys: [...ownKeys],
  nestedKeys: [...nestedKeys],
  itemKeys: Object.fromEntries([...itemKeys].map(([key, keys]) => [key, [...keys]])),
});

/** Converts JSON to a layout. */
export const layoutFrom = ({ prefix, times, ownKeys, nestedKeys, itemKeys }: StoredLayout): Layout => ({
  prefix,
  times,
  keys: [...ownKeys, ...nestedKeys],
  ownKeys: new Set(ownKeys),
  nestedKeys: new Set(nestedKeys),
  itemKeys: new Map(Object.entries(itemKeys).map(([key, keys]) => [key, new Set(keys)])),
});
