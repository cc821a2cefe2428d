/** Sequences about jobs, and the changes that they must report. */

import { eventWith, HOUR } from './sequence.ts';
import { job } from '../../../objects/job.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { changed, sequence, type Expected, type ExpectedSequence, type Runs } from '../expected-change.ts';
import { labels } from './events.ts';

const created = eventWith('CREATED_A_SERVICE', 'Created a Job');
const edited = eventWith('EDITED_A_SERVICE', 'Edited a Job');
const statusChanged = eventWith('CHANGED_SERVICE_STATUS', "Changed a Job's status");
const labelAdded = eventWith('ADDED_A_LABEL_TO_A_SERVICE', 'Added a Label to a Job');
const labelRemoved = eventWith('REMOVED_A_LABEL_FROM_A_SERVICE', 'Removed a Label from a Job');
const tutorAdded = eventWith('ADDED_CONTRACTOR_TO_SERVICE', 'Added a Tutor to a Job');

const FIRST: Runs = ['any_event job_created', 'unknown'];
const EXAM_YEAR_ADDED: Expected = {
  changes: ['Job Label Names: Enquiry → Enquiry, Exam year'],
  details: { added_labels: 'Exam year', removed_labels: '' },
};

/** Returns the custom fields of a job. */
const examBoard = (value: string): JsonObject => ({
  extra_attrs: [
    { id: 61, value, type: 'Short Textbox', machine_name: 'exam_board', name: 'Exam Board' },
    { id: 62, value: 'True', type: 'Checkbox', machine_name: 'resit', name: 'Resit' },
  ],
});

const HANNAH = {
  ...{ contractor: 402, contractor_permissions: 'add-edit-complete', name: 'Hannah Whitlock', pay_rate: '30.00' },
};
const SAMUEL = {
  ...{ contractor: 403, contractor_permissions: 'add-edit-complete', name: 'Samuel Okoro', pay_rate: '28.00' },
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

export const jobs: readonly ExpectedSequence[] = [
  jobLabelled,
  sequence(
    'a tutor is added to a job, which then starts',
    job,
    7003,
    [created(0, 'Created.', { status: 'pending', conjobs: [HANNAH] }), FIRST],
    [
      tutorAdded(HOUR, 'Samuel added.', { status: 'pending', conjobs: [SAMUEL, HANNAH] }),
      ['any_event job_tutor_added', changed('Tutor Names: Hannah Whitlock → Samuel Okoro, Hannah Whitlock')],
    ],
    [
      statusChanged(2 * HOUR, 'Started.', { status: 'in-progress', conjobs: [HANNAH, SAMUEL] }),
      [
        'any_event job_status_changed',
        { changes: ['Job Status: pending → in-progress'], details: { previous_status: 'pending' } },
      ],
    ],
  ),
  sequence(
    'rate and custom fields of a job change',
    job,
    7002,
    [created(0, 'Created.', { dft_charge_rate: 42, ...examBoard('AQA') }), FIRST],
    [
      edited(HOUR, 'Exam board.', { dft_charge_rate: '42.00', ...examBoard('Edexcel') }),
      ['any_event job_updated exam_board', changed('Exam Board: AQA → Edexcel')],
    ],
    [
      edited(2 * HOUR, 'Rate.', { dft_charge_rate: 45.5, ...examBoard('Edexcel') }),
      ['any_event job_updated', changed('Job Default Charge Rate: 42 → 45.5')],
    ],
  ),
];
