/** One line of text about an event and its outcome. */

import type { FieldValue, FlatRecord } from '../src/record/record.ts';
import { changeTexts } from './changes-text.ts';
import { mainFields } from './main-fields.ts';
import { oneLine } from './table.ts';

/** Returns a line such as "20:14:05  Created a Lesson, Fractions → no Zap wants this event". */
export const lineAt = (time: Date, verb: string, name: string, outcome: string): string =>
  `${time.toTimeString().slice(0, 8)}  ${oneLine(verb)}, ${oneLine(name)} → ${outcome}`;

/** Returns a field of a record as text; an empty string for line items. */
export const textOf = (value: FieldValue | undefined): string => (Array.isArray(value) ? '' : String(value ?? ''));

/** Returns the line about a record that a Zap receives, without the changes. */
export function recordLine(triggerKey: string, record: FlatRecord, outcome: string): string {
  const [name = ''] = Object.values(mainFields(triggerKey, record)).map(textOf);
  return lineAt(new Date(), textOf(record.event_description), name, outcome);
}

/** Returns the changes in a record in parentheses; an empty string if there are none or if they are unknown. */
export function changesInLine(record: FlatRecord): string {
  const texts = changeTexts(record) ?? [];
  return texts.length === 0 ? '' : ` (${texts.join('; ')})`;
}
