/**
 * The order and the time limits of a poll. A record counts as returned only once Zapier might have received the record.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { review } from '../../objects/review.ts';
import { cacheKey } from '../../src/api/cache.ts';
import type { Poll } from '../../src/polled/due-rows.ts';
import { newRecords } from '../../src/polled/live-poll.ts';
import { newNotes, ZapNotesStore, type ZapNotes } from '../../src/polled/zap-notes.ts';
import { beginPoll } from '../../src/polled/zap-poll.ts';
import type { JsonObject } from '../../wire/json.ts';
import { cachedZ } from '../support/direct-polls.ts';
import { lessonAt, polledTriggerOf } from '../support/polls.ts';

const NOW = Date.parse('2026-10-21T09:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const bundle = {
  authData: { private_key: PRIVATE_KEY },
  inputData: {},
  meta: { zap: { id: '17' } },
} as unknown as Bundle;
const NOTES = cacheKey(bundle, 'lesson_starting_17');

let elapsed: number;
let entries: Map<string, unknown>;
/** The requests and the writes of notes, in order. */
let events: string[];
/** Duration of each request and of each call to the notes, in milliseconds. */
let times: { list: number; detail: number; branch: number; notes: number };
let z: ZObject;
let store: ZapNotesStore;

beforeEach(async () => {
  elapsed = 0;
  entries = new Map();
  events = [];
  times = { list: 0, detail: 0, branch: 0, notes: 0 };
  jest.spyOn(Date, 'now').mockImplementation(() => NOW + elapsed);
  jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
  const lessons = [1, 2, 3].map((id) => ({ id, ...lessonAt(2, 'planned') }));
  // Operations that begin at the same moment run concurrently.
  const pass = async (ms: number, timeout = Infinity): Promise<void> => {
    const until = elapsed + Math.min(ms, timeout);
    await Promise.resolve();
    elapsed = Math.max(elapsed, until);
    if (ms > timeout) throw Object.assign(new Error('timeout'), { name: 'FetchError', type: 'request-timeout' });
  };
  const respond = async (url: string, timeout?: number) => {
    const [, id] = /appointments\/(\d+)\//.exec(url) ?? [];
    const kind = url.includes('/branch/') ? 'branch' : id === undefined ? 'list' : 'detail';
    events.push(kind);
    await pass(times[kind], timeout);
    if (kind === 'branch') return { id: 1, name: 'Branch', timezone: 'Europe/London', currency: 'GBP' };
    return id === undefined
      ? { results: lessons, next: null, count: 3 }
      : lessons.find((lesson) => String(lesson.id) === id);
  };
  const cache = {
    get: async (key: string) => {
      if (key === NOTES) await pass(times.notes);
      return Promise.resolve(entries.get(key) ?? null);
    },
    set: async (key: string, value: unknown) => {
      if (key === NOTES) {
        events.push('save');
        await pass(times.notes);
      }
      return Promise.resolve(Boolean(entries.set(key, value)));
    },
    delete: (key: string) => Promise.resolve(entries.delete(key)),
  };
  const request = async ({ url, timeout }: { url: string; timeout?: number }) => ({
    status: 200,
    data: await respond(url, timeout),
  });
  z = { ...directZ, request, cache } as unknown as ZObject;
  store = new ZapNotesStore(z, bundle, 'lesson_starting', '17');
  await store.write(newNotes(NOW - MINUTE, []));
  events = [];
});
afterEach(() => {
  jest.restoreAllMocks();
});

const poll = async (inputData: JsonObject = {}): Promise<number> =>
  (await polledTriggerOf('lesson_starting').definition.operation.perform(z, { ...bundle, inputData })).length;
const returned = async (): Promise<number | undefined> => (await store.find())?.returned.length;

/** Changes the notes before a poll. */
const remember = async (changes: Partial<ZapNotes>): Promise<void> => {
  await store.write({ ...newNotes(NOW - MINUTE, []), ...changes });
  events = [];
};

describe('a poll', () => {
  it('reads the branch before the details, and saves the notes last', async () => {
    expect(await poll()).toBe(3);
    expect(events).toEqual(['list', 'branch', 'detail', 'detail', 'detail', 'save']);
    expect(await returned()).toBe(3);
  });

  it('ends all reads, including the read of the branch, within 20 seconds', async () => {
    times = { ...times, list: 12 * SECOND, branch: 3 * SECOND, detail: 30 * SECOND };
    await expect(poll()).rejects.toThrow('did not respond within');
    expect(elapsed).toBeLessThanOrEqual(20 * SECOND);
    expect(events).not.toContain('save');
  });

  it.each([
    ['within 25 seconds', 12.5 * SECOND, true],
    ['in more than 25 seconds', 12.6 * SECOND, false],
  ])(
    'saves the notes if it has read everything %s, and returns the same records otherwise',
    async (_when, ms, isSaved) => {
      times = { ...times, list: 12.5 * SECOND, branch: 0, detail: 0 };
      // The time of a request whose response arrives late.
      const { request } = z;
      z.request = (async (options: { url: string }) => {
        const response = await request(options);
        if (options.url.includes('/3/')) elapsed += ms;
        return response;
      }) as ZObject['request'];
      expect(await poll()).toBe(3);
      expect(await returned()).toBe(isSaved ? 3 : 0);
      elapsed = MINUTE;
      times.list = 0;
      expect(await poll()).toBe(isSaved ? 0 : 3);
    },
  );

  it('leaves reserved requests that it does not send to other polls', async () => {
    // After this time, a poll reads no details.
    times = { ...times, list: 18.5 * SECOND };
    expect(await poll()).toBe(0);
    expect(events).toEqual(['list', 'branch', 'save']);
    expect([...entries.keys()].filter((key) => key.includes('polls_'))).toHaveLength(1);
  });

  it('saves no notes that the slow cache would keep after Zapier has stopped waiting', async () => {
    times = { ...times, notes: 12 * SECOND, list: 4.9 * SECOND };
    expect(await poll()).toBe(3);
    expect(elapsed).toBeLessThanOrEqual(29 * SECOND);
    expect(await returned()).toBe(3);
    times.list = 5.1 * SECOND;
    elapsed = 0;
    await remember({});
    elapsed = 0;
    expect(await poll()).toBe(3);
    expect(events).not.toContain('save');
  });
});

describe('a Zap that could save no notes for 40 minutes', () => {
  it('fails with a message, because each poll would return the same records', async () => {
    await remember({ since: NOW - 2 * 60 * MINUTE, read: NOW - 41 * MINUTE });
    times = { ...times, notes: 12 * SECOND, list: 2.6 * SECOND };
    elapsed = 0;
    await expect(poll()).rejects.toThrow(
      /This Zap has not been able to look for new lessons since Wed 21 Oct 2026, 09:19: .+ The next poll tries again/,
    );
  });
});

describe('missed records', () => {
  const missed = { missed: [NOW - MINUTE], untoldSince: NOW - MINUTE, read: NOW - 10 * MINUTE };

  it('are reported once, and the waiting records of this poll are left to the next poll', async () => {
    await remember(missed);
    await expect(poll()).rejects.toThrow('This Zap has not run for 1 lesson (');
    expect(await store.find()).toMatchObject({ missed: [], untoldSince: 0, waiting: [{}, {}, {}] });
    elapsed = MINUTE;
    expect(await poll()).toBe(3);
  });

  it('are reported by a later poll if the notes cannot be saved', async () => {
    await remember(missed);
    const { set } = z.cache;
    z.cache.set = (key, ...rest) => (key === NOTES ? Promise.reject(new Error('rpc')) : set(key, ...rest));
    expect(await poll()).toBe(3);
    z.cache.set = set;
    await expect(poll()).rejects.toThrow('This Zap has not run for 1 lesson (');
  });
});

describe('a Zap whose notes were lost', () => {
  const eachClient = { run_for: 'client' };

  it('returns the records again if it runs once for each record, and Zapier drops the records that it already has', async () => {
    entries.delete(NOTES);
    expect(await poll()).toBe(3);
  });

  it.each([
    ['has no notes', null],
    ['has notes of runs for each record', { known: null, read: NOW - MINUTE }],
  ])('does not run for the records that are due if it runs for each person and %s', async (_what, notes) => {
    entries.delete(NOTES);
    if (notes) await remember(notes);
    await expect(poll(eachClient)).rejects.toThrow(
      /Zapier has lost what this Zap remembered, .+ has run for 3 lessons/,
    );
    expect(await poll(eachClient)).toBe(0);
  });
});

describe('the lists of a poll', () => {
  const HOUR = 60 * MINUTE;
  /**
   * Polls a list of reviews, and returns the number of records.
   *
   * @param notes - the notes of the Zap; null if they were lost
   */
  async function pollReviews(notes: Partial<ZapNotes> | null, changes: Partial<Poll>) {
    const reviews = cachedZ();
    const reviewNotes = new ZapNotesStore(reviews, bundle, 'review_created', '17');
    if (notes) await reviewNotes.write({ ...newNotes(NOW - HOUR, []), ...notes });
    const trigger = {
      key: 'review_created',
      label: 'New Review',
      description: 'Triggers when a client writes a review.',
      object: review,
      inputs: [],
      poll: () => ({
        readRows: () => Promise.resolve([]),
        momentOf: () => NOW,
        span: { from: NOW - 2 * HOUR, to: NOW },
        isDue: () => true,
        ...changes,
      }),
    };
    const count = (await newRecords(await beginPoll(trigger, reviews, bundle))).length;
    return { count, notes: await reviewNotes.find() };
  }
  const spending =
    (requests: number): Poll['readRows'] =>
    async ({ spend }) => {
      for (let index = 0; index < requests; index++) await spend();
      return [];
    };

  it('take up to 20 requests for the past, and missed records are not counted if there are more', async () => {
    const long = { read: NOW - HOUR };
    expect(await pollReviews(long, { readPastRows: spending(20) })).toMatchObject({ count: 0 });
    await expect(pollReviews(long, { readPastRows: spending(21) })).rejects.toThrow('an unknown number of reviews');
  });

  it('end where the records begin that are still due', async () => {
    const spans: unknown[] = [];
    const readPastRows: Poll['readRows'] = ({ span }) => {
      spans.push(span);
      return Promise.resolve([]);
    };
    await pollReviews({ read: NOW - HOUR }, { readPastRows });
    expect(spans).toEqual([{ from: NOW - 3 * HOUR, to: NOW - 2 * HOUR - 1 }]);
  });

  it('get more requests in the next poll if the requests of the minute have run out', async () => {
    const { count, notes } = await pollReviews({ read: NOW - 10 * MINUTE }, { readRows: spending(69) });
    expect([count, notes]).toMatchObject([0, { rowRequests: 40, lacks: 1 }]);
  });

  it('are read again in several polls if more than 100 records are due when the notes were lost', async () => {
    const rowsOf = (count: number) => () => Promise.resolve(Array.from({ length: count }, (_, id) => ({ id: id + 1 })));
    expect(await pollReviews(null, { readRows: rowsOf(100) })).toMatchObject({ count: 100 });
    await expect(pollReviews(null, { readRows: rowsOf(101) })).rejects.toThrow('the next polls read 101 reviews again');
  });
});
