/** Zaps with the trigger Lesson Starting, and lessons of a class of nine students from seven families. */

import { afterEach, beforeEach, jest } from '@jest/globals';

import { CLASS_LESSON, FAMILIES, FAMILY_CLIENTS } from '../../local/events/class-of-nine.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { lessonAt, poll } from '../support/polls.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';

export const EACH_CLIENT = { run_for: 'client' };
export const FETCH = { ...EACH_CLIENT, fetch_details: true };
export const TURN_ON = { meta: { isPopulatingDedupe: true } };
export const LATER = { keepsCache: true };
export const NAMES_BY_FAMILY = FAMILIES.map(({ students }) => students.map(({ name }) => name).join(', '));

export const studentNames = (records: readonly FlatRecord[]) => records.map((record) => record.student_names);

/** Turns a Zap on. */
export const turnOn = (inputData: JsonObject = EACH_CLIENT) => poll('lesson_starting', inputData, TURN_ON);

/** Polls a minute later, when a poll reads the list again with the requests of another minute. */
export function pollLater(inputData: JsonObject = EACH_CLIENT): Promise<FlatRecord[]> {
  const now = Date.now() + 60_000;
  jest.spyOn(Date, 'now').mockReturnValue(now);
  return poll('lesson_starting', inputData, LATER);
}

/** Starts TutorCruncher's stand-in before the tests of a file. Each test begins without lessons. */
export function useClassLessons() {
  const tutorCruncher = useTutorCruncher();
  /** Adds a lesson of the class. @param start - in hours from now */
  const add = (start: number, status = 'planned', changes: JsonObject = {}) =>
    tutorCruncher.now.account.add('appointments', lessonAt(start, status, { ...CLASS_LESSON, ...changes }));
  const paths = () => tutorCruncher.requests().map(({ path }) => path);

  beforeEach(() => {
    tutorCruncher.now.account.addList('appointments', []);
    tutorCruncher.now.account.addList('clients', FAMILY_CLIENTS);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });
  return { tutorCruncher, add, paths };
}
