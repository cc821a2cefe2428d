/** Text that describes what changed between two events about a record. */

import type { FlatRecord } from '../src/record/record.ts';

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_text }: FlatRecord): string[] | null {
  if (typeof changes_text !== 'string') return null;
  return changes_text === '' ? [] : changes_text.split('\n');
}

/** Returns the changes in a record, one per line; null if they are unknown. */
export function changesText(record: FlatRecord): string | null {
  const texts = changeTexts(record);
  if (texts === null) return null;
  if (texts.length === 0) return 'Nothing has changed since the previous event about the same record.';
  return ['Changes since the previous event about the same record:', ...texts.map((text) => `  ${text}`)].join('\n');
}
