/**
 * The layouts of TutorCruncher's objects, computed by the build. The console uses the layouts to build the records that
 * Zaps receive.
 */

import { layoutWith, type Layout, type LayoutParts } from '../src/record/layout.ts';

/** The parts of the layouts. The build replaces this name with the parts. */
declare const BUILT_LAYOUTS: Readonly<Record<string, LayoutParts>>;

/** The layouts, keyed by the key word of the object; empty in source code that has not been built. */
export const LAYOUTS: ReadonlyMap<string, Layout> = new Map(
  Object.entries(typeof BUILT_LAYOUTS === 'undefined' ? {} : BUILT_LAYOUTS).map(([word, parts]) => [
    word,
    layoutWith(parts),
  ]),
);
