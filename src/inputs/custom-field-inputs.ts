/**
 * Inputs for the custom fields of an object. TutorCruncher's API has no list of the definitions of custom fields. The
 * definitions come from the OPTIONS response for the object's list, or else from the newest records and the record that
 * an update changes. Records do not contain the options of dropdowns, and can lack fields. The app does not guess
 * missing names and options: TutorCruncher might ignore a wrong name, and a wrong option might be a different option of
 * the dropdown.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { RECORDS_WITH_CUSTOM_FIELDS } from '../object/account-fields.ts';
import { allEnded } from '../all-ended.ts';
import { cached } from '../api/cache.ts';
import { inputDataOf } from '../api/bundle.ts';
import { optionsOf } from './choice.ts';
import { isEmpty } from './empty-values.ts';
import {
  InputValues,
  InvalidValue,
  makeInput,
  wordIn,
  type ActionInput,
  type ActionText,
  type Input,
  type InputField,
} from './input.ts';
import { DATE_HELP, DATE_TIME_HELP, dateInput, dateTimeInput } from './date-time.ts';
import { longTextInput, textInput } from './text.ts';
import { booleanInput } from './yes-or-no.ts';
import { listPath, readObject } from '../object/object-record.ts';
import { comparable } from '../record/spelling.ts';
import { customFieldsOf, entriesOfAll } from '../record/custom-fields.ts';
import { labelOf } from '../record/field-labels.ts';
import { slug } from '../record/product-words.ts';
import { rowId } from '../api/rows.ts';
import { StepRun } from '../api/step-run.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

interface CustomFieldDefinition {
  readonly key: string;
  /** The name of the field in requests to TutorCruncher. */
  readonly machineName: string;
  readonly label: string;
  readonly type: string;
  /** Options of a dropdown by slug, the form that TutorCruncher expects; empty if the options are unknown. */
  readonly options: Record<string, string>;
  readonly isRequired: boolean;
}

/**
 * The custom fields that a source contains, as entries with `machine_name`, `name`, `type`, `choices` and `required`.
 */
interface ShownFields {
  readonly entries: readonly JsonObject[];
  /** True if the entries include all custom fields of the account. */
  readonly isComplete: boolean;
}

/** A source of the definitions of custom fields. */
export interface CustomFieldSource {
  readonly name: string;
  readonly read: (run: StepRun) => Promise<ShownFields>;
  /** Reads the custom fields in one record, for an incomplete source. */
  readonly readRecord?: (run: StepRun, id: string) => Promise<readonly JsonObject[]>;
}

/** The key of the group of inputs for custom fields in the editor. */
export const CUSTOM_FIELDS_GROUP = 'custom_fields';

/** Converts text to a slug, as Django's `slugify` does: "Doesn't suit student" becomes `doesnt-suit-student`. */
const optionSlug = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/[-\s]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function definitionsOf(entries: readonly JsonObject[]): CustomFieldDefinition[] {
  const named = entries.filter(({ machine_name: name }) => typeof name === 'string' && name !== '');
  // `customFieldsOf` changes colliding keys only if the values differ, so the name is passed as the value.
  const keyed = customFieldsOf(named.map((entry) => ({ ...entry, value: entry.machine_name })));
  return named.map((entry, index) => {
    const { key = '', name = null } = keyed[index] ?? {};
    return {
      key,
      machineName: String(entry.machine_name),
      label: name ?? labelOf(key),
      type: textOf(entry.type).toLowerCase(),
      options: optionsOf(entry),
      isRequired: entry.required === true,
    };
  });
}

/**
 * Returns the entries in TutorCruncher's description of the field for custom fields; null if the description has no
 * `children`.
 */
export function describedFields(field: unknown): JsonObject[] | null {
  if (!isJsonObject(field) || !isJsonObject(field.children)) return null;
  return Object.entries(field.children)
    .filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
    .map(([machine_name, child]) => ({ ...child, machine_name, name: child.label }));
}

async function entriesIn(run: StepRun, object: TutorCruncherObject, ids: readonly string[]): Promise<JsonObject[]> {
  const records = await allEnded(ids.map((id) => readObject(run, object, id)));
  return entriesOfAll(records.filter((record) => record !== null));
}

async function newestEntries(run: StepRun, object: TutorCruncherObject): Promise<JsonObject[]> {
  const { rows } = await run.readPage(listPath(object), {}, 1);
  const ids = rows.slice(0, RECORDS_WITH_CUSTOM_FIELDS).flatMap((row) => rowId(row) ?? []);
  return entriesIn(run, object, ids);
}

/** Returns the source of an object's custom fields. No field is required, because an update can leave out any field. */
export const customFieldsOfObject = (object: TutorCruncherObject): CustomFieldSource => ({
  name: object.word,
  read: async (run) => {
    const described = describedFields((await run.readMetadata(listPath(object)))?.extra_attrs);
    if (described === null) return { entries: await newestEntries(run, object), isComplete: false };
    return { entries: described.map((entry) => ({ ...entry, required: false })), isComplete: true };
  },
  readRecord: (run, id) => entriesIn(run, object, [id]),
});

/**
 * Returns the slug of an unknown option if the slug differs from the option only in letter case and in hyphens in place
 * of white space; otherwise null.
 */
function safeSlug(option: string): string | null {
  const slugged = optionSlug(option);
  return slugged === option.toLowerCase().replace(/\s+/g, '-') ? slugged : null;
}

/** Help text of an input for a dropdown whose options are unknown. */
const UNLISTED_OPTIONS =
  "Write an option as TutorCruncher shows it, or its short name, such as doesnt-matter for Doesn't matter. TutorCruncher's " +
  'API does not list the options here. The step Create Enquiry lists them if your enquiry form has this field.';

/** An input for an option of a dropdown. The value is the option's slug. */
function optionInput(key: string, text: ActionText, options: Record<string, string>): ActionInput<string> {
  const entries = Object.entries(options);
  return makeInput(key, text, entries.length > 0 ? { choices: options } : { helpText: UNLISTED_OPTIONS }, (value) => {
    const wanted = wordIn(value);
    const exact = entries.find(([name]) => name === wanted) ?? entries.find(([, name]) => name === wanted);
    if (exact) return exact[0];
    const [alike, another] = entries.filter(([, name]) => comparable(name) === comparable(wanted));
    if (alike && !another) return alike[0];
    // A slug omits symbols and non-Latin scripts: "A+" and "A-" have the same slug, and the slug of a Japanese text is
    // empty.
    const wantedSlug = safeSlug(wanted);
    // An option that is missing from the cached list might be new, so its slug is accepted.
    if (wantedSlug !== null && !another && !Object.hasOwn(options, wantedSlug)) return wantedSlug;
    throw new InvalidValue(
      entries.length > 0
        ? 'must contain the text of one of its options in TutorCruncher.'
        : 'must contain an option of letters, digits and spaces. TutorCruncher expects the short name of an option, and this ' +
            "step cannot tell how other characters change it. Enter the short name instead: doesnt-matter for Doesn't matter.",
    );
  });
}

/** Returns the input for a custom field. OPTIONS responses and records use different names for the same type. */
function inputOf({ key, machineName, label, type, options, isRequired }: CustomFieldDefinition): ActionInput {
  const shared = { label, becomes: machineName, group: CUSTOM_FIELDS_GROUP };
  const text: ActionText = isRequired ? { ...shared, required: true } : { ...shared, ifMappedEmpty: 'omit' };
  if (type === 'choice' || type.includes('dropdown')) return optionInput(key, text, options);
  if (type === 'date') return dateInput(key, { ...text, helpText: DATE_HELP });
  if (/^date ?time$/.test(type)) return dateTimeInput(key, { ...text, helpText: DATE_TIME_HELP });
  if (type === 'boolean' || type === 'checkbox') return booleanInput(key, text);
  return (type.startsWith('long') || type === 'text_extended' ? longTextInput : textInput)(key, text);
}

/** Returns the definitions of the custom fields that a source contains. */
const fetchDefinitions = (run: StepRun, { name, read }: CustomFieldSource) =>
  cached(run.z, run.bundle, `custom_field_definitions_${name}`, async () => {
    const { entries, isComplete } = await read(run);
    return { definitions: definitionsOf(entries), isComplete };
  });

/**
 * Returns the definitions of a source, with the custom fields of one record added if the source is incomplete and the
 * id is known.
 */
async function withRecord(
  run: StepRun,
  { name, readRecord }: CustomFieldSource,
  { definitions, isComplete }: Awaited<ReturnType<typeof fetchDefinitions>>,
  id: string | null,
): Promise<readonly CustomFieldDefinition[]> {
  if (isComplete || id === null || !readRecord) return definitions;
  const own = await cached(run.z, run.bundle, `custom_field_definitions_${name}_${id}`, async () =>
    definitionsOf(await readRecord(run, id)),
  );
  return [...definitions, ...own.filter(({ key }) => !definitions.some((definition) => definition.key === key))];
}

/**
 * Returns the editor's input fields for custom fields; empty if the custom fields cannot be read.
 *
 * @param id - the id of a record whose custom fields are included; null if no record is chosen
 */
export async function customFieldFields(
  z: ZObject,
  bundle: Bundle,
  source: CustomFieldSource,
  id: string | null = null,
): Promise<InputField[]> {
  const run = StepRun.ofEditor(z, bundle);
  try {
    const shown = await fetchDefinitions(run, source);
    const definitions = await withRecord(run, source, shown, id).catch(() => shown.definitions);
    return definitions.map((definition) => inputOf(definition).field);
  } catch {
    return [];
  }
}

const PREFIX = 'custom_';

/**
 * Returns the advice about a custom field that the source does not contain.
 *
 * @param id - the id of the record that the step updates
 */
function adviceFor(key: string, source: CustomFieldSource, isComplete: boolean, id: string | null): string {
  const label = labelOf(slug(key));
  if (isComplete) {
    return (
      `The custom field "${label}" does not exist, or no longer exists, in TutorCruncher. Refresh the fields of the step, and fill ` +
      'in the custom field again if it has another name now. Nothing was changed.'
    );
  }
  const orRecord = id === null ? '' : `, or in the ${source.name} that this step updates`;
  return (
    `The ${source.name}s that this step reads do not show the custom field "${label}", so its name in TutorCruncher is unknown. ` +
    `Fill in the field in one of the ${RECORDS_WITH_CUSTOM_FIELDS} newest ${source.name}s in TutorCruncher${orRecord}. Replay ` +
    'this run after ten minutes. Nothing was changed.'
  );
}

/**
 * Returns the values of the custom fields that a step fills in, by machine name, in the form that TutorCruncher
 * expects.
 *
 * @throws {Error} if a custom field does not exist or has an unknown or invalid value, or if a required value is
 *   missing
 */
export async function filledCustomFields(
  run: StepRun,
  source: CustomFieldSource,
  id: string | null = null,
): Promise<{ inputs: readonly Input[]; values: JsonObject }> {
  const inputData = inputDataOf(run.bundle);
  const keys = Object.keys(inputData).filter((key) => key.startsWith(PREFIX) && !isEmpty(inputData[key]));
  if (keys.length === 0) return { inputs: [], values: {} };
  const shown = await fetchDefinitions(run, source);
  const isShown = (key: string) => shown.definitions.some((definition) => definition.key === key);
  const known = keys.every(isShown) ? shown.definitions : await withRecord(run, source, shown, id);
  const used = keys.map((key) => {
    const definition = known.find((candidate) => candidate.key === key);
    if (definition) return definition;
    throw run.refusal(adviceFor(key, source, shown.isComplete, id));
  });
  const required = shown.definitions.filter((definition) => definition.isRequired && !used.includes(definition));
  const inputs = [...used, ...required].map(inputOf);
  return { inputs, values: (await InputValues.read(inputs, run)).body() };
}
