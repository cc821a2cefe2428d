import { job } from '../objects/job.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const jobTriggers = triggersAbout({ object: job }, [
  {
    key: 'job_created',
    label: 'New Job',
    description: 'Triggers when a job is created.',
    actions: { CREATED_A_SERVICE: 'Created a Job' },
    sample: { status: 'pending' },
    choices: ['label', 'run for'],
    requirement: { time: 'created' },
  },
  {
    key: 'job_requested',
    label: 'Job Requested',
    description: 'Triggers when someone requests a job.',
    actions: { REQUESTED_A_SERVICE: 'Request a job' },
    sample: { status: 'pending' },
    requirement: { time: 'created' },
  },
  {
    key: 'job_updated',
    label: 'Job Updated',
    description: "Triggers when a job's details change.",
    actions: { EDITED_A_SERVICE: 'Edited a Job' },
    choices: ['label', 'run for', 'changed fields'],
  },
  {
    key: 'job_status_changed',
    label: 'Job Status Changed',
    description: "Triggers when a job's status changes.",
    actions: { CHANGED_SERVICE_STATUS: "Changed a Job's status" },
    choices: ['statuses', 'run for'],
    earlier: { status: 'available' },
  },
  {
    key: 'job_tutor_added',
    label: 'Job Tutor Added',
    description: 'Triggers when a tutor is added to a job.',
    actions: { ADDED_CONTRACTOR_TO_SERVICE: 'Added a Tutor to a Job' },
    earlier: { conjobs: [] },
    requirement: { filled: ['conjobs'] },
  },
  {
    key: 'job_student_added',
    label: 'Job Student Added',
    description: 'Triggers when a student is added to a job.',
    actions: { ADDED_SR_TO_SERVICE: 'Added a Student to a Job' },
    earlier: { rcrs: [] },
    requirement: { filled: ['rcrs'] },
  },
  {
    key: 'job_label_added',
    label: 'Job Label Added',
    description: 'Triggers when a label is added to a job.',
    actions: { ADDED_A_LABEL_TO_A_SERVICE: 'Added a Label to a Job' },
    choices: ['label'],
    earlier: { labels: [] },
    requirement: { filled: ['labels'] },
  },
  {
    key: 'job_deleted',
    label: 'Job Deleted',
    description: 'Triggers when a job is deleted.',
    actions: { DELETED_A_SERVICE: 'Deleted a Job' },
  },
]);
