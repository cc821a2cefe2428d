/** `npm start -- do` and `-- poll`: run a step in a sample account, and print its requests and records. */

import app from '../index.ts';
import { suggestion } from '../relay/suggestion.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers } from '../triggers/index.ts';
import { isJsonObject, toScalar, type JsonObject } from '../wire/json.ts';
import { requestsOfStep, type ApiRequest } from './api/behaviour.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { privateKeyFrom } from './environment.ts';
import { countOf, recordText } from './table.ts';
import { print } from './terminal.ts';
import {
  choicesOf,
  createRunner,
  inputFieldsOf,
  messageOf,
  outputFieldsOf,
  type AppInputField,
  type AppSteps,
  type Runner,
} from './zapier.ts';

/** Arguments of a run. */
interface DoOptions {
  readonly stepKey: string;
  /** The fields of the step, each as `key=value`. */
  readonly fields: readonly string[];
  readonly showsAll: boolean;
  readonly isPoll: boolean;
}

const POLLED: AppSteps = Object.fromEntries(polledTriggers.map(({ definition }) => [definition.key, definition]));

/**
 * Returns the path of a step's methods in the app, such as `creates.create_client.operation`, and its label with its key.
 * @throws {CommandError} if there is no such step
 */
function stepOf(key: string, isPoll: boolean) {
  const kinds: Readonly<Record<string, AppSteps>> = isPoll
    ? { triggers: POLLED }
    : { searches: app.searches, creates: app.creates };
  for (const [place, steps] of Object.entries(kinds)) {
    if (!Object.hasOwn(steps, key)) continue;
    return { path: `${place}.${key}.operation`, title: `${steps[key]?.display.label ?? ''} (${key})` };
  }
  const keys = Object.values(kinds).flatMap((steps) => Object.keys(steps));
  const noun = isPoll ? 'polled trigger' : 'search or action';
  throw new CommandError(`There is no ${noun} "${key}".${suggestion(key, keys)}\n\nThe keys are: ${keys.join(', ')}`);
}

const requestText = ({ method, path, body }: ApiRequest): string =>
  [`${method} ${path}`, ...(body ? [JSON.stringify(body, null, 2)] : [])].join('\n');

const requestsText = (requests: readonly ApiRequest[]): string =>
  requests.length === 0
    ? 'Sent nothing to TutorCruncher.\n'
    : `Sent to TutorCruncher:\n\n${requests.map(requestText).join('\n\n')}\n`;

/** A date in a field's help text, perhaps with a time. The types of Zapier's fields do not distinguish dates from text. */
const DATE = /\b\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?/;

/** Returns the format of a field's value, with an example if the field has a dropdown. */
async function formOf(zapier: Runner, field: AppInputField): Promise<string> {
  const { key, type, helpText = '', list, dict, choices, dynamic } = field;
  if (dict) return `values with names, such as ${key}.page=2`;
  const several = list ? '; several with commas' : '';
  if (choices) return `${Object.keys(choices).join(', ')}${several}`;
  if (dynamic !== undefined) {
    const [first] = await choicesOf(zapier, dynamic, 0);
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
 * Parses an argument. Only values of fields that accept named values have a name.
 * @throws {CommandError} if the argument is not `key=value` or `key.name=value`
 */
function parseAssignment(argument: string) {
  const [, key, name, value] = /^([a-z][a-z0-9_]*)(?:\.([^=]+))?=(.*)$/s.exec(argument) ?? [];
  if (key !== undefined && value !== undefined) return { key, name: name ?? null, value };
  throw new CommandError(`"${argument}" is not a field. Write each field as key=value, such as last_name=Raman.`);
}

/**
 * Returns the values of a step's fields. The value of a field that is given more than once is a list.
 * @throws {CommandError} if there is no such field, or if no field is given. The message lists the fields
 */
async function inputDataFor(
  zapier: Runner,
  { path, title }: ReturnType<typeof stepOf>,
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
  for (const { key, name, value } of assignments) {
    const field = fields.find((candidate) => candidate.key === key);
    if (!field || (name !== null) !== (field.dict ?? false)) {
      throw await errorOf(`has no field "${name === null ? key : `${key}.${name}`}"`);
    }
    const before = inputData[key];
    if (name !== null) inputData[key] = { ...(isJsonObject(before) ? before : {}), [name]: value };
    else if (before === undefined) inputData[key] = field.list ? [value] : value;
    else inputData[key] = [before, value].flat();
  }
  return inputData;
}

/**
 * Runs a step once, in a new account, and prints the requests and the records.
 * @throws {CommandError} if there is no such step or field, or if the run fails
 */
export async function runStep({ stepKey, fields, showsAll, isPoll }: DoOptions): Promise<void> {
  const step = stepOf(stepKey, isPoll);
  const privateKey = privateKeyFrom(process.env);
  const tutorCruncher = await startTutorCruncher(privateKey);
  // A run never uses a real account, even if the variable refers to one.
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  try {
    const zapier = createRunner(app, privateKey);
    const inputData = await inputDataFor(zapier, step, fields, !isPoll);
    const before = tutorCruncher.requests.length;
    const outcome = await zapier.call(`${step.path}.perform`, { inputData, inputDataRaw: inputData }).then(
      (result) => ({ result }),
      (error: unknown) => ({ message: messageOf(error) }),
    );
    print(requestsText(requestsOfStep(tutorCruncher.requests.slice(before))));
    if ('message' in outcome) throw new CommandError(`${step.title} failed: ${outcome.message}`);
    const records = [outcome.result].flat() as FlatRecord[];
    print(`${step.title} returns ${countOf(records.length, 'record')}.`);
    const labels = await outputFieldsOf(zapier, step.path, { inputData });
    const seeAll = `run: npm start -- ${isPoll ? 'poll' : 'do'} --all ${stepKey} ...`;
    for (const record of records) {
      print(`\nID: ${String(toScalar(record.id))}\n\n${recordText(stepKey, labels, record, showsAll, seeAll)}`);
    }
  } finally {
    await tutorCruncher.stop();
  }
}
