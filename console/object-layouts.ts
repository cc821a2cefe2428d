/**
 * The layouts of TutorCruncher's objects, computed by the build. The page uses them to build the records that Zaps
 * receive.
 */

import type { ObjectWord } from '../wire/models.ts';
import { layoutWith, type Layout } from '../src/record/layout.ts';

/** A layout as JSON, without its prefix. The build does not shorten the names in it. */
export interface StoredLayout {
  /**
   * The keys; see {@link storedKeys}. `!` follows each nested key among the first `headLength` keys, `|` follows the last
   * of these keys, and `^` stands where custom fields are.
   */
  readonly keys: string;
  /** The item keys of each list, by the key of the list. */
  readonly items: Readonly<Record<string, string>>;
}

/** The layouts by the key word of their object. */
export type StoredLayouts = Readonly<Partial<Record<ObjectWord, StoredLayout>>>;

/** Set by the build. */
declare const BUILT_LAYOUTS: StoredLayouts;

/** The layouts; none in the sources. */
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
export function storedLayout({
  prefix,
  keys,
  nestedKeys,
  blankItems,
  headLength,
  customFieldsAt,
}: Layout): StoredLayout {
  const marked = keys.flatMap((key, index) => [
    ...(index === customFieldsAt ? ['^'] : []),
    index < headLength && nestedKeys.has(key) ? `${key}!` : key,
    ...(index === headLength - 1 ? ['|'] : []),
  ]);
  return {
    keys: storedKeys(marked, prefix),
    items: Object.fromEntries([...blankItems].map(([key, blank]) => [key, storedKeys(Object.keys(blank), '')])),
  };
}

/** Converts JSON to a layout. @param prefix - the key word of the object */
export function layoutFrom(prefix: string, { keys: stored, items }: StoredLayout): Layout {
  const marked = keysFrom(stored, prefix);
  const customFieldsAt = marked.indexOf('^');
  const keys = marked.filter((key) => key !== '^' && key !== '|').map((key) => key.replace('!', ''));
  return layoutWith({
    prefix,
    keys,
    headLength: marked.indexOf('|') - (customFieldsAt < 0 ? 0 : 1),
    customFieldsAt: customFieldsAt < 0 ? null : customFieldsAt,
    leads: marked.filter((key) => key.endsWith('!')).map((key) => key.slice(0, -1)),
    itemKeys: Object.fromEntries(Object.entries(items).map(([list, names]) => [list, keysFrom(names, '')])),
  });
}
