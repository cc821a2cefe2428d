/** Tests of polled triggers in Zapier's editor, which look for a record that meets the choices of the trigger. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../wire/json.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { cachedEntries } from '../support/app-tester.ts';
import { lessonAt, poll, polledTriggerOf } from '../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
  tutorCruncher.now.behaviour.ignoresFilters = true;
});
afterEach(() => {
  jest.restoreAllMocks();
});

const STUDENT = 503;
const { sample } = polledTriggerOf('lesson_starting').definition.operation;

/** Adds a lesson. @param start - in hours from now */
const add = (start: number, student: number, changes: JsonObject = {}) =>
  tutorCruncher.now.account.add(
    'appointments',
    lessonAt(start, 'planned', { rcras: [{ recipient: student, paying_client: 301 }], ...changes }),
  );
const records = () => poll('lesson_starting', { student: String(STUDENT) }, { meta: { isLoadingSample: true } });
const reads = () => tutorCruncher.requests().filter(({ path }) => /\d\/$/.test(path)).length;

describe('a test in the editor', () => {
  it('reads up to 12 records to find one that meets the choices', async () => {
    for (let index = 0; index < 11; index++) add(1 + index / 10, 504);
    const { id } = add(5, STUDENT);
    expect((await records()).map((record) => record.lesson_id)).toEqual([id]);
    expect(reads()).toBe(12);
    add(4, 504);
    expect(await records()).toEqual([sample]);
    expect(reads()).toBe(24);
  });

  it('reads only three records if one of them meets the choices', async () => {
    for (let index = 0; index < 5; index++) add(1 + index / 10, index === 2 ? STUDENT : 504);
    expect(await records()).toHaveLength(1);
    expect(reads()).toBe(3);
  });

  it('leaves out a record that was deleted after its list was read', async () => {
    const [gone, kept] = [add(1, STUDENT), add(2, STUDENT)];
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.endsWith(`/${gone.id}/`) ? [404, {}] : null);
    expect((await records()).map((record) => record.lesson_id)).toEqual([kept.id]);
  });

  it('reads no further records if TutorCruncher responds slowly', async () => {
    for (let index = 0; index < 5; index++) add(1 + index / 10, 504);
    add(5, STUDENT);
    const { now } = Date;
    let delay = 0;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + delay);
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (/\d\/$/.test(path)) delay = 11_000;
      return null;
    };
    expect(await records()).toEqual([sample]);
    expect(reads()).toBe(3);
  });

  it('shows the three records that are nearest to now, and takes no request from the polls of the minute', async () => {
    const [, second, nearest, third] = [-9, -4, -2, -6].map((start) =>
      tutorCruncher.now.account.add('appointments', lessonAt(start, 'complete')),
    );
    const shown = await poll('lesson_ended', {}, { meta: { isLoadingSample: true } });
    expect(shown.map((record) => record.lesson_id)).toEqual([nearest, second, third].map((lesson) => lesson?.id));
    expect(cachedEntries().filter(([name]) => name.includes('polls_'))).toEqual([]);
  });

  it('shows three records of lessons that have several runs each', async () => {
    const rcras = [1, 2].map((index) => ({ recipient: index, paying_client: 300 + index }));
    for (let index = 0; index < 3; index++) add(1 + index, STUDENT, { rcras });
    const inputData = { run_for: 'student' };
    expect(await poll('lesson_starting', inputData, { meta: { isLoadingSample: true } })).toHaveLength(3);
  });
});
