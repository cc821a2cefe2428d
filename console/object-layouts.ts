/**
 * The layouts of TutorCruncher's objects, computed by the build. The page uses them to build the records that Zaps
 * receive.
 */

import { layoutWith, type Layout } from '../src/record/layout.ts';

/** A layout as JSON, without its prefix. It is a list, because the build shortens names only in the code. */
export type StoredLayout = readonly [
  keys: readonly string[],
  leads: readonly string[],
  headLength: number,
  customFieldsAt: number | null,
  itemKeys: Readonly<Record<string, readonly string[]>>,
];

/** Set by the build. */
declare const BUILT_LAYOUTS: Readonly<Record<string, StoredLayout>>;

/** Converts a layout to JSON. */
export const storedLayout = ({ keys, nestedKeys, blankItems, headLength, customFieldsAt }: Layout): StoredLayout => [
  keys,
  keys.slice(0, headLength).filter((key) => nestedKeys.has(key)),
  headLength,
  customFieldsAt,
  Object.fromEntries([...blankItems].map(([list, blank]) => [list, Object.keys(blank)])),
];

/** Converts JSON to a layout. @param prefix - the key word of the object */
export const layoutFrom = (prefix: string, [keys, leads, headLength, customFieldsAt, itemKeys]: StoredLayout): Layout =>
  layoutWith({ prefix, keys, leads, headLength, customFieldsAt, itemKeys });

/** The layouts by the key words of their objects. None in the sources. */
export const LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  Object.entries(typeof BUILT_LAYOUTS === 'undefined' ? {} : BUILT_LAYOUTS).map(([word, stored]) => [
    word,
    layoutFrom(word, stored),
  ]),
);
