/** Factory of the actions that add and remove labels. Their records start with the keys that all objects share. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { OBJECT_NAMES } from '../wire/models.ts';
import { allEnded } from './all-ended.ts';
import { write } from './api/write.ts';
import { actionDefinition, labelsOf, writtenObject, type Action, type ActionText } from './create.ts';
import { choiceInput } from './inputs/choice.ts';
import { InputValues, isEmpty, type Input, type InputField } from './inputs/input.ts';
import { recordInput } from './inputs/record-id.ts';
import { listPath, recordOfObject } from './object-record.ts';
import { ownOutputFieldFunctions } from './account-fields.ts';
import { describeSubject } from './record/event.ts';
import { labelOf } from './record/labels.ts';
import type { FlatRecord } from './record/record.ts';
import { Run } from './run.ts';
import { localeOf } from './time-zone-field.ts';
import type { TutorCruncherObject } from './tutorcruncher-object.ts';

/** An object that can have labels, and the input that chooses one. */
interface Labelled {
  readonly object: TutorCruncherObject;
  readonly input: Input<string>;
}

/** An action on the labels of any object, as written in `creates/`. */
export interface LabelAction extends Omit<ActionText, 'inputs'> {
  /** The objects that can have labels. */
  readonly objects: readonly TutorCruncherObject[];
  /** The last segment of the path to which the action writes. */
  readonly endpoint: 'add_label' | 'remove_label';
  readonly labelHelp: string;
}

const labelledBy = (object: TutorCruncherObject): Labelled => ({
  object,
  input: recordInput(
    { key: object.word, label: OBJECT_NAMES[object.word], becomes: null, required: true },
    { list: `${object.word}_list`, search: `find_${object.word}` },
  ),
});

/** Defines an action on the labels of any object. */
export function labelAction({ objects, endpoint, labelHelp, ...text }: LabelAction): Action {
  const labelled = objects.map(labelledBy);
  const names = Object.fromEntries(objects.map(({ word }) => [word, OBJECT_NAMES[word]]));
  const choice = choiceInput(
    { key: 'type', label: 'Type', becomes: null, required: true, helpText: 'The kind of record that has the label.' },
    names,
  );
  const type: Input<string> = { ...choice, field: { ...choice.field, altersDynamicFields: true } };
  const label = recordInput(
    { key: 'label', label: 'Label', becomes: 'label', required: true, helpText: labelHelp },
    { list: 'label_list' },
  );

  /** Returns the chosen kind of object; null if none has been chosen. */
  const chosenIn = (z: ZObject, bundle: Bundle): Labelled | null => {
    const value = (bundle.inputData as Record<string, unknown> | undefined)?.[type.field.key];
    if (isEmpty(value)) return null;
    const word = type.convert(value, { z, bundle, zone: null });
    return labelled.find(({ object }) => object.word === word) ?? null;
  };

  /**
   * Returns the chosen kind of object for the editor. Returns null for an invalid mapped value, so that the step still
   * opens.
   */
  const shownIn = (z: ZObject, bundle: Bundle): Labelled | null => {
    try {
      return chosenIn(z, bundle);
    } catch {
      return null;
    }
  };

  const perform = async (z: ZObject, bundle: Bundle): Promise<FlatRecord> => {
    const run = Run.ofAction(z, bundle);
    const chosen = chosenIn(z, bundle);
    const inputs = [type, label, ...(chosen ? [chosen.input] : [])];
    const values = await InputValues.read(inputs, run);
    if (!chosen) throw new Error('The input "type" is not required.');
    const { object, input } = chosen;
    const id = values.required(input);
    const locale = await localeOf(z, bundle);
    const response = await write(
      run,
      { method: 'POST', path: `${listPath(object)}${id}/${endpoint}/`, body: values.body() },
      { ...text, labels: labelsOf(inputs) },
    );
    const written = await writtenObject(run, object, response, id);
    const record = recordOfObject(object, written, locale);
    return { id: record.id ?? null, ...describeSubject(OBJECT_NAMES[object.word], written), ...record };
  };

  const [shown] = objects;
  if (!shown) throw new Error(`The action "${text.key}" lists no objects.`);
  const { subject } = shown.sample;
  const sample: FlatRecord = { id: Number(subject.id), ...describeSubject(subject.model, subject) };
  const inputs = [type, ...labelled.map(({ input }) => input), label];
  return {
    object: null,
    inputs,
    definition: actionDefinition(
      { ...text, inputs },
      {
        noun: 'Label',
        perform,
        fixedInputs: [type, label],
        fieldFunctions: [
          (z, bundle): Promise<InputField[]> => {
            const chosen = shownIn(z, bundle);
            return Promise.resolve(chosen ? [chosen.input.field] : []);
          },
        ],
        sample,
        outputFields: [
          () =>
            Promise.resolve(
              Object.entries(sample).map(([key, value]) => ({
                key,
                label: key === 'id' ? 'ID' : labelOf(key),
                type: typeof value === 'number' ? ('number' as const) : ('string' as const),
              })),
            ),
          async (z, bundle) => {
            const chosen = shownIn(z, bundle);
            if (!chosen) return [];
            const fields = await allEnded(
              ownOutputFieldFunctions(chosen.object).map((fieldsOf) => fieldsOf(z, bundle)),
            );
            return fields.flat().filter(({ key }) => key !== 'id');
          },
        ],
      },
    ),
  };
}
