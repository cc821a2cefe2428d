/** A sequence about a job, and the changes that it must report. */

import { eventWith, HOUR } from './sequence.ts';
import { job } from '../../../objects/job.ts';
import { changed, sequence, type Expected, type Runs } from '../expected-change.ts';
import { labels } from './events.ts';

const created = eventWith('CREATED_A_SERVICE', 'Created a Job');
const labelAdded = eventWith('ADDED_A_LABEL_TO_A_SERVICE', 'Added a Label to a Job');
const labelRemoved = eventWith('REMOVED_A_LABEL_FROM_A_SERVICE', 'Removed a Label from a Job');

const FIRST: Runs = ['any_event job_created', 'unknown'];
const EXAM_YEAR_ADDED: Expected = {
  changes: ['Job Label Names: Enquiry → Enquiry, Exam year'],
  details: { added_labels: 'Exam year', removed_labels: '' },
};

/** For jobs, TutorCruncher sends an event when a label is removed. */
export const jobLabelled = sequence(
  'a label is added to a job, removed and added again',
  job,
  7001,
  [created(0, 'Created.', labels(26)), FIRST],
  [labelAdded(HOUR, 'Exam year added.', labels(26, 23)), ['any_event job_label_added job_exam_year', EXAM_YEAR_ADDED]],
  [
    labelRemoved(2 * HOUR, 'Exam year removed.', labels(26)),
    ['any_event', changed('Job Label Names: Enquiry, Exam year → Enquiry')],
  ],
  [
    labelAdded(3 * HOUR, 'Exam year added again.', labels(26, 23)),
    ['any_event job_label_added job_exam_year', EXAM_YEAR_ADDED],
  ],
);
