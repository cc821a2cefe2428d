/**
 * Compares two states of a subject, which come from two events about the subject. The comparison covers the fields that
 * both states have. Joined names and addresses, times of the last update, temporary links and, by default, balances are
 * ignored. Changes to other computed values and to signed links are detected, but not shown. Lists differ if an entry
 * was added or removed, and an entry is identified by its id. Two values with the same text do not differ.
 */

import type { JsonObject } from '../../wire/json.ts';
import { changeTexts, textsOfChange, type ChangeTexts } from './change-texts.ts';
import { haveSameItems, itemsMissingIn } from './changed-lists.ts';
import { commonFields } from './common-fields.ts';
import { customFieldsOf } from './custom-fields.ts';
import { fieldRule, joinKey, namesKeyOf, nestedPrefixOf } from './field-rules.ts';
import { KeyedValues } from './keyed-values.ts';
import { labelOf } from './field-labels.ts';
import type { Locale } from './locale.ts';
import type { Layout } from './layout.ts';
import type { FieldValue, FlatRecord, Item } from './record.ts';
import { haveSameEntries, isSameValue } from './same-value.ts';
import { isNeverCompared, isOfSignedLinks, isShownChange } from './shown-changes.ts';
import { collectSubject, withoutUser } from './subject.ts';
import { isBlank } from './values.ts';

/**
 * A field that differs between two states. `before` and `after` are empty for a missing value, and contain times in
 * words. `line` also contains statuses and amounts in words.
 */
export interface Change extends ChangeTexts {
  /**
   * The key of the field in a record. The key of a list is replaced by the key of the text that joins the names of the
   * list's entries, if the record has such a text.
   */
  readonly key: string;
  /** The label that users see for the field. */
  readonly field: string;
}

/** The difference between two states of a subject. */
export interface Comparison {
  /**
   * The changes that a record shows. Changes to computed values, to values for programs and to signed links are
   * omitted.
   */
  readonly changes: readonly Change[];
  /** The keys of all changed fields, including changes that a record does not show. */
  readonly changedKeys: ReadonlySet<string>;
  /** The labels that only the later state has; null if either state does not contain its labels. */
  readonly addedLabels: readonly Item[] | null;
  readonly removedLabels: readonly Item[] | null;
  /** The values of the previous state by key, including the joined names and addresses that a record adds. */
  readonly earlier: Readonly<FlatRecord>;
  /**
   * Returns the keys of the fields that cannot be compared, because only one of the two states contains the field or
   * because the two values of the field have different shapes. The call takes about as long as the comparison.
   */
  readonly uncomparedKeys: () => ReadonlySet<string>;
}

interface ComparisonOptions {
  readonly layout: Pick<Layout, 'prefix' | 'keys' | 'ownKeys'>;
  /** True to include balances in the comparison. A balance changes with every lesson and payment. */
  readonly hasBalances: boolean;
  readonly locale: Locale;
}

type KeyOptions = Omit<ComparisonOptions, 'locale'>;

/** Returns the values of a state by key. */
function collected(subject: JsonObject, prefix: string): KeyedValues {
  const state = new KeyedValues();
  // Omits static keys, because they would make an item without a field look like an item with an empty field.
  collectSubject({ ...subject, extra_attrs: null }, prefix, new Map(), state);
  return state;
}

const isEmpty = (value: FieldValue): boolean => (Array.isArray(value) ? value.length === 0 : isBlank(value));

/** Returns true if two values are equal, or if their shapes cannot be compared. */
function isSame(earlier: FieldValue, later: FieldValue): boolean {
  if (isEmpty(earlier) || isEmpty(later)) return isEmpty(earlier) && isEmpty(later);
  if (Array.isArray(earlier) && Array.isArray(later)) return haveSameItems(earlier, later);
  return Array.isArray(earlier) || Array.isArray(later) || isSameValue(earlier, later);
}

/** Returns the keys of the values that a comparison covers, in the order of a record. */
function comparedKeys(states: readonly KeyedValues[], { layout, hasBalances }: KeyOptions): string[] {
  const keys = new Set(states.flatMap(({ added }) => added));
  const isCompared = (key: string): boolean =>
    !isNeverCompared(key) &&
    (hasBalances || !key.endsWith('_balance')) &&
    !states.some(({ derivedKeys }) => derivedKeys.has(key));
  return [...layout.keys.filter((key) => keys.delete(key)), ...keys].filter(isCompared);
}

/** Returns the key under which a list of changes shows a value. */
const shownKey = (key: string, states: readonly KeyedValues[]): string =>
  states.some(({ derivedKeys }) => derivedKeys.has(namesKeyOf(key))) ? namesKeyOf(key) : key;

function changedFields(earlier: KeyedValues, later: KeyedValues, options: ComparisonOptions): Change[] {
  return comparedKeys([later, earlier], options)
    .filter((key) => !isSame(earlier.record[key] ?? null, later.record[key] ?? null))
    .flatMap((key) => {
      const shown = shownKey(key, [earlier, later]);
      const field = labelOf(shown);
      const texts = changeTexts(field, key, [earlier.record, later.record], options.locale);
      return texts ? [{ key: shown, field, ...texts }] : [];
    });
}

/** Returns the changed custom fields. The texts before and after are the values as TutorCruncher sends them. */
function changedCustomFields(earlier: unknown, later: unknown, prefix: string): Change[] {
  const before = new Map(customFieldsOf(earlier, prefix).map((field) => [field.key, field]));
  return customFieldsOf(later, prefix).flatMap(({ key, name, value, text, entries }) => {
    const was = before.get(key);
    if (!was || isSameValue(was.value, value)) return [];
    if (was.entries && entries && haveSameEntries(was.entries, entries)) return [];
    const field = name ?? labelOf(key);
    const texts = textsOfChange(field, [String(was.value ?? ''), String(value ?? '')], [was.text, text]);
    return texts ? [{ key, field, ...texts }] : [];
  });
}

const labelsIn = ({ record }: KeyedValues, prefix: string): readonly Item[] => {
  const labels = record[`${prefix}_labels`];
  return Array.isArray(labels) ? labels : [];
};

/** Returns the keys of the fields that are null in `state` and missing in `other`. */
const keysOfLoneNulls = (state: JsonObject, other: JsonObject, { prefix, keys }: KeyOptions['layout']): string[] =>
  Object.keys(state)
    .filter((name) => state[name] === null && !Object.hasOwn(other, name))
    .flatMap((name) => {
      const rule = fieldRule(name);
      const key = joinKey(prefix, rule.word);
      if (rule.isNamedList) return [namesKeyOf(rule.isPeopleAlone ? rule.word : key)];
      return rule.isRecord ? keys.filter((each) => each.startsWith(`${nestedPrefixOf(rule, prefix)}_`)) : [key];
    });

/**
 * Implements {@link Comparison.uncomparedKeys}.
 *
 * @param compared - the values that both states have in comparable shapes
 */
function uncomparedKeys(
  earlier: JsonObject,
  later: JsonObject,
  compared: readonly KeyedValues[],
  options: KeyOptions,
): ReadonlySet<string> {
  const { layout } = options;
  /** Returns the keys under which a list of changes shows the values of states. */
  const keysIn = (states: readonly KeyedValues[]): string[] =>
    comparedKeys(states, options).map((key) => shownKey(key, states));
  const comparedKeysInList = new Set(keysIn(compared));
  const sent = [earlier, later].flatMap((subject) => keysIn([collected(subject, layout.prefix)]));
  const loneNulls = [...keysOfLoneNulls(earlier, later, layout), ...keysOfLoneNulls(later, earlier, layout)];
  const uncompared = [...sent, ...loneNulls].filter((key) => !comparedKeysInList.has(key));
  const customKeysIn = ({ extra_attrs }: JsonObject) => new Set(customFieldsOf(extra_attrs).map(({ key }) => key));
  const [before, after] = [customKeysIn(earlier), customKeysIn(later)];
  const loneCustomKeys = [...before, ...after].filter((key) => before.has(key) !== after.has(key));
  return new Set([...uncompared, ...loneCustomKeys]);
}

/**
 * Compares two states of a subject.
 *
 * @param earlierSubject - the previous state as sent, nested at most 200 levels deep
 * @param laterSubject - the later state
 */
export function compareSubjects(
  earlierSubject: JsonObject,
  laterSubject: JsonObject,
  options: ComparisonOptions,
): Comparison {
  const { prefix } = options.layout;
  const [earlier, later] = [withoutUser(earlierSubject), withoutUser(laterSubject)];
  const common = commonFields(earlier, later);
  const states = [collected(common[0], prefix), collected(common[1], prefix)] as const;
  const [labelsBefore, labelsAfter] = [labelsIn(states[0], prefix), labelsIn(states[1], prefix)];
  const hasLabels = 'labels' in common[0];
  const custom = changedCustomFields(earlier.extra_attrs, later.extra_attrs, prefix);
  const changes = [...changedFields(...states, options), ...custom];
  return {
    changes: changes.filter(
      (change) =>
        !isOfSignedLinks(change.before) &&
        !isOfSignedLinks(change.after) &&
        (custom.includes(change) || isShownChange(change.key, options.layout)),
    ),
    changedKeys: new Set(changes.map(({ key }) => key)),
    addedLabels: hasLabels ? itemsMissingIn(labelsBefore, labelsAfter) : null,
    removedLabels: hasLabels ? itemsMissingIn(labelsAfter, labelsBefore) : null,
    earlier: collected(earlier, prefix).record,
    uncomparedKeys: () => uncomparedKeys(earlier, later, states, options),
  };
}

/**
 * Returns the fields of an object type whose changes are shown, except for balances and the object's id. `owner` is the
 * prefix of the nested record that a field belongs to; null for a field of the object itself.
 *
 * @param fullSubject - a subject with every field
 */
export function comparableFields(fullSubject: JsonObject, layout: KeyOptions['layout']) {
  const state = collected(withoutUser(fullSubject), layout.prefix);
  const ownerOf = (key: string): string | null => {
    const position = state.groups.findLastIndex(({ index }) => index <= state.added.indexOf(key));
    return position > 0 ? (state.groups[position]?.prefix ?? null) : null;
  };
  return comparedKeys([state], { layout, hasBalances: false })
    .filter((key) => key !== `${layout.prefix}_id` && isShownChange(key, layout))
    .map((key) => ({ key: shownKey(key, [state]), owner: ownerOf(key) }));
}
