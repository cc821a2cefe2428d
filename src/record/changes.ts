/**
 * The difference between two states of a subject, which come from two events about it. The comparison covers the fields
 * that both states have. It ignores values that records add, times of the last update, temporary links and, by default,
 * balances. The lists of a subject differ if an entry was added or removed; an entry is identified by its id.
 */

import type { JsonObject, Scalar } from '../../wire/json.ts';
import { commonFields } from './common-fields.ts';
import { customFieldsOf } from './custom-fields.ts';
import { fieldKeysUnder, namesKeyOf } from './field-keys.ts';
import { KeyedValues } from './keyed-values.ts';
import { labelOf } from './labels.ts';
import { dayText, localTime, textOf } from './local-time.ts';
import type { FieldValue, Item, Layout } from './record.ts';
import { comparableForm, haveSameEntries, isSameValue } from './same-value.ts';
import { collectSubject, withoutUser } from './subject.ts';
import type { TimeZone } from './time-zone.ts';
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
}

/** The difference between two states of a subject. */
export interface Comparison {
  readonly changes: readonly Change[];
  /** The labels that only the later state has; null if either state does not contain its labels. */
  readonly addedLabels: readonly Item[] | null;
  /** The labels that only the previous state has; null if either state does not contain its labels. */
  readonly removedLabels: readonly Item[] | null;
  /** The values of the previous state by key, with the values that a record adds to names, addresses and lists. */
  readonly earlier: ReadonlyMap<string, FieldValue>;
}

/** Settings that determine which values are compared. */
export interface ComparedKeysOptions {
  /** The prefix of the subject's own fields, and its static keys in the order of its records. */
  readonly layout: Pick<Layout, 'prefix' | 'keys'>;
  /** True to compare balances as well. They change with every lesson and payment. */
  readonly hasBalances: boolean;
}

/** Settings of a comparison. */
export interface ComparisonOptions extends ComparedKeysOptions {
  /** The time zone of times that are written out. */
  readonly timeZone: TimeZone;
}

const LAST_UPDATE = /_updated(?:_at)?$/;
const BALANCE = '_balance';
/** A link that TutorCruncher signs anew for each delivery (TutorCruncher's API docs, "invoice object"). */
const TEMPORARY_LINK = '_pdf_url';

/** Returns true for the key of a value that can change although the object does not. */
const isNoise = (key: string): boolean => LAST_UPDATE.test(key) || key.endsWith(TEMPORARY_LINK);

/** The collected values of a state. */
interface State {
  readonly values: ReadonlyMap<string, FieldValue>;
  /** The keys of values that are derived from other values. */
  readonly derivedKeys: ReadonlySet<string>;
}

function collected(subject: JsonObject, prefix: string): State {
  const out = new KeyedValues();
  const derivedKeys = new Set<string>();
  // Omit static keys, which would make an item without a field look like an item with an empty field.
  collectSubject({ ...subject, extra_attrs: null }, prefix, new Map(), out, derivedKeys);
  return { values: new Map(Object.entries(out.record)), derivedKeys };
}

/** Keys that describe items without a name, such as the items of an invoice. */
const DESCRIPTIONS = [
  'name',
  'subject',
  'institution',
  'lesson_topic',
  'ad_hoc_charge_description',
  'custom_description',
];

/** Returns text that identifies an item: its name or, without a name, its first value. */
function itemText(item: Item): string {
  const values = [...DESCRIPTIONS.map((key) => item[key]), ...Object.values(item)];
  return String(values.find((value) => !isBlank(value)) ?? '');
}

const scalarText = (value: Scalar, zone: TimeZone): string => {
  const local = localTime(value, zone);
  return local ? textOf(local) : (dayText(value) ?? String(value ?? ''));
};

function textAt(key: string, { values }: State, zone: TimeZone): string {
  const value = values.get(key) ?? null;
  if (!Array.isArray(value)) return scalarText(value, zone);
  const names = values.get(namesKeyOf(key));
  return typeof names === 'string' && names !== '' ? names : value.map(itemText).join(', ');
}

/** Returns an item's text with its level, id or amount, which distinguishes items with the same name. */
function detailedText(item: Item): string {
  const detail = item.level ?? item.id ?? item.amount ?? null;
  return detail === null ? itemText(item) : `${itemText(item)} (${String(detail)})`;
}

/**
 * Returns a changed value as text, before and after the change. If the entries' names are the same, as for a skill
 * whose level changed, the text has more detail.
 */
function textsAt(key: string, [earlier, later]: readonly [State, State], zone: TimeZone): [string, string] {
  const texts: [string, string] = [textAt(key, earlier, zone), textAt(key, later, zone)];
  const lists = [earlier.values.get(key), later.values.get(key)];
  if (texts[0] !== texts[1] || !lists.every((list) => Array.isArray(list))) return texts;
  const [before = '', after = ''] = lists.map((list) => list.map(detailedText).join(', '));
  return [before, after];
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
  const keys = Object.keys(earlier[0] ?? {}).filter((key) => later[0] && key in later[0] && !isNoise(key));
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
    !isNoise(key) && (hasBalances || !key.endsWith(BALANCE)) && !states.some(({ derivedKeys }) => derivedKeys.has(key));
  return [...layout.keys.filter((key) => keys.delete(key)), ...keys].filter(isCompared);
}

/** Returns the key that represents a value in a list of changes. */
const shownKey = (key: string, states: readonly State[]): string =>
  states.some(({ derivedKeys }) => derivedKeys.has(namesKeyOf(key))) ? namesKeyOf(key) : key;

function changedFields([earlier, later]: readonly [State, State], options: ComparisonOptions): Change[] {
  const { timeZone } = options;
  return comparedKeys([later, earlier], options)
    .filter((key) => !isSame(earlier.values.get(key) ?? null, later.values.get(key) ?? null))
    .map((key) => {
      const shown = shownKey(key, [earlier, later]);
      const [before, after] = textsAt(key, [earlier, later], timeZone);
      return { key: shown, field: labelOf(shown), before, after };
    });
}

/** Returns the changed custom fields. Their values are texts as TutorCruncher sends them. */
function changedCustomFields(earlier: unknown, later: unknown): Change[] {
  const before = new Map(customFieldsOf(earlier).map((field) => [field.key, field]));
  return customFieldsOf(later).flatMap(({ key, name, value, entries }) => {
    const was = before.get(key);
    if (!was || isSameValue(was.value, value)) return [];
    if (was.entries && entries && haveSameEntries(was.entries, entries)) return [];
    return [{ key, field: name ?? labelOf(key), before: String(was.value ?? ''), after: String(value ?? '') }];
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
  return {
    changes: [...changedFields(states, options), ...changedCustomFields(earlier.extra_attrs, later.extra_attrs)],
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

/**
 * Returns the fields of an object that are compared, without the fields that identify it.
 *
 * @param completeSubject - a subject with every field
 */
export function comparableFields(
  completeSubject: JsonObject,
  options: ComparedKeysOptions,
): Pick<Change, 'key' | 'field'>[] {
  const { prefix } = options.layout;
  const state = collected(withoutUser(completeSubject), prefix);
  return shownKeys([state], options)
    .filter((key) => key !== `${prefix}_id` && key !== `${prefix}_url`)
    .map((key) => ({ key, field: labelOf(key) }));
}
