import { task } from '../objects/task.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const taskTriggers = [
  objectTrigger({
    key: 'task_created',
    label: 'New Task',
    description: 'Triggers when a task is created.',
    object: task,
    actions: { CREATED_A_TASK: 'Created a Task' },
    earlier: null,
  }),
];
