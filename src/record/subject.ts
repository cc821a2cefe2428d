/**
 * Converts a subject to a flat record. A subject is a TutorCruncher object in the form that webhooks and the API send.
 * Keys are a contract with every existing Zap: add keys, but never rename or remove a key.
 */

import { isJsonObject, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { addressOf } from './address.ts';
import { withoutEarlyAttendance } from './attendance.ts';
import { describeLines, LINE_KEYS, unitsOfLine } from './charge-lines.ts';
import { addCustomFields } from './custom-fields.ts';
import { fieldRule, joinKey, namesKeyOf, nestedPrefixOf, renameInItems, type FieldRule } from './field-rules.ts';
import { KeyedValues } from './keyed-values.ts';
import type { Layout } from './layout.ts';
import { chargedStudentNames, fillItems, listInItem, type FillCount } from './line-items.ts';
import { branchFields } from './branch-fields.ts';
import { NEUTRAL_LOCALE, type Locale } from './locale.ts';
import { fillReadyMade, timeTexts } from './ready-made.ts';
import type { FlatRecord } from './record.ts';
import { isBlank, isRecordId, joinedName, joinNames, joinScalars, toNumber, toText } from './values.ts';

/** Maximum number of nesting levels whose fields get keys. Deeper values are converted to JSON text. */
const MAX_LEVELS = 8;
/**
 * Maximum number of items in a list that is converted to line items. A longer list is converted to JSON text. No agency
 * is known to have such long lists.
 */
const MAX_ITEMS = 50_000;

type BlankItems = Layout['blankItems'];

/**
 * State for converting the lists of a subject: for each list, an item in which all static keys are null, and the number
 * of nulls in all items so far.
 */
interface Lists {
  readonly blankItems: BlankItems;
  readonly filled: FillCount;
}

/**
 * Returns the value of a field in the shape that the field should have. Where a name is expected, blank text and lists
 * are replaced with null. Where a record is expected, blank text and empty lists are replaced with null, and a list
 * with one entry is replaced with the entry. Where a person is expected, a list without records is replaced with null.
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

/**
 * Collects the fields of a record and, level by level, the fields of its nested records.
 *
 * @param rename - returns the final key of a field
 * @param lists - null for an item of a list. Lists inside an item are converted to text.
 */
function collect(
  root: JsonObject,
  rootPrefix: string,
  rootLevel: number,
  out: KeyedValues,
  rename: (key: string) => string,
  lists: Lists | null,
): void {
  const queue = [{ record: root, prefix: rootPrefix, level: rootLevel }];
  // The queue grows during the iteration. A queue is used instead of recursion, so that deeply nested bodies do not
  // overflow the call stack.
  for (const { record, prefix, level } of queue) {
    const isSubject = lists !== null && record === root;
    out.startGroup(prefix);
    const ownKey = (word: string): string => rename(joinKey(prefix, word));
    let needsName = isBlank(record.name);
    let needsAddress = isBlank(record.address);

    for (const name in record) {
      if (isSubject && (name === 'model' || name === 'extra_attrs')) continue;

      const rule = fieldRule(name);
      if (rule.isPaymentDetail) continue;
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
        if (lists) collectList(list, listKey, rule, level, out, lists);
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
        // A null in place of a record or a named list adds no key, because the static keys include the keys of the
        // record or list.
        const scalar = toScalar(value);
        out.put(key, rule.isNumber ? toNumber(scalar) : rule.isText ? toText(scalar) : scalar);
      }
    }
  }
}

const isChargeList = (key: string): boolean => /^(?:invoice|payment_order)_charges$/.test(key);

/** Collects a charge of an invoice or a payment order, with all its ready-made values except the description. */
function collectCharge(charge: JsonObject, level: number, item: KeyedValues<Scalar>, rename: (key: string) => string) {
  for (const key of LINE_KEYS) item.put(key, null);
  collect(charge, '', level + 1, item, rename, null);
  for (const [key, value] of Object.entries(unitsOfLine(item.record))) item.putDerived(key, value);
  item.putDerived('student_names', chargedStudentNames([charge]));
}

/** Collects a list that is a field of the subject itself or of a nested record, but not of an item. */
function collectList(
  list: readonly unknown[],
  key: string,
  rule: FieldRule,
  level: number,
  out: KeyedValues,
  { blankItems, filled }: Lists,
): void {
  if (!rule.isNamedList && !blankItems.has(key) && !list.some(isJsonObject)) {
    out.put(key, joinScalars(list));
    return;
  }
  if (level >= MAX_LEVELS || list.length > MAX_ITEMS) {
    out.put(key, JSON.stringify(list));
    return;
  }

  const rename = renameInItems(rule);
  const blank = blankItems.get(key) ?? rule.blankItem;
  const items = list
    .filter((entry) => entry !== null)
    .map((entry) => {
      const item = new KeyedValues<Scalar>(blank);
      if (isJsonObject(entry) && isChargeList(key)) collectCharge(entry, level, item, rename);
      else if (isJsonObject(entry)) collect(entry, '', level + 1, item, rename, null);
      else item.put(typeof entry === 'number' ? 'id' : typeof entry === 'string' ? 'name' : 'value', toScalar(entry));
      return item;
    });
  out.put(key, fillItems(items, blank, filled));
  if (rule.isNamedList) {
    // Skills have no name, so the school subject serves as the name.
    const names = items.map(({ record }) => record[rule.isSkills ? 'subject' : 'name'] ?? null);
    out.putDerived(namesKeyOf(key), joinNames(names));
  }
}

/** Merges the `user` record of the older shape into its subject. The subject's own values take precedence. */
export function withoutUser(subject: JsonObject): JsonObject {
  const { user } = subject;
  // A list in place of the record is ignored, because a list does not show which names are first names.
  const isEmpty = user === null || Array.isArray(user);
  if (!isJsonObject(user) && !isEmpty) return subject;
  // In an object without a prototype, a field named "__proto__" is a field like any other.
  const merged = Object.assign(Object.create(null) as JsonObject, subject);
  delete merged.user;
  for (const [name, value] of Object.entries(isJsonObject(user) ? user : {})) merged[name] ??= value;
  return merged;
}

/**
 * Adds the fields of a subject, including its custom fields, to a record's values.
 *
 * @param subject - the subject in the newer shape; see {@link withoutUser}
 * @param blankItems - for the key of each list, an item in which all static keys are null
 */
export function collectSubject(subject: JsonObject, prefix: string, blankItems: BlankItems, out: KeyedValues): void {
  collect(subject, prefix, 1, out, (key) => key, { blankItems, filled: { count: 0 } });
  out.startGroup('custom');
  addCustomFields(subject.extra_attrs, out, prefix);
}

/**
 * Returns the fields of a subject and their ready-made values in the order of a record: the subject's own fields, the
 * fields of nested records, and the custom fields. In the first two groups, fields that this version does not know
 * follow the static keys, in the order in which TutorCruncher sent them.
 *
 * @param subject - the subject in the newer shape; see {@link withoutUser}
 * @param reserved - the record's other values, whose keys are not available to the subject
 */
export function subjectFields(
  subject: JsonObject,
  layout: Layout,
  reserved: Readonly<FlatRecord>,
  locale: Locale,
): FlatRecord {
  const { keys, headLength, customFieldsAt } = layout;
  const out = new KeyedValues(layout.blank, reserved);
  collectSubject(subject, layout.prefix, layout.blankItems, out);
  const { record, added, groups } = out;
  fillReadyMade(record, layout.readyMade, locale);
  for (const [list, itemKeys] of layout.itemReadyMade) {
    const items = record[list];
    if (Array.isArray(items)) for (const item of items) fillReadyMade(item, itemKeys, locale);
  }
  if (layout.prefix === 'lesson' && Array.isArray(record.students)) {
    withoutEarlyAttendance(record.students, record.lesson_status);
  }
  const charges = record[`${layout.prefix}_charges`];
  if (Array.isArray(charges) && isChargeList(`${layout.prefix}_charges`)) describeLines(charges, locale);
  // Without unknown fields, the keys already have this order. Rearranging the keys would take 4 µs per lesson.
  const customFields = groups.at(-1)?.index;
  if (customFields === 0 && (customFieldsAt === null || added.length === 0)) return record;

  // The first group holds the subject's own keys, and the last group holds the custom fields, so there are always at
  // least two groups.
  const nestedStart = groups[1]?.index;
  const placed: FlatRecord = {};
  /** Adds values to the record. A key that the record already has keeps its position. */
  const place = (placedKeys: readonly string[]): void => {
    for (const key of placedKeys) placed[key] = record[key] ?? null;
  };
  if (customFieldsAt !== null) place([...keys.slice(0, customFieldsAt), ...added.slice(customFields)]);
  place(keys.slice(0, headLength));
  for (const key of added.slice(0, nestedStart)) {
    place([key]);
    for (const [end, text] of Object.entries(timeTexts(record[key], locale) ?? {})) {
      if (!out.has(`${key}_${end}`)) placed[`${key}_${end}`] = text;
    }
  }
  place([...keys.slice(headLength), ...added.slice(nestedStart)]);
  return placed;
}

/**
 * Converts a subject without an event to a record. The record's `id` is TutorCruncher's id of the object, and the
 * fields of the branch come last.
 *
 * @param subject - the object as the API returns it, in either shape, nested at most 200 levels deep
 */
export function flattenSubject(subject: JsonObject, layout: Layout, locale: Locale = NEUTRAL_LOCALE): FlatRecord {
  const merged = withoutUser(subject);
  const id: FlatRecord = { id: toNumber(toScalar(merged.id)) };
  const branch = branchFields(locale.branch);
  return { ...id, ...subjectFields(merged, layout, { ...id, ...branch }, locale), ...branch };
}
