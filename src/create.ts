/**
 * The factory of all actions about one object. All actions convert their inputs, read the data they need, write once,
 * and convert the written object to a record with the same keys as in triggers. If the response is not the complete
 * object, the action reads the object once and ignores a failure of that read, because the write has succeeded and
 * Zapier could repeat a failed run. Actions differ in key, label, description, object, inputs and write.
 */

import type { Bundle, ZObject } from 'zapier-platform-core';

import type { JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { tutorCruncherOrigin } from './api/client.ts';
import { rowId } from './api/records.ts';
import { write, type Write, type WriteTexts } from './api/write.ts';
import {
  CUSTOM_FIELDS_GROUP,
  customFieldFields,
  customFieldsOfObject,
  filledCustomFields,
} from './custom-field-inputs.ts';
import { InputValues, type Input, type InputField } from './inputs/input.ts';
import { idOf } from './record-id.ts';
import { listPath, readObject, recordOfObject, unwrapped } from './object-record.ts';
import { ownOutputFieldFunctions } from './account-fields.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { MATCHES_FIELD, type Search } from './search.ts';
import { sharedFields, sharedPart } from './shared-part.ts';
import { localeOf } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** A group of inputs in the editor. */
export interface InputGroup {
  readonly key: string;
  readonly label: string;
}

/** The texts of an action, and the settings that all kinds of actions share. */
export interface ActionText extends Pick<WriteTexts, 'unknownOutcome'> {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly inputs: readonly Input[];
  readonly groups?: readonly InputGroup[];
  /** True if runs of this action must wait for each other, so that two Zaps do not create the same record. */
  readonly isExclusive?: boolean;
}

/** An existing object that makes a write unnecessary. */
export interface Existing {
  readonly existing: JsonObject;
}

/** A write that changes an object but returns another object. The changed object is read afterwards. */
interface IndirectWrite extends Write {
  /** The object before the write. It becomes the record if the object cannot be read afterwards. */
  readonly target: JsonObject;
}

/** The outcome of the reads before a write. */
type ToWrite = Write | IndirectWrite | Existing;

/** A boolean in the response to a write that is not a field of the object. It has its own key in the record. */
interface ResponseFlag {
  /** The name of the field in the response. */
  readonly name: string;
  readonly key: string;
  readonly label: string;
}

/** An action about one object, as written in `creates/`. */
export interface ObjectAction extends ActionText, Pick<WriteTexts, 'duplicateEmail' | 'refusal'> {
  readonly object: TutorCruncherObject;
  /**
   * The search that this action forms a pair with (Find or Create). In a pair, the action repeats the search under its
   * lock, so that two overlapping runs do not both create the record.
   */
  readonly search?: Search;
  /** True to add inputs for the object's custom fields. */
  readonly hasCustomFields?: boolean;
  /** The input for the object that an update changes. The object's own custom fields are inputs, too. */
  readonly chosen?: Input<string>;
  /** True if the response to the write differs in shape from the object, which is then read afterwards. */
  readonly isResponsePartial?: boolean;
  readonly responseFlag?: ResponseFlag;
  /**
   * Returns the write of the inputs, or the object that the write would duplicate. May read data first.
   *
   * @param body - the values of all inputs that become API fields, including custom fields
   * @throws {Error} with a message for the Zap's owner, if the inputs contradict each other
   */
  readonly toWrite: (values: InputValues, body: JsonObject, run: Run) => ToWrite | Promise<ToWrite>;
}

/** A field of a record that does not represent an object. */
export interface OwnField {
  readonly key: string;
  readonly label: string;
  readonly type: string;
}

/** An action: its definition for zapier-platform-core, and the parts that it is made of. */
export interface Action {
  readonly definition: ReturnType<typeof actionDefinition>;
  readonly inputs: readonly Input[];
  /**
   * The object whose record it returns; null if the inputs determine the object, or if the record does not represent an
   * object.
   */
  readonly object: TutorCruncherObject | null;
  /** The fields of a record that does not represent an object, or the additional fields of a record that does. */
  readonly ownFields?: () => readonly OwnField[];
  /** The search that it forms a pair with. */
  readonly search?: Search;
}

/** The labels of inputs by API name, for explaining a refusal. */
export const labelsOf = (inputs: readonly Input[]): ReadonlyMap<string, string> =>
  new Map(inputs.flatMap(({ becomes, field }) => (becomes === null ? [] : [[becomes, field.label]])));

/**
 * Returns the object that a write has made or changed.
 *
 * @param knownId - the object's id if the step knows it
 * @param isPartial - true if the response differs in shape from the object
 */
export async function writtenObject(
  run: Run,
  object: TutorCruncherObject,
  response: JsonObject,
  knownId: string | null,
  isPartial = false,
): Promise<JsonObject> {
  const written = unwrapped(response);
  const id = rowId(written) ?? knownId;
  if (id === null) return written;
  if ((isPartial || written !== response || written.id === undefined) && run.startReadsAfterWrite()) {
    try {
      const found = await readObject(run, object, id);
      if (found) return found;
    } catch {
      // The write has succeeded, so ignore all errors of the read, including a rate limit.
    }
  }
  return { id: Number(id), url: `${tutorCruncherOrigin()}/api/${listPath(object)}${id}/`, ...written };
}

/** The parts of an action that differ between actions on one kind of object and other actions. */
export interface ActionParts {
  readonly noun: string;
  readonly perform: (z: ZObject, bundle: Bundle) => Promise<JsonObject>;
  /** Editor fields that depend on the account or on other inputs. */
  readonly fieldFunctions?: readonly ((z: ZObject, bundle: Bundle) => Promise<InputField[]>)[];
  /** The inputs that the editor always shows; defaults to all inputs. */
  readonly fixedInputs?: readonly Input[];
  readonly sample: JsonObject;
  readonly outputFields: ReturnType<typeof ownOutputFieldFunctions>;
}

/**
 * Time in seconds after which a lock is released even if the run has not released it. A run takes at most 28 seconds.
 */
const LOCK_SECONDS = 30;

/** Returns the field of an input, or a function that returns it with the account's choices if they can be read. */
const fieldOf = ({ field, ofAccount }: Input): InputField | ((z: ZObject, bundle: Bundle) => Promise<InputField[]>) =>
  ofAccount
    ? (z, bundle) =>
        ofAccount(Run.ofSearch(z, bundle)).then(
          (input) => [input.field],
          () => [field],
        )
    : field;

/** Makes the definition of an action for zapier-platform-core. */
export function actionDefinition(
  { key, label, description, inputs, groups, isExclusive = false }: ActionText,
  { noun, perform, fieldFunctions = [], fixedInputs = inputs, sample, outputFields }: ActionParts,
) {
  return {
    key,
    noun,
    display: sharedPart({ label, description }),
    operation: {
      perform,
      inputFields: sharedFields([...fixedInputs.map(fieldOf), ...fieldFunctions]),
      ...(groups && { inputFieldGroups: sharedFields(groups) }),
      sample: sharedPart(sample),
      outputFields,
      // By default, Zapier removes empty values, but the step needs all values.
      cleanInputData: false,
      ...(isExclusive && { lock: sharedPart({ key, scope: ['auth' as const], timeout: LOCK_SECONDS }) }),
    },
  };
}

/** Returns a field of an object, and the object without this field. */
function split(object: JsonObject, name: string): readonly [value: unknown, rest: JsonObject] {
  const { [name]: value, ...rest } = object;
  return [value, rest];
}

/** Returns the id that a user has chosen in the editor; null for any other value. */
const idIn = ({ inputData }: Bundle, { field }: Input): string | null =>
  idOf((inputData as JsonObject | undefined)?.[field.key]);

/** Makes the editor request the dynamic fields again when the value of the input changes. */
const refreshingFields = (input: Input): Input => ({ ...input, field: { ...input.field, altersDynamicFields: true } });

/** Defines an action about one object. */
export function objectAction(action: ObjectAction): Action {
  const { object, search, inputs, hasCustomFields = false, chosen } = action;
  const { isResponsePartial, responseFlag: flag, toWrite } = action;
  const source = customFieldsOfObject(object);
  const written = async (run: Run): Promise<FlatRecord> => {
    const values = await InputValues.read(inputs, run);
    const id = chosen ? values.of(chosen) : null;
    const custom = hasCustomFields ? await filledCustomFields(run, source, id) : { inputs: [], values: {} };
    const body = { ...values.body(), ...(custom.inputs.length > 0 && { extra_attrs: custom.values }) };
    const request = await toWrite(values, body, run);
    // Reads the branch before the write, so that the time after the write is left for reading the record.
    const locale = await localeOf(run.z, run.bundle);
    if ('existing' in request) return recordOfObject(object, request.existing, locale);
    const response = await write(run, request, { ...action, labels: labelsOf([...inputs, ...custom.inputs]) });
    if ('target' in request) {
      return recordOfObject(object, await writtenObject(run, object, request.target, null, true), locale);
    }
    const writtenId = /\/(\d+)\//.exec(request.path)?.[1] ?? null;
    const [sent, fields] = flag ? split(response, flag.name) : [null, response];
    const found = await writtenObject(run, object, fields, writtenId, isResponsePartial);
    const record = recordOfObject(object, found, locale);
    return flag ? { ...record, [flag.key]: sent === undefined ? null : sent === true } : record;
  };
  const perform = async (z: ZObject, bundle: Bundle): Promise<FlatRecord> => {
    const meta = bundle.meta as Partial<Bundle['meta']> | undefined;
    if (!search || meta?.withSearch !== search.definition.key) return written(Run.ofAction(z, bundle));
    const run = Run.ofAction(z, bundle, true);
    return (await search.recordIn(run)) ?? { ...(await written(run)), [MATCHES_FIELD.key]: null };
  };
  const groups = [...(action.groups ?? []), ...(hasCustomFields ? [CUSTOM_FIELDS_GROUP] : [])];
  const flagFields = flag ? [{ key: flag.key, label: flag.label, type: 'boolean' as const }] : [];
  return {
    object,
    inputs,
    ...(flag && { ownFields: () => flagFields }),
    ...(search && { search }),
    definition: actionDefinition(
      { ...action, isExclusive: action.isExclusive ?? search !== undefined, ...(groups.length > 0 && { groups }) },
      {
        noun: OBJECT_NAMES[object.word],
        perform,
        fieldFunctions: hasCustomFields
          ? [(z, bundle) => customFieldFields(z, bundle, source, chosen ? idIn(bundle, chosen) : null)]
          : [],
        ...(chosen && { fixedInputs: inputs.map((input) => (input === chosen ? refreshingFields(input) : input)) }),
        sample: flag ? { ...object.ownSample, [flag.key]: true } : object.ownSample,
        outputFields: [...ownOutputFieldFunctions(object), ...(flag ? [() => Promise.resolve(flagFields)] : [])],
      },
    ),
  };
}
