import sample from '../objects/samples/task.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const task = tutorCruncherObject({ word: 'task', sample, api: { path: 'tasks' } });

export const taskTriggers = [
  webhookTrigger({
    key: 'task_created',
    label: 'New Task',
    description: 'Triggers when a task is created.',
    object: task,
    actions: { CREATED_A_TASK: 'Created a Task' },
  }),
];
