/** Parts of the generated Markdown. */

import type { OutputField } from '../src/record/output-fields.ts';
import type { FieldValue } from '../src/record/record.ts';
import type { Scalar } from '../wire/json.ts';

/** Returns a value as the text of a cell. */
export const cell = (value: Scalar | undefined): string =>
  String(value ?? '')
    .replaceAll('|', '\\|')
    .replace(/\s+/g, ' ');

/** Returns the value of an output field in a sample record. */
export function exampleOf(sample: Readonly<Record<string, FieldValue>>, key: string): string {
  const [listKey = '', itemKey] = key.split('[]');
  const value = sample[listKey];
  if (!Array.isArray(value)) return cell(value);
  return itemKey === undefined ? '' : cell(value[0]?.[itemKey]);
}

/** Names of the types of fields. */
export const TYPE_WORDS = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  datetime: 'date and time',
  file: 'file',
};

/** Returns a table of output fields, with examples from a sample record. */
export function table(fields: readonly OutputField[], sample: Readonly<Record<string, FieldValue>>): string[] {
  return [
    '| Field | Type | Example | Key |',
    '| --- | --- | --- | --- |',
    ...fields.map(
      ({ key, label, type }) => `| ${label} | ${TYPE_WORDS[type]} | ${exampleOf(sample, key)} | \`${key}\` |`,
    ),
  ];
}

/** Returns the anchor that GitHub gives a heading. */
export const anchorOf = (title: string): string => `#${title.toLowerCase().replaceAll(' ', '-')}`;
