/** Lessons that tests add to the account of a stand-in. */

import type { JsonObject } from '../../wire/json.ts';
import type { DirectApi } from './direct-api.ts';

const HOUR_MS = 3_600_000;
const LESSON_MS = 90 * 60_000;

/** Adds copies of one lesson, one in each hour from a given time. */
export function addLessons({ account }: DirectApi, count: number, from: string, changes: JsonObject = {}): void {
  const current = account.list('appointments');
  const lesson = current.find(({ id }) => id === 9106) ?? { id: 0 };
  const lessons = Array.from({ length: count }, (_, index) => index + 1).map((number) => {
    const start = Date.parse(from) + (number - 1) * HOUR_MS;
    return {
      ...lesson,
      id: 20_000 + number,
      url: `https://app.tutorcruncher.com/api/appointments/${20_000 + number}/`,
      start: new Date(start).toISOString(),
      finish: new Date(start + LESSON_MS).toISOString(),
      topic: `Topic ${number}`,
      status: 'planned',
      ...changes,
    };
  });
  account.addList('appointments', [...lessons.reverse(), ...current]);
}

/** The inputs for a week in June 2027. */
export const WEEK = { find_after: '2027-06-07T00:00+01:00', find_before: '2027-06-13T23:59+01:00' };
