import { task } from '../objects/task.ts';
import { unexpectedResponse } from '../src/api/client.ts';
import { isWithin, rowText } from '../src/api/rows.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { comparing } from '../src/search/missing-fields.ts';
import { searchForMany } from '../src/search/many/search-for-many.ts';
import { joined, textsAmong } from '../src/search/many/summary.ts';
import type { JsonObject } from '../wire/json.ts';
import { spanInputs } from './find-inputs.ts';

const STATUS = choiceInput(
  'find_status',
  { open: 'Open', complete: 'Complete' },
  {
    becomes: null,
    helpText: `Finds only tasks with this status. ${NO_EMPTY_VALUE}`,
  },
);
const DUE = spanInputs('due', 'Due', 'tasks that are due');

/** Returns true for a task that has been completed. @throws {Error} if the row lacks a valid `complete` */
function isComplete(run: StepRun, { complete }: JsonObject): boolean {
  if (typeof complete === 'boolean') return complete;
  throw unexpectedResponse(run.z, '"Complete" in a task that this step compares');
}

/**
 * Returns the due time of a row in milliseconds; Infinity for a task without a due time, so that the task is sorted
 * last.
 */
function dueTimeOf(row: JsonObject): number {
  const time = Date.parse(rowText(row, 'due_dt'));
  return Number.isNaN(time) ? Infinity : time;
}

export const tasksSearch = searchForMany({
  key: 'find_tasks',
  description:
    'Finds up to 100 of the 1,000 tasks that were created last and meet all criteria, such as open tasks that are due this week, the earliest due first, and lists them as text in the first result.',
  object: task,
  criteria: [STATUS, ...DUE.inputs],
  narrow:
    'TutorCruncher lists tasks by their creation and has no filters for them, so a task that was created before the newest 1,000 cannot be found. Delete old tasks in TutorCruncher.',
  line: ({ task_description: description, task_due_dt_text: due, task_type_text: type }) => {
    const dueText = typeof due === 'string' ? `due ${due}` : 'no due time';
    return joined([joined([description]), textsAmong([dueText, type]).join(', ')], ': ');
  },
  criteriaIn: (run, values) => {
    const [status, due] = [values.of(STATUS), DUE.spanOf(values)];
    return {
      filters: [],
      isRow: comparing(
        run,
        { complete: status, due_dt: due.from ?? due.to },
        (row) => (status === null || isComplete(run, row) === (status === 'complete')) && isWithin(due, row, 'due_dt'),
      ),
      order: (a, b) => dueTimeOf(a) - dueTimeOf(b) || 0,
    };
  },
});
