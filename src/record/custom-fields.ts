/**
 * Custom fields. TutorCruncher sends them as `extra_attrs`: a list of `{machine_name, name, type, value}` in webhooks
 * and API responses, an object that maps machine names to values in responses to writes (TutorCruncher's API docs,
 * "custom fields").
 */

import { isJsonObject, isScalar, toScalar, type JsonObject, type Scalar } from '../../wire/json.ts';
import { KeyedValues } from './keyed-values.ts';
import { plainText } from './plain-text.ts';
import { slug } from './product-words.ts';
import { joinScalars } from './values.ts';

/** A custom field of a record. Name and type are null if TutorCruncher did not send them. */
export interface CustomFieldValue {
  readonly key: string;
  readonly name: string | null;
  readonly type: string | null;
  readonly value: Scalar;
  /** The value as plain text, for a long text, which may contain HTML; null for any other value. */
  readonly text: string | null;
  /** The key of the plain text; null if the record does not have it. */
  readonly textKey: string | null;
  /** The entries of a list that was joined into the value; null for any other value. */
  readonly entries: readonly unknown[] | null;
}

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
 * Returns the entries of all custom fields that several records have. An entry comes from the first record that has its
 * machine name. A record of one object does not always contain all custom fields of the account.
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

const keyOf = (machineName: unknown): string => {
  const name = typeof machineName === 'string' || typeof machineName === 'number' ? String(machineName) : '';
  return `custom_${slug(name) || 'field'}`;
};

/** The types of fields whose values may contain HTML. */
const LONG_TEXT = /^long text/i;

/**
 * Adds the custom fields of a subject to its values. A long text is also added as plain text, unless another custom field
 * has the key of the plain text.
 *
 * @returns the fields with their keys
 */
export function addCustomFields(extraAttrs: unknown, values: KeyedValues): CustomFieldValue[] {
  const sentFields = entriesOf(extraAttrs);
  const ownKeys = new Set(sentFields.map(({ machine_name }) => keyOf(machine_name)));
  return sentFields.map(({ machine_name, name, type, value: sent }) => {
    const ownKey = keyOf(machine_name);
    const entries = Array.isArray(sent) ? (sent as unknown[]) : null;
    const value = entries ? joinScalars(entries) : toScalar(sent);
    const isLong = typeof type === 'string' && LONG_TEXT.test(type);
    const text = isLong && typeof value === 'string' ? plainText(value) : null;
    const isFree = !values.has(ownKey) && !values.has(`${ownKey}_text`) && !ownKeys.has(`${ownKey}_text`);
    const textKey = isLong && isFree ? `${ownKey}_text` : null;
    if (textKey !== null) values.put(textKey, text);
    return { key: values.add(ownKey, value), name: textOf(name), type: textOf(type), value, text, textKey, entries };
  });
}

/** Returns the custom fields of a subject, with the keys they have in a record. */
export const customFieldsOf = (extraAttrs: unknown): CustomFieldValue[] =>
  addCustomFields(extraAttrs, new KeyedValues());
