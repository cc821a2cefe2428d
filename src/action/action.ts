/**
 * The factory of all actions about one object. All actions convert their inputs, read the data that they need, write
 * once, and convert the written object (`written-object.ts`) to a record with the same keys as in triggers. Actions
 * differ in key, label, description, object, inputs and write.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../../wire/json.ts';
import { OBJECT_NAMES } from '../../wire/models.ts';
import { allEnded } from '../all-ended.ts';
import { inputDataOf } from '../api/bundle.ts';
import { foundOrCreated, isInPair } from './find-or-create.ts';
import { lockOf } from './lock.ts';
import { OutcomeMarker } from './unknown-outcome.ts';
import { write, type Write, type WriteTexts } from './write.ts';
import { writtenObject } from './written-object.ts';
import {
  CUSTOM_FIELDS_GROUP,
  customFieldFields,
  customFieldsOfObject,
  filledCustomFields,
  type CustomFieldSource,
} from '../inputs/custom-field-inputs.ts';
import { InputValues, inputLabel, type ActionInput, type Input, type InputField } from '../inputs/input.ts';
import { idOf } from '../api/record-id.ts';
import { recordOfObject } from '../object/object-record.ts';
import { ownOutputFieldFunctions } from '../object/account-fields.ts';
import type { OutputField } from '../record/output-fields.ts';
import type { FlatRecord } from '../record/record.ts';
import { StepRun } from '../api/step-run.ts';
import type { SearchForOne } from '../search/search.ts';
import { sharedFields, sharedPart, withSample } from '../shared-part.ts';
import { STEP_THROTTLE } from '../api/step-throttle.ts';
import { localeIn } from '../inputs/run-time-zone.ts';
import type { TutorCruncherObject } from '../object/tutorcruncher-object.ts';

/** A function that computes fields that depend on the account or on other inputs. */
type FieldFunction<Field> = (z: ZObject, bundle: Bundle) => Promise<Field[]>;

/** An action of any kind. */
interface ActionParts {
  readonly key: string;
  readonly label: string;
  readonly noun: string;
  readonly description: string;
  readonly inputs: readonly ActionInput[];
  /** True if runs of this action must wait for each other, so that two Zaps do not create the same record. */
  readonly isExclusive?: boolean;
  /**
   * True if runs that change the same record must wait for each other, because the action writes back values that it
   * has read.
   */
  readonly writesBack?: boolean;
  readonly perform: (run: StepRun) => Promise<JsonObject>;
  /**
   * The object whose record the action returns; missing if inputs determine the object, or if the record represents no
   * object.
   */
  readonly object?: TutorCruncherObject;
  /** Returns the fields of a record that represents no object, or the additional fields of an object's record. */
  readonly ownFields?: () => readonly { readonly key: string; readonly label: string; readonly type: string }[];
  /** The search that forms a Find or Create step with the action. */
  readonly search?: SearchForOne;
  /** The source of the custom fields for which the action has inputs; null if the action has no such inputs. */
  readonly customFields?: CustomFieldSource | null;
  /** The input for the record that an update changes. The custom fields of the chosen record also become inputs. */
  readonly chosen?: Input<string>;
  readonly fieldFunctions?: readonly FieldFunction<InputField>[];
  /** The inputs that the editor always shows; default: all inputs. */
  readonly fixedInputs?: readonly ActionInput[];
  readonly sample: () => JsonObject;
  readonly outputFields: readonly FieldFunction<Pick<OutputField, 'key' | 'label' | 'type'>>[];
}

/** The result of the reads before a write: the write, or an existing object that makes the write unnecessary. */
type ToWrite =
  | (Write & {
      /**
       * An object that the write changes but does not return. If the object cannot be read again, the record shows its
       * state before the write.
       */
      readonly target?: JsonObject;
    })
  | { readonly existing: JsonObject };

/** An action about one object, as written in `creates/`. */
export interface ObjectAction
  extends
    Pick<ActionParts, 'key' | 'label' | 'description' | 'inputs' | 'isExclusive' | 'writesBack' | 'search' | 'chosen'>,
    Pick<WriteTexts, 'unknownOutcome' | 'duplicateEmail' | 'refusal'> {
  readonly object: TutorCruncherObject;
  /** True to add inputs for the object's custom fields. */
  readonly hasCustomFields?: boolean;
  /** The boolean field that shows whether the run has created the record. */
  readonly isNewField?: {
    readonly key: string;
    readonly label: string;
    /**
     * The name of the boolean in the response that shows whether the write has created a record; if missing, every
     * write creates a record.
     */
    readonly inResponse?: string;
  };
  /** Returns the values by which the action looks for an existing record; null if the step does not look for one. */
  readonly soughtIn?: (values: InputValues) => JsonObject | null;
  /**
   * Returns the write, or the existing object that the write would duplicate. `body` contains the values of all API
   * fields.
   */
  readonly toWrite: (values: InputValues, body: JsonObject, run: StepRun) => ToWrite | Promise<ToWrite>;
}

/** An action: its definition for zapier-platform-core, and the parts of the definition that pairs and tests use. */
export type Action = ReturnType<typeof action>;

/** Returns the labels of inputs by API name, for explanations of refusals. */
export const labelsOf = (inputs: readonly Input[]): ReadonlyMap<string, string> =>
  new Map(inputs.flatMap(({ becomes, field }) => (becomes === null ? [] : [[becomes, field.label]])));

/**
 * Returns the field of an input. If the choices depend on the account, returns a function that adds the account's
 * choices to the field, or leaves the field unchanged if the choices cannot be read.
 */
const fieldOf = ({ field, fieldOfAccount }: Input): InputField | FieldFunction<InputField> =>
  fieldOfAccount ? async (z, bundle) => [await fieldOfAccount(StepRun.ofEditor(z, bundle)).catch(() => field)] : field;

/**
 * Returns the function that computes the editor's fields for custom fields, including the custom fields of the chosen
 * record.
 */
const customFieldsOf =
  (source: CustomFieldSource, chosen?: Input): FieldFunction<InputField> =>
  (z, bundle) =>
    customFieldFields(z, bundle, source, chosen ? idOf(inputDataOf(bundle)[chosen.field.key]) : null);

/** Defines an action. */
export function action({ key, label, description, noun, perform, customFields = null, chosen, ...parts }: ActionParts) {
  const { object = null, ownFields, search, inputs, fixedInputs = inputs, fieldFunctions = [] } = parts;
  const lock = lockOf(key, parts.isExclusive === true, parts.writesBack === true ? chosen : undefined);
  const groups = new Set<string>();
  for (const { field } of inputs) if (field.group !== undefined) groups.add(field.group);
  if (customFields) groups.add(CUSTOM_FIELDS_GROUP);
  return {
    object,
    inputs,
    fixedInputs,
    ownFields,
    search,
    definition: {
      key,
      noun,
      display: sharedPart({ label, description }),
      operation: withSample(parts.sample, {
        perform: (z: ZObject, bundle: Bundle): Promise<JsonObject> =>
          perform(StepRun.ofAction(z, bundle, isInPair(bundle, search))),
        inputFields: sharedFields([
          ...fixedInputs.map(fieldOf),
          ...fieldFunctions,
          ...(customFields ? [customFieldsOf(customFields, chosen)] : []),
        ]),
        ...(groups.size > 0 && {
          inputFieldGroups: sharedFields([...groups].map((group) => ({ key: group, label: inputLabel(group) }))),
        }),
        outputFields: [...parts.outputFields],
        // By default, Zapier removes empty values, but the step needs all values.
        cleanInputData: false,
        throttle: STEP_THROTTLE,
        ...(lock && { lock: sharedPart(lock) }),
      }),
    },
  };
}

/** Defines an action about one object. */
export function objectAction(parts: ObjectAction): Action {
  const { object, search, inputs, chosen, hasCustomFields = false, isNewField: flag } = parts;
  const customFields = hasCustomFields ? customFieldsOfObject(object) : null;
  /** Returns the marker for an unknown outcome of this action; null if a replay is harmless. */
  const markerIn = async (run: StepRun, values: InputValues): Promise<OutcomeMarker | null> => {
    if (parts.unknownOutcome.replay === undefined) return null;
    // The marker depends only on the sought values, because Zaps that look for the same record can differ in their
    // other inputs.
    const sought = run.repeatsSearch ? await search?.soughtIn(run) : parts.soughtIn?.(values);
    return new OutcomeMarker(run, parts.key, sought ?? undefined);
  };
  const written = async (run: StepRun): Promise<FlatRecord> => {
    const values = await InputValues.read(inputs, run);
    const marker = await markerIn(run, values);
    const id = chosen ? values.of(chosen) : null;
    const custom = customFields ? await filledCustomFields(run, customFields, id) : { inputs: [], values: {} };
    const body = { ...values.body(), ...(custom.inputs.length > 0 && { extra_attrs: custom.values }) };
    // The record that a PUT writes back is read immediately before the PUT, and all other data is read earlier.
    const [locale] = await allEnded([localeIn(run), marker?.until ?? null]);
    const request = await parts.toWrite(values, body, run);
    const withFlag = (record: FlatRecord, isNew: boolean | null): FlatRecord =>
      flag ? { ...record, [flag.key]: isNew } : record;
    if ('existing' in request) return withFlag(recordOfObject(object, request.existing, locale), false);
    const { target, ...sent } = request;
    const texts = { ...parts, labels: labelsOf([...inputs, ...custom.inputs]) };
    const response = await write(run, sent, texts, marker);
    const flagName = flag?.inResponse ?? '';
    const { [flagName]: answer, ...fields } = target ?? response;
    const idInPath = /\/(\d+)\//.exec(sent.path)?.[1] ?? null;
    const found = await writtenObject(run, object, fields, idInPath, target !== undefined);
    const answered = answer === undefined ? null : answer === true;
    return withFlag(recordOfObject(object, found, locale), flagName === '' ? true : answered);
  };
  const ownFields = flag ? [{ key: flag.key, label: flag.label, type: 'boolean' as const }] : [];
  return action({
    ...parts,
    noun: OBJECT_NAMES[object.word],
    isExclusive: parts.isExclusive ?? search !== undefined,
    perform: (run) => foundOrCreated(run, search, written),
    customFields,
    sample: () => (flag ? { ...object.ownSample, [flag.key]: true } : object.ownSample),
    ...(flag && { ownFields: () => ownFields }),
    outputFields: [...ownOutputFieldFunctions(object), ...(flag ? [() => Promise.resolve(ownFields)] : [])],
  });
}
