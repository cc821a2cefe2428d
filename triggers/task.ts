import { task } from '../objects/task.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { durationInputs } from '../src/inputs/duration.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { newestRows } from '../src/polled/newest-rows.ts';
import { HOW_OFTEN, MIN_REACH_MS } from '../src/polled/polled-trigger-definition.ts';
import { polledTrigger } from '../src/polled/polled-trigger.ts';
import { utcText } from '../src/record/local-time.ts';
import { rowText, truthOf } from '../src/api/rows.ts';
import type { JsonObject } from '../wire/json.ts';

export const taskTriggers = triggersAbout({ object: task }, [
  {
    key: 'task_created',
    label: 'New Task',
    description: 'Triggers when a task is created.',
    actions: { CREATED_A_TASK: 'Created a Task' },
  },
]);

const TIME_BEFORE = durationInputs(
  'time_before',
  [0, 'minutes'],
  [14, 'days'],
  0,
  'How long before the due time of the task to trigger: 0 minutes to 14 days. A task that is still open triggers up to ' +
    '48 hours after its due time. Only the newest 1,000 tasks are compared, including completed tasks, so an older task does ' +
    `not trigger. ${HOW_OFTEN}`,
);

const dueAt = (record: JsonObject): number => Date.parse(rowText(record, 'due_dt'));

export const taskDue = polledTrigger({
  key: 'task_due',
  label: 'Task Due',
  description: 'Triggers when an open task is due or due soon, checked every 1 to 15 minutes.',
  object: task,
  inputs: TIME_BEFORE.inputs,
  // TutorCruncher can write the same due time with a different offset from UTC, so the id contains the time in UTC.
  idEnd: (record) => utcText(dueAt(record)),
  poll: (values, run, now) => {
    const span = { from: now - MIN_REACH_MS, to: now + TIME_BEFORE.msIn(values, run) };
    const isDueNow = (row: JsonObject): boolean =>
      truthOf(row.complete) !== true && dueAt(row) >= span.from && dueAt(row) <= span.to;
    const checkEnd = (_earliest: number, lastPage: readonly JsonObject[]) => {
      if (!lastPage.every(isDueNow)) return;
      throw run.refusal(
        'This step compares the newest 1,000 tasks in TutorCruncher, and so many are due at once that older tasks may be due, ' +
          'too. Complete tasks, or choose a shorter time in "Time Before".',
      );
    };
    return {
      // The list is sorted by id instead of due time, so every row up to the limit is read.
      readRows: ({ spend }) => newestRows(run, task, { spend, checkEnd }),
      momentOf: dueAt,
      span,
      isDue: (record) => truthOf(record.complete) !== true,
      // A completed task must not cause a reminder. A poll that cannot determine whether a task is complete leaves the
      // task to a later poll. If no poll can determine this, an error reports the task.
      isChosen: (details) => {
        if (truthOf(details.complete) === null) throw unexpectedResponse(run.z, 'completion status of a task');
        return true;
      },
    };
  },
});
