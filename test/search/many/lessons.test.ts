/** Searches for many lessons, and the reading of details. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { JsonObject } from '../../../wire/json.ts';
import { DirectApi, textOf } from '../../support/direct-api.ts';
import { failureOf } from '../../support/steps.ts';

let api: DirectApi;
beforeEach(() => {
  api = new DirectApi();
});

const MINUTE = 60_000;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Adds lessons of a student, a tutor and a job, one an hour. */
function addLessons(count: number, from: string, changes: JsonObject = {}): void {
  const current = api.account.list('appointments');
  const lesson = current.find(({ id }) => id === 9106) ?? { id: 0 };
  const lessons = numbers(count).map((number) => {
    const start = Date.parse(from) + (number - 1) * 60 * MINUTE;
    return {
      ...lesson,
      id: 20_000 + number,
      url: `https://app.tutorcruncher.com/api/appointments/${20_000 + number}/`,
      start: new Date(start).toISOString(),
      finish: new Date(start + 90 * MINUTE).toISOString(),
      topic: `Topic ${number}`,
      status: 'planned',
      ...changes,
    };
  });
  api.account.addList('appointments', [...lessons.reverse(), ...current]);
}

const WEEK = { find_after: '2027-06-07T00:00+01:00', find_before: '2027-06-13T23:59+01:00' };

describe('find_lessons', () => {
  it('lists the lessons of a time, the earliest first, with a text and the total hours in the first result', async () => {
    addLessons(3, '2027-06-09T16:00Z');
    const [first, ...others] = await api.find('find_lessons', WEEK);
    expect(first).toMatchObject({
      id: 20_001,
      lesson_topic: 'Topic 1',
      lesson_when: 'Wed 9 Jun 2027, 17:00 to 18:30',
      job_name: 'GCSE Maths for Leo',
      matches: 3,
      total_hours: 4.5,
      is_complete: true,
    });
    expect(textOf(first).split('\n')).toEqual([
      'Wed 9 Jun, 17:00 to 18:30: Topic 1, GCSE Maths for Leo',
      'Wed 9 Jun, 18:00 to 19:30: Topic 2, GCSE Maths for Leo',
      'Wed 9 Jun, 19:00 to 20:30: Topic 3, GCSE Maths for Leo',
    ]);
    expect(
      others.map(({ id, matches, matches_as_text, total_hours, is_complete }) => [
        id,
        matches,
        matches_as_text,
        total_hours,
        is_complete,
      ]),
    ).toEqual([
      [20_002, null, null, null, null],
      [20_003, null, null, null, null],
    ]);
    expect(first).not.toHaveProperty('student_names');
    expect(api.usualRequests).toEqual([
      'appointments/?start_gte=2027-06-05T23:00:00.000Z&start_lte=2027-06-14T22:59:00.000Z',
    ]);
  });

  it('finds the lessons of a student, client, tutor and job with one of several statuses', async () => {
    addLessons(2, '2027-06-09T16:00Z');
    addLessons(1, '2027-06-08T16:00Z', { id: 31_000, status: 'complete', url: 'https://x/31000/' });
    const people = { find_student: '503', find_client: '301', find_tutor: '402', find_job: '705' };
    const idsWith = async (inputs: JsonObject) =>
      (await api.find('find_lessons', { ...WEEK, ...people, ...inputs })).map(({ id }) => id);
    expect(await idsWith({})).toEqual([31_000, 20_001, 20_002]);
    expect(await idsWith({ find_statuses: ['Planned', 'complete'] })).toEqual([31_000, 20_001, 20_002]);
    expect(await idsWith({ find_statuses: 'planned' })).toEqual([20_001, 20_002]);
    expect(api.usualRequests.map((path) => path.includes('status=planned'))).toEqual([false, false, true]);
    for (const other of [{ find_student: '504' }, { find_client: '302' }, { find_tutor: '403' }, { find_job: '706' }]) {
      expect([other, await idsWith(other)]).toEqual([other, []]);
    }
  });

  it('returns 100 of 300 lessons a week, and tells how many there are', async () => {
    addLessons(300, '2027-06-07T00:00+01:00');
    addLessons(1, '2027-06-01T00:00Z', { id: 1, url: 'https://x/1/' });
    const results = await api.find('find_lessons', WEEK);
    expect(results).toHaveLength(100);
    const [first] = results;
    // Sunday ends before the last lessons.
    expect(first).toMatchObject({ matches: 168, total_hours: 252, is_complete: false });
    const lines = textOf(first).split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([101, 'and 68 more']);
    expect(api.usualRequests.length).toBeLessThanOrEqual(3);
  });

  it('uses the period in the time zone of a branch in Sydney', async () => {
    jest.useFakeTimers({ now: Date.parse('2026-10-03T13:00Z'), doNotFake: ['nextTick', 'setImmediate'] });
    api.timezone = 'Australia/Sydney';
    // It is still Saturday there. Clocks are turned forward on Sunday.
    addLessons(72, '2026-10-03T00:00Z');
    const [first] = await api.find('find_lessons', { find_period: 'tomorrow' });
    expect(first).toMatchObject({ matches: 23, lesson_when: 'Sun 4 Oct 2026, 00:00 to 01:30' });
    expect(textOf(first).split('\n')[2]).toMatch(/^Sun 4 Oct, 03:00 to 04:30: /);
    jest.useRealTimers();
  });

  it('refuses a period beside times, and a period in a branch whose time zone is unknown', async () => {
    expect(await failureOf(api.find('find_lessons', { find_period: 'today', ...WEEK }))).toMatch(
      /both a period and times/,
    );
    api = new DirectApi();
    api.timezone = 'Nowhere';
    expect(await failureOf(api.find('find_lessons', { find_period: 'today' }))).toMatch(
      /^The field "Period" of this step cannot be used, because the time zone of your branch is unknown/,
    );
  });

  it('finds nothing without an error, and fails without criteria', async () => {
    expect(await api.find('find_lessons', WEEK)).toEqual([]);
    api.requests.length = 0;
    expect(await failureOf(api.find('find_lessons', { find_details: true }))).toMatch(
      /^This step does not say which lessons to find\. Fill in at least one of these: "Period", "Starts At or After", /,
    );
    expect(api.requests).toEqual([]);
  });

  it('names cancelled lessons in the text, and counts their hours only if their status is chosen', async () => {
    addLessons(2, '2027-06-09T16:00Z');
    for (const [id, status] of [
      [31_000, 'cancelled'],
      [31_001, 'cancelled-chargeable'],
    ] as const) {
      addLessons(1, '2027-06-10T16:00Z', { id, status, url: `https://x/${id}/` });
    }
    const [first] = await api.find('find_lessons', WEEK);
    expect(first).toMatchObject({ matches: 4, total_hours: 3 });
    expect(textOf(first).split('\n').slice(1)).toEqual([
      'Wed 9 Jun, 18:00 to 19:30: Topic 2, GCSE Maths for Leo',
      expect.stringMatching(/^Thu 10 Jun, 17:00 to 18:30: Topic 1, GCSE Maths for Leo, Cancelled(?: but Chargeable)?$/),
      expect.stringMatching(/, Cancelled(?: but Chargeable)?$/),
    ]);
    const chosen = { ...WEEK, find_statuses: ['planned', 'cancelled-chargeable'] };
    expect((await api.find('find_lessons', chosen))[0]).toMatchObject({ matches: 3, total_hours: 4.5 });
  });

  it('has no total if the status of a lesson is unknown', async () => {
    addLessons(2, '2027-06-09T16:00Z', { status: null });
    expect((await api.find('find_lessons', WEEK))[0]).toMatchObject({ matches: 2, total_hours: null });
  });

  it('has no total if a lesson has no end', async () => {
    addLessons(2, '2027-06-09T16:00Z', { finish: null });
    const [first] = await api.find('find_lessons', WEEK);
    expect(first).toMatchObject({ matches: 2, total_hours: null });
    expect(textOf(first)).toMatch(/^Wed 9 Jun, 17:00: Topic 1, /);
  });
});

describe('details', () => {
  it('are read for 25 results, which have all fields and are compared again', async () => {
    addLessons(30, '2027-06-08T00:00Z');
    // Others have changed this lesson since it was listed.
    api.before = (path) =>
      path === 'appointments/20002/' ? [200, { ...api.account.find('appointments', 20_002), rcras: [] }] : null;
    const results = await api.find('find_lessons', { ...WEEK, find_student: '503', find_details: true });
    expect(results).toHaveLength(24);
    expect(results[0]).toMatchObject({ id: 20_001, student_names: 'Leo Raman', matches: 29, is_complete: false });
    expect(results.map(({ id }) => id)).not.toContain(20_002);
    expect(api.usualRequests).toHaveLength(26);
  });

  it('leave out a record that has been deleted', async () => {
    addLessons(2, '2027-06-08T00:00Z');
    api.before = (path) => (path === 'appointments/20001/' ? [404, {}] : null);
    const results = await api.find('find_lessons', { ...WEEK, find_details: true });
    expect(results).toMatchObject([{ id: 20_002, matches: 1, total_hours: 1.5, is_complete: true }]);
  });
});
