/** Records as a person reads them: label, key, value. */

import type { FlatRecord, Item } from '../src/record/record.ts';
import type { Scalar } from '../wire/json.ts';
import type { AppOutputField } from './zapier.ts';

const MAX_VALUE = 60;

/** One line of printable text: what a payload holds must not move the cursor or clear the screen. */
function printable(value: Scalar): string {
  const text = String(value ?? '');
  const line = text.slice(0, 4 * MAX_VALUE).replace(/[\p{C}\s]+/gu, ' ');
  return line.length > MAX_VALUE || text.length > 4 * MAX_VALUE ? `${line.slice(0, MAX_VALUE - 1)}…` : line;
}

const longest = (texts: readonly string[]): number => texts.reduce((length, text) => Math.max(length, text.length), 0);

/** Nobody reads more of one record in a terminal. */
const MAX_ROWS = 500;

/** How Zapier's editor calls a key that no output field labels. */
const humanise = (key: string): string =>
  key
    .split(/_|\[\]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

function rowsOf(record: FlatRecord, labels: ReadonlyMap<string, string>): string[][] {
  const row = (key: string, value: Scalar) => [labels.get(key) ?? humanise(key), key, value];
  return Object.entries(record)
    .flatMap(([key, value]) => {
      if (!Array.isArray(value)) return [row(key, value)];
      const [first] = value;
      if (!first) return [row(key, '(none)')];
      return Object.keys(first).map((itemKey) =>
        row(`${key}[]${itemKey}`, value.map((item: Item) => item[itemKey] ?? '').join(', ')),
      );
    })
    .map((cells) => cells.map(printable));
}

/**
 * A record as a table.
 *
 * @param outputFields - what its keys are called
 * @returns lines of text, the header first
 */
export function recordTable(outputFields: readonly AppOutputField[], record: FlatRecord): string {
  const labels = new Map(outputFields.map(({ key, label }) => [key, label]));
  const all = rowsOf(record, labels);
  const rows = [['Label', 'Key', 'Value'], ...all.slice(0, MAX_ROWS)];
  const widths = [0, 1].map((column) => longest(rows.map((row) => row[column] ?? '')));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const [header = '', ...body] = lines;
  if (all.length > MAX_ROWS) body.push(`... and ${all.length - MAX_ROWS} more`);
  return [header, '-'.repeat(longest(lines)), ...body].join('\n');
}
