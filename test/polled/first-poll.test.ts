/** A Zap that is turned on, with Zapier's cache in different states. */

import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { Ration } from '../../src/api/ration.ts';
import { ZapNotesStore } from '../../src/polled/zap-notes.ts';
import type { JsonObject } from '../../wire/json.ts';
import { lessonAt, polledTriggerOf } from '../support/polls.ts';

const NOW = Date.parse('2026-10-21T09:00:00Z');

let z: ZObject;
let lessons: JsonObject[];
let areNotesWritable: boolean;
let isTutorCruncherDown: boolean;
beforeEach(() => {
  jest.spyOn(Date, 'now').mockReturnValue(NOW);
  areNotesWritable = true;
  isTutorCruncherDown = false;
  lessons = [{ id: 1, ...lessonAt(2, 'planned') }];
  const entries = new Map<string, unknown>();
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key) ?? null),
    set: (key: string, value: unknown, _ttl?: number, _scope?: string[], nx = false) => {
      if (key.includes('lesson_starting') && !areNotesWritable) return Promise.reject(new Error('The cache is down.'));
      if (nx && entries.has(key)) return Promise.resolve(false);
      entries.set(key, value);
      return Promise.resolve(true);
    },
    delete: (key: string) => Promise.resolve(entries.delete(key)),
  };
  const request = () =>
    isTutorCruncherDown
      ? Promise.reject(new Error('no response'))
      : Promise.resolve({ status: 200, data: { results: lessons, next: null, count: lessons.length } });
  z = { ...directZ, request, cache } as unknown as ZObject;
});
afterEach(() => {
  jest.restoreAllMocks();
});

const bundleWith = (runFor: string | null, meta: JsonObject = {}): Bundle => {
  const inputData = { time_zone: 'UTC', ...(runFor !== null && { run_for: runFor }) };
  return {
    authData: { private_key: PRIVATE_KEY },
    inputData,
    meta: { zap: { id: '17' }, ...meta },
  } as unknown as Bundle;
};
const poll = (runFor: string | null, meta: JsonObject = {}) =>
  polledTriggerOf('lesson_starting').definition.operation.perform(z, bundleWith(runFor, meta));
const turnOn = (runFor: string | null, meta: JsonObject = {}) => poll(runFor, { isPopulatingDedupe: true, ...meta });

/** Uses up the requests of a minute. */
const useMinute = () => new Ration(z, bundleWith(null), NOW).spend(68);

it.each([
  ['Zapier does not say which Zap it is', true, { zap: null }, 'Zapier does not say which Zap this is'],
  ['its notes cannot be written', false, {}, "Zapier's cache does not respond"],
])('a Zap is not turned on if %s', async (_why, isWritable, meta, message) => {
  areNotesWritable = isWritable;
  for (const runFor of [null, 'client']) await expect(turnOn(runFor, meta)).rejects.toThrow(message);
});

it.each([null, 'client'])(
  'a Zap whose first poll failed never runs for records that are due (run for %p)',
  async (runFor) => {
    isTutorCruncherDown = true;
    await expect(turnOn(runFor)).rejects.toThrow('no response');
    isTutorCruncherDown = false;
    await expect(poll(runFor)).rejects.toThrow(
      /This step could not read its list when the Zap was turned on, so this step cannot tell whether the Zap has run for 1 lesson \(/,
    );
    expect(await poll(runFor)).toEqual([]);
  },
);

it.each([null, 'client'])(
  'a Zap is not turned on in a minute whose requests are used up (run for %p)',
  async (runFor) => {
    await useMinute();
    await expect(turnOn(runFor)).rejects.toThrow(
      /The polled triggers of this connection have used the requests of this minute,.+ turn it on again\./,
    );
  },
);

it('a Zap that is turned on leaves the requests that it does not need to other polls', async () => {
  await turnOn(null);
  expect(await new Ration(z, bundleWith(null), NOW).reserve(68)).toBe(66);
});

it('a Zap that is turned on returns only the ids of due records, newest first, and notes the requests of its list', async () => {
  lessons = [3, 1, 2].map((hours) => ({ id: hours, ...lessonAt(hours, 'planned') }));
  const bundle = bundleWith(null, { isPopulatingDedupe: true });
  // A span of more than a week is read in two parts.
  Object.assign(bundle.inputData, { time_before: '14', time_unit: 'days' });
  const records = await polledTriggerOf('lesson_starting').definition.operation.perform(z, bundle);
  expect(records.map((record) => Object.entries(record))).toEqual(
    [3, 2, 1].map((id) => [['id', expect.stringMatching(`^${id}@`)]]),
  );
  const notes = await new ZapNotesStore(z, bundle, 'lesson_starting', '17').find();
  expect(notes).toMatchObject({ rowRequests: 2, known: [{ rowId: '1' }, { rowId: '2' }, { rowId: '3' }] });
});
