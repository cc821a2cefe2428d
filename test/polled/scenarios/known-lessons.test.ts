/**
 * Lessons that a Zap with a run for each person knows. The Zap never runs for these lessons again, regardless of later
 * changes.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { FlatRecord } from '../../../src/record/record.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { CLASS_LESSON, FAMILY_CLIENTS, STUDENT_ROWS, WITHOUT_CLIENT } from '../../../local/events/class-of-nine.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { fromNow, LESSON_TRIGGERS, lessonAt, poll } from '../../support/polls.ts';

const tutorCruncher = useTutorCruncher();
const EACH_STUDENT = { run_for: 'student', statuses: ['planned', 'complete'] };

beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
  tutorCruncher.now.account.addList('clients', FAMILY_CLIENTS);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const add = (start: number, status: string) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, status, CLASS_LESSON));
const change = (id: number, fields: JsonObject): void => {
  tutorCruncher.now.account.change('appointments', id, fields);
};
const turnOn = (key: string) => poll(key, EACH_STUDENT, { meta: { isPopulatingDedupe: true } });
/** Polls a minute later. */
function pollLater(key: string): Promise<FlatRecord[]> {
  jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
  return poll(key, EACH_STUDENT, { keepsCache: true });
}
const hideList = (): void => {
  tutorCruncher.now.behaviour.intercept = ({ path }) =>
    /appointments\/(?:\?|$)/.test(path) ? [200, { count: 0, next: null, results: [] }] : null;
};
const showList = (): void => {
  tutorCruncher.now.behaviour.intercept = () => null;
};

describe.each(LESSON_TRIGGERS)('%s', (key, start, status) => {
  it('does not run for a lesson that was due when the Zap was turned on and is due again', async () => {
    const { id } = add(start, status);
    await turnOn(key);
    change(id, { status: 'cancelled' });
    expect(await pollLater(key)).toEqual([]);
    change(id, { status });
    expect(await pollLater(key)).toEqual([]);
    hideList();
    expect(await pollLater(key)).toEqual([]);
    showList();
    expect(await pollLater(key)).toEqual([]);
  });

  it('does not run for a person who is added to a lesson that is due again after its run', async () => {
    await turnOn(key);
    const { id } = add(start, status);
    expect(await pollLater(key)).toHaveLength(9);
    change(id, { status: 'cancelled', rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    expect(await pollLater(key)).toEqual([]);
    change(id, { status });
    expect(await pollLater(key)).toEqual([]);
  });
});

describe.each(LESSON_TRIGGERS.slice(1))('%s', (key, start, status) => {
  it('does not run for an old lesson whose end is corrected', async () => {
    const old = add(start, status);
    await turnOn(key);
    const later = add(start, status);
    expect(await pollLater(key)).toHaveLength(9);
    for (const { id } of [old, later]) {
      change(id, { finish: fromNow(start + 1.25), rcras: [...STUDENT_ROWS, WITHOUT_CLIENT] });
    }
    expect(await pollLater(key)).toEqual([]);
    expect(await pollLater(key)).toEqual([]);
  });
});

it('a lesson whose details were not due when they were read runs the Zap once they are', async () => {
  await turnOn('lesson_ended');
  const { id } = add(-2, 'complete');
  tutorCruncher.now.behaviour.intercept = ({ path }) =>
    path.includes(`/${id}/`) ? [200, { ...lessonAt(-2, 'awaiting-report', CLASS_LESSON), id }] : null;
  expect(await pollLater('lesson_ended')).toEqual([]);
  showList();
  expect(await pollLater('lesson_ended')).toHaveLength(9);
  expect(await pollLater('lesson_ended')).toEqual([]);
});
