/** Texts that show a record in a terminal, with the label, the value and optionally the key of each field. */

import type { FlatRecord, Item } from '../src/record/record.ts';
import { toScalar, type Scalar } from '../wire/json.ts';
import { mainFields } from './main-fields.ts';
import type { AppOutputField } from './app-runner.ts';

const MAX_CELL_CHARACTERS = 60;

/** Returns a value as one line of printable text, because control characters in a payload could move the cursor. */
function oneLine(value: unknown): string {
  const text = String(toScalar(value) ?? '')
    .replace(/^hydrate\|\|\|.*/s, '(fetched when a step uses it)')
    .replace(/[\p{C}\s]+/gu, ' ');
  return text.length > MAX_CELL_CHARACTERS ? `${text.slice(0, MAX_CELL_CHARACTERS - 1)}…` : text;
}

/** Returns the label that Zapier's editor displays for a key without an output field. */
const humanise = (key: string): string =>
  key
    .split(/_|\[\]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');

function rowsOf(record: FlatRecord, outputFields: readonly AppOutputField[]): string[][] {
  const labels = new Map(outputFields.map(({ key, label }) => [key, label]));
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

/** Returns a record as indented lines of labels and values. @param showsKeys - true to show each key below its label */
export function fieldLines(outputFields: readonly AppOutputField[], record: FlatRecord, showsKeys = false): string {
  const rows = rowsOf(record, outputFields);
  const width = Math.max(...rows.map(([label = '']) => label.length));
  return rows
    .flatMap(([label = '', key = '', value = '']) => [
      `  ${label.padEnd(width)}  ${value}`.trimEnd(),
      ...(showsKeys ? [`    ${key}`] : []),
    ])
    .join('\n');
}

/** Returns all fields of a record with their keys, or the main fields with a hint on how to show all fields. */
export function recordText(
  stepKey: string,
  outputFields: readonly AppOutputField[],
  record: FlatRecord,
  showsAll: boolean,
  seeAll = 'start with --all.',
): string {
  if (showsAll) return fieldLines(outputFields, record, true);
  const shown = mainFields(stepKey, record);
  const counts = [shown, record].map((fields) => rowsOf(fields, outputFields).length).join(' of ');
  return `${fieldLines(outputFields, shown)}\n\n${counts} fields. To see all of them, ${seeAll}`;
}

/** Returns a count with its noun, such as "1 record" or "2,000 bytes". */
export const countOf = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
