/** The fields of a step as arguments of a command. */

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { CommandError } from './command-error.ts';
import { choicesOf, inputFieldsOf, type AppInputField, type Runner } from './app-runner.ts';

/** A step of the app. */
export interface Step {
  /** The path of the step's methods, such as `creates.create_client.operation`. */
  readonly path: string;
  /** The label and the key of the step. */
  readonly title: string;
}

/** Maximum number of entries of a dropdown in an error message. */
const MAX_CHOICES = 5;

/**
 * Matches a date in a field's help text, optionally with a time. The types of Zapier's fields do not distinguish dates
 * from text.
 */
const DATE = /\b\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?/;

/** Returns the format of a field's value, with an example if the field has a dropdown. */
async function formOf(zapier: Runner, field: AppInputField): Promise<string> {
  const { key, type, helpText = '', list, dict, choices, dynamic } = field;
  if (dict) return `values with names, such as ${key}.page=2`;
  const several = list ? '; several with commas' : '';
  if (choices) return `${Object.keys(choices).join(', ')}${several}`;
  if (dynamic !== undefined) {
    // The entry is only an example, so the fields are listed even if the dropdown cannot be read.
    const [first] = await choicesOf(zapier, dynamic, 0).catch(() => []);
    return `an ID such as ${first ? `${first.id} for ${first.name}` : '301'}${several}`;
  }
  const [date] = DATE.exec(helpText) ?? [];
  if (type === 'boolean') return `true or false${several}`;
  return `${date === undefined ? '' : `such as "${date}"`}${several}`;
}

/** Returns a list of fields, one per line: the key, the label and the format of the value. */
async function fieldList(zapier: Runner, fields: readonly AppInputField[]): Promise<string> {
  const width = Math.max(...fields.map(({ key }) => key.length));
  const lines = fields.map(async (field) => {
    const form = await formOf(zapier, field);
    const label = `${field.label}${field.required ? ' (required)' : ''}`;
    return `  ${field.key.padEnd(width)}  ${label}${form === '' ? '' : `: ${form}`}`;
  });
  return (await Promise.all(lines)).join('\n');
}

/**
 * Parses an argument. Only an argument for a field with named values contains a name.
 * @throws {CommandError} if the argument is not `key=value` or `key.name=value`
 */
function parseAssignment(argument: string) {
  const [, key, name, value] = /^([a-z][a-z0-9_]*)(?:\.([^=]+))?=(.*)$/s.exec(argument) ?? [];
  if (key !== undefined && value !== undefined) return { key, name: name ?? null, value };
  throw new CommandError(`"${argument}" is not a field. Write each field as key=value, such as last_name=Raman.`);
}

/**
 * Returns a dropdown's value with the names of entries replaced with IDs.
 *
 * @throws {CommandError} unless exactly one entry has a given ID or name. The message lists entries
 */
async function withIds(zapier: Runner, { dynamic, label, list }: AppInputField, value: string): Promise<string> {
  if (dynamic === undefined || /^[\d,]*$/.test(value)) return value;
  const choices = await choicesOf(zapier, dynamic, 0);
  const idOf = (text: string): string => {
    const isNamed = ({ name }: { name: string }): boolean => name.toLowerCase() === text.trim().toLowerCase();
    const found = choices.filter((choice) => choice.id === text.trim() || isNamed(choice));
    if (found.length === 1) return String(found[0]?.id);
    const some = choices.slice(0, MAX_CHOICES).map(({ id, name }) => `${id} for ${name}`);
    throw new CommandError(`"${text}" is not the ID of one entry of ${label}. Give an ID, such as ${some.join(', ')}.`);
  };
  return (list ? value.split(',') : [value]).map(idOf).join(',');
}

/**
 * Returns the values of a step's fields, each given as `key=value`. The value of a field that is given more than once
 * is a list.
 *
 * @throws {CommandError} if a field does not exist, or if the step needs fields but none is given. The message lists
 *   the fields
 */
export async function inputDataFor(
  zapier: Runner,
  { path, title }: Step,
  given: readonly string[],
  needsFields: boolean,
): Promise<JsonObject> {
  const assignments = given.map(parseAssignment);
  const values = Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
  const fields = await inputFieldsOf(zapier, path, values);
  const errorOf = async (problem: string) =>
    new CommandError(`${title} ${problem}. Its fields are:\n\n${await fieldList(zapier, fields)}`);
  if (needsFields && assignments.length === 0) throw await errorOf('needs fields, each as key=value');
  const inputData: JsonObject = {};
  for (const { key, name, value: typed } of assignments) {
    const field = fields.find((candidate) => candidate.key === key);
    if (!field || (name !== null) !== (field.dict ?? false)) {
      throw await errorOf(`has no field "${name === null ? key : `${key}.${name}`}"`);
    }
    const value = await withIds(zapier, field, typed);
    const before = inputData[key];
    if (name !== null) inputData[key] = { ...(isJsonObject(before) ? before : {}), [name]: value };
    else if (before === undefined) inputData[key] = field.list ? [value] : value;
    else inputData[key] = [before, value].flat();
  }
  return inputData;
}
