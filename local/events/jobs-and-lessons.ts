/** Sequences about a lesson and a job, and the changes that Zaps must report. */

import { choiceOf } from '../api/choices.ts';
import { job } from '../../objects/job.ts';
import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import {
  changed,
  eventWith,
  FIRST_OF_LESSON,
  HOUR_SECONDS,
  lessonCreated,
  lessonEdited,
  PLANNED,
  sequence,
  type Expected,
  type Runs,
} from './sequence.ts';

const completed = eventWith('MARKED_AN_APPOINTMENT_AS_COMPLETE', 'Marked a Lesson as complete');

/** The lesson after a move to the next day, with a start an hour later. */
const MOVED = { ...PLANNED, start: '2026-06-11T17:00:00Z', finish: '2026-06-11T18:30:00Z' };
const EQUATIONS = { ...MOVED, topic: 'Simultaneous equations' };

export const lessonMoved = sequence(
  'a lesson is created, moved and completed',
  lesson,
  8001,
  [lessonCreated(0, 'Created.', PLANNED), FIRST_OF_LESSON],
  [
    lessonEdited(HOUR_SECONDS, 'Moved to Thursday.', MOVED),
    [
      'any_event lesson_updated moved',
      {
        changes: [
          'Lesson Start: Wed 10 Jun 2026, 17:00 → Thu 11 Jun 2026, 18:00',
          'Lesson Finish: Wed 10 Jun 2026, 18:30 → Thu 11 Jun 2026, 19:30',
        ],
        details: { previous_start: '2026-06-10T16:00:00Z', previous_finish: '2026-06-10T17:30:00Z' },
      },
    ],
  ],
  [
    lessonEdited(2 * HOUR_SECONDS, 'New topic.', EQUATIONS),
    ['any_event lesson_updated', changed('Lesson Topic: Quadratic equations → Simultaneous equations')],
  ],
  [
    completed(300 * HOUR_SECONDS, 'Taught.', { ...EQUATIONS, status: 'complete' }),
    [
      'any_event lesson_completed',
      { changes: ['Lesson Status: planned → complete'], details: { previous_status: 'planned' } },
    ],
  ],
);

const tutorAdded = eventWith('ADDED_CONTRACTOR_TO_APPOINTMENT', 'Added a Tutor to a Lesson');
const tutorRemoved = eventWith('REMOVED_CONTRACTOR_FROM_APPOINTMENT', 'Removed a Tutor from a Lesson');

const tutors = (...names: readonly string[]): JsonObject => ({
  ...PLANNED,
  cjas: names.map((name) => ({ contractor: name.length, name, pay_rate: '30.00' })),
});
const [HANNAH, SAMUEL] = ['Hannah Whitlock', 'Samuel Okoro'];

/** TutorCruncher sends two events for each save, in any order: an event about the tutor, and an edit. */
export const coveredLesson = sequence(
  'the tutor of a lesson is replaced, and each save sends an edit as well',
  lesson,
  8002,
  [lessonCreated(0, 'Created.', tutors(HANNAH)), FIRST_OF_LESSON],
  [
    tutorRemoved(HOUR_SECONDS, 'Removed.', tutors()),
    ['any_event lesson_updated', changed(`Tutor Names: ${HANNAH} → `)],
  ],
  [lessonEdited(HOUR_SECONDS + 0.2, 'Edited by the removal.', tutors()), ['any_event', changed()]],
  [
    lessonEdited(2 * HOUR_SECONDS + 0.2, 'Edited by the addition.', tutors(SAMUEL)),
    ['any_event lesson_updated', changed(`Tutor Names:  → ${SAMUEL}`)],
  ],
  [tutorAdded(2 * HOUR_SECONDS, 'Added.', tutors(SAMUEL)), ['any_event', changed()]],
);

const jobCreated = eventWith('CREATED_A_SERVICE', 'Created a Job');
const jobLabelAdded = eventWith('ADDED_A_LABEL_TO_A_SERVICE', 'Added a Label to a Job');
const jobLabelRemoved = eventWith('REMOVED_A_LABEL_FROM_A_SERVICE', 'Removed a Label from a Job');

/** Returns the field `labels` of a subject. */
const labels = (...ids: readonly number[]): JsonObject => ({ labels: ids.map((id) => choiceOf('labels', id)) });

const FIRST_OF_JOB: Runs = ['any_event job_created', 'unknown'];
const EXAM_YEAR_ADDED: Expected = {
  changes: ['Job Label Names: Enquiry → Enquiry, Exam year'],
  details: { added_labels: 'Exam year', removed_labels: '' },
};

/** TutorCruncher sends an event when a label is removed from a job, but not when a label is removed from a person. */
export const jobLabelled = sequence(
  'a label is added to a job, removed and added again',
  job,
  7001,
  [jobCreated(0, 'Created.', labels(26)), FIRST_OF_JOB],
  [jobLabelAdded(HOUR_SECONDS, 'Exam year added.', labels(26, 23)), ['any_event job_label_added', EXAM_YEAR_ADDED]],
  [
    jobLabelRemoved(2 * HOUR_SECONDS, 'Exam year removed.', labels(26)),
    ['any_event', changed('Job Label Names: Enquiry, Exam year → Enquiry')],
  ],
  [
    jobLabelAdded(3 * HOUR_SECONDS, 'Exam year added again.', labels(26, 23)),
    ['any_event job_label_added', EXAM_YEAR_ADDED],
  ],
);
