/** The choice to run a Zap once for each person of a lesson or a job. */

import type { Bundle } from 'zapier-platform-core';

import { valuesChosenIn, type InputField } from '../choices/filter-fields.ts';
import { PERSON_KINDS, type PersonKind } from '../record/participants.ts';

/** The label of the input field. */
export const RUN_FOR = 'Run For';

/** The end of the help text of instant triggers. */
export const PEOPLE_ARE_READ =
  'If an event does not contain the people, the trigger reads the record from TutorCruncher, which takes one request, and ' +
  'runs for the people at that time.';

/** The end of the help text of triggers for deletions. */
export const LAST_KNOWN_PEOPLE =
  'The Zap runs for the people in the previous event about the record. If the relay does not know them, it runs for nobody.';

/** The end of the help text of triggers for changes to the people of a lesson. */
export const CONCERNED_PEOPLE =
  'The Zap runs only for the people whom the change concerns: a change of a student concerns the student, the client who ' +
  'pays for the student and all tutors, and a change of a tutor concerns this tutor and all clients and students. The record ' +
  'for a removed person shows the person as if still on the lesson. If earlier events do not show who was changed, a run for this ' +
  'person stops with a message.';

/** The end of the help text of polled triggers. */
export const KNOWN_LESSONS =
  'The Zap remembers the lessons for which it has run, so a person who is added to a lesson later has no run. After a change ' +
  'of this choice, turn the Zap off and on again.';

/** Returns the input field "Run For". @param hint - the end of the help text */
export const runForField = (noun: 'lesson' | 'job', hint: string): InputField => ({
  key: 'run_for',
  label: RUN_FOR,
  helpText:
    `Choose whether the Zap runs once for the ${noun}, or once for each of its clients, students or tutors. A record for a ` +
    'client or a student contains only their own students and nothing of another family, except in the topic and in the ' +
    'name and description of the job, which your office writes. Other texts, such as custom fields, are left out if they ' +
    'contain a first and last name of another family, or a last name with a title. A record for a tutor contains all students, ' +
    `but no other tutor. ${hint}`,
  type: 'string',
  required: false,
  default: noun,
  choices: {
    [noun]: noun === 'lesson' ? 'The Lesson' : 'The Job',
    client: 'Each Client',
    student: 'Each Student',
    tutor: 'Each Tutor',
  },
});

const FIELD = { field: runForField('lesson', '') };

/**
 * Returns the kind of people for whom a Zap runs; null if the Zap runs once for the lesson or the job, and undefined if
 * the choice is unknown.
 */
export function personKindIn(bundle: Bundle): PersonKind | null | undefined {
  const choice = (valuesChosenIn(FIELD, bundle)[0] ?? 'lesson').toLowerCase();
  return choice === 'lesson' || choice === 'job' ? null : PERSON_KINDS.find((kind) => kind === choice);
}

/** The advice for the owner of a Zap with an unknown choice. */
export const CHOOSE_AN_ENTRY = `Choose one of the entries of the field "${RUN_FOR}".`;
