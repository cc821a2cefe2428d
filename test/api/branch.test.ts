/** The branch's time zone. In all steps of a Zap, texts and times without an offset are in this time zone. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import { bundleOf, deliveryOf, directZ, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import type { FlatRecord } from '../../src/record/record.ts';
import { branchFacts, branchLabel, fetchBranch, lastKnownBranch } from '../../src/api/branch.ts';
import { localeOf } from '../../src/inputs/run-time-zone.ts';
import type { JsonObject } from '../../wire/json.ts';
import { appTester } from '../support/app-tester.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { act, convertAsZapier, failureOf, fieldsOf, find } from '../support/steps.ts';

const tutorCruncher = useTutorCruncher();
const NEW_YORK = { timezone: 'America/New_York' };
const START = '2027-06-10T16:00:00Z';
const LOCAL_START = '2027-06-10 17:00';

const isForBranch = ({ path }: { path: string }) => path === '/api/branch/';
const branchRequests = () => tutorCruncher.now.requests.filter(isForBranch);
const answerForBranch = (response: ApiResponse | Promise<ApiResponse>, otherResponse: ApiResponse | null = null) => {
  tutorCruncher.now.behaviour.intercept = (request) => (isForBranch(request) ? response : otherResponse);
};
const update = (inputData: JsonObject) => act('update_lesson', { lesson: '9109', ...inputData }, NEW_YORK);

let release = (): void => undefined;
/** Holds back the responses to requests for the branch until the end of the test. */
const holdBranch = () => {
  answerForBranch(
    new Promise((resolve) => {
      release = () => {
        resolve([404, {}]);
      };
    }),
  );
};
afterEach(() => {
  release();
});

it('is the time zone of a lesson that a search finds, and of a time that is written back', async () => {
  await update({ start: START });
  const [found] = await find('find_lesson', { lesson: '9109' }, NEW_YORK);
  expect(found).toMatchObject({ lesson_start_date: '2027-06-10', lesson_start_time: '17:00' });
  expect(await update({ start: LOCAL_START })).toMatchObject({ lesson_start: START, lesson_start_time: '17:00' });
});

describe('a Zap in another time zone', () => {
  it.each<[value: string, start: string]>([
    [LOCAL_START, START],
    ['2027-06-10T17:00:00', START],
    ['2027-06-10T17:00:00+02:00', '2027-06-10T15:00:00Z'],
  ])('writes the start %s in the time zone of the branch', async (value, start) => {
    const fields = await fieldsOf('update_lesson');
    const inputData = convertAsZapier({ start: value }, fields, NEW_YORK.timezone);
    expect(await update(inputData)).toMatchObject({ lesson_start: start });
  });
});

describe('a branch that cannot be read any more', () => {
  /** Zapier's cache. Tests can remove its entry with the ten-minute lifetime. */
  const entries = new Map<string, unknown>();
  let response: () => Promise<object>;
  const z = {
    ...directZ,
    request: () => response(),
    cache: {
      get: (key: string) => Promise.resolve(entries.get(key) ?? null),
      set: (key: string, value: unknown) => Promise.resolve(entries.set(key, value)),
    },
  } as unknown as ZObject;
  const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {}, meta: NEW_YORK } as unknown as Bundle;
  const signAndTime = async () => {
    const { currencySign, timeZone } = await localeOf(z, bundle);
    return [currencySign, timeZone.offsetAt(Date.parse(START)) / 3_600_000];
  };
  const answers = (data: object) => () => Promise.resolve({ status: 200, data });
  const fails = () => Promise.reject(new Error('TutorCruncher does not respond.'));
  /** Removes the entry that expires after ten minutes. */
  const expire = () => [...entries.keys()].filter((key) => key.startsWith('branch_')).map((key) => entries.delete(key));

  it('is as it was, so that amounts have the same sign in all results', async () => {
    response = fails;
    expect(await signAndTime()).toEqual(['', -4]);
    response = answers({ id: 4021, timezone: 'Europe/London', currency: 'GBP' });
    expect(await signAndTime()).toEqual(['£', 1]);
    expire();
    response = fails;
    expect(await signAndTime()).toEqual(['£', 1]);
    response = answers({ id: 4021, timezone: 'Europe/Paris', currency: 'EUR' });
    expect(await signAndTime()).toEqual(['€', 2]);
    expire();
    response = fails;
    expect(await signAndTime()).toEqual(['€', 2]);
  });

  it.each([403, 404])('is as it was if TutorCruncher no longer provides it (status %d)', async (status) => {
    entries.clear();
    response = () => Promise.resolve({ status, data: {} });
    expect(await signAndTime()).toEqual(['', -4]);
    expire();
    response = answers({ id: 4021, timezone: 'Europe/London', currency: 'GBP' });
    expect(await signAndTime()).toEqual(['£', 1]);
    for (const next of [() => Promise.resolve({ status, data: {} }), fails]) {
      expire();
      response = next;
      expect(await signAndTime()).toEqual(['£', 1]);
    }
  });
});

describe('a step that fails', () => {
  it('reads the branch before the record or not at all, so that no request outlives the step', async () => {
    answerForBranch([200, {}], [500, {}]);
    expect(await failureOf(find('find_lesson', { lesson: '9109' }))).toMatch(/^TutorCruncher is having a problem/);
    expect(branchRequests()).toEqual([]);
    expect(await failureOf(update({ topic: 'Revision' }))).toMatch(/^TutorCruncher is having a problem/);
    expect(isForBranch(tutorCruncher.now.requests.at(-1) ?? { path: '/api/branch/' })).toBe(false);
  });
});

describe('a time without an offset', () => {
  it.each([404, 403])("is in the Zap's own time zone if the branch's is unavailable with status %d", async (status) => {
    answerForBranch([status, { detail: 'You do not have permission to perform this action.' }]);
    const written = await update({ start: LOCAL_START });
    expect(written).toMatchObject({ lesson_start: '2027-06-10T21:00:00Z', lesson_start_time: '17:00' });
  });

  it.each([500, 503, 429])('stops a step without a change if the branch responds with status %d', async (status) => {
    answerForBranch([status, {}]);
    const message = await failureOf(update({ start: LOCAL_START }));
    if (status !== 429) {
      expect(message).toBe(
        `TutorCruncher is having a problem (HTTP status ${status}). Try again in a few minutes. This step reads the time ` +
          'zone of your branch, on which a date or a time in it depends. Nothing was changed.',
      );
    }
    const search = find('find_lesson', { find_job: '708', find_after: LOCAL_START }, NEW_YORK);
    expect(await failureOf(search)).toBe(message);
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it('stops a step without a change if the branch does not respond', async () => {
    holdBranch();
    expect(await failureOf(update({ start: LOCAL_START }))).toMatch(
      /^TutorCruncher did not respond within [78] seconds\. .* Nothing was changed\.$/,
    );
    expect(tutorCruncher.requests()).toEqual([]);
  });

  it('reports a rejected private key as usual', async () => {
    answerForBranch([401, { detail: 'Invalid token.' }]);
    expect(await failureOf(update({ start: LOCAL_START }))).toMatch(/^TutorCruncher rejected the private key\./);
    expect(tutorCruncher.requests()).toEqual([]);
  });
});

it.each<[number, JsonObject]>([
  [500, { start: START }],
  [429, { topic: 'Revision' }],
])('does not stop a step that reads no such time: status %d, %j', async (status, inputData) => {
  answerForBranch([status, {}]);
  expect((await update(inputData)).id).toBe(9109);
});

describe('a trigger', () => {
  const { definition, sampleEvent } = triggerOf('lesson_completed');
  const run = async (inputData: JsonObject = {}, events: readonly unknown[] = [sampleEvent], clearCache = true) => {
    const bundle = bundleOf(requestFromTutorCruncher(deliveryOf(...events), PRIVATE_KEY));
    const method = definition.operation.perform;
    return (await appTester(method, { ...bundle, inputData, meta: NEW_YORK }, clearCache)) as FlatRecord[];
  };

  it('writes times in the time zone of the branch, which it reads once for many events', async () => {
    for (const clearCache of [true, false, false]) {
      expect(await run({}, [sampleEvent], clearCache)).toMatchObject([{ lesson_start_time: '17:00' }]);
    }
    expect(branchRequests()).toHaveLength(1);
  });

  it('writes amounts in the currency of the branch, even if a time zone is chosen', async () => {
    for (const clearCache of [true, false]) {
      const [record] = await run({ time_zone: 'Asia/Tokyo' }, [sampleEvent], clearCache);
      expect(record).toMatchObject({ lesson_start_time: '01:00', job_default_charge_rate_text: '£42.00' });
    }
    expect(branchRequests()).toHaveLength(1);
    answerForBranch([200, { id: 4021, timezone: 'Europe/London', currency: null }]);
    expect(await run()).toMatchObject([{ job_default_charge_rate_text: '42.00' }]);
  });

  it('does not read the branch if it drops all events', async () => {
    expect(await run({}, [{ ...sampleEvent, action: 'CREATED_AN_APPOINTMENT' }])).toEqual([]);
    expect(branchRequests()).toEqual([]);
  });

  it.each([500, 429, 403])("uses the Zap's time zone if the branch responds with status %d", async (status) => {
    answerForBranch([status, {}]);
    expect(await run()).toMatchObject([{ lesson_start_time: '12:00', job_default_charge_rate_text: '42.00' }]);
  });

  it("uses the Zap's time zone if the branch does not respond soon", async () => {
    holdBranch();
    const limits = jest.spyOn(AbortSignal, 'timeout');
    expect(await run()).toMatchObject([{ lesson_start_time: '12:00' }]);
    expect(branchRequests()).toHaveLength(1);
    // The request for the branch sets this limit. Any other request would set a limit of eight seconds.
    expect(limits.mock.calls).toEqual([[2_050]]);
    limits.mockRestore();
  });
});

/** Returns a `z` whose requests have this outcome, with the requests and the entries of the cache. */
function zWith(status: number, data: unknown) {
  const requests: object[] = [];
  const entries = new Map<string, readonly [value: unknown, ttlSeconds: number]>();
  const cache = {
    get: (key: string) => Promise.resolve(entries.get(key.replace(/_[0-9a-f]{32}$/, ''))?.[0] ?? null),
    set: async (key: string, value: unknown, ttlSeconds: number) => {
      await new Promise((resolve) => setTimeout(resolve, key.startsWith('last_known') ? 20 : 0));
      return entries.set(key.replace(/_[0-9a-f]{32}$/, ''), [value, ttlSeconds]).size > 0;
    },
  };
  const request = (options: object) => Promise.resolve({ status, data }).finally(() => requests.push(options));
  return { z: { ...directZ, request, cache } as unknown as ZObject, requests, entries };
}
const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;

describe('the branch for the test of a connection', () => {
  it('is missing only if TutorCruncher does not provide it', async () => {
    const { z, requests } = zWith(404, {});
    expect(await fetchBranch(z, BUNDLE, { isConnectionTest: true })).toBeNull();
    expect(requests).toMatchObject([{ skipThrowForStatus: true, middlewareData: { isConnectionTest: true } }]);
  });

  it.each([{}, [], 'x', { id: 1 }, { id: 1, name: '' }, { id: 1, name: 7 }, { id: '1', name: 'Bristol' }])(
    'is incomplete: %j',
    async (data) => {
      const message = await failureOf(fetchBranch(zWith(200, data).z, BUNDLE));
      expect(message).toMatch(/it contains no branch with an id and a name\./);
    },
  );

  it.each<[branch: unknown, label: string]>([
    [{ name: 'Bristol' }, 'Bristol'],
    [{ name: 'Bristol', agency: { name: 'Bright Tutors' } }, 'Bristol (Bright Tutors)'],
    [{ name: 'Bristol', agency: { name: '' } }, 'Bristol'],
    [{ name: 'Bristol', agency: {} }, 'Bristol'],
    [{ name: 'Bristol', agency: null }, 'Bristol'],
    [{ name: 'Bristol', agency: 9 }, 'Bristol'],
    [{ name: null, agency: { name: 'Bright Tutors' } }, ''],
    [null, ''],
    ['Bristol', ''],
  ])('%j has the label %j', (branch, label) => {
    expect(branchLabel(branch)).toBe(label);
  });
});

describe('the properties of a branch', () => {
  const UNKNOWN = { id: null, name: null, timezone: null, currency: null };

  it.each<[data: unknown, facts: object]>([
    [
      { id: 4021, name: 'Bristol', timezone: 'Europe/London', currency: 'GBP', agency: {} },
      { id: 4021, name: 'Bristol', timezone: 'Europe/London', currency: 'GBP' },
    ],
    [{ id: '4021', name: '', timezone: 1, currency: {} }, UNKNOWN],
    [{}, UNKNOWN],
    [[], UNKNOWN],
  ])('in the response %j are %j, and are remembered for 30 days', async (data, facts) => {
    const { z, entries } = zWith(200, data);
    expect(await branchFacts(z, BUNDLE, {})).toEqual(facts);
    expect([...entries]).toEqual([
      ['last_known_branch', [facts, 30 * 86_400]],
      ['branch', [facts, 600]],
    ]);
    expect(await lastKnownBranch(z, BUNDLE)).toEqual(facts);
  });
});
