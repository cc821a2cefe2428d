/**
 * Inputs for the custom fields of an object. TutorCruncher's API does not list their definitions. They come from the
 * OPTIONS response for the object's list, or else from the newest record, which lacks the options of dropdowns.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { cached } from './api/cache.ts';
import { rowId } from './api/records.ts';
import { booleanInput } from './inputs/boolean.ts';
import {
  InputValues,
  invalidValue,
  isEmpty,
  makeInput,
  singleValue,
  type Input,
  type InputField,
  type InputText,
} from './inputs/input.ts';
import { dateInput, dateTimeInput } from './inputs/moment.ts';
import { textInput } from './inputs/text.ts';
import { comparable } from './list-search.ts';
import { listPath, readObject } from './object-record.ts';
import { customFieldsOf } from './record/custom-fields.ts';
import { labelOf } from './record/labels.ts';
import { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The definition of a custom field. */
interface CustomFieldDefinition {
  /** Key of the field in records and inputs. */
  readonly key: string;
  /** Name under which TutorCruncher expects the value. */
  readonly machineName: string;
  readonly label: string;
  /** TutorCruncher's type, in lower case. */
  readonly type: string;
  /** Options of a dropdown by the slug that TutorCruncher expects; empty if unknown. */
  readonly options: Record<string, string>;
  readonly isRequired: boolean;
}

/** A source of definitions. */
export interface CustomFieldSource {
  /** Name of the source in the cache. */
  readonly name: string;
  /** Reads entries with `machine_name`, `name`, `type` and, optionally, `choices` and `required`. */
  readonly read: (run: Run) => Promise<readonly JsonObject[]>;
}

/** The group of these inputs in the editor. */
export const CUSTOM_FIELDS_GROUP = { key: 'custom_fields', label: 'Custom Fields' };

/** Converts text in the same way as Django's `slugify`: "Doesn't suit student" becomes `doesnt-suit-student`. */
export const optionSlug = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/[-\s]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function optionsOf(choices: unknown): Record<string, string> {
  const options = Array.isArray(choices) ? (choices as unknown[]).filter(isJsonObject) : [];
  return Object.fromEntries(
    options
      .filter(({ value }) => typeof value === 'number' || (typeof value === 'string' && value !== ''))
      .map(({ value, display_name: name }) => [String(value), textOf(name) || String(value)]),
  );
}

/** Makes definitions from the entries of a source. */
function definitionsOf(entries: readonly JsonObject[]): CustomFieldDefinition[] {
  const named = entries.filter(({ machine_name: name }) => typeof name === 'string' && name !== '');
  // Colliding keys are changed only if their values differ, so pass the name as the value.
  const keyed = customFieldsOf(named.map((entry) => ({ ...entry, value: entry.machine_name })));
  return named.map((entry, index) => {
    const { key = '', name = null } = keyed[index] ?? {};
    return {
      key,
      machineName: String(entry.machine_name),
      label: name ?? labelOf(key),
      type: textOf(entry.type).toLowerCase(),
      options: optionsOf(entry.choices),
      isRequired: entry.required === true,
    };
  });
}

/** Returns the entries in the description of a list; null if it does not describe the custom fields. */
export function describedFields(metadata: JsonObject | null, name: string): JsonObject[] | null {
  const actions = metadata?.actions;
  const post = isJsonObject(actions) ? actions.POST : null;
  const parent = isJsonObject(post) ? post[name] : null;
  const children = isJsonObject(parent) ? parent.children : null;
  if (!isJsonObject(children)) return null;
  return Object.entries(children)
    .filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
    .map(([machine_name, field]) => ({ ...field, machine_name, name: field.label }));
}

/** Returns the entries of the newest record. */
async function newestEntries(run: Run, object: TutorCruncherObject): Promise<JsonObject[]> {
  const { rows } = await run.readPage(listPath(object), {}, 1);
  const id = rows[0] ? rowId(rows[0]) : null;
  const newest = id === null ? null : await readObject(run, object, id);
  return Array.isArray(newest?.extra_attrs) ? newest.extra_attrs.filter(isJsonObject) : [];
}

/**
 * Returns the source of an object's custom fields. None of the fields is required, because an update may leave out any
 * field.
 */
export const customFieldsOfObject = (object: TutorCruncherObject): CustomFieldSource => ({
  name: object.word,
  read: async (run) => {
    const described = describedFields(await run.readMetadata(listPath(object)), 'extra_attrs');
    return described?.map((entry) => ({ ...entry, required: false })) ?? newestEntries(run, object);
  },
});

const fetchDefinitions = (run: Run, { name, read }: CustomFieldSource): Promise<CustomFieldDefinition[]> =>
  cached(run.z, run.bundle, `custom_field_inputs_${name}`, async () => definitionsOf(await read(run)));

/** An input for an option of a dropdown. The option becomes its slug. */
function optionInput(text: InputText, options: Record<string, string>): Input<string> {
  const field: Partial<InputField> = Object.keys(options).length > 0 ? { choices: options } : {};
  return makeInput(text, { type: 'string', ...field }, (value, context) => {
    const wanted = String(singleValue(value, text, context)).trim();
    const entries = Object.entries(options);
    const same =
      entries.find(([key]) => key === wanted) ?? entries.find(([, name]) => comparable(name) === comparable(wanted));
    if (same) return same[0];
    // Slugs omit symbols and non-Latin scripts: the slugs of "A+" and "A-" are equal, and the slug of Japanese text is
    // empty.
    const wantedSlug = optionSlug(wanted);
    const alike = entries.filter(([, name]) => optionSlug(name) === wantedSlug);
    if (wantedSlug === '' || alike.length > 1) {
      throw invalidValue(context, text, 'must contain the text of one of its options in TutorCruncher.');
    }
    return alike[0]?.[0] ?? wantedSlug;
  });
}

/** Returns the input for a custom field. Handles the type names of OPTIONS and of records. */
function inputOf({ key, machineName, label, type, options, isRequired }: CustomFieldDefinition): Input {
  const group = CUSTOM_FIELDS_GROUP.key;
  const text: InputText = { key, label, becomes: machineName, group, ...(isRequired && { required: true }) };
  if (type === 'choice' || type.includes('dropdown')) return optionInput(text, options);
  if (type === 'date') return dateInput(text);
  if (/^date ?time$/.test(type)) return dateTimeInput(text);
  if (type === 'boolean' || type === 'checkbox') return booleanInput(text);
  return textInput(text, type.startsWith('long') || type === 'text_extended' ? 'text' : 'string');
}

/** Returns the inputs for custom fields that the editor shows; none if they cannot be read. */
export async function customFieldFields(z: ZObject, bundle: Bundle, source: CustomFieldSource): Promise<InputField[]> {
  try {
    const definitions = await fetchDefinitions(Run.ofSearch(z, bundle), source);
    return definitions.map((definition) => inputOf(definition).field);
  } catch {
    return [];
  }
}

/** The custom fields that a step fills in. */
export interface FilledCustomFields {
  readonly inputs: readonly Input[];
  /** Their values by machine name, in the form that TutorCruncher expects. */
  readonly values: JsonObject;
}

/**
 * Returns the custom fields that a step fills in. Reads their definitions only if there are such fields.
 *
 * @throws {Error} with a message for the Zap's owner, if a custom field no longer exists, if a value is invalid, if a
 *   required value is missing, or if the definitions cannot be read
 */
export async function filledCustomFields(run: Run, source: CustomFieldSource): Promise<FilledCustomFields> {
  const { z, bundle } = run;
  const inputData = (bundle.inputData as JsonObject | undefined) ?? {};
  const filled = Object.keys(inputData).filter((key) => key.startsWith('custom_') && !isEmpty(inputData[key]));
  if (filled.length === 0) return { inputs: [], values: {} };
  const definitions = await fetchDefinitions(run, source);
  const used = filled.map((key) => {
    const definition = definitions.find((candidate) => candidate.key === key);
    if (definition) return definition;
    throw run.refusal(
      'A custom field that this step fills in does not exist, or no longer exists, in TutorCruncher. Refresh the fields of the ' +
        'step, and fill in the custom field again if it has another name now. Nothing was changed.',
    );
  });
  const missing = definitions.filter((definition) => definition.isRequired && !used.includes(definition));
  const inputs = [...used, ...missing].map(inputOf);
  return { inputs, values: new InputValues(inputs, { z, bundle }).body() };
}
