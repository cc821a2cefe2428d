/** The tasks that trigger Task Due. */

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { failureOf } from '../support/steps.ts';
import { fromNow, poll } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();

describe('task_due', () => {
  beforeEach(() => {
    tutorCruncher.now.account.addList('tasks', []);
  });

  it('compares the newest 1,000 tasks, and fails if so many are due that older tasks may be due, too', async () => {
    const addTasks = (count: number, due: number) => {
      for (let index = 0; index < count; index++) {
        tutorCruncher.now.account.add('tasks', { due_dt: fromNow(due), complete: false, description: 'Call' });
      }
    };
    addTasks(1, -1);
    addTasks(99, 50);
    addTasks(901, -1);
    const meta = { isPopulatingDedupe: true };
    expect(await poll('task_due', {}, { meta })).toHaveLength(901);
    addTasks(100, -1);
    expect(await failureOf(poll('task_due', {}, { meta }))).toMatch(
      /^This step compares the newest 1,000 tasks .+ older tasks may be due,/,
    );
  });

  /**
   * Adds a task to the account.
   *
   * @param due - hours from now until the task is due; null for a task without a due time
   */
  const add = (due: number | null, complete = false) =>
    tutorCruncher.now.account.add('tasks', {
      complete,
      description: 'Call',
      due_dt: due === null ? null : fromNow(due),
    });
  const idOf = ({ id, due_dt: due }: JsonObject) => `${String(id)}@${String(due)}`;
  const idsOf = async (inputData: JsonObject = {}) => (await poll('task_due', inputData)).map(({ id }) => id);

  it('returns open tasks from the chosen time before they are due until 48 hours after', async () => {
    const [past, soon] = [add(-47.9), add(0.9)];
    for (const due of [-48.1, 1.1, null]) add(due);
    add(-1, true);
    expect(await idsOf()).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '0' })).toEqual([idOf(past)]);
    expect(await idsOf({ time_before: '1' })).toEqual([idOf(soon), idOf(past)]);
    expect(await idsOf({ time_before: '60', time_unit: 'minutes' })).toEqual([idOf(soon), idOf(past)]);
  });

  it('returns no task that may be completed', async () => {
    const open = add(-1);
    const other = add(-2);
    const setComplete = (complete: unknown) => tutorCruncher.now.account.change('tasks', other.id, { complete });
    for (const complete of ['True', 'true', null, '', 'perhaps', undefined]) {
      setComplete(complete);
      expect(await idsOf()).toEqual([idOf(open)]);
    }
    setComplete('False');
    expect(await idsOf()).toEqual([idOf(open), idOf(other)]);
  });

  it('fails if the details lack the completion status of a task', async () => {
    const task = add(-2);
    for (const complete of [null, '', 'perhaps', undefined]) {
      tutorCruncher.now.account.change('tasks', task.id, { complete });
      expect(await failureOf(idsOf())).toMatch(/contains no completion status of a task\. Try again/);
    }
  });

  it('returns a task with another id if its due time has changed, but not if only the offset is written differently', async () => {
    const task = add(-2);
    const due_dt = fromNow(-1);
    tutorCruncher.now.account.change('tasks', task.id, { due_dt: due_dt.replace('Z', '+00:00') });
    expect(await idsOf()).toEqual([idOf({ id: task.id, due_dt })]);
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
