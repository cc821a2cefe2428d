/** The actions that add students and tutors to a job or a planned lesson, or remove them. */

import { job } from '../objects/job.ts';
import { lesson } from '../objects/lesson.ts';
import type { JsonObject } from '../wire/json.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { objectAction, type Action } from '../src/action/action.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { fieldOfStep, type ActionInput, type Input, type InputValues } from '../src/inputs/input.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { amountInput } from '../src/inputs/number.ts';
import { objectInput, objectsInput } from '../src/inputs/record-input.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import { comparable } from '../src/record/spelling.ts';
import { PERMISSIONS } from '../src/record/product-values.ts';
import { includesPerson, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';

/**
 * The names that TutorCruncher's API uses for students and tutors. `id` is the field with a person's id, and a segment
 * of paths. `rate` is the field with the rate. `job` and `lesson` are the fields with the people of a job and of a
 * lesson.
 */
export const STUDENT = { word: 'student', id: 'recipient', rate: 'charge_rate', job: 'rcrs', lesson: 'rcras' } as const;
export const TUTOR = { word: 'tutor', id: 'contractor', rate: 'pay_rate', job: 'conjobs', lesson: 'cjas' } as const;
type Person = typeof STUDENT | typeof TUTOR;

/** Returns the input for the people of a new job or lesson. */
export const peopleInput = (person: Person, on: 'job' | 'lesson', helpText: string): ActionInput<string[]> =>
  objectsInput(person.word, { becomes: person[on], ifMappedEmpty: 'fail', helpText }, (id) => ({ [person.id]: id }));

/** Returns the input for a person's rate on a job or a lesson. */
export const rateInput = (person: Person, helpText: string): ActionInput<string> =>
  amountInput(person.rate, { ifMappedEmpty: 'fail', helpText });

/**
 * Refuses a property of people, such as a rate, if the step names no people.
 *
 * @throws {Error} if a step fills in the property, but names no people
 */
export function refuseWithoutPeople(run: StepRun, values: InputValues, property: Input, people: Input): void {
  if (values.of(property) === null || values.of(people) !== null) return;
  const [label, empty] = [property.field.label, people.field.label];
  throw run.refusal(
    `${fieldOfStep(property.field)} is filled in, but "${empty}" is empty, so nobody would have it. Fill in "${empty}", or empty ` +
      `"${label}". Nothing was changed.`,
  );
}

/** Returns the input for a tutor's permissions on a job (TutorCruncher's API docs). */
export const permissionsInput = (key: string, helpText: string): ActionInput<string> =>
  choiceInput(key, PERMISSIONS, { becomes: 'contractor_permissions', ifMappedEmpty: 'fail', helpText });

const CHOSEN = {
  job: objectInput('job', { becomes: null, required: true }),
  lesson: objectInput('lesson', {
    becomes: null,
    required: true,
    helpText: 'A planned lesson. Choose one, or map the Lesson ID of an earlier step.',
  }),
};

/** Reads the lesson that an action changes. @throws {Error} if the lesson does not exist or is not planned */
export async function readPlanned(run: StepRun, id: string): Promise<JsonObject> {
  const found = await readChosen(run, lesson, id);
  if (comparable(rowText(found, 'status')) === 'planned') return found;
  throw run.refusal(
    'Only planned lessons can be changed, and this lesson is completed or cancelled. Nothing was changed. If earlier ' +
      'steps can return such lessons, let the Zap continue only if "Lesson Status" is planned.',
  );
}

/** Sentence about the charge types that divide a student's rate. */
export const SPLIT_HELP =
  'If the Charge Type of the job is Hourly Split or One Off Split, TutorCruncher divides the rate among the students of a lesson.';

/** The unit of the rates of people on a job and on its lessons. */
export const RATE_UNIT = 'per hour, or per lesson if the Charge Type of the job is One Off or One Off Split';

/** An example of an hourly rate. */
export const RATE_EXAMPLE = 'To charge 48.00 for a lesson of 90 minutes, fill in 32.00.';

const rateOfJob = (word: string): string => (word === 'tutor' ? 'Pay Rate' : 'Charge Rate');

/** Returns the help text about a rate that is left empty on a lesson. TutorCruncher then uses the rate of the job. */
export const emptyRateHelp = (word: string): string =>
  `Leave empty for the job's ${rateOfJob(word)}. ${NO_EMPTY_VALUE} If the ${word} has another rate on the job, fill it in.`;

/** Returns the advice for students or tutors of a lesson who are not on the lesson's job. */
export const notOnJobHelp = (word: string): string =>
  `The step adds nobody to the job. If TutorCruncher refuses a ${word} who is not on the job, use Add ` +
  `${word === 'tutor' ? 'Tutor' : 'Student'} to Job in an earlier step.`;

/** The descriptions of the actions on a person, and the help texts for the rate of an added person. */
const TEXTS = {
  job: {
    add: (word: string) =>
      `Adds a ${word} to a job, or changes the rate${word === 'tutor' ? ' or permissions' : ''} of a ${word} who is already on ` +
      'it. Existing lessons stay as they are.',
    remove: (word: string) => `Removes a ${word} from a job that has no lessons with the ${word}.`,
    rate: (word: string) =>
      `The rate ${word === 'tutor' ? 'that the tutor is paid' : 'of the student'} in new lessons: ${RATE_UNIT}.` +
      (word === 'student' ? ` ${SPLIT_HELP}` : '') +
      ` Create Lesson uses this rate only with Add Everyone on the Job: if ${word === 'tutor' ? 'Tutors' : 'Students'} is filled ` +
      'in, fill in the rate there too.',
    ifEmpty: (word: string) =>
      `If empty, a ${word} who is new to the job gets the job's ${rateOfJob(word)}, and a ${word} who is already on it keeps the ` +
      `current rate. ${NO_EMPTY_VALUE}`,
  },
  lesson: {
    add: (word: string) =>
      `Adds a ${word} to a planned lesson, or changes the ${word}'s rate. Others stay on the lesson. ${notOnJobHelp(word)}`,
    remove: (word: string) =>
      `Removes a ${word} from a planned lesson. The ${word} stays on the job, and the lesson is not cancelled.`,
    rate: (word: string) =>
      word === 'tutor'
        ? `The rate that the tutor is paid for this lesson: ${RATE_UNIT}.`
        : `The rate of the student for this lesson: ${RATE_UNIT}. ${RATE_EXAMPLE} ${SPLIT_HELP}`,
    ifEmpty: (word: string) =>
      `If empty, a ${word} who is new to the lesson gets the job's ${rateOfJob(word)}. If the ${word} has another rate on the job, ` +
      `fill it in. ${NO_EMPTY_VALUE}`,
  },
};

/**
 * Defines an action on one person of a job or a lesson.
 *
 * @param inputs - additional inputs, which follow the inputs for the job or the lesson, the person and the rate
 */
function personAction(
  key: string,
  verb: 'add' | 'remove',
  person: Person,
  on: 'job' | 'lesson',
  inputs: readonly ActionInput[] = [],
): Action {
  const { word } = person;
  const isAdded = verb === 'add';
  const [object, chosen, texts] = [on === 'job' ? job : lesson, CHOSEN[on], TEXTS[on]];
  const member = objectInput(word, { becomes: person.id, required: true });
  const rateHelp = `${texts.rate(word)} ${texts.ifEmpty(word)}`;
  const [name, objectName] = [OBJECT_NAMES[word], OBJECT_NAMES[on]];
  return objectAction({
    key,
    label: isAdded ? `Add ${name} to ${objectName}` : `Remove ${name} from ${objectName}`,
    description: `${texts[verb](word)} Depending on the settings of your branch, TutorCruncher may email the people on the ${on}.`,
    object,
    inputs: [chosen, member, ...(isAdded ? [rateInput(person, rateHelp)] : []), ...inputs],
    toWrite: async (values, body, run) => {
      const id = values.required(chosen);
      const request = { method: 'POST' as const, path: `${listPath(object)}${id}/${person.id}/${verb}/`, body };
      // TutorCruncher requires the status `planned` in every change to a lesson.
      const found = await (on === 'lesson' ? readPlanned(run, id) : readChosen(run, job, id));
      const people = found[person[on]];
      // If the person to remove is not listed, nothing is written, so that a replay succeeds.
      const isGone = !isAdded && Array.isArray(people) && !includesPerson(people, person.id, values.required(member));
      return isGone ? { existing: found } : request;
    },
    unknownOutcome: {
      advice:
        `The ${word} may still have been ${isAdded ? 'added' : 'removed'}. Replaying this run ` +
        (isAdded
          ? `adds nobody twice, and sets the values of this step again, over any later changes.`
          : `changes nothing if the ${word} is no longer on the ${on}.`),
    },
  });
}

export const jobPeopleActions = [
  personAction('add_student_to_job', 'add', STUDENT, 'job', [
    objectInput('affiliate', {
      becomes: 'agent',
      ifMappedEmpty: 'fail',
      helpText: "The affiliate who earns a commission on this student's lessons.",
    }),
    amountInput('affiliate_percentage', {
      becomes: 'agent_percentage',
      ifMappedEmpty: 'fail',
      helpText: "The affiliate's commission in percent: a number such as 7.5.",
    }),
  ]),
  personAction('add_tutor_to_job', 'add', TUTOR, 'job', [
    permissionsInput(
      'permissions',
      "The tutor's permissions for lessons of the job. If empty, a tutor who is already on the job keeps the current " +
        `permissions. ${NO_EMPTY_VALUE}`,
    ),
  ]),
  personAction('remove_student_from_job', 'remove', STUDENT, 'job'),
  personAction('remove_tutor_from_job', 'remove', TUTOR, 'job'),
];

export const lessonPeopleActions = [
  personAction('add_student_to_lesson', 'add', STUDENT, 'lesson'),
  personAction('add_tutor_to_lesson', 'add', TUTOR, 'lesson'),
  personAction('remove_student_from_lesson', 'remove', STUDENT, 'lesson'),
  personAction('remove_tutor_from_lesson', 'remove', TUTOR, 'lesson'),
];
