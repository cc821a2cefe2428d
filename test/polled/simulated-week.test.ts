/**
 * A simulated week of polls with a fake clock. The stand-ins for Zapier and TutorCruncher answer from memory, because a
 * week has 50,000 polls. The polls themselves are those of the app.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { FlatRecord } from '../../src/record/record.ts';
import { polledTriggers } from '../../triggers/index.ts';
import { DEFAULT_ZAPS, expectedRuns, FORGETTING, LONG_ZAP, type SimulatedZap } from './expected-runs.ts';
import {
  CLOCKS_CHANGE,
  HOUR,
  MINUTE,
  OUTAGE,
  simulatedLessons,
  WEEK_END,
  WEEK_START,
  type SimulatedLesson,
  type Version,
} from './simulated-lessons.ts';

const SEED = 35;
const MAX_PER_MINUTE = 50;
const PAGE = 100;

const ALL_ZAPS = [...DEFAULT_ZAPS, LONG_ZAP];

const lessons = simulatedLessons(SEED);

/** A response to a request. */
interface Reply {
  readonly status: number;
  readonly data: unknown;
}

/** A lesson in its current state. */
interface CurrentLesson {
  readonly id: number;
  readonly version: Version;
}

/** TutorCruncher. It writes times with the offset that London has at the moment of the response. */
class SimulatedTutorCruncher {
  /** Requests by minute and by Zap. */
  readonly perMinute = new Map<number, number>();
  readonly perZap = new Map<string, number>();
  now = WEEK_START;
  /** All changes in the order in which they happen. */
  readonly #changes = lessons
    .flatMap(({ id, versions }) => versions.map((version) => ({ id, version })))
    .sort((one, other) => one.version.from - other.version.from);
  #applied = 0;
  readonly #current = new Map<number, CurrentLesson>();
  /** The lessons that exist, largest id first. */
  #list: readonly CurrentLesson[] = [];

  /** Applies the changes until now. */
  #update(): void {
    const before = this.#applied;
    for (let next = this.#changes[before]; next && next.version.from <= this.now; next = this.#changes[this.#applied]) {
      if (next.version.status === 'deleted') this.#current.delete(next.id);
      else this.#current.set(next.id, next);
      this.#applied++;
    }
    if (this.#applied > before) this.#list = [...this.#current.values()].sort((one, other) => other.id - one.id);
  }

  #timeText(moment: number): string {
    if (this.now >= CLOCKS_CHANGE) return new Date(moment).toISOString().replace('.000Z', 'Z');
    return new Date(moment + HOUR).toISOString().replace('.000Z', '+01:00');
  }

  #row({ id, version: { start, finish, status } }: CurrentLesson) {
    const [starts, finishes] = [this.#timeText(start), this.#timeText(finish)];
    return { id, start: starts, finish: finishes, topic: `Lesson ${id}`, status, service: { id: 7, name: 'Maths' } };
  }

  respond(url: URL, zap: string): Reply {
    const minute = Math.floor(this.now / MINUTE);
    this.perMinute.set(minute, (this.perMinute.get(minute) ?? 0) + 1);
    this.perZap.set(zap, (this.perZap.get(zap) ?? 0) + 1);
    if (this.now >= OUTAGE.from && this.now < OUTAGE.to) {
      throw Object.assign(new Error('connect ECONNREFUSED'), { name: 'FetchError' });
    }
    this.#update();
    const [, id] = /^\/api\/appointments\/(\d+)\/$/.exec(url.pathname) ?? [];
    const reply = id === undefined ? this.#page(url.searchParams) : this.#detail(Number(id));
    // The time that a response takes: changes happen between two requests of a poll.
    this.now += 600;
    return reply;
  }

  #detail(id: number): Reply {
    const found = this.#current.get(id);
    if (!found) return { status: 404, data: { detail: 'Not found.' } };
    const people = { rcras: [{ recipient: 5, recipient_name: 'Leo Raman', paying_client: 3 }], cjas: [] };
    return { status: 200, data: { ...this.#row(found), ...people } };
  }

  #page(search: URLSearchParams): Reply {
    const [from = NaN, to = NaN] = ['start_gte', 'start_lte'].map((name) => Date.parse(search.get(name) ?? ''));
    const [status, page] = [search.get('status'), Number(search.get('page') ?? 1)];
    const found: CurrentLesson[] = [];
    // A loop, because this is the most frequent operation of the simulation.
    for (const lesson of this.#list) {
      const { version } = lesson;
      if (version.start >= from && version.start <= to && (status === null || version.status === status)) {
        found.push(lesson);
      }
    }
    const results = found.slice((page - 1) * PAGE, page * PAGE);
    if (results.length === 0 && page > 1) return { status: 404, data: { detail: 'Invalid page.' } };
    const next = found.length > page * PAGE ? 'https://app.tutorcruncher.com/api/appointments/?page=2' : null;
    const rows = results.map((lesson) => this.#row(lesson));
    return { status: 200, data: { count: found.length, next, previous: null, results: rows } };
  }
}

/** Zapier with the Zaps that are on: it drops records whose ids it knows. */
class SimulatedZapier {
  readonly tutorCruncher = new SimulatedTutorCruncher();
  readonly cache = new Map<string, string>();
  readonly runs = new Map<string, FlatRecord[]>(ALL_ZAPS.map(({ id }) => [id, []]));
  readonly failed = new Map<string, number>();
  readonly #seen = new Map<string, Set<unknown>>(ALL_ZAPS.map(({ id }) => [id, new Set()]));
  #operations = 0;

  #z(zap: string): ZObject {
    const { tutorCruncher, cache } = this;
    // Some operations of the cache fail.
    const failing = () => ++this.#operations % 97 === 0;
    const z = {
      request: ({ url }: { url: string }) => Promise.resolve().then(() => tutorCruncher.respond(new URL(url), zap)),
      cache: {
        get: (key: string) => {
          if (failing()) return Promise.reject(new Error('cache'));
          const value = cache.get(key);
          return Promise.resolve(value === undefined ? null : (JSON.parse(value) as unknown));
        },
        set: (key: string, value: unknown) => {
          if (failing()) return Promise.reject(new Error('cache'));
          cache.set(key, JSON.stringify(value));
          return Promise.resolve(true);
        },
      },
      errors: { Error },
    };
    return z as unknown as ZObject;
  }

  async poll({ id, trigger, inputData }: SimulatedZap, isPopulatingDedupe = false): Promise<void> {
    const polled = polledTriggers.find(({ definition }) => definition.key === trigger);
    const bundle = {
      ...{ authData: { private_key: 'a-private-key-of-nobody-0123456789abcdef' } },
      ...{ inputData: { ...inputData, time_zone: 'Europe/London' }, meta: { isPopulatingDedupe, zap: { id } } },
    };
    const records = await polled?.definition.operation
      .perform(this.#z(id), bundle as unknown as Bundle)
      .catch((error: unknown) => {
        if (!(error instanceof Error) || !error.message.startsWith('TutorCruncher could not be reached.')) throw error;
        this.failed.set(id, (this.failed.get(id) ?? 0) + 1);
        return [];
      });
    const seen = this.#seen.get(id);
    const ids = (records ?? []).map((record) => record.id);
    if (new Set(ids).size !== ids.length) throw new Error(`A poll of ${trigger} returned an id twice.`);
    for (const record of records ?? []) {
      if (!isPopulatingDedupe && !seen?.has(record.id)) this.runs.get(id)?.push(record);
      seen?.add(record.id);
    }
  }

  /** Plays the week. @param interval - milliseconds between two polls of a Zap */
  async playWeek(zaps: readonly SimulatedZap[], interval: number): Promise<void> {
    for (let now = WEEK_START; now < WEEK_END; now += interval) {
      this.tutorCruncher.now = now;
      for (const zap of zaps) {
        await this.poll(zap, now === WEEK_START);
      }
      if (FORGETTING.some((moment) => moment >= now && moment < now + interval)) {
        for (const key of this.cache.keys()) if (!key.includes(`_${LONG_ZAP.id}_`)) this.cache.delete(key);
      }
    }
  }
}

const sorted = (ids: Iterable<unknown>): string[] => Array.from(ids, String).sort();

let zapier: SimulatedZapier;
beforeEach(() => {
  zapier = new SimulatedZapier();
  jest.spyOn(Date, 'now').mockImplementation(() => zapier.tutorCruncher.now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the simulated lessons', () => {
  it('are of all kinds, booked in another order than they take place, and change while a list is read', () => {
    const statuses = new Set(lessons.flatMap(({ versions }) => versions.map(({ status }) => status)));
    expect(statuses.size).toBe(6);
    const isMoved = ({ versions }: SimulatedLesson) => new Set(versions.map(({ start }) => start)).size > 1;
    expect(lessons.filter(isMoved).length).toBeGreaterThan(50);
    const tomorrow = lessons.filter(({ versions: [first] }) => {
      const start = first?.start ?? 0;
      return start > WEEK_START && start < WEEK_START + 24 * HOUR;
    });
    expect(Math.max(...tomorrow.map(({ id }) => id)) - Math.min(...tomorrow.map(({ id }) => id))).toBeGreaterThan(1000);
  });
});

describe.each([
  [1, DEFAULT_ZAPS],
  [2, DEFAULT_ZAPS],
  [15, [...DEFAULT_ZAPS, LONG_ZAP]],
])('polls every %d minutes', (minutes, zaps) => {
  it('run each Zap exactly when they should, with at most 50 requests per minute', async () => {
    await zapier.playWeek(zaps, minutes * MINUTE);
    const { perMinute, perZap } = zapier.tutorCruncher;
    const hours = (WEEK_END - WEEK_START) / HOUR;
    const lines = zaps.map(({ id, trigger, inputData }) => {
      const perHour = Math.round((perZap.get(id) ?? 0) / hours);
      return `${trigger} ${Object.values(inputData).join(' ')}: ${zapier.runs.get(id)?.length} runs, ${perHour} requests per hour`;
    });
    const most = Math.max(...perMinute.values());
    console.log(`Polls every ${minutes} minutes\n${lines.join('\n')}\nAt most ${most} requests per minute`);

    for (const zap of zaps) {
      const { ids, unclear } = expectedRuns(zap, lessons, minutes * MINUTE);
      const runs = zapier.runs.get(zap.id) ?? [];
      expect([zap.id, unclear]).toEqual([zap.id, []]);
      expect(ids.size).toBeGreaterThan(20);
      expect([zap.id, sorted(runs.map(({ id }) => id))]).toEqual([zap.id, sorted(ids)]);
      expect(runs.filter(({ student_names: names }) => names !== 'Leo Raman')).toEqual([]);
      expect(zapier.failed.get(zap.id)).toBe((OUTAGE.to - OUTAGE.from) / (minutes * MINUTE));
    }
    expect(most).toBeLessThanOrEqual(MAX_PER_MINUTE);
  }, 900_000);
});
