/** Reads that decide whether a Zap runs, their repetition, and the errors that end a run without a decision. */

import { describe, expect, it, jest } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import type { ApiResponse } from '../../local/api/behaviour.ts';
import { deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { readForCondition } from '../../src/lookups/decisive-read.ts';
import { StepRun } from '../../src/api/step-run.ts';
import type { JsonObject } from '../../wire/json.ts';
import { deliver } from '../support/app-tester.ts';
import { directZWith } from '../support/direct-z.ts';
import { endOf, run, shown } from '../support/lookups.ts';
import { useTutorCruncher } from '../support/running-tutorcruncher.ts';
import { skipPauses } from '../support/skipped-pauses.ts';

const tutorCruncher = useTutorCruncher();
skipPauses();

const SHORT = { id: 301, first_name: 'Priya', last_name: 'Raman' };
const WEEKEND = { label: '21' };

/** Responds to the reads of clients with these responses in order. All later reads receive the last response. */
function respondWith(...responses: readonly (ApiResponse | null)[]): void {
  let index = 0;
  tutorCruncher.now.behaviour.intercept = ({ path }) =>
    path.startsWith('/api/clients/') ? (responses[Math.min(index++, responses.length - 1)] ?? null) : null;
}

/** Returns the durations of all timers, which include the pauses before repeated reads. */
const pausesMs = () => jest.mocked(globalThis.setTimeout).mock.calls.map(([, pauseMs]) => pauseMs);

const PAGE: ApiResponse = [200, '<title>Just a moment...</title>'];
const MISSING: ApiResponse = [404, { detail: 'Not found.' }];

describe('a failed read for a condition', () => {
  it.each<[string, ApiResponse]>([
    ['an error of the server', [503, { detail: 'x' }]],
    ['a web page', PAGE],
    ['a record without labels', [200, { id: 301, first_name: 'Priya' }]],
    ['a list', [200, []]],
  ])('is repeated after %s', async (_response, response) => {
    respondWith(response, response, null);
    expect(await run('client_updated', SHORT, WEEKEND)).toHaveLength(1);
    expect(tutorCruncher.requests()).toHaveLength(3);
  });

  it('halts the run after 20 seconds, with the reason and how to run the event again', async () => {
    respondWith([503, { detail: 'Priya is ill' }]);
    const { name, message, error } = await endOf(run('client_updated', SHORT, { ...WEEKEND, fetch_details: true }));
    expect([name, message]).toEqual([
      'HaltedError',
      'This Zap has not run for this event, because "Label" could not be checked. TutorCruncher is having a ' +
        'problem (HTTP status 503). Try again in a few minutes. To run the Zap for this event, open this run in Zap ' +
        'history and replay it, if Zapier offers a replay there.',
    ]);
    expect(error).toMatchObject({ doNotContextify: true });
    // The reads start after 0, 1.25, 3.75, 8.75, 13.75 and 18.75 seconds. A slow machine sends fewer.
    expect(tutorCruncher.requests().length).toBeGreaterThan(2);
    expect(tutorCruncher.requests().length).toBeLessThan(7);
  });

  it.each<[string, ApiResponse, RegExp]>([
    ['the private key is revoked', [401, { detail: 'Invalid token.' }], /reconnect TutorCruncher/],
    ['the private key has no permission', [403, { detail: 'No.' }], /no permission to read Clients/],
  ])('halts the run at once if %s', async (_case, response, message) => {
    respondWith(response);
    expect(await endOf(run('client_updated', SHORT, WEEKEND))).toMatchObject({
      name: 'HaltedError',
      message: expect.stringMatching(message),
    });
    expect(tutorCruncher.requests()).toHaveLength(1);
  });

  it('halts the run at once if the event does not identify the record', async () => {
    expect(await endOf(run('client_updated', { first_name: 'Priya' }, WEEKEND))).toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining('The event does not say which client it is about.'),
    });
    expect(tutorCruncher.requests()).toEqual([]);
    expect(pausesMs()).not.toContain(1_250);
  });

  it('throttles the run at once after status 429, for 60 to 300 seconds', async () => {
    respondWith([429, { detail: 'x' }]);
    const delays: unknown[] = [];
    for (let attempt = 0; attempt < 20; attempt++) {
      const { name, message, error } = await endOf(run('client_updated', SHORT, WEEKEND));
      expect(name).toBe('ThrottledError');
      expect(message).toMatch(/"Label" could not be checked\. TutorCruncher accepts 100 requests per minute.* replay/);
      delays.push((JSON.parse(error.message) as JsonObject).delay);
    }
    expect(tutorCruncher.requests()).toHaveLength(20);
    expect(new Set(delays).size).toBeGreaterThan(5);
    for (const delay of delays) {
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(60);
      expect(delay).toBeLessThanOrEqual(300);
    }
    for (const [random, delay] of [
      [0, 60],
      [0.999_999, 300],
    ] as const) {
      jest.spyOn(Math, 'random').mockReturnValue(random);
      const { error } = await endOf(run('client_updated', SHORT, WEEKEND));
      expect(JSON.parse(error.message)).toMatchObject({ delay });
    }
  });

  it('does not end the run if only Fetch Details needs the record', async () => {
    respondWith([429, {}]);
    expect(await run('client_updated', SHORT, { fetch_details: true })).toMatchObject([{ details_fetched: false }]);
    respondWith([503, {}]);
    expect(await run('client_updated', SHORT, { fetch_details: true })).toMatchObject([{ details_fetched: false }]);
    expect(tutorCruncher.requests()).toHaveLength(2);
  });
});

describe('a read that fails in an unknown way', () => {
  it.each(['Priya is ill', '{"message":"Priya is ill"}'])(
    'is repeated after pauses of up to five seconds, and then halts the run without quoting the error %j',
    async (text) => {
      const read = (): Promise<never> => Promise.reject(new TypeError(text));
      const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
      const liveRun = StepRun.ofEvent(
        directZWith(() => ({})),
        bundle,
      );
      const { name, message } = await endOf(readForCondition(liveRun, 'Label', read));
      expect(name).toBe('HaltedError');
      expect(message).toMatch(/"Label" could not be checked\. The request to TutorCruncher failed\. To run the Zap/);
      // On a slow machine, the run ends before its last pause.
      expect(pausesMs().slice(0, 4)).toEqual([1_250, 2_500, 5_000, 5_000]);
    },
  );
});

describe('a record that TutorCruncher does not know', () => {
  it('is read again after a creation', async () => {
    respondWith(MISSING, MISSING, null);
    expect(await run('client_created', SHORT, WEEKEND)).toHaveLength(1);
    respondWith(MISSING);
    expect(await endOf(run('client_created', SHORT, WEEKEND))).toMatchObject({
      name: 'HaltedError',
      message: expect.stringContaining('TutorCruncher does not know the new client yet.'),
    });
  });

  it('does not meet a condition after another event', async () => {
    respondWith(MISSING);
    expect(await run('client_updated', SHORT, WEEKEND)).toEqual([]);
    expect(tutorCruncher.requests()).toHaveLength(1);
  });
});

describe('a delivery with several events', () => {
  const { sampleEvent } = triggerOf('client_updated');
  const about = (subject: JsonObject) => ({ ...sampleEvent, subject: { model: 'Client', ...subject } });
  const labels = [{ id: 21 }];
  const delivery = deliveryOf(about({ id: 304, labels }), about(SHORT), about({ id: 305, labels }));
  const received = () => deliver('client_updated', delivery, WEEKEND);

  it('runs for none of them if one cannot be decided, and once for each when it is replayed', async () => {
    respondWith([503, {}]);
    expect(await endOf(received())).toMatchObject({ name: 'HaltedError' });
    respondWith(null);
    expect((await received()).map(({ client_id }) => client_id)).toEqual([304, 301, 305]);
  });
});

describe('the test data of a trigger', () => {
  it('is the sample if a record cannot be read', async () => {
    tutorCruncher.now.account.addList('appointments', []);
    const choice = { only_first_lessons_of: 'client' };
    const [sample] = await shown('lesson_completed', choice);
    tutorCruncher.now.account.add('appointments', {
      start: '2026-06-10T16:00:00Z',
      status: 'complete',
      rcras: [{ paying_client: 301 }],
    });
    tutorCruncher.now.behaviour.intercept = ({ path }) => (path.includes('start_lte') ? [503, {}] : null);
    expect(await shown('lesson_completed', choice)).toEqual([sample]);
    expect(tutorCruncher.requests().filter(({ path }) => path.includes('start_lte'))).toHaveLength(1);
  });
});

it('a run without conditions reads nothing', async () => {
  expect(await deliver('client_updated', deliveryOf(triggerOf('client_updated').sampleEvent))).toHaveLength(1);
  expect(tutorCruncher.requests()).toEqual([]);
});
