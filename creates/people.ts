/** The actions that add students and tutors to a job or a planned lesson, or remove them. */

import { job } from '../objects/job.ts';
import { lesson } from '../objects/lesson.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { objectAction, type Action, type ObjectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { named, type Input, type InputText } from '../src/inputs/input.ts';
import { objectInput, objectsInput } from '../src/inputs/record-id.ts';
import { includesPerson } from '../src/list-search.ts';
import { listPath, readChosen } from '../src/object-record.ts';
import { readPlanned } from '../src/planned-lesson.ts';
import { PERMISSIONS } from '../src/record/product-values.ts';

/**
 * The names of students and tutors in TutorCruncher's API: the field with a person's id, which is also in paths, the
 * field with the rate, and the fields that list the people of a job and of a lesson.
 */
export const STUDENT = { word: 'student', id: 'recipient', rate: 'charge_rate', job: 'rcrs', lesson: 'rcras' } as const;
export const TUTOR = { word: 'tutor', id: 'contractor', rate: 'pay_rate', job: 'conjobs', lesson: 'cjas' } as const;
type Person = typeof STUDENT | typeof TUTOR;

/** Returns the input for the people of a new job or lesson. */
export const peopleInput = (person: Person, on: 'job' | 'lesson', helpText: string): Input<string[]> =>
  objectsInput(person.word, { becomes: person[on], helpText }, (id) => ({ [person.id]: id }));

/** Returns the input for a person's rate on a job or a lesson. */
export const rateInput = (person: Person, helpText: string): Input<string> =>
  amountInput(named(person.rate, { helpText }));

/** Returns the input for a tutor's permissions on a job, as documented in TutorCruncher's API docs. */
export const permissionsInput = (text: Omit<InputText, 'becomes'>): Input<string> =>
  choiceInput({ ...text, becomes: 'contractor_permissions' }, PERMISSIONS);

const CHOSEN = {
  job: objectInput('job', { becomes: null, required: true }),
  lesson: objectInput('lesson', {
    becomes: null,
    required: true,
    helpText: 'A planned lesson. Choose one, or map the Lesson ID of an earlier step.',
  }),
};

/** An action on one person of a job or a lesson. */
interface PersonAction extends Pick<ObjectAction, 'key' | 'description'> {
  readonly verb: 'add' | 'remove';
  readonly person: Person;
  readonly on: 'job' | 'lesson';
  /** The inputs that follow those for the job or the lesson and for the person. */
  readonly inputs?: readonly Input[];
}

function personAction({ key, verb, person, on, description, inputs = [] }: PersonAction): Action {
  const { word } = person;
  const [object, chosen] = [on === 'job' ? job : lesson, CHOSEN[on]];
  const member = objectInput(word, { becomes: person.id, required: true });
  return objectAction({
    key,
    label: `${verb === 'add' ? 'Add' : 'Remove'} ${OBJECT_NAMES[word]} ${verb === 'add' ? 'to' : 'from'} ${OBJECT_NAMES[on]}`,
    description: `${description} Depending on the settings of your branch, TutorCruncher may email the people on the ${on}.`,
    object,
    inputs: [chosen, member, ...inputs],
    // In responses to writes to lessons, tutors have different fields, and custom fields are missing.
    isResponsePartial: on === 'lesson',
    toWrite: async (values, body, run) => {
      const id = values.required(chosen);
      const request = { method: 'POST' as const, path: `${listPath(object)}${id}/${person.id}/${verb}/`, body };
      if (on === 'job' && verb === 'add') return request;
      // The status of a lesson is checked before every change.
      const found = await (on === 'lesson' ? readPlanned : readChosen)(run, object, id);
      const people = found[person[on]];
      // Nothing is written if the person to remove is not listed, so that a replay succeeds.
      const isGone = verb === 'remove' && Array.isArray(people);
      return isGone && !includesPerson(people, person.id, values.required(member)) ? { existing: found } : request;
    },
    unknownOutcome:
      `The ${word} may still have been ${verb === 'add' ? 'added' : 'removed'}. Replaying this run does no harm: ` +
      (verb === 'add'
        ? `a ${word} is added to a ${on} only once.`
        : `if the ${word} is no longer on the ${on}, nothing changes.`),
  });
}

export const addStudentToJob = personAction({
  key: 'add_student_to_job',
  verb: 'add',
  person: STUDENT,
  on: 'job',
  description: "Adds a student to a job, or changes the student's rate. Existing lessons stay as they are.",
  inputs: [
    rateInput(
      STUDENT,
      'The amount that the client is charged for this student in new lessons: per hour, or per lesson if the Charge Type ' +
        "of the job is One Off. If empty, a student who is new to the job gets the job's rate, and a " +
        'student who is already on it keeps the current rate.',
    ),
    objectInput('affiliate', {
      becomes: 'agent',
      helpText: "The affiliate who earns a commission on this student's lessons.",
    }),
    amountInput(
      named('affiliate_percentage', {
        becomes: 'agent_percentage',
        helpText: "The affiliate's commission in percent: a number such as 7.5.",
      }),
    ),
  ],
});

export const addTutorToJob = personAction({
  key: 'add_tutor_to_job',
  verb: 'add',
  person: TUTOR,
  on: 'job',
  description: "Adds a tutor to a job, or changes the tutor's rate or permissions. Existing lessons stay as they are.",
  inputs: [
    rateInput(
      TUTOR,
      'The amount that the tutor is paid in new lessons: per hour, or per lesson if the Charge Type of the job is One ' +
        "Off. If empty, a tutor who is new to the job gets the job's rate, and a tutor who is " +
        'already on it keeps the current rate.',
    ),
    permissionsInput({
      key: 'permissions',
      label: 'Permissions',
      helpText:
        "The tutor's permissions for lessons of the job. If empty, a tutor who is already on the job keeps the current " +
        'permissions.',
    }),
  ],
});

export const removeStudentFromJob = personAction({
  key: 'remove_student_from_job',
  verb: 'remove',
  person: STUDENT,
  on: 'job',
  description: 'Removes a student from a job that has no lessons with the student.',
});

export const removeTutorFromJob = personAction({
  key: 'remove_tutor_from_job',
  verb: 'remove',
  person: TUTOR,
  on: 'job',
  description: 'Removes a tutor from a job that has no lessons with the tutor.',
});

export const addStudentToLesson = personAction({
  key: 'add_student_to_lesson',
  verb: 'add',
  person: STUDENT,
  on: 'lesson',
  description: "Adds a student to a planned lesson, or changes the student's rate.",
  inputs: [
    rateInput(
      STUDENT,
      'The rate that the student is charged for this lesson. If empty, a student who is new to the lesson gets the rate ' +
        'on the job, and a student who is already on it keeps the current rate.',
    ),
  ],
});

export const addTutorToLesson = personAction({
  key: 'add_tutor_to_lesson',
  verb: 'add',
  person: TUTOR,
  on: 'lesson',
  description: "Adds a tutor to a planned lesson, or changes the tutor's rate.",
  inputs: [
    rateInput(
      TUTOR,
      'The rate that the tutor is paid for this lesson. If empty, a tutor who is new to the lesson gets the rate on the ' +
        'job, and a tutor who is already on it keeps the current rate.',
    ),
  ],
});

export const removeStudentFromLesson = personAction({
  key: 'remove_student_from_lesson',
  verb: 'remove',
  person: STUDENT,
  on: 'lesson',
  description: 'Removes a student from a planned lesson. The student stays on the job.',
});

export const removeTutorFromLesson = personAction({
  key: 'remove_tutor_from_lesson',
  verb: 'remove',
  person: TUTOR,
  on: 'lesson',
  description: 'Removes a tutor from a planned lesson. The tutor stays on the job.',
});
