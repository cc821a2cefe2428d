/**
 * Conversion of a subject to a flat record. A subject is a TutorCruncher object as webhooks and the API send it.
 * Searches and actions use this file without an event. Keys are a contract with every existing Zap: they may be added,
 * but never renamed or removed.
 */

import { isJsonObject, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { addressOf } from './addresses.ts';
import { chargedStudentNames } from './charged-students.ts';
import { addCustomFields } from './custom-fields.ts';
import { fieldKeysUnder, keepKey, renameInItems, type ListKeys, type Rename } from './field-keys.ts';
import type { FieldRule } from './field-rules.ts';
import { inOrder, itemKeysInOrder, type KeyGroup } from './key-order.ts';
import { KeyedValues } from './keyed-values.ts';
import { layoutWith, type Layout } from './layout.ts';
import { fillItems, listInItem, type FillCount } from './line-items.ts';
import { NEUTRAL_LOCALE, type Locale } from './locale.ts';
import { placedRecord, type GroupStart, type Sections } from './placement.ts';
import type { FlatRecord, Item } from './record.ts';
import { isBlank, joinedName, joinNames, joinScalars, toNumber, toText } from './values.ts';

/** Number of nesting levels that become keys. Deeper values become JSON text. */
const MAX_LEVELS = 8;

/** Maximum number of items. A longer list, which no agency has, becomes JSON text. */
const MAX_ITEMS = 50_000;

/** Key of the names of the students whom charges are about. */
const CHARGED_STUDENTS = 'student_names';

type BlankItems = Layout['blankItems'];
const NO_ITEMS: BlankItems = new Map();

/** Settings for collecting the fields of a root record, which is a subject or an item of a list. */
interface Collection {
  readonly isSubject: boolean;
  /** Items of the subject's lists in which all static keys are null. */
  readonly blankItems: BlankItems;
  readonly rename: Rename;
  readonly filled: FillCount;
  /** Receives the start of each record's keys; null for an item of a list. */
  readonly groups: GroupStart[] | null;
  /** Receives the keys of values that are computed from other values of the subject; null if they are not needed. */
  readonly derivedKeys: Set<string> | null;
}

/** Matches a text that replaces a record and contains the record's id. */
const DIGITS = /^\d+$/;

const isNameField = (name: string): boolean => name === 'name' || name === 'first_name' || name === 'last_name';

/**
 * Returns the value of a field in the shape that the field should have. If a name is expected, a list becomes null. If
 * a person is expected, a list without records becomes null. If a record is expected, a list with one entry becomes
 * that entry.
 */
function wellFormed(value: unknown, name: string, { isRecord, isPerson }: FieldRule): unknown {
  if (typeof value === 'string') return (isRecord || name === 'name') && isBlank(value) ? null : value;
  if (!Array.isArray(value)) return value;
  if (isNameField(name)) return null;
  if (!isRecord) return value;
  const [first] = value as unknown[];
  if (value.length === 1 && !Array.isArray(first)) return first;
  return value.length === 0 || (isPerson && !value.some(isJsonObject)) ? null : value;
}

/** Collects the fields of a record and, level by level, of the records nested in it. */
function collect(root: JsonObject, rootPrefix: string, rootLevel: number, collection: Collection, out: KeyedValues) {
  const { isSubject: isSubjectRoot, rename } = collection;
  const queue: { record: JsonObject; prefix: string; level: number }[] = [
    { record: root, prefix: rootPrefix, level: rootLevel },
  ];
  // The queue grows while it is iterated. It replaces recursion, so that deeply nested bodies cannot overflow the call
  // stack.
  for (const { record, prefix, level } of queue) {
    const isSubject = isSubjectRoot && record === root;
    collection.groups?.push({ prefix, index: out.added.length });
    const keys = fieldKeysUnder(prefix, rename);
    let needsName = isBlank(record.name);
    let needsAddress = isBlank(record.address);

    for (const name in record) {
      if (isSubject && (name === 'model' || name === 'extra_attrs')) continue;

      const field = keys.of(name);
      const { rule, key } = field;
      const value = wellFormed(record[name], name, rule);
      if (needsName && (name === 'first_name' || name === 'last_name')) {
        needsName = false;
        out.put(keys.nameKey, joinedName(record));
        collection.derivedKeys?.add(keys.nameKey);
      }
      if (needsAddress && rule.isAddressPart) {
        needsAddress = false;
        out.put(keys.addressKey, addressOf(record));
        collection.derivedKeys?.add(keys.addressKey);
      }
      if (name === 'address' && isBlank(value) && addressOf(record) !== null) continue;
      if (name === 'name' && isBlank(value) && joinedName(record) !== null) continue;

      if (Array.isArray(value) || (isSubject && rule.isPeopleAlone && value !== null && value !== undefined)) {
        const list: readonly unknown[] = Array.isArray(value) ? value : [value];
        collectList(list, isSubject && rule.isPeopleAlone ? field.peopleKeys : field, rule, level, collection, out);
        if (isSubject && name === 'charges') {
          out.put(CHARGED_STUDENTS, chargedStudentNames(list));
          collection.derivedKeys?.add(CHARGED_STUDENTS);
        }
      } else if (isJsonObject(value)) {
        if (level < MAX_LEVELS) queue.push({ record: value, prefix: field.nestedPrefix, level: level + 1 });
        else out.put(key, JSON.stringify(value));
      } else if (rule.isRecord && typeof value === 'number') {
        out.put(field.idKey, value);
      } else if (rule.isRecord && typeof value === 'string') {
        if (DIGITS.test(value)) out.put(field.idKey, toNumber(value));
        else out.put(field.nameKey, value);
      } else if (value !== null || !(rule.isRecord || rule.isNamedList)) {
        // If a record or a list is null, its field adds nothing to the static keys.
        const scalar = toScalar(value);
        out.put(key, rule.isNumber ? toNumber(scalar) : rule.isText ? toText(scalar) : scalar);
      }
    }
  }
}

function collectList(
  list: readonly unknown[],
  { key, namesKey }: ListKeys,
  rule: FieldRule,
  level: number,
  { isSubject, blankItems, filled, derivedKeys }: Collection,
  out: KeyedValues,
): void {
  if (!isSubject) {
    out.put(key, listInItem(list));
    return;
  }
  if (!rule.isNamedList && !blankItems.has(key) && !list.some(isJsonObject)) {
    out.put(key, joinScalars(list));
    return;
  }
  if (level >= MAX_LEVELS || list.length > MAX_ITEMS) {
    out.put(key, JSON.stringify(list));
    return;
  }

  const itemCollection = {
    isSubject: false,
    blankItems: NO_ITEMS,
    rename: renameInItems(rule),
    filled,
    groups: null,
    derivedKeys: null,
  };
  const blank = blankItems.get(key) ?? rule.blankItem;
  const items: KeyedValues<Scalar>[] = [];
  for (const entry of list) {
    if (entry !== null) items.push(collectItem(entry, level + 1, blank, itemCollection));
  }
  out.put(key, fillItems(items, blank, filled));
  if (rule.isNamedList) {
    // Skills have no name, so use the subject.
    const names = items.map(({ record }) => record[rule.isSkills ? 'subject' : 'name'] ?? null);
    out.put(namesKey, joinNames(names));
    derivedKeys?.add(namesKey);
  }
}

function collectItem(
  entry: unknown,
  level: number,
  blank: Readonly<Item>,
  collection: Collection,
): KeyedValues<Scalar> {
  const item = new KeyedValues<Scalar>(blank);
  if (isJsonObject(entry)) collect(entry, '', level, collection, item);
  else item.put(typeof entry === 'number' ? 'id' : typeof entry === 'string' ? 'name' : 'value', toScalar(entry));
  return item;
}

/**
 * Merges the `user` record of the older shape into its subject. If both contain a field, the subject's own value wins.
 */
export function withoutUser(subject: JsonObject): JsonObject {
  const { user } = subject;
  // A list of names does not tell first names from last names.
  const isEmpty = user === null || Array.isArray(user);
  if (!isJsonObject(user) && !isEmpty) return subject;
  // Without a prototype, a field named "__proto__" is a field like any other.
  const merged = Object.create(null) as JsonObject;
  for (const [name, value] of Object.entries(subject)) {
    if (name !== 'user') merged[name] = value;
  }
  for (const [name, value] of Object.entries(isJsonObject(user) ? user : {})) {
    merged[name] ??= value;
  }
  return merged;
}

/**
 * Adds the fields of a subject, including its custom fields, to a record's values.
 *
 * @param subject - the subject in the newer shape; see {@link withoutUser}
 * @param prefix - prefix of its own fields
 * @param blankItems - items of its lists in which all static keys are null
 * @param derivedKeys - receives the keys of values that are derived from other values: names and addresses joined from
 *   their parts, and the names of a list's entries
 */
export function collectSubject(
  subject: JsonObject,
  prefix: string,
  blankItems: BlankItems,
  out: KeyedValues,
  derivedKeys: Set<string> | null = null,
): Sections {
  const groups: GroupStart[] = [];
  const filled = { count: 0 };
  collect(subject, prefix, 1, { isSubject: true, blankItems, rename: keepKey, filled, groups, derivedKeys }, out);
  const customFields = out.added.length;
  addCustomFields(subject.extra_attrs, out);
  return { groups, customFields };
}

/** Derives the static keys of an object from a subject that has every field of TutorCruncher's newer shape. */
export function layoutOf(prefix: string, completeSubject: JsonObject): Layout {
  const out = new KeyedValues();
  const { groups, customFields } = collectSubject(withoutUser(completeSubject), prefix, NO_ITEMS, out);
  const entries = Object.entries(out.record).slice(0, customFields);
  const [own = { prefix, entries: [] }, ...nested] = groups.map((group, position): KeyGroup => {
    return { prefix: group.prefix, entries: entries.slice(group.index, groups[position + 1]?.index) };
  });
  const itemKeys: Record<string, readonly string[]> = {};
  for (const [key, value] of entries) {
    if (Array.isArray(value) && value[0]) itemKeys[key] = itemKeysInOrder(value[0]);
  }
  return layoutWith({ prefix, ...inOrder(own, nested), itemKeys });
}

/**
 * Converts a subject without an event to a record. Its `id` is TutorCruncher's id of the object.
 *
 * @param subject - the object as the API returns it, in either shape, nested at most 200 levels deep
 * @param layout - the static keys of its object
 * @param locale - the settings of ready-made values
 */
export function flattenSubject(subject: JsonObject, layout: Layout, locale: Locale = NEUTRAL_LOCALE): FlatRecord {
  const merged = withoutUser(subject);
  const id: FlatRecord = { id: toNumber(toScalar(merged.id)) };
  const out = new KeyedValues(layout.blank, id);
  const sections = collectSubject(merged, layout.prefix, layout.blankItems, out);
  return { ...id, ...placedRecord(out, layout, sections, locale) };
}
