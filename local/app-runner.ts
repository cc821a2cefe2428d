/** Stand-in for Zapier that runs the app with zapier-platform-core's handler. */

import { createRequire } from 'node:module';

import zapier from 'zapier-platform-core';

import type { Choice } from '../src/app/dropdown-triggers.ts';
import type { InputField } from '../src/inputs/input.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { TURNED_ON_META, turnedOnEntries } from './turned-on-zap.ts';
import { zapierHeaders, type IncomingRequest } from './zapier-headers.ts';

/** The parts of steps that the stand-in reads, keyed by step key. */
export type AppSteps = Readonly<Record<string, { readonly display: { readonly label: string } }>>;

/** The part of an app definition that the stand-in reads. */
export interface App {
  readonly triggers: AppSteps;
}

/** Parts of an output field that Zapier's editor shows. */
export type AppOutputField = Pick<InputField, 'key' | 'label'>;

/** An input field. In a trigger, the type can also be `copy`. */
export interface AppInputField extends Omit<InputField, 'type'> {
  readonly type?: string;
}

/** Returns the label of a trigger. */
export const triggerLabelOf = ({ triggers }: App, key: string): string => triggers[key]?.display.label ?? key;

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return {};
  }
}

const TIME_ZONE = 'Europe/London';

const META = { isLoadingSample: false, isFillingDynamicDropdown: false, isTestingAuth: false, timezone: TIME_ZONE };

/** Returns the event that makes zapier-platform-core's handler run a method of the app. */
export function methodEvent(
  method: string,
  { meta, ...bundle }: Partial<Record<string, unknown>> & { readonly meta?: object },
  privateKey: string,
) {
  return {
    command: 'execute',
    method,
    // Prevents the handler from printing the memory usage of the process on each run.
    calledFromCli: true,
    bundle: {
      authData: { private_key: privateKey },
      inputData: {},
      inputDataRaw: {},
      meta: { ...META, ...meta },
      ...bundle,
    },
    zcacheTestObj: {},
  };
}

/** Returns the event that makes zapier-platform-core's handler run a trigger's `perform` on a request. */
export function hookEvent(
  triggerKey: string,
  request: IncomingRequest,
  privateKey: string,
  inputData: JsonObject = {},
) {
  const content = Buffer.from(request.body).toString('utf8');
  const bundle = {
    inputData,
    inputDataRaw: inputData,
    rawRequest: { method: 'POST', querystring: '', headers: zapierHeaders(request.headers), content },
    cleanedRequest: parsed(content),
  };
  return methodEvent(`triggers.${triggerKey}.operation.perform`, bundle, privateKey);
}

/** Keeps zapier-platform-core from ending the process after 250 runs with more than 450 MB of memory. */
export function keepProcess(): void {
  const constants = createRequire(import.meta.url)('zapier-platform-core/src/constants') as { KILL_MAX_LIMIT: number };
  constants.KILL_MAX_LIMIT = Infinity;
}

// Core exports this function for the wrapper that Zapier runs, but does not declare it in its types.
const { createAppHandler } = zapier as unknown as {
  createAppHandler: (app: App) => (event: unknown) => Promise<{ results: unknown }>;
};

/**
 * Beginning of the message of a run that was halted although the trigger did not refuse its delivery; see
 * `src/lookups/decisive-read.ts`.
 */
const UNDECIDED = 'This Zap has not run for this event';

/**
 * Outcome of a run: records, or the error message that would appear in Zap history. `isRefusal` is true if the trigger
 * refused the delivery.
 */
export type Outcome = { readonly records: FlatRecord[] } | { readonly error: string; readonly isRefusal: boolean };

/** Returns the records of a run; an empty list if the run failed. */
export const recordsOf = (outcome: Outcome): FlatRecord[] => ('records' in outcome ? outcome.records : []);

/** Returns the message that Zapier shows for an error. Except for refusals, core wraps the message in JSON. */
export function shownMessageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const wrapped = parsed(message);
  return isJsonObject(wrapped) && typeof wrapped.message === 'string' ? wrapped.message : message;
}

/** Runs the app as Zapier does. */
export type Runner = ReturnType<typeof createRunner>;

/**
 * Creates a runner that calls zapier-platform-core's handler.
 *
 * @param cache - Zapier's cache, which all runs share; default: an empty cache for each run
 */
export function createRunner(app: App, privateKey: string, cache?: object) {
  keepProcess();
  const handler = createAppHandler(app);
  return {
    /** Runs a trigger on a request, with the choices made in its fields. */
    perform: async (triggerKey: string, request: IncomingRequest, inputData?: JsonObject): Promise<Outcome> => {
      try {
        const event = hookEvent(triggerKey, request, privateKey, inputData);
        const { results } = await handler({ ...event, zcacheTestObj: cache ?? {} });
        return { records: results as FlatRecord[] };
      } catch (error) {
        const message = shownMessageOf(error);
        const isHalted = error instanceof Error && error.name === 'HaltedError';
        return { error: message, isRefusal: isHalted && !message.startsWith(UNDECIDED) };
      }
    },
    /** Polls a trigger once, for a Zap that was turned on when no record was due. */
    poll: async (triggerKey: string, bundle: object = {}): Promise<FlatRecord[]> => {
      const method = `triggers.${triggerKey}.operation.perform`;
      const event = methodEvent(method, { ...bundle, meta: TURNED_ON_META }, privateKey);
      const zcacheTestObj = await turnedOnEntries(triggerKey, privateKey);
      return (await handler({ ...event, zcacheTestObj })).results as FlatRecord[];
    },
    /** Calls a method of the app, such as `triggers.label_list.operation.perform`. */
    call: async (method: string, bundle: object = {}, event: object = {}): Promise<unknown> =>
      (await handler({ ...methodEvent(method, bundle, privateKey), zcacheTestObj: cache ?? {}, ...event })).results,
  };
}

/** Returns the items of a list that pass a type guard; an empty list if the value is not a list. */
const itemsOf = <Item>(list: unknown, isItem: (item: unknown) => item is Item): Item[] =>
  Array.isArray(list) ? list.filter(isItem) : [];

const isField = (field: unknown): field is AppInputField =>
  isJsonObject(field) && typeof field.key === 'string' && typeof field.label === 'string';

const isChoice = (value: unknown): value is Choice => isJsonObject(value) && 'id' in value && 'name' in value;

/**
 * Returns the output fields of a step.
 *
 * @param path - path of the step's methods, such as `creates.create_client.operation`
 */
export const outputFieldsOf = async (zapier: Runner, path: string, bundle?: object): Promise<AppOutputField[]> =>
  itemsOf(await zapier.call(`${path}.outputFields`, bundle), isField);

/** Returns the input fields of a step. Some fields exist only if another field has a value. */
export const inputFieldsOf = async (zapier: Runner, path: string, inputData = {}): Promise<AppInputField[]> =>
  itemsOf(await zapier.call(`${path}.inputFields`, { inputData }), isField);

/** Returns a page of the entries of a field's dropdown. @param dynamic - the field's reference to the hidden trigger */
export async function choicesOf(zapier: Runner, dynamic: string, page: number): Promise<Choice[]> {
  const [trigger = ''] = dynamic.split('.');
  return itemsOf(await zapier.call(`triggers.${trigger}.operation.perform`, { meta: { page } }), isChoice);
}
