import { job } from '../objects/job.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { daysInput } from '../src/inputs/number.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { HOW_OFTEN, LIST_REACH_MS } from '../src/polled/polled-trigger-definition.ts';
import { polledTrigger } from '../src/polled/polled-trigger.ts';
import { rowsBetween } from '../src/polled/rows-between.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { rowText } from '../src/api/rows.ts';
import type { JsonObject } from '../wire/json.ts';

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

const DAY_MS = 24 * 3_600_000;

const DAYS_AFTER = daysInput('days_after', 1, 90, 3, {
  becomes: null,
  helpText:
    'Number of days after its creation at which a job without a tutor triggers: 1 to 90. A day is 24 hours. The job must be ' +
    'available or pending. If it becomes available or pending later, it triggers up to 5 days after this time. Tutors are ' +
    `checked once, so a job whose tutor leaves later does not trigger. ${HOW_OFTEN}`,
});

const daysIn = (values: InputValues): number => values.of(DAYS_AFTER) ?? Number(DAYS_AFTER.field.default);

const createdAt = (record: JsonObject): number => Date.parse(rowText(record, 'created'));

/** The statuses of a job that still needs a tutor. */
const WAITING = ['available', 'pending'];

export const jobWaitingForTutor = polledTrigger({
  key: 'job_waiting_for_tutor',
  label: 'Job Waiting for Tutor',
  description: 'Triggers when a job has no tutor for some days, checked every 1 to 15 minutes.',
  object: job,
  inputs: [DAYS_AFTER],
  sample: { status: 'available', conjobs: [] },
  idEnd: (_record, values) => String(daysIn(values)),
  poll: (values, run, now) => {
    const waitedMs = daysIn(values) * DAY_MS;
    return {
      readRows: async ({ span: { from, to }, spend }) => {
        const created = { from: from - waitedMs, to: to - waitedMs };
        const narrow = `Choose another number in "${DAYS_AFTER.field.label}".`;
        const rows = await rowsBetween(run, job, { span: created, spend }, { field: 'created', params: {}, narrow });
        // Without this check, a job whose row lacks a creation time would never become due, without any error.
        if (rows.some((row) => Number.isNaN(createdAt(row))))
          throw unexpectedResponse(run.z, 'time of creation of a job');
        return rows;
      },
      momentOf: (record) => createdAt(record) + waitedMs,
      span: { from: now - LIST_REACH_MS, to: now },
      isDue: (record) => WAITING.includes(rowText(record, 'status').toLowerCase()),
      isChosen: ({ conjobs }) => {
        if (!Array.isArray(conjobs)) throw unexpectedResponse(run.z, 'list of the tutors of a job');
        return conjobs.length === 0;
      },
    };
  },
});
