/** The tasks' expectations: each step and input exists, and each sequence of steps leads to the expected end. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import app from '../../../index.ts';
import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { createRunner } from '../../../local/app-runner.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { officeDates } from '../../../local/office/dates.ts';
import { addOffice } from '../../../local/office/office-records.ts';
import { replay, type Replayed } from './replay.ts';
import type { Task } from '../../../local/office/task.ts';
import { tasksOn } from '../../../local/office/tasks.ts';

const NOW = Date.parse('2026-11-30T10:00:00Z');
const on = officeDates(NOW);
const tasks = tasksOn(on);

const zapier = createRunner(app, PRIVATE_KEY);
// Fake only the date, because the tasks name days.
const REAL_TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;
beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: [...REAL_TIMERS] });
});
const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  addOffice(tutorCruncher.now.account, on);
});
afterEach(() => {
  jest.useRealTimers();
});

/** Compares the outcome of a step with its expectation. */
function expectOutcome({ step, unknownInputs, records, error }: Replayed): void {
  expect([step.key, unknownInputs]).toEqual([step.key, []]);
  if (step.fails === undefined) expect([step.key, error]).toEqual([step.key, null]);
  else expect([step.key, error]).toEqual([step.key, expect.stringContaining(step.fails)]);
  if (step.gives) expect(records[0]).toMatchObject(step.gives);
  if (step.records !== undefined) expect([step.key, records.length]).toEqual([step.key, step.records]);
}

const stepsAfter = ({ ending }: Task) =>
  ending.kind === 'question' ? ending.then : ending.kind === 'refusal' ? ending.attempts : [];

const caseOf = (task: Task) => [task.id, task] as const;
const hasOptionalInput = ({ steps }: Task): boolean => steps.some(({ optional = [] }) => optional.length > 0);

describe('the expected steps', () => {
  async function expectEnd(task: Task, isShort: boolean): Promise<void> {
    const replayed = await replay(zapier, [...task.steps, ...stepsAfter(task)], isShort);
    replayed.forEach(expectOutcome);
    const { account } = tutorCruncher.now;
    for (const [path, id, fields] of task.state) {
      const record = account.find(path, id);
      expect(record && account.current(path, record)).toMatchObject(fields);
    }
    // A refusal lists requests that a reader may be tempted to send. The state shows that they have no effect.
    if (task.ending.kind !== 'refusal') expect(tutorCruncher.writes()).toHaveLength(task.writes);
  }

  it.each(tasks.map(caseOf))('lead to the expected end: %s', (_id, task) => expectEnd(task, false));

  it.each(tasks.filter(hasOptionalInput).map(caseOf))(
    'lead to the expected end without optional inputs: %s',
    (_id, task) => expectEnd(task, true),
  );
});

describe('a task', () => {
  it.each(tasks.flatMap(({ id, steps, ending }) => (ending.kind === 'question' ? [[id, steps] as const] : [])))(
    'that ends with a question writes nothing before it: %s',
    async (_id, steps) => {
      await replay(zapier, steps, false);
      expect(tutorCruncher.writes()).toEqual([]);
    },
  );

  it.each(
    tasks.flatMap(({ id, steps, ending }) => (ending.kind === 'answer' ? [[id, steps, ending.says] as const] : [])),
  )('that ends with an answer finds all of it: %s', async (_id, steps, says) => {
    const found = JSON.stringify((await replay(zapier, steps, false)).map(({ records }) => records));
    for (const text of says) expect(found).toContain(text.replace(' hours', ''));
  });

  it.each(tasks.flatMap(({ id, ending }) => (ending.kind === 'refusal' ? [[id, ending] as const] : [])))(
    'that ends with a refusal has no step, and the texts say so: %s',
    (_id, { grounds, noStepFor }) => {
      const steps = { ...app.searches, ...app.creates };
      const labels = Object.values(steps).map(({ display }) => display.label);
      expect(labels.filter((label) => noStepFor.test(label))).toEqual([]);
      for (const { step, text } of grounds) expect(steps[step]?.display.description).toContain(text);
    },
  );
});

it('has twenty tasks, of which six or more end with a refusal or a question', () => {
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(20);
  expect(tasks.filter(({ ending: { kind } }) => kind === 'refusal' || kind === 'question').length).toBeGreaterThan(5);
});
