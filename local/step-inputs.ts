/** The fields of a search or an action on the command line: the list of fields, and their values in the arguments. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { CommandError } from './command-error.ts';

/** Parts of an input field of Zapier's editor that the command line needs. */
export interface StepField {
  readonly key: string;
  readonly label: string;
  readonly type?: string;
  readonly helpText?: string;
  readonly required?: boolean;
  /** True if the field accepts several values. */
  readonly list?: boolean;
  /** True if the field accepts named values. */
  readonly dict?: boolean;
  readonly choices?: Readonly<Record<string, string>>;
  /** The hidden trigger that fills the dropdown, as `trigger.id.name`. */
  readonly dynamic?: string;
}

export const isStepField = (field: unknown): field is StepField =>
  isJsonObject(field) && typeof field.key === 'string' && typeof field.label === 'string';

const FORMS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
};

/** A date in a field's help text, perhaps with a time. The types of Zapier's fields do not distinguish dates from text. */
const DATE = /\b\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?/;

/** An example for each field with a dropdown, such as "301 for Priya Raman". */
export type Examples = ReadonlyMap<StepField, string>;

/** Describes the format of a field's value; empty for text. */
function formOf(field: StepField, examples: Examples): string {
  const { key, type = 'string', helpText = '', list, dict, choices, dynamic } = field;
  if (dict) return `values with names, such as ${key}.page=2`;
  const id = `an ID such as ${examples.get(field) ?? '301'}`;
  const [date] = DATE.exec(helpText) ?? [];
  const typed = FORMS[type] ?? (date === undefined ? '' : `such as "${date}"`);
  const single = choices ? Object.keys(choices).join(', ') : dynamic === undefined ? typed : id;
  return list ? `${single}; several with commas` : single;
}

/** Returns a list of fields, one per line: the key, the label and the format of the value. */
export function fieldList(fields: readonly StepField[], examples: Examples): string {
  const width = Math.max(...fields.map(({ key }) => key.length));
  return fields
    .map((field) => {
      const form = formOf(field, examples);
      const label = `${field.label}${field.required ? ' (required)' : ''}`;
      return `  ${field.key.padEnd(width)}  ${label}${form === '' ? '' : `: ${form}`}`;
    })
    .join('\n');
}

/** A field's value from an argument. */
interface Assignment {
  readonly key: string;
  /** Name of the value in a field that accepts named values. */
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
 * Returns the values of a step's fields, as Zapier passes them to the step. If a field is given more than once, its
 * value is a list.
 *
 * @returns the values, or the first key that is not a field of the step
 */
export function inputDataOf(
  assignments: readonly Assignment[],
  fields: readonly StepField[],
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
