/** Sequences about jobs. */

import { job } from '../../objects/job.ts';
import type { JsonObject } from '../../wire/json.ts';
import { eventWith, HOUR, labels, type Sequence } from './sequence.ts';

const created = eventWith('CREATED_A_SERVICE', 'Created a Job');
const edited = eventWith('EDITED_A_SERVICE', 'Edited a Job');
const statusChanged = eventWith('CHANGED_SERVICE_STATUS', "Changed a Job's status");
const labelAdded = eventWith('ADDED_A_LABEL_TO_A_SERVICE', 'Added a Label to a Job');
const labelRemoved = eventWith('REMOVED_A_LABEL_FROM_A_SERVICE', 'Removed a Label from a Job');
const tutorAdded = eventWith('ADDED_CONTRACTOR_TO_SERVICE', 'Added a Tutor to a Job');

/** Returns the custom fields of a job. */
const examBoard = (value: string): JsonObject => ({
  extra_attrs: [
    { id: 61, value, type: 'Short Textbox', machine_name: 'exam_board', name: 'Exam Board' },
    { id: 62, value: 'True', type: 'Checkbox', machine_name: 'resit', name: 'Resit' },
  ],
});

/** For jobs, TutorCruncher sends an event when a label is removed. */
export const jobLabelled: Sequence = {
  title: 'a label is added to a job, removed and added again',
  object: job,
  id: 7001,
  deliveries: [
    [created(0, 'Created.', labels(26))],
    [labelAdded(HOUR, 'Exam year added.', labels(26, 23))],
    [labelRemoved(2 * HOUR, 'Exam year removed.', labels(26))],
    [labelAdded(3 * HOUR, 'Exam year added again.', labels(26, 23))],
  ],
};

export const jobEdited: Sequence = {
  title: 'rate and custom fields of a job change',
  object: job,
  id: 7002,
  deliveries: [
    [created(0, 'Created.', { dft_charge_rate: 42, ...examBoard('AQA') })],
    [edited(HOUR, 'Exam board.', { dft_charge_rate: '42.00', ...examBoard('Edexcel') })],
    [edited(2 * HOUR, 'Rate.', { dft_charge_rate: 45.5, ...examBoard('Edexcel') })],
  ],
};

const HANNAH = {
  ...{ contractor: 402, contractor_permissions: 'add-edit-complete', name: 'Hannah Whitlock', pay_rate: '30.00' },
};
const SAMUEL = {
  ...{ contractor: 403, contractor_permissions: 'add-edit-complete', name: 'Samuel Okoro', pay_rate: '28.00' },
};

export const jobStaffed: Sequence = {
  title: 'a tutor is added to a job, which then starts',
  object: job,
  id: 7003,
  deliveries: [
    [created(0, 'Created.', { status: 'pending', conjobs: [HANNAH] })],
    [tutorAdded(HOUR, 'Samuel added.', { status: 'pending', conjobs: [SAMUEL, HANNAH] })],
    [statusChanged(2 * HOUR, 'Started.', { status: 'in-progress', conjobs: [HANNAH, SAMUEL] })],
  ],
};
