/**
 * The worked examples in `docs/examples.md`. Tests build the examples as a reader would, using only the labels on that
 * page. The app must be built for the relay at {@link UNUSED_RELAY}, because some examples need a relay.
 */

import { readFileSync } from 'node:fs';

import { actions, searchOrCreates } from '../../creates/index.ts';
import { deliveryOf, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { objectSearches } from '../../searches/index.ts';
import { dropdownTriggers, type Choice } from '../../src/app/dropdown-triggers.ts';
import type { InputField } from '../../src/inputs/input.ts';
import { allSampleFields } from '../../src/lookups/lookup.ts';
import { DETAILS } from '../../src/search/many/search-for-many.ts';
import { outputFieldsOf, type OutputField } from '../../src/record/output-fields.ts';
import { TURNED_ON_META, turnedOnEntries } from '../../local/turned-on-zap.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { polledTriggers, webhookTriggers } from '../../triggers/index.ts';
import { toTutorCruncherJson } from '../../local/signed-delivery.ts';
import type { JsonObject } from '../../wire/json.ts';
import { sign } from '../../wire/signature.ts';
import { appTester, perform } from '../support/app-tester.ts';
import { sealedEnvelope, UNUSED_RELAY, withPrevious } from '../support/sealed-envelope.ts';
import { act, find, search as findMany } from '../support/steps.ts';
import { formattedDate, meetsCondition, META } from './zapier-steps.ts';

/** A delivery for the Zap of an example, and its previous delivery. */
interface RelayedDelivery {
  readonly delivery: object;
  readonly previous?: object;
}

/** Values that replace the values in the example. */
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
  readonly isGrouped: boolean;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

/** The text of the guide, of its examples, and of the page about several branches. */
export const GUIDE = ['docs/guide.md', 'docs/examples.md', 'docs/branches.md']
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');
const STEP = /^\*\*Step (\d+): (.+?)\.\*\*/;
const CONNECTION = { authData: { private_key: PRIVATE_KEY } };

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

/** Returns the records of a polled trigger in a Zap that was turned on when nothing was due. */
async function polledRecords(key: string, method: unknown, inputData: JsonObject): Promise<FlatRecord[]> {
  const bundle = { ...CONNECTION, inputData, meta: TURNED_ON_META };
  return (await appTester(method, bundle, true, await turnedOnEntries(key, PRIVATE_KEY))) as FlatRecord[];
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

/** Returns the steps of the example with the given heading. @throws {Error} if there is no such example */
function stepsUnder(heading: string, zap?: string): GuideStep[] {
  const section = sectionUnder(heading);
  const part = zap === undefined ? section : section.split(`\n### ${zap}\n`)[1]?.split('\n### ')[0];
  const steps = (part ?? '').split(/^(?=\*\*Step )/m).slice(1);
  if (steps.length === 0) throw new Error(`docs/examples.md has no steps under "${heading}".`);
  return steps.map((text) => {
    const [, number = '', title = ''] = STEP.exec(text) ?? [];
    const [header = ['', ''], , ...rows] = text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map(cellsOf);
    const isGrouped = /as\s+line\s+items/.test(text);
    return { number, title, hasExampleValues: header[1] === 'Example', isGrouped, rows };
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

/** Returns the values of grouped records by label. Zapier joins line items that are mapped into a field. */
function groupedByLabel(records: readonly FlatRecord[], fields: readonly OutputField[]): Map<string, string> {
  const values = records.map((record) => byLabel(record, fields));
  const labels = values[0]?.keys() ?? [];
  return new Map(Array.from(labels, (label) => [label, values.map((each) => each.get(label) ?? '').join(',')]));
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
 * Returns the input data of one of the app's steps, based on the labels on the page.
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

/** A step of the app as Zapier runs it. */
interface AppStep {
  readonly fields: readonly InputField[];
  readonly outputFields: readonly OutputField[];
  /** Returns no records if the search finds nothing or if the trigger does not start the Zap. */
  readonly run: (inputData: JsonObject, options: ExampleOptions) => Promise<readonly FlatRecord[]>;
}

const labelled = (label: string) => (step: { definition: { display: { label: string } } }) =>
  step.definition.display.label === label;

/**
 * Returns the trigger with a label; null if there is none. An instant trigger runs on a delivery, and any other trigger
 * polls.
 */
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
        : await polledRecords(key, operation.perform, inputData);
      return records.slice(runNumber);
    },
  };
}

/** Returns the output fields of a search for many without details. */
const fieldsOfRows = async (outputFields: unknown): Promise<OutputField[]> =>
  (await appTester(outputFields, { ...CONNECTION, inputData: {} }, true)) as OutputField[];

/** Returns the search, the action or the pair with a label; null if the app has no such step. */
async function searchOrAction(title: string): Promise<AppStep | null> {
  const pair = Object.values(searchOrCreates).find(({ display }) => display.label === title);
  const search = objectSearches.find((step) => step.definition.key === pair?.search || labelled(title)(step));
  const action = actions.find((step) => step.definition.key === pair?.create || labelled(title)(step));
  if (!search && !action) return null;
  const isForMany = search?.inputs.includes(DETAILS) === true;
  return {
    fields: [...(search?.inputs ?? []), ...(action?.inputs ?? [])].map(({ field }) => field),
    outputFields: isForMany
      ? await fieldsOfRows(search.definition.operation.outputFields)
      : ((search ?? action)?.object?.ownOutputFields ?? []),
    run: async (inputData) => {
      if (isForMany) return findMany(search.definition.key, inputData, META);
      const found = search ? await find(search.definition.key, inputData, META) : [];
      return found.length > 0 || !action ? found : [await act(action.definition.key, inputData, META)];
    },
  };
}

/**
 * Runs an example with exactly the inputs that the page names.
 * @returns `records`: the records by the number of the step; empty if the trigger does not start the Zap. `passedOn`:
 *   the inputs of other apps' steps, except steps after a filter that stops the run. `iterations`: the inputs of other
 *   apps' steps in each iteration of a loop. A search that finds nothing ends its iteration.
 * @throws {Error} if the page names a step or a field that does not exist, or if a step fails
 */
export async function runExample(heading: string, options: ExampleOptions = {}) {
  const { form = {}, zap } = options;
  const outputs = new Map<string, ReadonlyMap<string, string>>();
  const records = new Map<string, FlatRecord>();
  const iterations: ReadonlyMap<string, JsonObject>[] = [];
  const filledIn = (text: string) =>
    text.replaceAll(/\[(\d+)\. ([^\]]+)\]/g, (_match, number: string, label: string) => {
      const value = outputs.get(number)?.get(label);
      if (value === undefined) throw new Error(`Step ${number} has no field "${label}".`);
      return value;
    });

  /** Runs the app's step. Returns false if the run ends with this step. */
  async function runOwn(step: AppStep, { number, isGrouped }: GuideStep, inputs: GuideStep['rows']): Promise<boolean> {
    const found = await step.run(await inputDataOf(step.fields, inputs), options);
    const [record] = found;
    if (!record) return false;
    records.set(number, record);
    outputs.set(number, isGrouped ? groupedByLabel(found, step.outputFields) : byLabel(record, step.outputFields));
    return true;
  }

  async function runSteps(steps: readonly GuideStep[], isIteration: boolean) {
    const passedOn = new Map<string, JsonObject>();
    for (const [index, guideStep] of steps.entries()) {
      const { number, title, hasExampleValues, rows } = guideStep;
      if (title === 'Filter by Zapier') {
        if (rows.every(([field, condition]) => meetsCondition(filledIn(field), filledIn(condition)))) continue;
        break;
      }
      const inputs = rows.map(([label, text]): [string, string] => [
        label,
        filledIn(text).replaceAll('`{{zap_meta_utc_iso}}`', new Date().toISOString()),
      ]);
      if (title.startsWith('Looping by Zapier')) {
        const lists = inputs.map(([label, text]) => [label, text.split(',')] as const);
        for (const position of lists[0]?.[1].keys() ?? []) {
          outputs.set(number, new Map(lists.map(([label, values]) => [label, values[position] ?? ''])));
          iterations.push(await runSteps(steps.slice(index + 1), true));
        }
        break;
      }
      if (title === 'Formatter by Zapier: Date / Time') {
        outputs.set(number, new Map([['Output', formattedDate(Object.fromEntries(inputs))]]));
        continue;
      }
      const trigger = await triggerStep(title);
      const step = trigger ?? (await searchOrAction(title));
      if (step) {
        if (await runOwn(step, guideStep, inputs)) continue;
        if (!trigger && !isIteration) throw new Error(`Step ${number} found nothing.`);
        break;
      }
      if (hasExampleValues) outputs.set(number, new Map(inputs.map(([label, text]) => [label, form[label] ?? text])));
      else passedOn.set(number, Object.fromEntries(inputs));
    }
    return passedOn;
  }
  const passedOn = await runSteps(stepsUnder(heading, zap), false);
  return { records, passedOn, iterations };
}
