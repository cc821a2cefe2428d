/**
 * The layouts of TutorCruncher's objects, computed by the build. The page uses them to build the records that Zaps
 * receive.
 */

import type { ObjectWord } from '../wire/models.ts';
import { layoutWith, type Layout } from '../src/record/layout.ts';

/** A layout as JSON, without its prefix. The build does not shorten the names in it. Keys are stored as one text. */
export interface StoredLayout {
  readonly keys: string;
  readonly leads: string;
  /** `headLength` and `customFieldsAt`. */
  readonly places: readonly [head: number, custom: number | null];
  /** The item keys of each list, by the key of the list. */
  readonly items: Readonly<Record<string, string>>;
}

export type StoredLayouts = Readonly<Partial<Record<ObjectWord, StoredLayout>>>;

/** Set by the build. */
declare const BUILT_LAYOUTS: StoredLayouts;

/** None in the sources. */
export const LAYOUTS: StoredLayouts = typeof BUILT_LAYOUTS === 'undefined' ? {} : BUILT_LAYOUTS;

/** Keys that occur together, which a sign stands for, such as the ready-made values of `lesson_start`. */
const TOGETHER: readonly (readonly [sign: string, ends: readonly string[]])[] = [
  ['@', ['_text', '', '_date', '_time']],
  ['*', ['_text', '']],
  ['+', ['', '_international']],
  ['%', ['_first_name', '_last_name', '_email', '_id', '_role_type', '_url']],
  ['$', ['_first_name', '_last_name', '_email', '_id']],
];

/** Returns keys separated by spaces. Keys that start with the prefix are stored without it, such as `_topic`. */
function storedKeys(keys: Iterable<string>, prefix: string): string {
  const text = Array.from(keys, (key) =>
    prefix !== '' && key.startsWith(`${prefix}_`) ? key.slice(prefix.length) : key,
  );
  return TOGETHER.reduce((stored, [sign, ends]) => {
    const [first = '', ...others] = ends;
    const pattern = `(?<![^ ])(\\S+?)${first}${others.map((end) => ` \\1${end}`).join('')}(?![^ ])`;
    return stored.replace(new RegExp(pattern, 'g'), `$1${sign}`);
  }, text.join(' '));
}

const keysFrom = (stored: string, prefix: string): string[] =>
  stored.split(' ').flatMap((each) => {
    const [sign, ends] = TOGETHER.find(([one]) => each.endsWith(one)) ?? ['', ['']];
    const key = sign === '' ? each : each.slice(0, -1);
    return each === '' ? [] : ends.map((end) => (key.startsWith('_') ? prefix : '') + key + end);
  });

/** Converts a layout to JSON. */
export const storedLayout = (layout: Layout): StoredLayout => {
  const { prefix, keys, nestedKeys, blankItems, headLength, customFieldsAt } = layout;
  const leads = keys.slice(0, headLength).filter((key) => nestedKeys.has(key));
  return {
    keys: storedKeys(keys, prefix),
    leads: storedKeys(leads, prefix),
    places: [headLength, customFieldsAt],
    items: Object.fromEntries([...blankItems].map(([key, blank]) => [key, storedKeys(Object.keys(blank), '')])),
  };
};

/** Converts JSON to a layout. @param prefix - the key word of the object */
export const layoutFrom = (prefix: string, { keys, leads, places, items }: StoredLayout): Layout =>
  layoutWith({
    prefix,
    keys: keysFrom(keys, prefix),
    leads: keysFrom(leads, prefix),
    headLength: places[0],
    customFieldsAt: places[1],
    itemKeys: Object.fromEntries(Object.entries(items).map(([list, names]) => [list, keysFrom(names, '')])),
  });
