/**
 * Reads custom fields, which TutorCruncher sends as `extra_attrs` (TutorCruncher's API docs, "custom fields").
 * `extra_attrs` is a list of `{machine_name, name, type, value}` or, in responses to writes, an object that maps
 * machine names to values.
 */

import { isJsonObject, isScalar, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { KeyedValues } from './keyed-values.ts';
import { plainText } from './plain-text.ts';
import { slug } from './product-words.ts';
import { joinScalars } from './values.ts';

/** Returns the entries of `extra_attrs` in either shape. */
function entriesOf(extraAttrs: unknown): JsonObject[] {
  if (Array.isArray(extraAttrs)) {
    return (extraAttrs as unknown[])
      .filter((entry) => entry !== null)
      .map((entry) => (isJsonObject(entry) ? entry : { value: entry }));
  }
  if (isJsonObject(extraAttrs)) {
    return Object.entries(extraAttrs).map(([machine_name, value]) => ({ machine_name, value }));
  }
  return isScalar(extraAttrs) && extraAttrs !== null ? [{ value: extraAttrs }] : [];
}

/**
 * Returns one entry for each custom field of several records: the entry in the first record that has the custom field.
 * Reads several records, because a single record does not always contain all custom fields of its object.
 */
export function entriesOfAll(records: readonly JsonObject[]): JsonObject[] {
  const known = new Set<unknown>();
  return records.flatMap(({ extra_attrs }) => {
    const added = entriesOf(extra_attrs).filter(({ machine_name }) => !known.has(machine_name));
    for (const { machine_name } of added) known.add(machine_name);
    return added;
  });
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() !== '' ? value : null);

const keyOf = (name: unknown): string =>
  `custom_${(typeof name === 'string' || typeof name === 'number' ? slug(String(name)) : '') || 'field'}`;

/** Matches the types of custom fields whose values can contain HTML. */
const LONG_TEXT = /^long text/i;

/**
 * Returns the value that a record shows for a custom field. TutorCruncher sends the word `null` as the text of an empty
 * report.
 */
const shownValue = (value: Scalar, owner: string): Scalar =>
  owner === 'report' && typeof value === 'string' && plainText(value) === 'null' ? null : value;

/**
 * Adds the custom fields of a subject to its values, and returns them with their keys. Also adds the plain text of a
 * long text, unless the key of the plain text is in use.
 *
 * @param owner - the key prefix of the subject's fields
 */
export function addCustomFields(extraAttrs: unknown, values: KeyedValues, owner: string) {
  const sentFields = entriesOf(extraAttrs);
  const ownKeys = new Set(sentFields.map(({ machine_name }) => keyOf(machine_name)));
  return sentFields.map(({ machine_name, name, type, value: sent }) => {
    const ownKey = keyOf(machine_name);
    /**
     * The entries if the custom field holds a list; null for any other value. `value` is a text that joins the entries.
     */
    const entries = Array.isArray(sent) ? (sent as unknown[]) : null;
    const value = shownValue(entries ? joinScalars(entries) : toScalar(sent), owner);
    const isLong = typeof type === 'string' && LONG_TEXT.test(type);
    /** The plain text of a long text, without HTML. */
    const text = isLong && typeof value === 'string' ? plainText(value) : null;
    const isFree = !values.has(ownKey) && !values.has(`${ownKey}_text`) && !ownKeys.has(`${ownKey}_text`);
    const textKey = isLong && isFree ? `${ownKey}_text` : null;
    if (textKey !== null) values.put(textKey, text);
    const key = values.add(ownKey, value);
    return { key, name: textOf(name), type: textOf(type), isLong, value, text, textKey, entries };
  });
}

/**
 * Returns the custom fields of a subject, with their keys in a record.
 *
 * @param owner - the key prefix of the subject's fields
 */
export const customFieldsOf = (extraAttrs: unknown, owner = '') =>
  addCustomFields(extraAttrs, new KeyedValues(), owner);
