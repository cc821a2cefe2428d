/** The tasks of an office, in the order in which readers get them. */

import type { OfficeDates } from './dates.ts';
import type { Task } from './task.ts';
import { lessonTasks } from './tasks/lessons.ts';
import { moneyTasks } from './tasks/money.ts';
import { peopleTasks } from './tasks/people.ts';

/** Returns the tasks. The dates determine the days that the tasks name. */
export const tasksOn = (on: OfficeDates): Task[] => [...lessonTasks(on), ...peopleTasks(on), ...moneyTasks(on)];
