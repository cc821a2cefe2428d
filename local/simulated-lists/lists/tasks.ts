import { idTime, numbered, type Version } from '../history.ts';
import { fromNow, polledList } from '../polled-list.ts';
import { DAY, HOUR, WEEK_END, WEEK_START } from '../simulated-time.ts';

/** The state of a task. */
interface TaskVersion extends Version {
  /** The time at which the task is due; null for a task without a due time. */
  readonly due: number | null;
  readonly status: 'open' | 'complete';
}

/**
 * Returns the states of a task. The task is completed before the due time, hours after the due time or never, or the
 * due time is postponed by almost a day.
 */
function taskDueAt(due: number | null, fate: number): TaskVersion[] {
  const around = due ?? WEEK_START;
  const open: TaskVersion = { from: around - 5 * DAY, due, status: 'open' };
  const completed = (after: number): TaskVersion => ({ from: around + after, due, status: 'complete' });
  if (fate % 4 === 0) return [open, completed(-3 * HOUR)];
  if (fate % 4 === 1) return [open, completed(4 * HOUR)];
  if (fate % 4 === 2 || due === null) return [open];
  return [open, { from: due - 6 * HOUR, due: due + DAY - HOUR / 2, status: 'open' }];
}

const dueTask = (index: number) => ({ due_dt: fromNow(-1 - index), complete: false });

export const list = polledList<TaskVersion>({
  path: 'tasks',
  histories: (between) =>
    numbered(
      Array.from({ length: 400 }, (_, index) =>
        taskDueAt(index % 10 === 9 ? null : between(WEEK_START - 20 * DAY, WEEK_END - HOUR), index),
      ),
    ),
  timeOf: ({ due }) => due,
  isSortedById: true,
  rowOf: (id, { due, status }, timeText) => ({
    id,
    due_dt: due === null ? null : timeText(due),
    complete: status === 'complete',
    description: 'Call',
  }),
  detailsOf: () => ({ creator: { id: 3, last_name: 'Mercer' } }),
  due: { task_due: dueTask },
  newest: () => ({ due_dt: fromNow(-1), reminder_dt: fromNow(-4) }),
  zaps: [
    {
      trigger: 'task_due',
      title: 'Task Due, at the due time',
      condition: (id, { due, status }) =>
        due === null || status !== 'open' ? null : { id: `${id}@${idTime(due)}`, from: due, to: due + 2 * DAY },
      requestsPerHour: 125,
    },
  ],
});
