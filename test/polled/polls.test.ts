/** The requests of polls, their memory, and their faults. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { nextDetails } from '../../src/polled/next-details.ts';
import { readMemory } from '../../src/polled/returned-ids.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import type { JsonObject } from '../../wire/json.ts';
import { PRIVATE_KEY } from '../helpers.ts';
import { useTutorCruncher } from '../running-tutorcruncher.ts';
import { failureOf } from '../steps.ts';
import { fromNow, lessonAt, poll } from './polls.ts';

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
  it('are one for a page of lessons and one for each of the four nearest lessons', async () => {
    const lessons = addAll(10, (index) => 12 - index);
    const records = await poll('lesson_starting');
    expect(lessonIds(records)).toEqual(lessons.slice(6).map(({ id }) => id));
    expect([pages().length, details().length]).toEqual([1, 4]);
    expect(records.every(hasPeople)).toBe(true);
  });

  it('read the next four lessons in the next poll, which returns the first four again', async () => {
    const lessons = addAll(10, (index) => 2 + index);
    const counts = [];
    for (let index = 0; index < 4; index++) {
      const records = await poll('lesson_starting', {}, { keepsCache: index > 0 });
      counts.push([records.length, records.filter(hasPeople).length]);
    }
    expect(counts).toEqual([
      [4, 4],
      [8, 4],
      [10, 2],
      [10, 0],
    ]);
    expect(new Set(details().map(({ path }) => path)).size).toBe(lessons.length);
  });

  it('read all lessons that start within 20 minutes, up to 20', async () => {
    const soon = addAll(22, (index) => 0.05 + index / 100);
    addAll(3, () => 1);
    expect(lessonIds(await poll('lesson_starting')).reverse()).toEqual(soon.slice(0, 20).map(({ id }) => id));
    expect(details()).toHaveLength(20);
  });

  it('return ids without details when the Zap is turned on, and never read these lessons', async () => {
    const [first] = addAll(6, (index) => 2 + index);
    const records = await poll('lesson_starting', {}, { meta: { isPopulatingDedupe: true } });
    expect(records).toHaveLength(6);
    expect(records[0]).toEqual({ id: `${first?.id}@${String(first?.start)}` });
    const later = await poll('lesson_starting', {}, { keepsCache: true });
    expect(later.map(({ id }) => id).sort()).toEqual(records.map(({ id }) => id).sort());
    expect(details()).toEqual([]);
  });

  it('read the lessons of each Zap separately', async () => {
    addAll(4, () => 2);
    await poll('lesson_starting');
    const other = await poll('lesson_starting', {}, { keepsCache: true, meta: { zap: { id: '18' } } });
    expect(other.filter(hasPeople)).toHaveLength(4);
    // Without the id of a Zap, its inputs tell Zaps apart.
    const meta = { zap: { id: '0' } };
    expect((await poll('lesson_starting', {}, { keepsCache: true, meta })).filter(hasPeople)).toHaveLength(4);
    expect((await poll('lesson_starting', {}, { keepsCache: true, meta })).filter(hasPeople)).toHaveLength(0);
    const inputData = { time_before: '23' };
    expect((await poll('lesson_starting', inputData, { keepsCache: true, meta })).filter(hasPeople)).toHaveLength(4);
  });

  it('skip a lesson whose details are gone, and do not request it again', async () => {
    const [gone, kept] = [add(2), add(3)];
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.endsWith(`/${gone.id}/`) ? [404, {}] : null);
    expect(lessonIds(await poll('lesson_starting'))).toEqual([kept.id]);
    expect(lessonIds(await poll('lesson_starting', {}, { keepsCache: true }))).toEqual([kept.id]);
    expect(details()).toHaveLength(2);
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

  it('is refused with a message if it is too long, as from an API that ignores the time', async () => {
    tutorCruncher.now.behaviour.ignoresFilters = true;
    addAll(501, () => 500);
    expect(await failureOf(populate())).toBe(
      'TutorCruncher lists too many records for this step to read all of them. Choose a shorter time, or choose a job, a ' +
        'tutor, a student or a client.',
    );
    expect(pages()).toHaveLength(25);
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

describe('the memory of a Zap', () => {
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {}, meta: {} } as unknown as Bundle;

  it.each([
    ['no entry', () => Promise.resolve(null)],
    ['a text', () => Promise.resolve('text')],
    ['other values', () => Promise.resolve({ 1: 'yes' })],
    ['nothing in time', () => Promise.reject(new Error('rpc'))],
  ])('is missing if the cache returns %s even after it was written', async (_what, get) => {
    const cache = { get, set: () => Promise.reject(new Error('rpc')) };
    expect(await readMemory({ cache } as unknown as ZObject, bundle, 'lesson_ended')).toBeNull();
  });
});

describe('the lessons whose details are read', () => {
  const MINUTE = 60_000;
  const waiting = (count: number, isUrgent = false) =>
    Array.from({ length: count }, (_, index) => ({ id: String(index), at: index, isUrgent }));

  // With an interval of 15 minutes, a rotation by 4 per minute would read the same 4 of 60 lessons in every poll.
  it.each([1, 2, 5, 15])(
    'rotate if there is no memory, so that polls every %d minutes reach each lesson',
    (minutes) => {
      for (const count of [5, 16, 60, 61, 180]) {
        const reached = new Set<string>();
        let polls = 0;
        for (; reached.size < count && polls < 1000; polls++) {
          const next = nextDetails(waiting(count), false, Date.parse(fromNow(0)) + polls * minutes * MINUTE);
          expect(next).toHaveLength(4);
          for (const { id } of next) reached.add(id);
        }
        expect([count, polls < 2 * count]).toEqual([count, true]);
      }
    },
  );

  it('also rotate among urgent lessons', () => {
    const ids = [0, 1, 2, 3].flatMap((minute) =>
      nextDetails(waiting(30, true), false, minute * MINUTE).map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(30);
  });

  it('are the nearest otherwise', () => {
    expect(nextDetails(waiting(9), true, MINUTE).map(({ id }) => id)).toEqual(['0', '1', '2', '3']);
    const mixed = [...waiting(3, true), ...waiting(9)];
    expect(nextDetails(mixed, true, MINUTE)).toHaveLength(4);
  });
});
