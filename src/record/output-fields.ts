/** Output fields: the label and type of each key of a record in Zapier's editor. */

import type { Scalar } from '../../wire/json.ts';
import { itemLabelOf, labelOf } from './labels.ts';
import { isMomentKey, isOffsetDateTime } from './moment-keys.ts';
import type { FieldValue, FlatRecord } from './record.ts';

/** Types of output fields that this app uses. */
export type FieldType = 'string' | 'number' | 'boolean' | 'datetime';

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

function fieldsOf(key: string, value: FieldValue, idLabel: string): OutputField[] {
  if (!Array.isArray(value)) {
    const type = isMomentKey(key, value) ? 'datetime' : typeOf(value);
    return [{ key, label: key === 'id' ? idLabel : labelOf(key), type }];
  }
  const [item = {}] = value;
  return Object.entries(item).map(([itemKey, entry]) => ({
    key: `${key}[]${itemKey}`,
    label: itemLabelOf(key, itemKey),
    type: typeOf(entry),
  }));
}

/**
 * Derives the output fields of an object from a sample record.
 *
 * @param sample - a record with as many values as possible, because types follow from values
 * @param idLabel - the label of the record's `id`
 */
export const outputFieldsOf = (sample: FlatRecord, idLabel = 'Event ID'): OutputField[] =>
  Object.entries(sample).flatMap(([key, value]) => fieldsOf(key, value, idLabel));
