/**
 * Inputs for the custom fields of an object. TutorCruncher has no list of their definitions: they come from the
 * description of the object's list (OPTIONS), or else from the newest record. The latter names no options of dropdowns.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../wire/json.ts';
import { cached } from './api/cache.ts';
import { rowId } from './api/records.ts';
import { booleanInput } from './inputs/boolean.ts';
import { isEmpty, makeInput, singleValue, type Input, type InputField, type InputText } from './inputs/input.ts';
import { dateInput, dateTimeInput } from './inputs/moment.ts';
import { textInput } from './inputs/text.ts';
import { listPath, readObject } from './object-record.ts';
import { customFieldsOf } from './record/custom-fields.ts';
import { labelOf } from './record/labels.ts';
import { slug } from './record/product-words.ts';
import { Run } from './run.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** The definition of a custom field. */
interface CustomFieldDefinition {
  /** Key of the field in records and inputs. */
  readonly key: string;
  /** Name by which TutorCruncher expects the value. */
  readonly machineName: string;
  readonly label: string;
  /** TutorCruncher's type, in lower case. */
  readonly type: string;
  /** The options of a dropdown, by the slug that TutorCruncher expects. Empty if they are unknown. */
  readonly options: Record<string, string>;
}

/** The group of these inputs in the editor. */
export const CUSTOM_FIELDS_GROUP = { key: 'custom_fields', label: 'Custom Fields' };

/** Returns a text as Django's `slugify` converts it: "Doesn't suit student" becomes `doesnt-suit-student`. */
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
      .filter(({ value }) => typeof value === 'string' && value !== '')
      .map(({ value, display_name: name }) => [String(value), textOf(name) || String(value)]),
  );
}

/** Makes definitions of entries with `machine_name`, `name`, `type` and perhaps `choices`. */
function definitionsOf(entries: readonly JsonObject[]): CustomFieldDefinition[] {
  const named = entries.filter(({ machine_name: name }) => typeof name === 'string' && name !== '');
  // The name in place of the value keeps fields apart whose keys would be the same.
  const keyed = customFieldsOf(named.map((entry) => ({ ...entry, value: entry.machine_name })));
  return named.map((entry, index) => {
    const { key = '', name = null } = keyed[index] ?? {};
    return {
      key,
      machineName: String(entry.machine_name),
      label: name ?? labelOf(key),
      type: textOf(entry.type).toLowerCase(),
      options: optionsOf(entry.choices),
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
    .map(([machine_name, field]) => ({ machine_name, name: field.label, type: field.type, choices: field.choices }));
}

/** Returns the entries of the newest record. */
async function newestEntries(run: Run, object: TutorCruncherObject): Promise<JsonObject[]> {
  const { rows } = await run.readPage(listPath(object), {}, 1);
  const id = rows[0] ? rowId(rows[0]) : null;
  const newest = id === null ? null : await readObject(run, object, id);
  return Array.isArray(newest?.extra_attrs) ? newest.extra_attrs.filter(isJsonObject) : [];
}

function fetchDefinitions(run: Run, object: TutorCruncherObject): Promise<CustomFieldDefinition[]> {
  return cached(run.z, run.bundle, `custom_field_inputs_${object.word}`, async () => {
    const described = describedFields(await run.readMetadata(listPath(object)), 'extra_attrs');
    return definitionsOf(described ?? (await newestEntries(run, object)));
  });
}

/** An input for an option of a dropdown, which becomes the option's slug. */
function optionInput(text: InputText, options: Record<string, string>): Input<string> {
  const field: Partial<InputField> = Object.keys(options).length > 0 ? { choices: options } : {};
  return makeInput(text, { type: 'string', ...field }, (value, context) => {
    const wanted = String(singleValue(value, text, context));
    const option = Object.keys(options).find(
      (key) => key === wanted || slug(options[key] ?? '') === slug(wanted) || optionSlug(options[key] ?? '') === wanted,
    );
    return option ?? optionSlug(wanted);
  });
}

/** Returns the input for a custom field. The types are those of OPTIONS, and those that records contain. */
function inputOf({ key, machineName, label, type, options }: CustomFieldDefinition): Input {
  const text: InputText = { key, label, becomes: machineName, group: CUSTOM_FIELDS_GROUP.key };
  if (type === 'choice' || type.includes('dropdown')) return optionInput(text, options);
  if (type === 'date') return dateInput(text);
  if (/^date ?time$/.test(type)) return dateTimeInput(text);
  if (type === 'boolean' || type === 'checkbox') return booleanInput(text);
  return textInput(text, type.startsWith('long') || type === 'text_extended' ? 'text' : 'string');
}

/** Returns the inputs for custom fields that the editor shows; none if they cannot be read. */
export async function customFieldFields(
  z: ZObject,
  bundle: Bundle,
  object: TutorCruncherObject,
): Promise<InputField[]> {
  try {
    const definitions = await fetchDefinitions(Run.ofSearch(z, bundle), object);
    return definitions.map((definition) => inputOf(definition).field);
  } catch {
    return [];
  }
}

/**
 * Returns the inputs for the custom fields that a step fills in. They are read only if there are such values.
 *
 * @throws {Error} with a message for the Zap's owner, if a custom field no longer exists or the definitions cannot be read
 */
export async function filledCustomFields(run: Run, object: TutorCruncherObject): Promise<Input[]> {
  const inputData = (run.bundle.inputData as JsonObject | undefined) ?? {};
  const filled = Object.keys(inputData).filter((key) => key.startsWith('custom_') && !isEmpty(inputData[key]));
  if (filled.length === 0) return [];
  const definitions = await fetchDefinitions(run, object);
  return filled.map((key) => {
    const definition = definitions.find((candidate) => candidate.key === key);
    if (definition) return inputOf(definition);
    throw run.refusal(
      'A custom field that this step fills in does not exist, or no longer exists, in TutorCruncher. Refresh the fields of the ' +
        'step, and fill in the custom field again if it has another name now. Nothing was changed.',
    );
  });
}
