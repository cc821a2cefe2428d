/** The searches for lessons. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { lesson } from '../../objects/lesson.ts';
import type { JsonObject } from '../../wire/json.ts';
import { DirectApi, textOf } from '../support/direct-api.ts';
import { addLessons, WEEK } from '../support/added-lessons.ts';
import { detail, failureOf, search as find } from '../support/steps.ts';
import { expectDetail, expectList, expectLondonBranch, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

describe('find_lesson', () => {
  const row = (id: number, start: string, changes: JsonObject = {}) => ({
    id,
    start,
    status: 'planned',
    service: { id: 705 },
    ...changes,
  });
  const rows = [row(1, '2026-06-10T16:00:00Z'), row(2, '2026-06-17T16:00:00Z'), row(3, '2026-06-03T16:00:00Z')];

  it('finds the latest or the earliest lesson by start, regardless of the order of the list', async () => {
    expectList('appointments', { recipient: '503' }, rows);
    expectDetail('appointments', 2, detail(lesson, { id: 2 }));
    expect((await find('find_lesson', { find_student: '503' }))[0]?.id).toBe(2);

    expectList('appointments', { recipient: '503' }, rows);
    expectDetail('appointments', 3, detail(lesson, { id: 3 }));
    const earliest = await find('find_lesson', { find_student: '503', find_which: 'earliest' });
    expect(earliest).toMatchObject([{ id: 3, matches: 3 }]);
  });

  it('sends every criterion and compares each lesson with all of them', async () => {
    const query = {
      recipient: '503',
      client: '301',
      contractor: '402',
      service: '705',
      status: 'planned',
      start_gte: '2026-06-01T00:00:00+01:00',
      start_lte: '2026-07-01T00:00:00+01:00',
    };
    expectList('appointments', query, [
      row(11, '2026-06-20T16:00:00Z', { service: { id: 9 } }),
      row(12, '2026-06-20T16:00:00Z', { status: 'complete' }),
      // The span includes its earliest and its latest start.
      row(13, '2026-05-31T22:59:59Z'),
      row(14, '2026-06-30T23:00:01Z'),
      row(15, '2026-06-30T23:00:00Z'),
      row(16, '2026-06-18T16:00:00Z'),
      row(17, '2026-06-17T16:00:00Z'),
      row(18, '2026-05-31T23:00:00Z'),
    ]);
    expectDetail('appointments', 15, detail(lesson, { id: 15, rcras: [] }));
    expectDetail('appointments', 16, detail(lesson, { id: 16, cjas: null }));
    expectDetail('appointments', 17, detail(lesson, { id: 17, rcras: [{ recipient: 503, paying_client: 9 }] }));
    expectDetail('appointments', 18, detail(lesson, { id: 18 }));
    expectLondonBranch();
    const found = await find(
      'find_lesson',
      {
        find_student: '503',
        find_client: '301',
        find_tutor: '402',
        find_job: '705',
        find_status: 'Planned',
        find_after: '2026-06-01T00:00',
        find_before: '2026-07-01T00:00:00+0100',
      },
      { timezone: 'America/New_York' },
    );
    expect(found[0]?.id).toBe(18);
  });

  it('fails instead of guessing if there are too many lessons, or too many to compare', async () => {
    expectList('appointments', { contractor: '402' }, rows, true);
    for (const number of [2, 3]) {
      const others = rows.map((lessonRow) => ({ ...lessonRow, id: lessonRow.id + 10 * number }));
      expectList('appointments', { contractor: '402', page: String(number) }, others, true);
    }
    expectList('appointments', { contractor: '402', start_gte: '2026-06-17T16:00:00Z' }, rows, true);
    expect(await failureOf(find('find_lesson', { find_tutor: '402' }))).toMatch(
      /too many lessons .* Fill in "Starts At or After", "Starts At or Before" or "Find Job"/,
    );

    const many = [1, 2, 3, 4, 5, 6].map((id) => row(id, `2026-06-0${id}T16:00:00Z`));
    expectList('appointments', { contractor: '9' }, many);
    for (const id of [6, 5, 4, 3, 2]) expectDetail('appointments', id, detail(lesson, { id }));
    expect(await failureOf(find('find_lesson', { find_tutor: '9' }))).toMatch(/too many lessons/);
  });
});

describe('find_lessons', () => {
  let api: DirectApi;
  beforeEach(() => {
    api = new DirectApi();
  });

  it('lists the lessons of a time, the earliest first, with a text and the total hours in the first result', async () => {
    addLessons(api, 3, '2027-06-09T16:00Z');
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
    addLessons(api, 2, '2027-06-09T16:00Z');
    addLessons(api, 1, '2027-06-08T16:00Z', { id: 31_000, status: 'complete', url: 'https://x/31000/' });
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
    addLessons(api, 300, '2027-06-07T00:00+01:00');
    addLessons(api, 1, '2027-06-01T00:00Z', { id: 1, url: 'https://x/1/' });
    const results = await api.find('find_lessons', WEEK);
    expect(results).toHaveLength(100);
    const [first] = results;
    // The other 132 lessons start after the end of Sunday.
    expect(first).toMatchObject({ matches: 168, total_hours: 252, is_complete: false });
    const lines = textOf(first).split('\n');
    expect([lines.length, lines.at(-1)]).toEqual([101, 'and 68 more']);
    expect(api.usualRequests.length).toBeLessThanOrEqual(3);
  });

  it('uses the period in the time zone of a branch in Sydney', async () => {
    jest.useFakeTimers({ now: Date.parse('2026-10-03T13:00Z'), doNotFake: ['nextTick', 'setImmediate'] });
    api.timezone = 'Australia/Sydney';
    // In Sydney, it is still Saturday, and clocks go forward on Sunday.
    addLessons(api, 72, '2026-10-03T00:00Z');
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
    addLessons(api, 2, '2027-06-09T16:00Z');
    for (const [id, status] of [
      [31_000, 'cancelled'],
      [31_001, 'cancelled-chargeable'],
    ] as const) {
      addLessons(api, 1, '2027-06-10T16:00Z', { id, status, url: `https://x/${id}/` });
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
    addLessons(api, 2, '2027-06-09T16:00Z', { status: null });
    expect((await api.find('find_lessons', WEEK))[0]).toMatchObject({ matches: 2, total_hours: null });
  });

  it('has no total if a lesson has no end', async () => {
    addLessons(api, 2, '2027-06-09T16:00Z', { finish: null });
    const [first] = await api.find('find_lessons', WEEK);
    expect(first).toMatchObject({ matches: 2, total_hours: null });
    expect(textOf(first)).toMatch(/^Wed 9 Jun, 17:00: Topic 1, /);
  });
});
