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

  it('are none if the next poll comes before it makes sense to read the list again', async () => {
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

  it('skip a lesson whose details are gone, and do not request it again', async () => {
    const [gone, kept] = [add(2), add(3)];
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.endsWith(`/${gone.id}/`) ? [404, {}] : null);
    expect(lessonIds(await poll('lesson_starting'))).toEqual([kept.id]);
    expect(await poll('lesson_starting', {}, { keepsCache: true })).toEqual([]);
    expect(details()).toHaveLength(2);
  });
});

it.each([{ id: '0' }, null])('fails if Zapier does not tell which Zap it is, and reads nothing: %j', async (zap) => {
  add(0.2);
  const failure = await failureOf(poll('lesson_starting', {}, { meta: { zap } }));
  expect(failure).toMatch(/^Zapier does not tell which Zap this is, so this step cannot remember /);
  expect(tutorCruncher.requests()).toEqual([]);
});

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
  ])('is told by an error of a later poll, once: %j', async (starts, message) => {
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

describe('a list of several pages', () => {
  const populate = (inputData: JsonObject = {}) =>
    poll('lesson_starting', inputData, { meta: { isPopulatingDedupe: true } });

  it('is read to its end, because lessons that were booked long ago are on its last page', async () => {
    const [booked] = addAll(230, (index) => 1 + index / 100);
    const ids = (await populate()).map(({ id }) => id);
    expect(ids).toHaveLength(230);
    expect(ids).toContain(`${booked?.id}@${String(booked?.start)}`);
    expect(pages()).toHaveLength(3);
  });

  it('is read as it is if it has five full pages', async () => {
    addAll(500, (index) => 1 + (index % 20));
    expect(await populate()).toHaveLength(500);
    expect(pages()).toHaveLength(5);
  });

  it('is split by start if it has more than five pages', async () => {
    addAll(780, (index) => 1 + (index % 140));
    expect(await populate({ time_before: '6', time_unit: 'days' })).toHaveLength(780);
    const numbers = pages().map(({ path }) => Number(/page=(\d+)/.exec(path)?.[1] ?? 1));
    expect(Math.max(...numbers)).toBeLessThanOrEqual(5);
    expect(new Set(pages().map(({ path }) => path.replace(/&page=\d+/, ''))).size).toBe(3);
  });

  it('takes ten requests for two weeks with 60 lessons a day', async () => {
    addAll(840, (index) => 1 + index * 0.39);
    expect(await populate({ time_before: '14', time_unit: 'days' })).toHaveLength(840);
    expect(pages()).toHaveLength(10);
  });

  it('is split if TutorCruncher does not state the number of lessons', async () => {
    addAll(520, (index) => 1 + (index % 20));
    const { intercept } = tutorCruncher.now.behaviour;
    const rows = tutorCruncher.now.account.list('appointments');
    tutorCruncher.now.behaviour.intercept = (request) => {
      const url = new URL(request.path, 'http://tutorcruncher');
      const [from, to] = ['start_gte', 'start_lte'].map((name) => url.searchParams.get(name) ?? '');
      const found = rows.filter(({ start }) => String(start) >= String(from) && String(start) <= String(to));
      const page = Number(url.searchParams.get('page') ?? 1);
      const next = found.length > page * 100 ? 'http://tutorcruncher/next' : null;
      return isDetail(request)
        ? intercept(request)
        : [200, { next, results: found.slice(page * 100 - 100, page * 100) }];
    };
    expect(await populate()).toHaveLength(520);
  });

  it('is read again if it has changed meanwhile, so that a row that moved to a previous page is found', async () => {
    const lessons = addAll(150, () => 2);
    const cancelled = lessons.at(-1)?.id ?? 0;
    tutorCruncher.now.behaviour.intercept = ({ path }) => {
      if (path.includes('page=2')) tutorCruncher.now.account.change('appointments', cancelled, { status: 'cancelled' });
      return null;
    };
    const ids = (await populate()).map(({ id }) => (typeof id === 'string' ? id.split('@')[0] : null));
    expect(ids.sort()).toEqual(
      lessons
        .slice(0, -1)
        .map(({ id }) => String(id))
        .sort(),
    );
    expect(pages()).toHaveLength(4);
  });

  it('is refused with a message if it is too long', async () => {
    addAll(5_100, (index) => 1 + (index % 20));
    expect(await failureOf(populate())).toBe(
      'TutorCruncher lists too many records for this step to read all of them. Choose a shorter time, or choose a job, a ' +
        'tutor, a student or a client.',
    );
    expect(pages()).toHaveLength(1);
  });

  it('is refused with another message if TutorCruncher ignores the time', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    addAll(501, () => 500);
    expect(await failureOf(populate())).toBe(
      'TutorCruncher ignored the time for which this step asked, and listed older or later records. Try again in a few ' +
        "minutes. If this persists, TutorCruncher's API has changed and this app needs an update.",
    );
    expect(pages()).toHaveLength(40);
  });

  it('is read without rows that have no id or no valid time', async () => {
    const { id, start } = add(2);
    tutorCruncher.now.behaviour.intercept = (request) => {
      const rows = [
        { id, ...lessonAt(2, 'planned', { start }) },
        { topic: 'No id' },
        { id: 7, status: 'planned', start: 'soon' },
      ];
      return isDetail(request) ? null : [200, { count: 3, next: null, results: rows }];
    };
    expect(await populate()).toEqual([{ id: `${id}@${String(start)}` }]);
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
    'because of the response %j says so, and loses nothing (during the details: %p)',
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
