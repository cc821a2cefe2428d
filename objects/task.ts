import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import sample from './samples/task.json' with { type: 'json' };

/** A task for an administrator in the office. */
export const task = tutorCruncherObject({
  word: 'task',
  sample,
  earlier: { description: 'Call about the spring timetable' },
  api: {
    path: 'tasks',
    rowFields: ['id', 'complete', 'description', 'due_dt', 'task_type', 'url'],
  },
});
