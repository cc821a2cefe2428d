/**
 * Labels of the fields of a record. The plain label belongs to the value that people write to others. Other forms of the
 * value have the same label with a note in parentheses.
 */

import { itemLabelOf, labelOf } from './labels.ts';
import { kindOf, UPDATE } from './ready-made.ts';

const NOTES = { time: 'ISO', amount: 'Number', value: 'Code', html: 'As Sent', phone: '', pdf: '' } as const;

/** Values whose unit depends on the job. */
const UNITS = /(?:^|_)(?<!review_)units$/;

const ENDINGS = new Map(Object.entries({ date: 'Date', time: 'Time', international: 'International' }));

/** Returns the key that names a field, and the note that distinguishes the field from others with this name. */
function nameAndNote(key: string, keys: ReadonlySet<string>): [nameKey: string, note: string | null] {
  const ending = key.slice(key.lastIndexOf('_') + 1);
  const base = key.slice(0, -ending.length - 1);
  if (ending === 'text' && keys.has(base)) return [base, null];
  const note = ENDINGS.get(ending);
  if (note !== undefined && keys.has(base) && (ending === 'international' || keys.has(`${base}_text`))) {
    return [base, note];
  }
  if (keys.has(`${key}_text`)) return [key, NOTES[kindOf(key)]];
  if (key.endsWith(UPDATE)) return [key, NOTES.time];
  return [key, UNITS.test(key) ? 'Hours, or 1 per One-Off' : null];
}

const withNote = (label: string, note: string | null): string => (note === null ? label : `${label} (${note})`);

/** Returns the label of a field. @param keys - the keys of its record */
export function fieldLabelOf(key: string, keys: ReadonlySet<string>): string {
  const [nameKey, note] = nameAndNote(key, keys);
  // A photo is sent as the URL of a file. A list of changed fields says Client Photo.
  return key.endsWith('_photo') ? `${labelOf(key)} URL` : withNote(labelOf(nameKey), note);
}

/** Returns the label of a line item's field. @param itemKeys - the keys of the items in its list */
export function itemFieldLabelOf(listKey: string, itemKey: string, itemKeys: ReadonlySet<string>): string {
  const [nameKey, note] = nameAndNote(itemKey, itemKeys);
  return withNote(itemLabelOf(listKey, nameKey), note);
}

/** Returns the label of a custom field as sent, if the record also contains it as plain text. */
export const asSentLabel = (label: string): string => withNote(label, NOTES.html);
