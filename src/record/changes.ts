/**
 * The difference between two states of a subject, which come from two events about it. The comparison covers the fields
 * that both states have. It ignores values that records add, times of the last update, temporary links and, by default,
 * balances. Other computed values are compared but not shown as changes. The lists of a subject differ if an entry was added or removed; an entry is identified by its id.
 */

import type { JsonObject, Scalar } from '../../wire/json.ts';
import { changeLine, changeTexts, lineOf } from './change-texts.ts';
import { isNeverCompared, isShownChange } from './change-relevance.ts';
import { commonFields } from './common-fields.ts';
import { customFieldsOf } from './custom-fields.ts';
import { fieldKeysUnder, namesKeyOf } from './field-keys.ts';
import { KeyedValues } from './keyed-values.ts';
import { labelOf } from './labels.ts';
import type { Locale } from './locale.ts';
import type { GroupStart } from './placement.ts';
import type { Layout } from './layout.ts';
import type { FieldValue, Item } from './record.ts';
import { comparableForm, haveSameEntries, isSameValue } from './same-value.ts';
import { collectSubject, withoutUser } from './subject.ts';
import { isBlank } from './values.ts';

/** A field that differs between two states. */
export interface Change {
  /**
   * The key of the field in a record. For a list, this is the key of the text with its entries' names, if the record
   * has such a text.
   */
  readonly key: string;
  /** The label that users see for the field. */
  readonly field: string;
  /** The value in the previous state as text, with times written out; an empty string if there is no value. */
  readonly before: string;
  /** The value in the later state. */
  readonly after: string;
  /** The change as a line of a message, in which statuses and amounts are written out as well. */
  readonly line: string;
}

/** The difference between two states of a subject. */
export interface Comparison {
  /** The changes that a record shows: all but those of computed values and of values for programs. */
  readonly changes: readonly Change[];
  /** The keys of all changed fields, as in {@link Change}. */
  readonly changedKeys: ReadonlySet<string>;
  /** The labels that only the later state has; null if either state does not contain its labels. */
  readonly addedLabels: readonly Item[] | null;
  /** The labels that only the previous state has; null if either state does not contain its labels. */
  readonly removedLabels: readonly Item[] | null;
  /** The values of the previous state by key, with the values that a record adds to names, addresses and lists. */
  readonly earlier: ReadonlyMap<string, FieldValue>;
}

/** Settings that determine which values are compared. */
export interface ComparedKeysOptions {
  /** The prefix of the subject's own fields, and its static keys in the order of its records; see {@link Layout}. */
  readonly layout: Pick<Layout, 'prefix' | 'keys' | 'ownKeys'>;
  /** True to compare balances as well. They change with every lesson and payment. */
  readonly hasBalances: boolean;
}

/** Settings of a comparison. */
export interface ComparisonOptions extends ComparedKeysOptions {
  readonly locale: Locale;
}

const BALANCE = '_balance';

/** The collected values of a state. */
interface State {
  readonly values: ReadonlyMap<string, FieldValue>;
  /** The keys of values that are derived from other values. */
  readonly derivedKeys: ReadonlySet<string>;
  /** The subject's own keys, followed by the keys of each record nested in it. */
  readonly groups: readonly GroupStart[];
}

function collected(subject: JsonObject, prefix: string): State {
  const out = new KeyedValues();
  const derivedKeys = new Set<string>();
  // Omit static keys, which would make an item without a field look like an item with an empty field.
  const { groups } = collectSubject({ ...subject, extra_attrs: null }, prefix, new Map(), out, derivedKeys);
  return { values: new Map(Object.entries(out.record)), derivedKeys, groups };
}

const idsOf = (items: readonly Item[]): Scalar[] => items.map(({ id = null }) => id);

/** Returns the items as lists of the values of these keys. */
const valuesOf = (items: readonly Item[], keys: readonly string[]): string[] =>
  items.map((item) => keys.map((key) => comparableForm(item[key] ?? null)).join());

/**
 * Returns true if two lists have the same items. Compares ids or, if there are none, the values that both lists have.
 */
function haveSameItems(earlier: readonly Item[], later: readonly Item[]): boolean {
  const ids = [idsOf(earlier), idsOf(later)] as const;
  if (ids.every((list) => !list.includes(null))) return haveSameEntries(...ids);
  const keys = Object.keys(earlier[0] ?? {}).filter((key) => later[0] && key in later[0] && !isNeverCompared(key));
  return haveSameEntries(valuesOf(earlier, keys), valuesOf(later, keys));
}

const isEmpty = (value: FieldValue): boolean => (Array.isArray(value) ? value.length === 0 : isBlank(value));

/** Returns true if two values are equal, or if they have shapes that cannot be compared. */
function isSame(earlier: FieldValue, later: FieldValue): boolean {
  if (isEmpty(earlier) || isEmpty(later)) return isEmpty(earlier) && isEmpty(later);
  if (Array.isArray(earlier) && Array.isArray(later)) return haveSameItems(earlier, later);
  return Array.isArray(earlier) || Array.isArray(later) || isSameValue(earlier, later);
}

/** Returns the keys of the values that are compared, in the order of a record. */
function comparedKeys(states: readonly State[], { layout, hasBalances }: ComparedKeysOptions): string[] {
  const keys = new Set(states.flatMap(({ values }) => [...values.keys()]));
  const isCompared = (key: string): boolean =>
    !isNeverCompared(key) &&
    (hasBalances || !key.endsWith(BALANCE)) &&
    !states.some(({ derivedKeys }) => derivedKeys.has(key));
  return [...layout.keys.filter((key) => keys.delete(key)), ...keys].filter(isCompared);
}

/** Returns the key that represents a value in a list of changes. */
const shownKey = (key: string, states: readonly State[]): string =>
  states.some(({ derivedKeys }) => derivedKeys.has(namesKeyOf(key))) ? namesKeyOf(key) : key;

function changedFields([earlier, later]: readonly [State, State], options: ComparisonOptions): Change[] {
  const { locale } = options;
  const values = [earlier.values, later.values] as const;
  return comparedKeys([later, earlier], options)
    .filter((key) => !isSame(earlier.values.get(key) ?? null, later.values.get(key) ?? null))
    .map((key) => {
      const shown = shownKey(key, [earlier, later]);
      const field = labelOf(shown);
      const [before, after] = changeTexts(key, values, locale.timeZone);
      return { key: shown, field, before, after, line: changeLine(field, key, values, locale) };
    });
}

/** Returns the changed custom fields. Their values are texts as TutorCruncher sends them. */
function changedCustomFields(earlier: unknown, later: unknown): Change[] {
  const before = new Map(customFieldsOf(earlier).map((field) => [field.key, field]));
  return customFieldsOf(later).flatMap(({ key, name, value, text, entries }) => {
    const was = before.get(key);
    if (!was || isSameValue(was.value, value)) return [];
    if (was.entries && entries && haveSameEntries(was.entries, entries)) return [];
    const field = name ?? labelOf(key);
    const [earlier, later] = [String(was.value ?? ''), String(value ?? '')];
    return [{ key, field, before: earlier, after: later, line: lineOf(field, was.text ?? earlier, text ?? later) }];
  });
}

const labelsIn = ({ values }: State, prefix: string): readonly Item[] => {
  const labels = values.get(`${prefix}_labels`);
  return Array.isArray(labels) ? labels : [];
};

/** Returns the items that the other list lacks. Compares ids or, if there are none, names. */
function itemsMissingIn(other: readonly Item[], items: readonly Item[]): Item[] {
  const identityOf = ({ id, name }: Item): string => String(id ?? name);
  const present = new Set(other.map(identityOf));
  return items.filter((item) => !present.has(identityOf(item)));
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
  const custom = changedCustomFields(earlier.extra_attrs, later.extra_attrs);
  const changes = [...changedFields(states, options), ...custom];
  return {
    changes: changes.filter((change) => custom.includes(change) || isShownChange(change.key, options.layout)),
    changedKeys: new Set(changes.map(({ key }) => key)),
    addedLabels: hasLabels ? itemsMissingIn(labelsBefore, labelsAfter) : null,
    removedLabels: hasLabels ? itemsMissingIn(labelsAfter, labelsBefore) : null,
    earlier: collected(earlier, prefix).values,
  };
}

/** Returns the keys of the compared values, as they appear in a list of changes. */
const shownKeys = (states: readonly State[], options: ComparedKeysOptions): string[] =>
  comparedKeys(states, options).map((key) => shownKey(key, states));

/** Returns the keys of the fields that are null in one state and missing in the other. */
function keysOfLoneNulls(
  state: JsonObject,
  other: JsonObject,
  { prefix, keys }: ComparedKeysOptions['layout'],
): string[] {
  const known = fieldKeysUnder(prefix);
  return Object.keys(state)
    .filter((name) => state[name] === null && !Object.hasOwn(other, name))
    .flatMap((name) => {
      const { rule, key, namesKey, nestedPrefix, peopleKeys } = known.of(name);
      if (rule.isNamedList) return [rule.isPeopleAlone ? peopleKeys.namesKey : namesKey];
      return rule.isRecord ? keys.filter((each) => each.startsWith(`${nestedPrefix}_`)) : [key];
    });
}

/**
 * Returns the keys of the fields that cannot be compared, because only one of the two states contains them or because
 * their values have different shapes.
 *
 * @param earlierSubject - the previous state as sent, nested at most 200 levels deep
 * @param laterSubject - the later state
 */
export function uncomparedKeys(
  earlierSubject: JsonObject,
  laterSubject: JsonObject,
  options: ComparedKeysOptions,
): ReadonlySet<string> {
  const { layout } = options;
  const complete = [withoutUser(earlierSubject), withoutUser(laterSubject)] as const;
  const [earlier, later] = complete;
  const stateOf = (subject: JsonObject): State => collected(subject, layout.prefix);
  const compared = new Set(shownKeys(commonFields(earlier, later).map(stateOf), options));
  const sent = complete.flatMap((subject) => shownKeys([stateOf(subject)], options));
  const loneNulls = [...keysOfLoneNulls(earlier, later, layout), ...keysOfLoneNulls(later, earlier, layout)];
  const customKeys = complete.map(({ extra_attrs }) => new Set(customFieldsOf(extra_attrs).map(({ key }) => key)));
  const loneCustomKeys = customKeys.flatMap((keys, index) =>
    [...keys].filter((key) => !customKeys[1 - index]?.has(key)),
  );
  return new Set([...sent, ...loneNulls].filter((key) => !compared.has(key)).concat(loneCustomKeys));
}

/** A field whose changes can be shown. */
export interface ComparableField extends Pick<Change, 'key' | 'field'> {
  /** The prefix of the nested record that it belongs to; null for a field of the object itself. */
  readonly owner: string | null;
}

/**
 * Returns the fields of an object whose changes are shown, without the fields that identify it.
 *
 * @param completeSubject - a subject with every field
 */
export function comparableFields(completeSubject: JsonObject, options: ComparedKeysOptions): ComparableField[] {
  const { layout } = options;
  const state = collected(withoutUser(completeSubject), layout.prefix);
  const indices = new Map([...state.values.keys()].map((key, index) => [key, index]));
  const ownerOf = (key: string): string | null => {
    const position = state.groups.findLastIndex(({ index }) => index <= (indices.get(key) ?? 0));
    return position > 0 ? (state.groups[position]?.prefix ?? null) : null;
  };
  return comparedKeys([state], options)
    .filter((key) => key !== `${layout.prefix}_id` && isShownChange(key, layout))
    .map((key) => {
      const shown = shownKey(key, [state]);
      return { key: shown, field: labelOf(shown), owner: ownerOf(key) };
    });
}
