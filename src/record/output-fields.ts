/** Output fields: the label and type of each key of a record in Zapier's editor. */

import type { Scalar } from '../../wire/json.ts';
import { fieldLabelOf, itemFieldLabelOf } from './field-labels.ts';
import { isFileKey, isMomentKey, isOffsetDateTime } from './ready-made.ts';
import type { FieldValue, FlatRecord } from './record.ts';

/** Types of output fields that this app uses. */
export type FieldType = 'string' | 'number' | 'boolean' | 'datetime' | 'file';

/** An output field as Zapier defines it. The fields of line items have keys such as `students[]name`. */
export interface OutputField {
  readonly key: string;
  readonly label: string;
  readonly type: FieldType;
}

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
 * @param sample - a record with as many values as possible, because types follow from values
 * @param idLabel - the label of the record's `id`
 */
export function outputFieldsOf(sample: FlatRecord, idLabel = 'Event ID'): OutputField[] {
  const keys = new Set(Object.keys(sample));
  return Object.entries(sample).flatMap(([key, value]) => fieldsOf(key, value, keys, idLabel));
}
