/**
 * Output fields: the labels and types that Zapier's editor shows for the keys of a record. If a record contains a value
 * in several forms, the form that people use in messages has the plain label. The other forms have the same label with
 * a suffix in parentheses.
 */

import type { Scalar } from '../../wire/json.ts';
import { itemLabelOf, labelOf } from './field-labels.ts';
import { isFileKey, isMomentKey, isOffsetDateTime, kindOf, UPDATE } from './ready-made.ts';
import type { FieldValue, FlatRecord } from './record.ts';

/** Types of output fields that this app uses. */
export type FieldType = 'string' | 'number' | 'boolean' | 'datetime' | 'file';

/** An output field as Zapier defines it. The fields of line items have keys such as `students[]name`. */
export interface OutputField {
  readonly key: string;
  readonly label: string;
  readonly type: FieldType;
}

const SUFFIXES = { time: 'ISO', amount: 'Number', value: 'Code', html: 'As Sent', phone: '', pdf: '' } as const;

/** Matches the keys of values whose unit depends on the job. */
const UNITS = /(?:^|_)(?<!review_)units$/;

const ENDINGS = new Map(Object.entries({ date: 'Date', time: 'Time', international: 'International' }));

/**
 * Returns the key from which the label of a field is derived, and the suffix that distinguishes the field from other
 * forms of the same value.
 */
function nameAndSuffix(key: string, keys: ReadonlySet<string>): [nameKey: string, suffix: string | null] {
  const ending = key.slice(key.lastIndexOf('_') + 1);
  const base = key.slice(0, -ending.length - 1);
  if (ending === 'text' && keys.has(base)) return [base, null];
  const suffix = ENDINGS.get(ending);
  if (suffix !== undefined && keys.has(base) && (ending === 'international' || keys.has(`${base}_text`))) {
    return [base, suffix];
  }
  if (keys.has(`${key}_text`)) return [key, SUFFIXES[kindOf(key)]];
  if (key.endsWith(UPDATE)) return [key, SUFFIXES.time];
  return [key, UNITS.test(key) ? 'Hours, or 1 per One-Off' : null];
}

const withSuffix = (label: string, suffix: string | null): string => (suffix === null ? label : `${label} (${suffix})`);

/** Returns the label of a field. @param keys - all keys of the field's record */
export function fieldLabelOf(key: string, keys: ReadonlySet<string>): string {
  const [nameKey, suffix] = nameAndSuffix(key, keys);
  // A record holds the URL of a photo, so the output field's label ends with "URL". In a list of changed fields, the
  // label is only "Client Photo".
  return key.endsWith('_photo') ? `${labelOf(key)} URL` : withSuffix(labelOf(nameKey), suffix);
}

/** Returns the label of a line item's field. @param itemKeys - all keys of the items in the list */
export function itemFieldLabelOf(listKey: string, itemKey: string, itemKeys: ReadonlySet<string>): string {
  const [nameKey, suffix] = nameAndSuffix(itemKey, itemKeys);
  return withSuffix(itemLabelOf(listKey, nameKey), suffix);
}

/** Returns the label of a custom field's value as sent, for a record that also contains the value as plain text. */
export const asSentLabel = (label: string): string => withSuffix(label, SUFFIXES.html);

/** Returns the type that fits a sample value. */
export function typeOf(value: Scalar): FieldType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return isOffsetDateTime(value) ? 'datetime' : 'string';
}

function fieldsOf(key: string, value: FieldValue, keys: ReadonlySet<string>, idLabel: string): OutputField[] {
  if (!Array.isArray(value)) {
    const type = isFileKey(key) ? 'file' : isMomentKey(key, value) ? 'datetime' : typeOf(value);
    return [{ key, label: key === 'id' ? idLabel : fieldLabelOf(key, keys), type }];
  }
  const [item = {}] = value;
  const itemKeys = new Set(Object.keys(item));
  return Object.entries(item).map(([itemKey, entry]) => ({
    key: `${key}[]${itemKey}`,
    label: itemFieldLabelOf(key, itemKey, itemKeys),
    type: typeOf(entry),
  }));
}

/**
 * Derives the output fields of an object from a sample record.
 *
 * @param sample - a record with as many values as possible, because types are derived from values
 * @param idLabel - the label of the record's key `id`
 */
export function outputFieldsOf(sample: FlatRecord, idLabel = 'Event ID'): OutputField[] {
  const keys = new Set(Object.keys(sample));
  return Object.entries(sample).flatMap(([key, value]) => fieldsOf(key, value, keys, idLabel));
}
