/** The requests of polls and their faults. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import type { FlatRecord } from '../../../src/record/record.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { failureOf } from '../../support/steps.ts';
import { lessonAt, poll } from '../../support/polls.ts';

const tutorCruncher = useTutorCruncher();
beforeEach(() => {
  tutorCruncher.now.account.addList('appointments', []);
});

const add = (start: number, changes: JsonObject = {}) =>
  tutorCruncher.now.account.add('appointments', lessonAt(start, 'planned', changes));
const addAll = (count: number, start: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => add(start(index)));

const isDetail = ({ path }: { readonly path: string }) => /\/\d+\/$/.test(path);
const details = () => tutorCruncher.requests().filter(isDetail);
const pages = () => tutorCruncher.requests().filter((request) => !isDetail(request));
const lessonIds = (records: readonly FlatRecord[]) => records.map(({ lesson_id: id }) => id);
const hasPeople = ({ student_names: names }: FlatRecord) => names === 'Leo Raman';

describe('the requests of a poll', () => {
  it('are one for a page of lessons and one for each new lesson', async () => {
    const lessons = addAll(10, (index) => 12 - index);
    const records = await poll('lesson_starting');
    expect(lessonIds(records)).toEqual(lessons.map(({ id }) => id));
    expect([pages().length, details().length]).toEqual([1, 10]);
    expect(records.every(hasPeople)).toBe(true);
  });

  it('are none if the next poll comes before the list must be read again', async () => {
    addAll(10, (index) => 2 + index);
    await poll('lesson_starting');
    expect(await poll('lesson_starting', {}, { keepsCache: true })).toEqual([]);
    expect(pages()).toHaveLength(1);
  });

  it('read the lessons that start first, as far as the requests of a minute suffice, and the others later', async () => {
    const lessons = addAll(80, (index) => 20 - index / 10);
    const soon = await poll('lesson_starting');
    expect(tutorCruncher.requests()).toHaveLength(68);
    expect(lessonIds(soon)).toEqual(lessons.slice(80 - soon.length).map(({ id }) => id));
    const later = await poll('lesson_starting', {}, { keepsCache: true });
    expect(later).toHaveLength(80 - soon.length);
    expect([...soon, ...later].every(hasPeople)).toBe(true);
    expect(new Set(details().map(({ path }) => path)).size).toBe(80);
  });

  it('return ids without details when the Zap is turned on, and never read these lessons', async () => {
    const [first] = addAll(6, (index) => 2 + index);
    const records = await poll('lesson_starting', {}, { meta: { isPopulatingDedupe: true } });
    expect(records).toHaveLength(6);
    expect(records).toContainEqual({ id: `${first?.id}@${String(first?.start)}` });
    expect(await poll('lesson_starting', {}, { keepsCache: true })).toEqual([]);
    expect(details()).toEqual([]);
  });

  it('read the lessons of each Zap separately', async () => {
    addAll(4, () => 2);
    await poll('lesson_starting');
    const other = await poll('lesson_starting', {}, { keepsCache: true, meta: { zap: { id: '18' } } });
    expect(other.filter(hasPeople)).toHaveLength(4);
  });

  it('skip a lesson whose details no longer exist, and do not request the details again', async () => {
    const [gone, kept] = [add(2), add(3)];
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.endsWith(`/${gone.id}/`) ? [404, {}] : null);
    expect(lessonIds(await poll('lesson_starting'))).toEqual([kept.id]);
    expect(await poll('lesson_starting', {}, { keepsCache: true })).toEqual([]);
    expect(details()).toHaveLength(2);
  });
});

it.each([{ id: '0' }, null])(
  'fails without reading anything if Zapier does not pass the id of the Zap: %j',
  async (zap) => {
    add(0.2);
    const failure = await failureOf(poll('lesson_starting', {}, { meta: { zap } }));
    expect(failure).toMatch(/^Zapier does not say which Zap this is, so this step cannot remember /);
    expect(tutorCruncher.requests()).toEqual([]);
  },
);

describe('a Zap whose notes are lost', () => {
  const LOST = { hasLostNotes: true };
  const RECOVERY = /^Zapier has lost what this Zap remembered, so the next polls read (\d+) lessons again\./;

  it('returns the records that became due within an hour, and five others in each poll', async () => {
    const [recent] = addAll(1, () => 23.5);
    const old = addAll(12, (index) => 20 - index);
    const first = await poll('lesson_starting', {}, LOST);
    expect(lessonIds(first)).toEqual([recent?.id, ...old.slice(-5).map(({ id }) => id)]);
    const later = { keepsCache: true };
    expect(await poll('lesson_starting', {}, later)).toHaveLength(5);
    expect(await poll('lesson_starting', {}, later)).toHaveLength(2);
    expect(await poll('lesson_starting', {}, later)).toEqual([]);
  });

  it('fails if it cannot return all that became due within an hour, because its notes may be lost again', async () => {
    addAll(70, () => 23.5);
    addAll(3, () => 10);
    expect(await failureOf(poll('lesson_starting', {}, LOST))).toMatch(RECOVERY);
    expect(await poll('lesson_starting', {}, { keepsCache: true })).toHaveLength(68);
  });
});

describe('a lesson whose details cannot be read before it starts', () => {
  const MINUTES = 60_000;
  const later = (minutes: number) => {
    const realNow = Date.now;
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + minutes * MINUTES);
  };
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    [[0.3], /^This Zap has not run for 1 lesson \(\w{3} \d+ \w{3} \d{4}, \d\d:\d\d\), .* could not read it in time/],
    [[0.3, 0.4, 0.5], /^This Zap has not run for 3 lessons \(from .* to .*\), .* could not read them in time/],
  ])('is reported once, by an error of a later poll: %j', async (starts, message) => {
    const lost = starts.map((start) => add(start));
    const [read, next] = [add(2), add(23)];
    tutorCruncher.now.behaviour.intercept = ({ path }) =>
      lost.some(({ id }) => path.endsWith(`/${id}/`)) ? [500, {}] : null;
    expect(lessonIds(await poll('lesson_starting'))).toEqual([next.id, read.id]);
    later(40);
    const added = add(20);
    expect(await failureOf(poll('lesson_starting', {}, { keepsCache: true }))).toMatch(message);
    jest.restoreAllMocks();
    later(41);
    expect(lessonIds(await poll('lesson_starting', {}, { keepsCache: true }))).toEqual([added.id]);
  });
});

describe('a poll that fails', () => {
  const failing = async (response: [number, unknown], onlyDetails: boolean) => {
    addAll(3, (index) => 2 + index);
    tutorCruncher.now.behaviour.intercept = (request) => (isDetail(request) || !onlyDetails ? response : null);
    const message = await failureOf(poll('lesson_starting'));
    tutorCruncher.now.behaviour.intercept = () => null;
    return message;
  };
  const THROTTLED =
    /^TutorCruncher accepts 100 requests per minute, .* Nothing is lost: the next poll returns the same records\./;
  const TROUBLE = /^TutorCruncher is having a problem \(HTTP status 503\)/;

  it.each<[response: [number, unknown], onlyDetails: boolean, message: RegExp]>([
    [[429, { detail: 'Request was throttled.' }], false, THROTTLED],
    [[429, { detail: 'Request was throttled.' }], true, THROTTLED],
    [[503, 'Maintenance'], false, TROUBLE],
    [[503, 'Maintenance'], true, TROUBLE],
  ])(
    'because of the response %j reports the cause, and loses no lesson (only details fail: %p)',
    async (response, onlyDetails, message) => {
      expect(await failing(response, onlyDetails)).toMatch(message);
      expect((await poll('lesson_starting', {}, { keepsCache: true })).filter(hasPeople)).toHaveLength(3);
    },
  );
});

describe('the details of a poll', () => {
  it('that could be read are returned, and the others are read by the next poll', async () => {
    const lessons = addAll(3, (index) => 2 + index);
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes(`/${lessons[1]?.id}/`) ? [503, ''] : null);
    expect(lessonIds(await poll('lesson_starting'))).toEqual([lessons[2]?.id, lessons[0]?.id]);
    tutorCruncher.now.behaviour.intercept = () => null;
    expect(lessonIds(await poll('lesson_starting', {}, { keepsCache: true }))).toEqual([lessons[1]?.id]);
  });
});
