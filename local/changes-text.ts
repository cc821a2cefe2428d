/** Text that describes what changed between two events about a record. */

import type { FlatRecord } from '../src/record/record.ts';
import type { Scalar } from '../wire/json.ts';

/** Text for a field without a value. */
const EMPTY = '(empty)';

const shown = (value: Scalar = ''): string => (value === '' || value === null ? EMPTY : String(value));

/** Returns the text of each change in a record; null if the changes are unknown. */
export function changeTexts({ changes_known, changes }: FlatRecord): string[] | null {
  if (changes_known !== true || !Array.isArray(changes)) return null;
  return changes.map(({ field = '', before, after }) => `${String(field)}: ${shown(before)} → ${shown(after)}`);
}

/** Returns the changes in a record, one per line; null if they are unknown. */
export function changesText(record: FlatRecord): string | null {
  const texts = changeTexts(record);
  if (texts === null) return null;
  if (texts.length === 0) return 'Nothing has changed since the previous event about the same record.';
  return ['Changes since the previous event about the same record:', ...texts.map((text) => `  ${text}`)].join('\n');
}
