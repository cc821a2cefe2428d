/** What a Zap's owner sees of a record: each key's label, by rule from the key in the product's words, and its type. */

import type { FieldValue, FlatRecord } from './subject.ts';
import type { Scalar } from '../../wire/json.ts';

export type FieldType = 'string' | 'number' | 'boolean' | 'datetime';

/** An output field as Zapier takes it; the fields of line items have keys like `students[]name`. */
export interface OutputField {
  readonly key: string;
  readonly label: string;
  readonly type: FieldType;
}

/** Words that title case would get wrong. */
const SPELLINGS = new Map([
  ['id', 'ID'],
  ['url', 'URL'],
  ['pdf', 'PDF'],
  ['to', 'to'],
  ['of', 'of'],
  ['per', 'per'],
]);

/** Keys whose words in order make no good label; matched at the end of a key, after its prefix. */
const PHRASES = new Map([
  ['dt_created', 'Created At'],
  ['dt_updated', 'Updated At'],
  ['dt_raised', 'Raised At'],
  ['dt_resolved', 'Resolved At'],
  ['due_dt', 'Due At'],
  ['reminder_dt', 'Reminder At'],
  ['date_created', 'Created At'],
  ['date_sent', 'Sent At'],
  ['date_paid', 'Paid At'],
  ['date_void', 'Voided At'],
  ['date_occurred', 'Occurred At'],
  ['net_gross', 'Net or Gross'],
  ['latest_lesson_ad_hoc_charge', 'Latest Lesson or Ad Hoc Charge'],
  ['created', 'Created At'],
  ['role_role_type', 'Role Type'],
  ['charge_client_forex', 'Client Cost in Foreign Currency'],
  ['pay_tutor', 'Tutor Pay'],
  ['work_done_details_amount_owed', 'Amount Owed for Work Done'],
  ['work_done_details_amount_paid', 'Amount Paid for Work Done'],
  ['work_done_details_total_paid_hours', 'Total Paid Hours'],
  ['subject_model', 'Subject Type'],
  ['qual_level', 'Level'],
]);

function titleCase(words: string): string {
  return words
    .split('_')
    .map((word) => SPELLINGS.get(word) ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

/**
 * The label of a record key.
 *
 * @param key - e.g. `lesson_location_name`
 * @returns e.g. `Lesson Location Name`
 */
export function labelOf(key: string): string {
  // The longest ending that makes a phrase wins.
  for (let start = 0; ;) {
    const phrase = PHRASES.get(key.slice(start));
    if (phrase !== undefined) return start === 0 ? phrase : `${titleCase(key.slice(0, start - 1))} ${phrase}`;
    const underscore = key.indexOf('_', start);
    if (underscore < 0) return titleCase(key);
    start = underscore + 1;
  }
}

const OFFSET_DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** The type that a sample value shows. */
export function typeOf(value: Scalar): FieldType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' && OFFSET_DATE_TIME.test(value) ? 'datetime' : 'string';
}

/** Types of keys that samples leave empty. */
const TYPES_OF_EMPTY = /_(?:date|dt)_[a-z]+$|_[a-z]+_dt$/;

function fieldsOf(key: string, value: FieldValue): OutputField[] {
  if (!Array.isArray(value)) {
    const type = value === null && TYPES_OF_EMPTY.test(key) ? 'datetime' : typeOf(value);
    return [{ key, label: key === 'id' ? 'Event ID' : labelOf(key), type }];
  }
  const [item = {}] = value;
  return Object.entries(item).map(([itemKey, entry]) => ({
    key: `${key}[]${itemKey}`,
    label: `${labelOf(key.replace(/s$/, ''))} ${labelOf(itemKey)}`,
    type: typeOf(entry),
  }));
}

/**
 * The output fields of a record's static keys.
 *
 * @param sample - a record that has a value wherever one may be
 */
export const outputFieldsOf = (sample: FlatRecord): OutputField[] =>
  Object.entries(sample).flatMap(([key, value]) => fieldsOf(key, value));
