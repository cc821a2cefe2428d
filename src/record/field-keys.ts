/** The keys of a field in a record: the prefix of the record, joined with the field's name in product words. */

import { fieldRule, type FieldRule } from './field-rules.ts';

/** The key of a list, and the key of the text with the names of its entries. */
export interface ListKeys {
  readonly key: string;
  readonly namesKey: string;
}

/** Returns the key of the text with the names of a list's entries. */
export const namesKeyOf = (listKey: string): string => `${listKey.slice(0, -1)}_names`;

const listKeysOf = (key: string): ListKeys => ({ key, namesKey: namesKeyOf(key) });

/** Joins a prefix and a word. A word that already starts with the prefix does not change. */
export const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

/** Function that renames the key of a field in line items. */
export type Rename = (key: string) => string;

export const keepKey: Rename = (key) => key;

/** Returns the rule for a field, and its keys. `key` is for a scalar or a list. @param name - as TutorCruncher sends it */
export function fieldKeys(name: string, prefix: string, rename: Rename = keepKey) {
  const rule = fieldRule(name);
  const key = joinKey(prefix, rule.word);
  const nestedPrefix = rule.isObject ? rule.word : key;
  return {
    ...listKeysOf(rename(key)),
    rule,
    /** Prefix of the fields of a record in this field. */
    nestedPrefix,
    /** Keys for a record in this field if TutorCruncher sends only its id or its name. */
    idKey: rename(`${nestedPrefix}_id`),
    nameKey: rename(`${nestedPrefix}_name`),
    /** Keys of a list of people in this field, if the list belongs to the subject itself. */
    peopleKeys: listKeysOf(rule.word),
  };
}

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
export function renameInItems({ isSkills, people }: FieldRule): Rename {
  if (isSkills) return (key) => SKILL_RENAMES.get(key) ?? key.replace(/^qual_(?=level_)/, '');
  const prefix = `${people}_`;
  return (key) => (people !== null && key.startsWith(prefix) ? key.slice(prefix.length) : key);
}
