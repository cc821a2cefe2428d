/** The actions that add and remove labels. The records of these actions start with the keys that all objects share. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { job } from '../objects/job.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { ownOutputFieldFunctions } from '../src/object/account-fields.ts';
import { allEnded } from '../src/all-ended.ts';
import { write, type WriteTexts } from '../src/action/write.ts';
import { action, labelsOf, type Action } from '../src/action/action.ts';
import { writtenObject } from '../src/action/written-object.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { InputValues } from '../src/inputs/input.ts';
import { objectInput, recordInput } from '../src/inputs/record-input.ts';
import { listPath, recordOfObject } from '../src/object/object-record.ts';
import { describeSubject } from '../src/record/event.ts';
import { outputFieldsOf } from '../src/record/output-fields.ts';
import type { FlatRecord } from '../src/record/record.ts';
import { StepRun } from '../src/api/step-run.ts';
import { localeIn } from '../src/inputs/run-time-zone.ts';
import type { TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { branchFields } from '../src/record/branch-fields.ts';
import { SAMPLE_BRANCH } from '../src/object/samples.ts';

const labelled = (object: TutorCruncherObject) => ({
  object,
  input: objectInput(object.word, { becomes: null, required: true }),
});

/** The objects that can have labels, each with the input that chooses a record. */
const LABELLED = {
  client: labelled(client),
  student: labelled(student),
  tutor: labelled(tutor),
  affiliate: labelled(affiliate),
  job: labelled(job),
};

const TYPE = choiceInput(
  'type',
  { client: 'Client', student: 'Student', tutor: 'Tutor', affiliate: 'Affiliate', job: 'Job' },
  { becomes: null, required: true, altersDynamicFields: true, helpText: 'The kind of record that has the label.' },
);

/** Returns the chosen kind of object. @throws {Error} with a message for the Zap's owner, if no kind is chosen */
const chosenIn = async (run: StepRun) => LABELLED[(await InputValues.read([TYPE], run)).required(TYPE)];

/**
 * Returns a list with the chosen kind of object, for the editor. The list is empty for an invalid mapped value, so that
 * the step can still be opened.
 */
const shownIn = (z: ZObject, bundle: Bundle) =>
  chosenIn(StepRun.ofEditor(z, bundle)).then(
    (chosen) => [chosen],
    () => [],
  );

/**
 * An action on the labels of any object. The action's key is the last segment of the path to which the action writes.
 */
interface LabelAction extends Pick<WriteTexts, 'unknownOutcome'> {
  readonly key: 'add_label' | 'remove_label';
  readonly label: string;
  readonly description: string;
  readonly labelHelp: string;
}

function labelAction({ labelHelp, unknownOutcome, ...text }: LabelAction): Action {
  const label = recordInput('label', 'label_list', { required: true, helpText: labelHelp });
  const { subject } = client.sample;
  const sample: FlatRecord = {
    id: Number(subject.id),
    ...describeSubject(subject.model, subject),
    ...branchFields(SAMPLE_BRANCH),
  };
  return action({
    ...text,
    noun: 'Label',
    inputs: [TYPE, ...Object.values(LABELLED).map(({ input }) => input), label],
    fixedInputs: [TYPE, label],
    fieldFunctions: [async (z, bundle) => (await shownIn(z, bundle)).map(({ input }) => input.field)],
    perform: async (run) => {
      const { object, input } = await chosenIn(run);
      const inputs = [TYPE, label, input];
      const values = await InputValues.read(inputs, run);
      const id = values.required(input);
      const locale = await localeIn(run);
      const response = await write(
        run,
        { method: 'POST', path: `${listPath(object)}${id}/${text.key}/`, body: values.body() },
        { unknownOutcome, labels: labelsOf(inputs) },
      );
      const written = await writtenObject(run, object, response, id);
      const record = recordOfObject(object, written, locale);
      return { id: null, ...describeSubject(OBJECT_NAMES[object.word], written), ...record };
    },
    sample: () => sample,
    outputFields: [
      () => Promise.resolve(outputFieldsOf(sample, 'ID')),
      async (z, bundle) => {
        const functions = (await shownIn(z, bundle)).flatMap(({ object }) => ownOutputFieldFunctions(object));
        const fields = await allEnded(functions.map((fieldsOf) => fieldsOf(z, bundle)));
        return fields.flat().filter(({ key }) => !(key in sample));
      },
    ],
  });
}

export const labelActions = [
  labelAction({
    key: 'add_label',
    label: 'Add Label',
    description:
      'Adds a label to a client, student, tutor, affiliate or job. A client and its students have separate labels. TutorCruncher sends the emails that are set up for the label.',
    labelHelp:
      'In TutorCruncher, a label can be limited to some kinds of records, and can have emails that are sent when it is added. Only ' +
      'the settings of the label in TutorCruncher show them.',
    unknownOutcome: {
      advice: 'The label may still have been added. Replaying this run adds it only if the record does not have it.',
    },
  }),
  labelAction({
    key: 'remove_label',
    label: 'Remove Label',
    description: 'Removes a label from a client, student, tutor, affiliate or job.',
    labelHelp: 'The label to remove. If the record does not have it, nothing changes.',
    unknownOutcome: {
      advice: 'The label may still have been removed. Replaying this run removes it if the record has it.',
    },
  }),
];
