/** The notes of a Zap that runs for each person, while Zapier's cache or TutorCruncher fails. */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { isJsonObject, type JsonObject } from '../../../wire/json.ts';
import { CLASS_LESSON } from '../../../local/events/class-of-nine.ts';
import { lessonAt, polledTriggerOf } from '../../support/polls.ts';

const NOTES = 'lesson_starting_17';
const NO_CACHE = /Zapier's cache does not respond, .+ Nothing is lost: the next poll tries again\./;

let lessons: JsonObject[];
let cache: Map<string, unknown>;
/** The next operations on the notes that fail, `get` or `set`, in the order of their calls. */
let failing: string[];
let isTutorCruncherDown: boolean;

beforeEach(() => {
  [lessons, failing, isTutorCruncherDown] = [[], [], false];
  cache = new Map();
});

const add = (): void => {
  lessons.push({ id: 1 + lessons.length, ...lessonAt(2, 'planned', CLASS_LESSON) });
};

function operate<T>(operation: string, key: string, value: T): Promise<T> {
  const isFailing = key.includes(NOTES) && failing.length > 0 && failing.shift() === operation;
  return isFailing ? Promise.reject(new Error('The cache is down.')) : Promise.resolve(value);
}

const z = {
  ...directZ,
  request: ({ url }: { readonly url: string }) => {
    if (isTutorCruncherDown) return Promise.reject(Object.assign(new Error('down'), { name: 'FetchError' }));
    const id = /appointments\/(\d+)\//.exec(url)?.[1];
    const data =
      id === undefined ? { results: lessons, next: null } : lessons.find((lesson) => String(lesson.id) === id);
    return Promise.resolve({ status: 200, data });
  },
  cache: {
    get: (key: string) => operate('get', key, cache.get(key) ?? null),
    set: async (key: string, value: unknown) => {
      await operate('set', key, null);
      cache.set(key, value);
      return true;
    },
    delete: (key: string) => Promise.resolve(cache.delete(key)),
  },
} as unknown as ZObject;

async function poll(isPopulatingDedupe = false): Promise<number> {
  const bundle = {
    authData: { private_key: PRIVATE_KEY },
    inputData: { run_for: 'client', time_zone: 'UTC' },
    meta: { zap: { id: '17' }, isPopulatingDedupe },
  };
  // Only the notes can prevent runs, because every poll reads the list.
  for (const [key, value] of cache)
    if (key.includes(NOTES) && isJsonObject(value)) cache.set(key, { ...value, read: 0 });
  const records = await polledTriggerOf('lesson_starting').definition.operation.perform(z, bundle as unknown as Bundle);
  return records.length;
}

const turnOn = () => poll(true);
const isMemoryNoted = () =>
  [...cache].some(([key, value]) => key.includes(NOTES) && isJsonObject(value) && value.known !== null);

describe('a poll while the cache does not respond', () => {
  it('fails and notes nothing, so that the next poll returns the new lessons', async () => {
    await turnOn();
    add();
    const before = JSON.stringify([...cache].filter(([key]) => key.includes(NOTES)));
    failing = ['get', 'get'];
    await expect(poll()).rejects.toThrow(NO_CACHE);
    expect(JSON.stringify([...cache].filter(([key]) => key.includes(NOTES)))).toBe(
      before.replace(/"read":\d+/, '"read":0'),
    );
    failing = ['get'];
    expect(await poll()).toBe(7);
    expect(await poll()).toBe(0);
  });

  it('returns runs that it cannot note. Zapier drops them when the next poll returns them again', async () => {
    await turnOn();
    add();
    failing = ['other', 'set', 'set'];
    expect(await poll()).toBe(7);
    expect(await poll()).toBe(7);
    expect(await poll()).toBe(0);
  });

  it('reports the due lessons again if it cannot note them', async () => {
    add();
    failing = ['other', 'set', 'set'];
    await expect(poll()).rejects.toThrow(NO_CACHE);
    await expect(poll()).rejects.toThrow('whether the Zap has run for 1 lesson (');
    expect(await poll()).toBe(0);
  });
});

describe('a Zap that cannot be turned on', () => {
  it.each([
    ['at first', ['set', 'set']],
    ['after the list was read', ['other', 'set', 'set']],
  ])(
    'because the cache does not respond %s reports this, and never runs for the lessons that were due',
    async (_when, operations) => {
      add();
      failing = operations;
      await expect(turnOn()).rejects.toThrow(NO_CACHE);
      expect(isMemoryNoted()).toBe(false);
      await expect(poll()).rejects.toThrow('whether the Zap has run for 1 lesson (');
      expect(await poll()).toBe(0);
      add();
      expect(await poll()).toBe(7);
    },
  );

  it('because TutorCruncher does not respond does not run for lessons that became due while it was off', async () => {
    await turnOn();
    expect(isMemoryNoted()).toBe(true);
    add();
    isTutorCruncherDown = true;
    await expect(turnOn()).rejects.toThrow('TutorCruncher could not be reached');
    isTutorCruncherDown = false;
    await expect(poll()).rejects.toThrow('whether the Zap has run for 1 lesson (');
    expect(await poll()).toBe(0);
  });
});
