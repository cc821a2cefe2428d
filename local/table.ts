/** Tables that show a record in a terminal: label, key and value of each field. */

import type { FlatRecord, Item } from '../src/record/record.ts';
import type { Scalar } from '../wire/json.ts';
import { mainFields } from './main-fields.ts';
import type { AppOutputField } from './zapier.ts';

const MAX_CELL_CHARACTERS = 60;
const MIN_VALUE_CHARACTERS = 30;
const MAX_ROWS = 500;

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** Returns one line of printable text, because control characters in a payload could move the cursor. */
export function oneLine(value: Scalar): string {
  const text = String(value ?? '');
  // Limit on the text, far longer than a cell, so that it still fills the cell after white space is collapsed.
  const excerpt = shortened(text, 4 * MAX_CELL_CHARACTERS);
  return shortened(excerpt.replace(/[\p{C}\s]+/gu, ' '), MAX_CELL_CHARACTERS);
}

const longest = (texts: readonly string[]): number => texts.reduce((length, text) => Math.max(length, text.length), 0);

/** Returns the label that Zapier's editor displays for a key without an output field. */
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
      if (!first) {
        const items = [...labels.keys()].filter((itemKey) => itemKey.startsWith(`${key}[]`));
        return (items.length > 0 ? items : [key]).map((itemKey) => row(itemKey, '(none)'));
      }
      return Object.keys(first).map((itemKey) =>
        row(`${key}[]${itemKey}`, value.map((item: Item) => item[itemKey] ?? '').join(', ')),
      );
    })
    .map((cells) => cells.map(oneLine));
}

const lineOf = (row: readonly string[], widths: readonly number[]): string =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd();

const valueWidthBeside = (widths: readonly number[], terminalWidth: number): number =>
  Math.max(MIN_VALUE_CHARACTERS, terminalWidth - widths.reduce((total, width) => total + width + 2, 0));

/** @param rows - the lines of each row, the header first */
const tableOf = (rows: readonly (readonly string[])[], terminalWidth: number): string => {
  const [header = [], ...body] = rows;
  return [...header, '-'.repeat(Math.min(longest(rows.flat()), terminalWidth)), ...body.flat()].join('\n');
};

const labelsOf = (outputFields: readonly AppOutputField[]): ReadonlyMap<string, string> =>
  new Map(outputFields.map(({ key, label }) => [key, label]));

/**
 * Returns all fields of a record as a table. In a narrow terminal, shortens the values and, if that is not enough,
 * shows each key below its label.
 *
 * @param outputFields - labels of the record's keys
 * @param terminalWidth - width of the terminal in characters
 * @returns lines of text, the header first
 */
export function recordTable(
  outputFields: readonly AppOutputField[],
  record: FlatRecord,
  terminalWidth: number,
): string {
  const all = rowsOf(record, labelsOf(outputFields));
  const rows = [['Label', 'Key', 'Value'], ...all.slice(0, MAX_ROWS)];
  const [labelWidth = 0, keyWidth = 0] = [0, 1].map((column) => longest(rows.map((row) => row[column] ?? '')));

  const withKeys = terminalWidth - labelWidth - keyWidth - 4 >= MIN_VALUE_CHARACTERS;
  const widths = withKeys ? [labelWidth, keyWidth] : [labelWidth];
  const valueWidth = valueWidthBeside(widths, terminalWidth);
  const lines = rows.map(([label = '', key = '', value = '']) => {
    const cells = [label, ...(withKeys ? [key] : []), shortened(value, valueWidth)];
    return [lineOf(cells, widths), ...(withKeys ? [] : [`  ${key}`])];
  });
  if (all.length > MAX_ROWS) lines.push([`... and ${all.length - MAX_ROWS} more`]);
  return tableOf(lines, terminalWidth);
}

/**
 * Returns the main fields of a record as a table of labels and values, with a line about how to see all fields.
 *
 * @param outputFields - labels of the record's keys
 * @param terminalWidth - width of the terminal in characters
 * @param seeAll - what to do to see all fields
 */
export function shortRecordTable(
  stepKey: string,
  outputFields: readonly AppOutputField[],
  record: FlatRecord,
  terminalWidth: number,
  seeAll = 'start with --all.',
): string {
  const labels = labelsOf(outputFields);
  const shown = rowsOf(mainFields(stepKey, record), labels);
  const rows = [['Label', '', 'Value'], ...shown];
  const widths = [longest(rows.map(([label = '']) => label))];
  const valueWidth = valueWidthBeside(widths, terminalWidth);
  const lines = rows.map(([label = '', , value = '']) => [lineOf([label, shortened(value, valueWidth)], widths)]);
  const count = rowsOf(record, labels).length;
  return `${tableOf(lines, terminalWidth)}\n\n${shown.length} of ${count} fields. To see all of them, ${seeAll}`;
}

/** Returns the fields of a record as indented lines of labels and values. */
export function fieldLines(outputFields: readonly AppOutputField[], record: FlatRecord): string {
  const rows = rowsOf(record, labelsOf(outputFields));
  const width = longest(rows.map(([label = '']) => label));
  return rows.map(([label = '', , value = '']) => `  ${label.padEnd(width)}  ${value}`).join('\n');
}
