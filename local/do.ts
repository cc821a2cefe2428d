/**
 * `npm start -- do` and `npm start -- poll`: run a search, an action or a polled trigger against the stand-in for
 * TutorCruncher, and print the requests and the resulting records.
 */

import app from '../index.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers } from '../triggers/index.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { requestsOfStep, type ApiRequest } from './api/behaviour.ts';
import { startTutorCruncher } from './api/tutorcruncher.ts';
import { CommandError } from './command-error.ts';
import { privateKeyFrom } from './environment.ts';
import { fieldList, inputDataOf, isStepField, parseAssignment, type Examples, type StepField } from './step-inputs.ts';
import { recordTable, shortRecordTable } from './table.ts';
import { createRunner, isChoice, messageOf, outputFieldsOf, type AppStep, type Runner } from './zapier.ts';
import { suggestion } from '../relay/suggestion.ts';
import { print, terminalWidth } from './terminal.ts';
import { textOf } from './run-text.ts';
import { countOf } from './zap-result.ts';
import { fileReferenceIn, startZapierStorage } from './zapier-storage.ts';

/** Arguments of a run. */
export interface DoOptions {
  readonly stepKey: string;
  /** The fields of the step, each as `key=value`. */
  readonly fields: readonly string[];
  /** True to print all fields of the record, not just the main ones. */
  readonly showsAll: boolean;
}

/** A step of the app: a polled trigger, a search or an action. */
interface Step {
  /** The path of its methods in the app, such as `creates.create_client.operation`. */
  readonly path: string;
  /** Label and key, such as "Create Client (create_client)". */
  readonly title: string;
}

/** The steps that the commands accept: the name of each kind, its place in the app, and its steps. */
type Kinds = readonly (readonly [name: string, place: string, steps: Readonly<Record<string, AppStep>>])[];

const POLLED_TRIGGERS: Kinds = [
  [
    'Polled triggers',
    'triggers',
    Object.fromEntries(polledTriggers.map(({ definition }) => [definition.key, definition])),
  ],
];
const SEARCHES_AND_ACTIONS: Kinds = [
  ['Searches', 'searches', app.searches],
  ['Actions', 'creates', app.creates],
];

/** @throws {CommandError} if there is no such step. @param noun - the word for the kinds in the error message */
function stepOf(key: string, noun: string, kinds: Kinds): Step {
  for (const [, place, steps] of kinds) {
    if (!Object.hasOwn(steps, key)) continue;
    return { path: `${place}.${key}.operation`, title: `${steps[key]?.display.label ?? ''} (${key})` };
  }
  const lists = kinds.map(([name, , steps]) => `${name}: ${Object.keys(steps).join(', ')}`);
  const keys = kinds.flatMap(([, , steps]) => Object.keys(steps));
  throw new CommandError(`There is no ${noun} "${key}".${suggestion(key, keys)}\n\n${lists.join('\n')}`);
}

/** Returns the text of a request: method, path, and the JSON of its body. */
const requestText = ({ method, path, body }: ApiRequest): string =>
  [`${method} ${path}`, ...(body ? [JSON.stringify(body, null, 2)] : [])].join('\n');

const requestsText = (requests: readonly ApiRequest[]): string =>
  requests.length === 0
    ? 'Sent nothing to TutorCruncher.\n'
    : `Sent to TutorCruncher:\n\n${requests.map(requestText).join('\n\n')}\n`;

/** Returns a record in which every value fits into a cell of a table. */
const withTexts = (record: JsonObject): FlatRecord =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      if (fileReferenceIn(value)) return [key, '(fetched when a step uses it)'];
      return [key, isJsonObject(value) ? JSON.stringify(value) : value];
    }),
  ) as FlatRecord;

/**
 * Fetches the files of a record as Zapier does when a later step uses them.
 *
 * @returns a line for each file
 */
async function fileLines(zapier: Runner, record: JsonObject): Promise<string[]> {
  const references = Object.values(record).flatMap((value) => fileReferenceIn(value) ?? []);
  if (references.length === 0) return [];
  const storage = await startZapierStorage();
  try {
    const lines = references.map(async ({ method, inputData }) => {
      const before = storage.files.length;
      try {
        await zapier.call(method, { inputData }, storage.event);
      } catch (error) {
        return messageOf(error);
      }
      const stored = storage.files.slice(before).map(({ name, bytes }) => `${name} (${countOf(bytes.length, 'byte')})`);
      return `A later step that uses the file receives ${stored.join(', ')}.`;
    });
    return await Promise.all(lines);
  } finally {
    await storage.stop();
  }
}

/**
 * Returns a record as a table.
 *
 * @param command - the command that ran the step
 */
async function tableOf(
  zapier: Runner,
  { path }: Step,
  inputData: JsonObject,
  record: FlatRecord,
  { stepKey, showsAll }: DoOptions,
  command: string,
): Promise<string> {
  const labels = await outputFieldsOf(zapier, path, { inputData });
  return showsAll
    ? recordTable(labels, record, terminalWidth())
    : shortRecordTable(stepKey, labels, record, terminalWidth(), `run: npm start -- ${command} --all ${stepKey} ...`);
}

/** Returns the first entry of each dropdown. */
async function examplesFor(zapier: Runner, fields: readonly StepField[]): Promise<Examples> {
  const examples = new Map<StepField, string>();
  for (const field of fields) {
    if (field.dynamic === undefined) continue;
    const [trigger = ''] = field.dynamic.split('.');
    const choices = await zapier.call(`triggers.${trigger}.operation.perform`, { meta: { page: 0 } });
    const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
    if (isChoice(first)) examples.set(field, `${first.id} for ${first.name}`);
  }
  return examples;
}

/**
 * Returns the values of the step's fields.
 *
 * @param needsFields - true if the step cannot run without fields
 * @throws {CommandError} if there is no such field, or if no field is given. The message lists the fields
 */
async function inputDataFor(
  zapier: Runner,
  { path, title }: Step,
  given: readonly string[],
  needsFields: boolean,
): Promise<JsonObject> {
  const assignments = given.map(parseAssignment);
  // Some fields exist only if another field has a value.
  const values = Object.fromEntries(assignments.map(({ key, value }) => [key, value]));
  const found = await zapier.call(`${path}.inputFields`, { inputData: values });
  const fields = Array.isArray(found) ? found.filter(isStepField) : [];
  const result = inputDataOf(assignments, fields);
  if ((assignments.length > 0 || !needsFields) && 'inputData' in result) return result.inputData;
  const problem = 'unknown' in result ? `has no field "${result.unknown}"` : 'needs fields, each as key=value';
  const list = fieldList(fields, await examplesFor(zapier, fields));
  throw new CommandError(`${title} ${problem}. Its fields are:\n\n${list}`);
}

/** A run that has succeeded. */
interface StepRun {
  readonly zapier: Runner;
  readonly inputData: JsonObject;
  /** The result of the step's `perform`. */
  readonly result: unknown;
}

/**
 * Runs a step once, in a new account, and prints the requests and the result.
 *
 * @param needsFields - true if the step cannot run without fields
 * @param show - prints the result
 * @throws {CommandError} if there is no such field, or if the run fails
 */
async function runOnce(
  step: Step,
  fields: readonly string[],
  needsFields: boolean,
  show: (run: StepRun) => Promise<void>,
): Promise<void> {
  const privateKey = privateKeyFrom(process.env);
  const tutorCruncher = await startTutorCruncher(privateKey);
  // A run never uses a real account, even if the variable refers to one.
  process.env.TUTORCRUNCHER_URL = tutorCruncher.origin;
  try {
    const zapier = createRunner(app, privateKey);
    const inputData = await inputDataFor(zapier, step, fields, needsFields);
    const before = tutorCruncher.requests.length;
    const outcome = await zapier.call(`${step.path}.perform`, { inputData, inputDataRaw: inputData }).then(
      (result) => ({ result }),
      (error: unknown) => ({ message: messageOf(error) }),
    );
    print(requestsText(requestsOfStep(tutorCruncher.requests.slice(before))));
    if ('message' in outcome) throw new CommandError(`${step.title} failed: ${outcome.message}`);
    await show({ zapier, inputData, result: outcome.result });
  } finally {
    await tutorCruncher.stop();
  }
}

/**
 * Runs a search or an action once, in a new account, and prints the requests and the record.
 *
 * @throws {CommandError} if there is no such step or field, or if the run fails
 */
export async function runStep(options: DoOptions): Promise<void> {
  const step = stepOf(options.stepKey, 'search or action', SEARCHES_AND_ACTIONS);
  await runOnce(step, options.fields, true, async ({ zapier, inputData, result }) => {
    const [record] = (Array.isArray(result) ? result : [result]) as JsonObject[];
    if (!record) print(`${step.title} found nothing.`);
    else {
      const table = await tableOf(zapier, step, inputData, withTexts(record), options, 'do');
      print(`${step.title} returns this record:\n\n${table}`);
      for (const line of await fileLines(zapier, record)) print(`\n${line}`);
    }
  });
}

/**
 * Polls once, in a new account, and prints the requests and the records.
 *
 * @throws {CommandError} if there is no such trigger or field, or if the poll fails
 */
export async function pollOnce(options: DoOptions): Promise<void> {
  const step = stepOf(options.stepKey, 'polled trigger', POLLED_TRIGGERS);
  await runOnce(step, options.fields, false, async ({ zapier, inputData, result }) => {
    const records = result as FlatRecord[];
    print(`${step.title} returns ${countOf(records.length, 'record')}.`);
    for (const record of records) {
      print(`\nID: ${textOf(record.id)}\n\n${await tableOf(zapier, step, inputData, record, options, 'poll')}`);
    }
  });
}
