/**
 * Conversion of a subject, a TutorCruncher object as webhooks and the API send it, to a flat record. Keys are a contract
 * with every existing Zap: they may be added, but never renamed or removed.
 */

import { isJsonObject, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { addressOf } from './addresses.ts';
import { addCustomFields } from './custom-fields.ts';
import { joinKey, namesKeyOf, nestedPrefixOf, renameInItems } from './field-keys.ts';
import { fieldRule, type FieldRule } from './field-rules.ts';
import { inOrder, itemKeysInOrder, type KeyGroup } from './key-order.ts';
import { KeyedValues } from './keyed-values.ts';
import { layoutWith, type Layout } from './layout.ts';
import { chargedStudentNames, fillItems, listInItem, type FillCount } from './line-items.ts';
import { NEUTRAL_LOCALE, type Locale } from './locale.ts';
import { placedRecord } from './placement.ts';
import type { FlatRecord } from './record.ts';
import { isBlank, isRecordId, joinedName, joinNames, joinScalars, toNumber, toText } from './values.ts';

/** Number of nesting levels that become keys. Deeper values become JSON text. */
const MAX_LEVELS = 8;
/** Maximum number of items. A longer list, which no agency has, becomes JSON text. */
const MAX_ITEMS = 50_000;

type BlankItems = Layout['blankItems'];

/** Settings for collecting the fields of a root record, which is a subject or an item of a list. */
interface Collection {
  readonly isSubject: boolean;
  /** Items of the subject's lists in which all static keys are null. */
  readonly blankItems: BlankItems;
  /** Renames the key of a field. */
  readonly rename: (key: string) => string;
  readonly filled: FillCount;
}

/**
 * Returns the value of a field in the shape that the field should have. Instead of a name, a list becomes null. Instead
 * of a record, a list becomes its only entry; instead of a person, a list without records becomes null.
 */
function wellFormed(value: unknown, name: string, { isRecord, isPerson }: FieldRule): unknown {
  if (typeof value === 'string') return (isRecord || name === 'name') && isBlank(value) ? null : value;
  if (!Array.isArray(value)) return value;
  if (name === 'name' || name === 'first_name' || name === 'last_name') return null;
  if (!isRecord) return value;
  const [first] = value as unknown[];
  if (value.length === 1 && !Array.isArray(first)) return first;
  return value.length === 0 || (isPerson && !value.some(isJsonObject)) ? null : value;
}

/** Collects the fields of a record and, level by level, of the records nested in it. */
function collect(root: JsonObject, rootPrefix: string, rootLevel: number, collection: Collection, out: KeyedValues) {
  const { rename } = collection;
  const queue = [{ record: root, prefix: rootPrefix, level: rootLevel }];
  // The queue grows while it is iterated. It replaces recursion, so that deeply nested bodies cannot overflow the call
  // stack.
  for (const { record, prefix, level } of queue) {
    const isSubject = collection.isSubject && record === root;
    out.startGroup(prefix);
    const ownKey = (word: string): string => rename(joinKey(prefix, word));
    let needsName = isBlank(record.name);
    let needsAddress = isBlank(record.address);

    for (const name in record) {
      if (isSubject && (name === 'model' || name === 'extra_attrs')) continue;

      const rule = fieldRule(name);
      const key = ownKey(rule.word);
      const value = wellFormed(record[name], name, rule);
      if (needsName && (name === 'first_name' || name === 'last_name')) {
        needsName = false;
        out.putDerived(ownKey('name'), joinedName(record));
      }
      if (needsAddress && rule.isAddressPart) {
        needsAddress = false;
        out.putDerived(ownKey('address'), addressOf(record));
      }
      if (name === 'address' && isBlank(value) && addressOf(record) !== null) continue;
      if (name === 'name' && isBlank(value) && joinedName(record) !== null) continue;

      if (Array.isArray(value) || (isSubject && rule.isPeopleAlone && value !== null && value !== undefined)) {
        const list: readonly unknown[] = Array.isArray(value) ? value : [value];
        const listKey = isSubject && rule.isPeopleAlone ? rule.word : key;
        if (collection.isSubject) collectList(list, listKey, rule, level, collection, out);
        else out.put(key, listInItem(list));
        if (isSubject && name === 'charges') out.putDerived('student_names', chargedStudentNames(list));
      } else if (isJsonObject(value)) {
        if (level < MAX_LEVELS) queue.push({ record: value, prefix: nestedPrefixOf(rule, prefix), level: level + 1 });
        else out.put(key, JSON.stringify(value));
      } else if (rule.isRecord && isRecordId(value)) {
        out.put(rename(`${nestedPrefixOf(rule, prefix)}_id`), toNumber(value));
      } else if (rule.isRecord && typeof value === 'string') {
        out.put(rename(`${nestedPrefixOf(rule, prefix)}_name`), value);
      } else if (value !== null || !(rule.isRecord || rule.isNamedList)) {
        // If a record or a list is null, its field adds nothing to the static keys.
        const scalar = toScalar(value);
        out.put(key, rule.isNumber ? toNumber(scalar) : rule.isText ? toText(scalar) : scalar);
      }
    }
  }
}

/** Collects a list of the subject itself. */
function collectList(
  list: readonly unknown[],
  key: string,
  rule: FieldRule,
  level: number,
  collection: Collection,
  out: KeyedValues,
): void {
  const { blankItems, filled } = collection;
  if (!rule.isNamedList && !blankItems.has(key) && !list.some(isJsonObject)) {
    out.put(key, joinScalars(list));
    return;
  }
  if (level >= MAX_LEVELS || list.length > MAX_ITEMS) {
    out.put(key, JSON.stringify(list));
    return;
  }

  const inItems = { ...collection, isSubject: false, rename: renameInItems(rule) };
  const blank = blankItems.get(key) ?? rule.blankItem;
  const items = list
    .filter((entry) => entry !== null)
    .map((entry) => {
      const item = new KeyedValues<Scalar>(blank);
      if (isJsonObject(entry)) collect(entry, '', level + 1, inItems, item);
      else item.put(typeof entry === 'number' ? 'id' : typeof entry === 'string' ? 'name' : 'value', toScalar(entry));
      return item;
    });
  out.put(key, fillItems(items, blank, filled));
  if (rule.isNamedList) {
    // Skills have no name, so use the subject.
    const names = items.map(({ record }) => record[rule.isSkills ? 'subject' : 'name'] ?? null);
    out.putDerived(namesKeyOf(key), joinNames(names));
  }
}

/** Merges the `user` record of the older shape into its subject, whose own values win. */
export function withoutUser(subject: JsonObject): JsonObject {
  const { user } = subject;
  // A list of names does not tell first names from last names.
  const isEmpty = user === null || Array.isArray(user);
  if (!isJsonObject(user) && !isEmpty) return subject;
  // Without a prototype, a field named "__proto__" is a field like any other.
  const merged = Object.assign(Object.create(null) as JsonObject, subject);
  delete merged.user;
  for (const [name, value] of Object.entries(isJsonObject(user) ? user : {})) merged[name] ??= value;
  return merged;
}

/**
 * Adds the fields of a subject, including its custom fields, to a record's values.
 *
 * @param subject - the subject in the newer shape; see {@link withoutUser}
 * @param blankItems - items of its lists in which all static keys are null
 */
export function collectSubject(subject: JsonObject, prefix: string, blankItems: BlankItems, out: KeyedValues): void {
  const rename = (key: string): string => key;
  collect(subject, prefix, 1, { isSubject: true, blankItems, rename, filled: { count: 0 } }, out);
  out.startGroup('custom');
  addCustomFields(subject.extra_attrs, out);
}

/** Derives the static keys of an object from a subject that has every field of TutorCruncher's newer shape. */
export function layoutOf(prefix: string, completeSubject: JsonObject): Layout {
  const out = new KeyedValues();
  collectSubject({ ...withoutUser(completeSubject), extra_attrs: null }, prefix, new Map(), out);
  const entries = Object.entries(out.record);
  const [own = { prefix, entries: [] }, ...nested] = out.groups.map((group, position): KeyGroup => ({
    prefix: group.prefix,
    entries: entries.slice(group.index, out.groups[position + 1]?.index),
  }));
  const itemKeys = entries.flatMap(([key, value]) =>
    Array.isArray(value) && value[0] ? [[key, itemKeysInOrder(value[0])] as const] : [],
  );
  return layoutWith({ prefix, ...inOrder(own, nested), itemKeys: Object.fromEntries(itemKeys) });
}

/**
 * Returns the fields of a subject in the order of its record.
 *
 * @param subject - the subject in the newer shape; see {@link withoutUser}
 * @param reserved - values that the record has under other keys, which are not available to the subject
 */
export function subjectFields(
  subject: JsonObject,
  layout: Layout,
  reserved: Readonly<FlatRecord>,
  locale: Locale,
): FlatRecord {
  const out = new KeyedValues(layout.blank, reserved);
  collectSubject(subject, layout.prefix, layout.blankItems, out);
  return placedRecord(out, layout, locale);
}

/**
 * Converts a subject without an event to a record. Its `id` is TutorCruncher's id of the object.
 *
 * @param subject - the object as the API returns it, in either shape, nested at most 200 levels deep
 */
export function flattenSubject(subject: JsonObject, layout: Layout, locale: Locale = NEUTRAL_LOCALE): FlatRecord {
  const merged = withoutUser(subject);
  const id: FlatRecord = { id: toNumber(toScalar(merged.id)) };
  return { ...id, ...subjectFields(merged, layout, id, locale) };
}
