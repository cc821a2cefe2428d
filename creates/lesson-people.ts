import { lesson } from '../objects/lesson.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { addMember, removeMember, type Members } from '../src/member-actions.ts';
import { readPlanned } from '../src/planned-lesson.ts';
import { STUDENT, TUTOR } from './member-inputs.ts';

const CHOSEN = recordInput(
  {
    key: 'lesson',
    label: 'Lesson',
    becomes: null,
    required: true,
    helpText: 'A planned lesson. Choose one, or map the Lesson ID of an earlier step.',
  },
  { list: 'lesson_list', search: 'find_lesson' },
);

// The status of the lesson is checked before every change.
const PLANNED = { object: lesson, chosen: CHOSEN, read: readPlanned, readsBeforeAdding: true };
const STUDENTS: Members = { ...PLANNED, person: 'recipient', field: 'rcras' };
const TUTORS: Members = { ...PLANNED, person: 'contractor', field: 'cjas' };

const EMAILS = 'Depending on the settings of your branch, TutorCruncher may email the people on the lesson.';

export const addStudentToLesson = objectAction({
  key: 'add_student_to_lesson',
  label: 'Add Student to Lesson',
  description: `Adds a student to a planned lesson, or changes the student's rate. ${EMAILS}`,
  object: lesson,
  inputs: [
    CHOSEN,
    STUDENT,
    amountInput({
      key: 'charge_rate',
      label: 'Charge Rate',
      becomes: 'charge_rate',
      helpText:
        'The rate that the student is charged for this lesson. If empty, a student who is new to the lesson gets the rate ' +
        'on the job, and a student who is already on it keeps the current rate.',
    }),
  ],
  // In responses to writes, tutors have different fields, and custom fields are missing.
  isResponsePartial: true,
  toWrite: addMember(STUDENTS),
  unknownOutcome:
    'The student may still have been added. Replaying this run does no harm: a student is added to a lesson only ' +
    'once.',
});

export const addTutorToLesson = objectAction({
  key: 'add_tutor_to_lesson',
  label: 'Add Tutor to Lesson',
  description: `Adds a tutor to a planned lesson, or changes the tutor's rate. ${EMAILS}`,
  object: lesson,
  inputs: [
    CHOSEN,
    TUTOR,
    amountInput({
      key: 'pay_rate',
      label: 'Pay Rate',
      becomes: 'pay_rate',
      helpText:
        'The rate that the tutor is paid for this lesson. If empty, a tutor who is new to the lesson gets the rate on the ' +
        'job, and a tutor who is already on it keeps the current rate.',
    }),
  ],
  isResponsePartial: true,
  toWrite: addMember(TUTORS),
  unknownOutcome:
    'The tutor may still have been added. Replaying this run does no harm: a tutor is added to a lesson only once.',
});

export const removeStudentFromLesson = objectAction({
  key: 'remove_student_from_lesson',
  label: 'Remove Student from Lesson',
  description: `Removes a student from a planned lesson. The student stays on the job. ${EMAILS}`,
  object: lesson,
  inputs: [CHOSEN, STUDENT],
  isResponsePartial: true,
  toWrite: removeMember(STUDENTS, STUDENT),
  unknownOutcome:
    'The student may still have been removed. Replaying this run does no harm: if the student is no longer on the ' +
    'lesson, nothing changes.',
});

export const removeTutorFromLesson = objectAction({
  key: 'remove_tutor_from_lesson',
  label: 'Remove Tutor from Lesson',
  description: `Removes a tutor from a planned lesson. The tutor stays on the job. ${EMAILS}`,
  object: lesson,
  inputs: [CHOSEN, TUTOR],
  isResponsePartial: true,
  toWrite: removeMember(TUTORS, TUTOR),
  unknownOutcome:
    'The tutor may still have been removed. Replaying this run does no harm: if the tutor is no longer on the ' +
    'lesson, nothing changes.',
});
