/** Task Due: the tasks that trigger. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../running-tutorcruncher.ts';
import { failureOf } from '../steps.ts';
import { fromNow, poll } from './polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('tasks', []);
});

/** Adds a task. @param due - in hours from now; null for a task without a due time */
const add = (due: number | null, complete = false) =>
  tutorCruncher.now.account.add('tasks', { complete, description: 'Call', due_dt: due === null ? null : fromNow(due) });
const idOf = ({ id, due_dt: due }: JsonObject) => `${String(id)}@${String(due)}`;
const idsOf = async (inputData: JsonObject = {}) => (await poll('task_due', inputData)).map(({ id }) => id);

describe('task_due', () => {
  it('returns open tasks from the chosen time before they are due until 48 hours after', async () => {
    const [past, soon] = [add(-47.9), add(0.9)];
    for (const due of [-48.1, 1.1, null]) add(due);
    add(-1, true);
    expect(await idsOf()).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '0' })).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '1' })).toEqual([idOf(soon), idOf(past)]);
    expect(await idsOf({ time_before: '60', time_unit: 'minutes' })).toEqual([idOf(soon), idOf(past)]);
  });

  it('returns a task with another id if its due time has changed, but not if only the offset is written differently', async () => {
    const task = add(-2);
    const due_dt = fromNow(-1);
    tutorCruncher.now.account.change('tasks', task.id, { due_dt: due_dt.replace('Z', '+00:00') });
    expect(await idsOf()).toEqual([idOf({ id: task.id, due_dt })]);
  });

  it('does not return a task that was completed before it is due, or since its row was read', async () => {
    const { id } = add(-1);
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (path.endsWith(`/${id}/`)) tutorCruncher.now.account.change('tasks', id, { complete: true });
      return null;
    };
    expect(await idsOf()).toEqual([]);
  });

  it('reads the newest 300 tasks', async () => {
    add(-1);
    const newest = add(-1);
    for (let index = 0; index < 299; index++) add(-100, true);
    expect(await idsOf()).toEqual([idOf(newest)]);
    expect(tutorCruncher.requests()).toHaveLength(4);
  });

  it.each([
    [
      { time_before: '15', time_unit: 'days' },
      /^The field "Time Before" of this step must be at least 0 minutes and at most 14 days/,
    ],
    [{ time_before: 'soon' }, /must contain a whole number such as 24\.$/],
  ])('refuses %j', async (inputData, message) => {
    expect(await failureOf(idsOf(inputData))).toMatch(message);
  });
});
