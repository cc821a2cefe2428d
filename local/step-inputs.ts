/** The fields of a search or an action on the command line: the list of fields, and their values in the arguments. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { CommandError } from './command-error.ts';
import type { AppInputField } from './zapier.ts';

/** A date in a field's help text, perhaps with a time. The types of Zapier's fields do not distinguish dates from text. */
const DATE = /\b\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?/;

type Examples = ReadonlyMap<string, string>;

function formOf(field: AppInputField, examples: Examples): string {
  const { key, type, helpText = '', list, dict, choices, dynamic } = field;
  if (dict) return `values with names, such as ${key}.page=2`;
  const several = list ? '; several with commas' : '';
  if (choices) return `${Object.keys(choices).join(', ')}${several}`;
  if (dynamic !== undefined) return `an ID such as ${examples.get(key) ?? '301'}${several}`;
  const [date] = DATE.exec(helpText) ?? [];
  if (type === 'boolean') return `true or false${several}`;
  return `${date === undefined ? '' : `such as "${date}"`}${several}`;
}

/**
 * Returns a list of fields, one per line: the key, the label and the format of the value.
 * @param examples - an example for each field with a dropdown, by key
 */
export function fieldList(fields: readonly AppInputField[], examples: Examples): string {
  const width = Math.max(...fields.map(({ key }) => key.length));
  return fields
    .map((field) => {
      const form = formOf(field, examples);
      const label = `${field.label}${field.required ? ' (required)' : ''}`;
      return `  ${field.key.padEnd(width)}  ${label}${form === '' ? '' : `: ${form}`}`;
    })
    .join('\n');
}

/** A value from an argument. Only values of fields that accept named values have a name. */
interface Assignment {
  readonly key: string;
  readonly name: string | null;
  readonly value: string;
}

/** @throws {CommandError} if the argument is not `key=value` or `key.name=value` */
export function parseAssignment(argument: string): Assignment {
  const [, key, name, value] = /^([a-z][a-z0-9_]*)(?:\.([^=]+))?=(.*)$/s.exec(argument) ?? [];
  if (key !== undefined && value !== undefined) return { key, name: name ?? null, value };
  throw new CommandError(`"${argument}" is not a field. Write each field as key=value, such as last_name=Raman.`);
}

/**
 * Returns the values of a step's fields. The value of a field that is given more than once is a list.
 * @returns the values, or the first key that is not a field of the step
 */
export function inputDataOf(
  assignments: readonly Assignment[],
  fields: readonly AppInputField[],
): { readonly inputData: JsonObject } | { readonly unknown: string } {
  const inputData: JsonObject = {};
  for (const { key, name, value } of assignments) {
    const field = fields.find((candidate) => candidate.key === key);
    if (!field || (name !== null) !== (field.dict ?? false)) return { unknown: name === null ? key : `${key}.${name}` };
    const before = inputData[key];
    if (name !== null) inputData[key] = { ...(isJsonObject(before) ? before : {}), [name]: value };
    else if (before === undefined) inputData[key] = field.list ? [value] : value;
    else inputData[key] = [before, value].flat();
  }
  return { inputData };
}
