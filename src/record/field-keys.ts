/** The key of each field of a record: the prefix of the record, joined with the field's name in product words. */

import { fieldRule, type FieldRule, type People } from './field-rules.ts';

/** The rule for a field, and the keys that follow from it under one prefix. */
export interface FieldKey {
  readonly rule: FieldRule;
  /** Key of a scalar or a list in this field. */
  readonly key: string;
  /** Prefix of the fields of a record in this field. */
  readonly nestedPrefix: string;
}

/** Joins a prefix and a word. A word that already starts with the prefix stays as it is. */
export const joinKey = (prefix: string, word: string): string =>
  prefix === '' || word === prefix || word.startsWith(`${prefix}_`) ? word : `${prefix}_${word}`;

// The same names occur in every delivery, and computing a key costs more than all other work on a field. The cache is
// bounded in entries and key length, because names come from payloads, which may be hostile.
const MAX_CACHED = 5000;
const MAX_CACHED_NAME = 200;
const cache = new Map<string, Map<string, FieldKey>>();
let cachedCount = 0;

/** Counts a new entry and empties a full cache. */
function reserveEntry(): void {
  if (cachedCount++ < MAX_CACHED) return;
  cache.clear();
  cachedCount = 0;
}

/** Returns the cached keys of the fields under a prefix. */
export function fieldKeysUnder(prefix: string): Map<string, FieldKey> {
  let keys = cache.get(prefix);
  if (!keys) {
    reserveEntry();
    keys = new Map();
    cache.set(prefix, keys);
  }
  return keys;
}

/**
 * Computes the key of a field and adds it to the cache.
 *
 * @param name - the field's name as TutorCruncher sends it
 * @param keys - the cached keys under the prefix
 */
export function computeFieldKey(prefix: string, name: string, keys: Map<string, FieldKey>): FieldKey {
  const rule = fieldRule(name);
  const key = joinKey(prefix, rule.word);
  const fieldKey = { rule, key, nestedPrefix: rule.isObject ? rule.word : key };
  if (name.length < MAX_CACHED_NAME) {
    reserveEntry();
    keys.set(name, fieldKey);
  }
  return fieldKey;
}

/** A change of a key, applied to the fields of line items. */
export type Rename = (key: string) => string;

export const keepKey: Rename = (key) => key;

const SKILL_RENAMES = new Map([
  ['qual_level', 'level'],
  ['qual_level_name', 'level'],
  ['subject_name', 'subject'],
  ['subject_category_name', 'subject_category'],
]);

/** Gives both shapes of a skill the same keys: the newer one contains records, the older one texts. */
const renameInSkill: Rename = (key) =>
  SKILL_RENAMES.get(key) ?? (key.startsWith('qual_level_') ? key.slice('qual_'.length) : key);

const withoutPrefix =
  (prefix: string): Rename =>
  (key) =>
    key.startsWith(prefix) ? key.slice(prefix.length) : key;

/** An entry of a list of students is itself the student, so its `student_id` is the item's `id`. */
const RENAMES_IN_PEOPLE: Readonly<Record<People, Rename>> = {
  client: withoutPrefix('client_'),
  tutor: withoutPrefix('tutor_'),
  student: withoutPrefix('student_'),
  affiliate: withoutPrefix('affiliate_'),
};

/** Returns the renaming for the items of a list. */
export const renameInItems = ({ isSkills, people }: FieldRule): Rename =>
  isSkills ? renameInSkill : people ? RENAMES_IN_PEOPLE[people] : keepKey;
