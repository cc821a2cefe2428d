/** The key of each field of a record: the prefix of the record, joined with the field's name in product words. */

import { fieldRule, type FieldRule, type People } from './field-rules.ts';

/** The key of a list, and the key of the text with the names of its entries. */
export interface ListKeys {
  readonly key: string;
  readonly namesKey: string;
}

/** Returns the key of the text with the names of a list's entries. */
export const namesKeyOf = (listKey: string): string => `${listKey.slice(0, -1)}_names`;

const listKeysOf = (key: string): ListKeys => ({ key, namesKey: namesKeyOf(key) });

/** The rule for a field, and the keys that follow from it under one prefix. `key` is for a scalar or a list. */
export interface FieldKey extends ListKeys {
  readonly rule: FieldRule;
  /** Prefix of the fields of a record in this field. */
  readonly nestedPrefix: string;
  /** Keys for a record in this field if TutorCruncher sends only its id or its name. */
  readonly idKey: string;
  readonly nameKey: string;
  /** Keys of a list of people in this field, if the list belongs to the subject itself. */
  readonly peopleKeys: ListKeys;
}

/** Joins a prefix and a word. A word that already starts with the prefix does not change. */
export const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

/** Function that renames the key of a field in line items. */
export type Rename = (key: string) => string;

export const keepKey: Rename = (key) => key;

/** The keys of the fields of a record. */
export interface FieldKeys {
  /** Key of the name that is joined from first and last name. */
  readonly nameKey: string;
  /** Key of the address that is joined from its parts. */
  readonly addressKey: string;
  /** Returns the key of a field. @param name - the field's name as TutorCruncher sends it */
  readonly of: (name: string) => FieldKey;
}

/** Returns the keys of the fields of a record with this prefix. */
export const fieldKeysUnder = (prefix: string, rename: Rename = keepKey): FieldKeys => ({
  nameKey: rename(joinKey(prefix, 'name')),
  addressKey: rename(joinKey(prefix, 'address')),
  of: (name) => {
    const rule = fieldRule(name);
    const key = joinKey(prefix, rule.word);
    const nestedPrefix = rule.isObject ? rule.word : key;
    return {
      ...listKeysOf(rename(key)),
      rule,
      nestedPrefix,
      idKey: rename(`${nestedPrefix}_id`),
      nameKey: rename(`${nestedPrefix}_name`),
      peopleKeys: listKeysOf(rule.word),
    };
  },
});

const SKILL_RENAMES = new Map([
  ['qual_level', 'level'],
  ['qual_level_name', 'level'],
  ['subject_name', 'subject'],
  ['subject_category_name', 'subject_category'],
]);

/** Gives both shapes of a skill the same keys. The newer shape contains records, and the older shape contains texts. */
const renameInSkill: Rename = (key) =>
  SKILL_RENAMES.get(key) ?? (key.startsWith('qual_level_') ? key.slice('qual_'.length) : key);

const withoutPrefix =
  (prefix: string): Rename =>
  (key) =>
    key.startsWith(prefix) ? key.slice(prefix.length) : key;

/** An entry in a list of students represents a student, so its `student_id` is the item's `id`. */
const RENAMES_IN_PEOPLE: Readonly<Record<People, Rename>> = {
  client: withoutPrefix('client_'),
  tutor: withoutPrefix('tutor_'),
  student: withoutPrefix('student_'),
  affiliate: withoutPrefix('affiliate_'),
};

/** Returns the function that renames keys in the items of a list. */
export const renameInItems = ({ isSkills, people }: FieldRule): Rename =>
  isSkills ? renameInSkill : people ? RENAMES_IN_PEOPLE[people] : keepKey;
