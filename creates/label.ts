/** The actions that add and remove labels. Their records start with the keys that all objects share. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { job } from '../objects/job.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { allEnded } from '../src/all-ended.ts';
import { write } from '../src/api/write.ts';
import { actionDefinition, labelsOf, writtenObject, type Action, type ActionText } from '../src/create.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { InputValues, isEmpty, named, type Input, type InputField } from '../src/inputs/input.ts';
import { objectInput, recordInput } from '../src/inputs/record-id.ts';
import { listPath, recordOfObject } from '../src/object-record.ts';
import { ownOutputFieldFunctions } from '../src/account-fields.ts';
import { describeSubject } from '../src/record/event.ts';
import { labelOf } from '../src/record/labels.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { Run } from '../src/run.ts';
import { localeOf } from '../src/time-zone-field.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';

/** An object that can have labels, and the input that chooses one. */
interface Labelled {
  readonly object: TutorCruncherObject;
  readonly input: Input<string>;
}

/** An action on the labels of any object. Its key is the last segment of the path to which it writes. */
interface LabelAction extends Omit<ActionText, 'inputs' | 'key'> {
  readonly key: 'add_label' | 'remove_label';
  readonly labelHelp: string;
}

const labelled = (object: TutorCruncherObject): Labelled => ({
  object,
  input: objectInput(object.word, { becomes: null, required: true }),
});
const LABELLED = {
  client: labelled(client),
  student: labelled(student),
  tutor: labelled(tutor),
  affiliate: labelled(affiliate),
  job: labelled(job),
};

const NAMES = {
  client: OBJECT_NAMES.client,
  student: OBJECT_NAMES.student,
  tutor: OBJECT_NAMES.tutor,
  affiliate: OBJECT_NAMES.affiliate,
  job: OBJECT_NAMES.job,
};

function labelAction({ labelHelp, ...text }: LabelAction): Action {
  const choice = choiceInput(
    named('type', { becomes: null, required: true, helpText: 'The kind of record that has the label.' }),
    NAMES,
  );
  const type: Input<Labelled> = {
    ...{ field: { ...choice.field, altersDynamicFields: true }, becomes: null },
    convert: (value, context) => LABELLED[choice.convert(value, context)],
  };
  const label = recordInput(named('label', { required: true, helpText: labelHelp }), { list: 'label_list' });

  /** Returns the chosen kind of object; null if none has been chosen. */
  const chosenIn = (z: ZObject, bundle: Bundle): Labelled | null => {
    const value = (bundle.inputData as Record<string, unknown> | undefined)?.[type.field.key];
    return isEmpty(value) ? null : type.convert(value, { z, bundle, zone: null });
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
    const { object, input } = values.required(type);
    const id = values.required(input);
    const locale = await localeOf(z, bundle);
    const response = await write(
      run,
      { method: 'POST', path: `${listPath(object)}${id}/${text.key}/`, body: values.body() },
      { ...text, labels: labelsOf(inputs) },
    );
    const written = await writtenObject(run, object, response, id);
    const record = recordOfObject(object, written, locale);
    return { id: null, ...describeSubject(OBJECT_NAMES[object.word], written), ...record };
  };

  const { subject } = client.sample;
  const sample: FlatRecord = { id: Number(subject.id), ...describeSubject(subject.model, subject) };
  const inputs = [type, ...Object.values(LABELLED).map(({ input }) => input), label];
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

export const addLabel = labelAction({
  key: 'add_label',
  label: 'Add Label',
  description:
    'Adds a label to a client, student, tutor, affiliate or job. TutorCruncher sends the emails that are set up for the label.',
  labelHelp:
    'In TutorCruncher, a label can be limited to some kinds of records, and can have emails that are sent when it is added.',
  unknownOutcome: 'The label may still have been added. Replaying this run does no harm: a label is added only once.',
});

export const removeLabel = labelAction({
  key: 'remove_label',
  label: 'Remove Label',
  description: 'Removes a label from a client, student, tutor, affiliate or job.',
  labelHelp: 'The label to remove. If the record does not have it, nothing changes.',
  unknownOutcome: 'The label may still have been removed. Replaying this run does no harm.',
});
