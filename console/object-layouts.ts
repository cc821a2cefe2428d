/**
 * The layouts of TutorCruncher's objects, computed by the build. The page uses them to build the records that Zaps
 * receive.
 */

import { layoutWith, type Layout, type LayoutParts } from '../src/record/layout.ts';

/** The parts of the layouts, set by the build. */
declare const BUILT_LAYOUTS: Readonly<Record<string, LayoutParts>>;

/** Returns the parts of a layout, which JSON can contain. */
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

/** The layouts by the key words of their objects; empty in the sources, which are not built. */
export const LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  Object.entries(typeof BUILT_LAYOUTS === 'undefined' ? {} : BUILT_LAYOUTS).map(([word, parts]) => [
    word,
    layoutWith(parts),
  ]),
);
