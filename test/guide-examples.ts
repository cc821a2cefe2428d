/**
 * The worked examples in `docs/guide.md`. Tests build them like a reader, using only the labels in the guide. The app
 * must be built for the relay at {@link UNUSED_RELAY}, because some examples need one.
 */

import { readFileSync } from 'node:fs';

import { jest } from '@jest/globals';

import { actions, searchOrCreates } from '../creates/index.ts';
import { objectSearches } from '../searches/index.ts';
import { dropdownTriggers, type Choice } from '../src/dropdown-triggers.ts';
import type { InputField } from '../src/inputs/input.ts';
import { allSampleFields } from '../src/lookups/lookup.ts';
import { outputFieldsOf, type OutputField } from '../src/record/output-fields.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { polledTriggers, webhookTriggers } from '../triggers/index.ts';
import { toTutorCruncherJson } from '../local/tutorcruncher.ts';
import type { JsonObject } from '../wire/json.ts';
import { sign } from '../wire/signature.ts';
import { appTester, deliveryOf, perform, PRIVATE_KEY } from './helpers.ts';
import { sealedEnvelope, UNUSED_RELAY, withPrevious } from './sealed-envelope.ts';
import { act, find } from './steps.ts';

/** A delivery for the Zap of an example, and its previous delivery. */
interface RelayedDelivery {
  readonly delivery: object;
  readonly previous?: object;
}

/** Values that replace those in the guide. */
interface ExampleOptions {
  /** Values of the form that starts the Zap, by label. */
  readonly form?: Readonly<Record<string, string>>;
  /** The heading of the Zap, if the example has several. */
  readonly zap?: string;
  /** The delivery that starts the Zap; default: the sample of the trigger. */
  readonly received?: RelayedDelivery;
  /** The number of the run, from 0, if the trigger returns several records; default: 0. */
  readonly runNumber?: number;
}

/** A step of an example, with the two columns of its table: inputs, or example values of a form that starts the Zap. */
interface GuideStep {
  readonly number: string;
  readonly title: string;
  readonly hasExampleValues: boolean;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

const GUIDE = readFileSync('docs/guide.md', 'utf8');
const STEP = /^\*\*Step (\d+): (.+?)\.\*\*/;
const CONNECTION = { authData: { private_key: PRIVATE_KEY } };
const META = { timezone: 'Europe/London' };

/** Returns a delivery as an envelope of the relay. */
function envelopeOf(delivery: object): Promise<string> {
  const body = Buffer.from(toTutorCruncherJson(delivery));
  const content = { signature: sign(body, PRIVATE_KEY), contentType: 'application/json', body };
  return sealedEnvelope(PRIVATE_KEY, content, {}, UNUSED_RELAY);
}

/** Returns the records of an instant trigger; none if the Zap does not run. */
async function recordsOf(
  key: string,
  { delivery, previous }: RelayedDelivery,
  inputData: JsonObject,
): Promise<FlatRecord[]> {
  const envelope = await envelopeOf(delivery);
  const content = previous ? withPrevious(envelope, await envelopeOf(previous)) : envelope;
  const rawRequest = { method: 'POST', querystring: '', headers: {}, content };
  const bundle = { ...CONNECTION, inputData, rawRequest, cleanedRequest: {} };
  return perform(key, bundle);
}

const DAYS_ON = 6;

/** Returns the records of a polled trigger in a Zap that was turned on some days ago. */
async function polledRecords(method: unknown, inputData: JsonObject): Promise<FlatRecord[]> {
  const pollWith = (meta: JsonObject, clearCache: boolean) =>
    appTester(method, { ...CONNECTION, inputData, meta: { zap: { id: '17' }, ...meta } }, clearCache);
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - DAYS_ON * 86_400_000);
  await pollWith({ isPopulatingDedupe: true }, true).finally(() => {
    clock.mockRestore();
  });
  return (await pollWith({}, false)) as FlatRecord[];
}

const cellsOf = (line: string): [string, string] => {
  const [, label = '', value = ''] = line.split('|').map((cell) => cell.trim());
  return [label, value];
};

/** Returns the text under a heading; an empty string if there is no such heading. */
export function sectionUnder(heading: string): string {
  const [, section = ''] = GUIDE.split(`\n## ${heading}\n`);
  return section.split('\n## ')[0] ?? '';
}

/** Returns the steps of the example with the given heading. @throws {Error} if the guide has no such example */
function stepsUnder(heading: string, zap?: string): GuideStep[] {
  const section = sectionUnder(heading);
  const part = zap === undefined ? section : section.split(`\n### ${zap}\n`)[1]?.split('\n### ')[0];
  const steps = (part ?? '').split(/^(?=\*\*Step )/m).slice(1);
  if (steps.length === 0) throw new Error(`The guide has no steps under "${heading}".`);
  return steps.map((text) => {
    const [, number = '', title = ''] = STEP.exec(text) ?? [];
    const [header = ['', ''], , ...rows] = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map(cellsOf);
    return { number, title, hasExampleValues: header[1] === 'Example', rows };
  });
}

/** Returns the values of a record by the labels that Zapier shows, without labels that several fields have. */
function byLabel(record: FlatRecord, fields: readonly OutputField[]): Map<string, string> {
  const unique = fields.filter(({ label }) => fields.filter((field) => field.label === label).length === 1);
  return new Map(
    unique.map(({ key, label }) => {
      const [list = '', item] = key.split('[]');
      const value = record[list];
      // Zapier joins line items that are mapped into a field for a single value.
      const values = Array.isArray(value) && item !== undefined ? value.map((entry) => entry[item]) : [value];
      return [label, values.map((entry) => (Array.isArray(entry) ? '' : String(entry ?? ''))).join(',')];
    }),
  );
}

/**
 * Returns the value that the editor stores for the given text: a key for a choice, a list for several choices, or a
 * boolean for True and False.
 */
function stored({ type, list, choices = {} }: InputField, text: string): unknown {
  if (type === 'boolean' && /^(?:True|False)$/.test(text)) return text === 'True';
  const keyOf = (choice: string) => Object.keys(choices).find((key) => choices[key] === choice) ?? choice;
  return list ? text.split(', ').map(keyOf) : keyOf(text);
}

/** Returns the id of the dropdown entry with a name, or the text itself if it is an id from a previous step. */
async function chosenId(dropdown: string, text: string): Promise<string> {
  if (!/[a-z]/i.test(text)) return text;
  const list = dropdownTriggers[dropdown.split('.')[0] as keyof typeof dropdownTriggers];
  const entries = (await appTester(list.operation.perform, { ...CONNECTION, inputData: {} }, true)) as Choice[];
  const entry = entries.find(({ name }) => name === text);
  if (!entry) throw new Error(`The dropdown ${dropdown} has no entry "${text}".`);
  return entry.id;
}

/**
 * Returns the input data of one of the app's steps, based on the labels in the guide.
 * @throws {Error} if a label is not in the editor
 */
async function inputDataOf(fields: readonly InputField[], rows: GuideStep['rows']): Promise<JsonObject> {
  const inputs = rows.map(async ([label, text]): Promise<[string, unknown]> => {
    const keys = new Set(fields.filter((field) => field.label === label).map(({ key }) => key));
    const field = fields.find((candidate) => candidate.label === label);
    if (!field || keys.size !== 1) throw new Error(`There are ${keys.size} fields with the label "${label}".`);
    return [field.key, field.dynamic === undefined ? stored(field, text) : await chosenId(field.dynamic, text)];
  });
  return Object.fromEntries(await Promise.all(inputs));
}

/** Returns true if a value meets a condition of Filter by Zapier. @throws {Error} if Zapier has no such condition */
function meetsCondition(value: string, condition: string): boolean {
  const [, operator, operand = ''] = /^\(Text\) (Exactly matches|Does not contain) (.+)$/.exec(condition) ?? [];
  if (operator === undefined) throw new Error(`"${condition}" is no condition of Filter by Zapier.`);
  return operator === 'Exactly matches' ? value === operand : !value.includes(operand);
}

/** A step of the app as Zapier runs it. */
interface AppStep {
  readonly fields: readonly InputField[];
  readonly outputFields: readonly OutputField[];
  /** Returns no record if the search finds nothing or if the trigger does not start the Zap. */
  readonly run: (inputData: JsonObject, options: ExampleOptions) => Promise<FlatRecord | null | undefined>;
}

const labelled = (label: string) => (step: { definition: { display: { label: string } } }) =>
  step.definition.display.label === label;

/** Returns the trigger with a label, which runs on a delivery if it is instant and polls otherwise; null if there is none. */
async function triggerStep(title: string): Promise<AppStep | null> {
  const instant = webhookTriggers.find(labelled(title));
  const trigger = instant ?? polledTriggers.find(labelled(title));
  if (!trigger) return null;
  const { key, operation } = trigger.definition;
  const call = (method: unknown, inputData = {}) => appTester(method, { ...CONNECTION, inputData }, true);
  const outputFields = (await call(operation.outputFields)) as OutputField[];
  return {
    fields: (await call(operation.inputFields)) as InputField[],
    outputFields: [...outputFieldsOf(allSampleFields(trigger.lookups)), ...outputFields],
    run: async (inputs, { received, runNumber = 0 }) => {
      const inputData = { ...inputs, time_zone: META.timezone };
      const records = instant
        ? await recordsOf(key, received ?? { delivery: deliveryOf(instant.sampleEvent) }, inputData)
        : await polledRecords(operation.perform, inputData);
      return records[runNumber];
    },
  };
}

/** Returns the search, the action or the pair with a label; null if it belongs to another app. */
function searchOrAction(title: string): AppStep | null {
  const pair = Object.values(searchOrCreates).find(({ display }) => display.label === title);
  const search = objectSearches.find((step) => step.definition.key === pair?.search || labelled(title)(step));
  const action = actions.find((step) => step.definition.key === pair?.create || labelled(title)(step));
  if (!search && !action) return null;
  return {
    fields: [...(search?.inputs ?? []), ...(action?.inputs ?? [])].map(({ field }) => field),
    outputFields: (search ?? action)?.object?.ownOutputFields ?? [],
    run: async (inputData) => {
      const [found] = search ? await find(search.definition.key, inputData, META) : [];
      return found ?? (action ? act(action.definition.key, inputData, META) : undefined);
    },
  };
}

/**
 * Runs an example with exactly the inputs that the guide names.
 * @returns the records by the number of the step, none if the trigger does not keep the delivery or a poll finds nothing;
 * and the inputs of other apps' steps by number and label, none for the steps after a filter that stops the run
 * @throws {Error} if the guide names a step or a field that does not exist, or if a step fails
 */
export async function runExample(heading: string, options: ExampleOptions = {}) {
  const { form = {}, zap } = options;
  const outputs = new Map<string, ReadonlyMap<string, string>>();
  const records = new Map<string, FlatRecord>();
  const passedOn = new Map<string, JsonObject>();
  const filledIn = (text: string) =>
    text.replaceAll(/\[(\d+)\. ([^\]]+)\]/g, (_match, number: string, label: string) => {
      const value = outputs.get(number)?.get(label);
      if (value === undefined) throw new Error(`Step ${number} has no field "${label}".`);
      return value;
    });

  for (const { number, title, hasExampleValues, rows } of stepsUnder(heading, zap)) {
    if (title === 'Filter by Zapier') {
      if (rows.every(([field, condition]) => meetsCondition(filledIn(field), condition))) continue;
      break;
    }
    const inputs = rows.map(([label, text]): [string, string] => [label, filledIn(text)]);
    const trigger = await triggerStep(title);
    const step = trigger ?? searchOrAction(title);
    if (step) {
      const record = await step.run(await inputDataOf(step.fields, inputs), options);
      if (!record && trigger) break;
      if (!record) throw new Error(`Step ${number} found nothing.`);
      records.set(number, record);
      outputs.set(number, byLabel(record, step.outputFields));
    } else if (hasExampleValues) {
      outputs.set(number, new Map(inputs.map(([label, text]) => [label, form[label] ?? text])));
    } else passedOn.set(number, Object.fromEntries(inputs));
  }
  return { records, passedOn };
}
