import { job } from '../objects/job.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const jobTriggers = [
  objectTrigger({
    key: 'job_created',
    label: 'New Job',
    description: 'Triggers when a job is created.',
    object: job,
    actions: { CREATED_A_SERVICE: 'Created a Job' },
    sample: { status: 'pending' },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'job_updated',
    label: 'Job Updated',
    description: "Triggers when a job's details change.",
    object: job,
    actions: { EDITED_A_SERVICE: 'Edited a Job' },
    canChooseLabel: true,
    canChooseChangedFields: true,
  }),
  objectTrigger({
    key: 'job_status_changed',
    label: 'Job Status Changed',
    description: "Triggers when a job's status changes.",
    object: job,
    actions: { CHANGED_SERVICE_STATUS: "Changed a Job's status" },
    canChooseStatuses: true,
    earlier: { status: 'available' },
  }),
  objectTrigger({
    key: 'job_tutor_added',
    label: 'Job Tutor Added',
    description: 'Triggers when a tutor is added to a job.',
    object: job,
    actions: { ADDED_CONTRACTOR_TO_SERVICE: 'Added a Tutor to a Job' },
    earlier: { conjobs: [] },
  }),
  objectTrigger({
    key: 'job_student_added',
    label: 'Job Student Added',
    description: 'Triggers when a student is added to a job.',
    object: job,
    actions: { ADDED_SR_TO_SERVICE: 'Added a Student to a Job' },
    earlier: { rcrs: [] },
  }),
  objectTrigger({
    key: 'job_label_added',
    label: 'Job Label Added',
    description: 'Triggers when a label is added to a job.',
    object: job,
    actions: { ADDED_A_LABEL_TO_A_SERVICE: 'Added a Label to a Job' },
    canChooseLabel: true,
    earlier: { labels: [] },
  }),
  objectTrigger({
    key: 'job_deleted',
    label: 'Job Deleted',
    description: 'Triggers when a job is deleted.',
    object: job,
    actions: { DELETED_A_SERVICE: 'Deleted a Job' },
  }),
];
