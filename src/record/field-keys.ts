/** The keys of a field in a record: the prefix of the record, joined with the field's name in product words. */

import type { FieldRule } from './field-rules.ts';

/** Returns the key of the text with the names of a list's entries. */
export const namesKeyOf = (listKey: string): string => `${listKey.slice(0, -1)}_names`;

/** Joins a prefix and a word. A word that already starts with the prefix does not change. */
export const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

/** Returns the prefix of the fields of a record in a field of another record. @param prefix - that of the other record */
export const nestedPrefixOf = ({ isObject, word }: FieldRule, prefix: string): string =>
  isObject ? word : joinKey(prefix, word);

const SKILL_RENAMES = new Map([
  ['qual_level', 'level'],
  ['qual_level_name', 'level'],
  ['subject_name', 'subject'],
  ['subject_category_name', 'subject_category'],
]);

/**
 * Returns the function that renames keys in the items of a list. Both shapes of a skill have the same keys: the newer
 * shape contains records, and the older shape contains texts. An entry in a list of students represents a student, so
 * its `student_id` is the item's `id`.
 */
export function renameInItems({ isSkills, people }: FieldRule): (key: string) => string {
  if (isSkills) return (key) => SKILL_RENAMES.get(key) ?? key.replace(/^qual_(?=level_)/, '');
  const prefix = `${people}_`;
  return (key) => (people !== null && key.startsWith(prefix) ? key.slice(prefix.length) : key);
}
