/** Text that says what changed between two events about a record. */

import type { FlatRecord } from '../src/record/record.ts';

/** Returns the changes in a record, one per line; null if the record does not know them. */
export function changesText({ changes_known, changes }: FlatRecord): string | null {
  if (changes_known !== true || !Array.isArray(changes)) return null;
  if (changes.length === 0) return 'Nothing has changed since the last event about the same record.';
  const lines = changes.map(
    ({ field = '', before = '', after = '' }) => `  ${String(field)}: ${String(before)} → ${String(after)}`,
  );
  return ['Changes since the last event about the same record:', ...lines].join('\n');
}
