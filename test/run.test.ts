/** The limits of one run, and the cache that runs share. */

import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { cached } from '../src/api/cache.ts';
import { Run } from '../src/run.ts';
import { appTester, PRIVATE_KEY } from './helpers.ts';
import { failureOf } from './steps.ts';
import { tutorCruncherApi, withoutNetwork } from './tutorcruncher-api.ts';

withoutNetwork();

const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: {} };
const START = 1_800_000_000_000;
const TOO_SLOW = /^TutorCruncher responded too slowly, so this step stopped without changing anything\. /;

/** Runs a function as a step. */
const inStep = (step: (z: ZObject, bundle: Bundle) => unknown): Promise<unknown> =>
  appTester((z: ZObject, bundle: Bundle) => Promise.resolve(step(z, bundle)), BUNDLE, true);

let now = START;
const clock = () => {
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
};
afterEach(() => {
  jest.restoreAllMocks();
});

describe('Run', () => {
  it('ends the reads before a write after 5 seconds', async () => {
    tutorCruncherApi().get('/api/clients/1/').reply(200, { id: 1 });
    clock();
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const run = inStep(async (z, bundle) => {
      const action = Run.ofAction(z, bundle);
      now = START + 4_700;
      // On a slow machine, 300 ms may be too short for the response.
      await action.read('clients/1/').catch(() => undefined);
      now = START + 4_701;
      return action.read('clients/1/');
    });
    expect(await failureOf(run)).toMatch(TOO_SLOW);
    expect(limits.mock.calls).toEqual([[350]]);
  });

  it('allows the reads after a write the rest of 28 seconds', async () => {
    clock();
    const answers = await inStep((z, bundle) => {
      const action = Run.ofAction(z, bundle);
      return [27_700, 27_701].map((elapsed) => {
        now = START + elapsed;
        return action.startReadsAfterWrite();
      });
    });
    expect(answers).toEqual([true, false]);
  });

  it('ends the reads of a search after 28 seconds', async () => {
    clock();
    const run = inStep((z, bundle) => {
      const search = Run.ofSearch(z, bundle);
      now = START + 27_701;
      return search.readPage('clients/', {}, 1);
    });
    expect(await failureOf(run)).toMatch(TOO_SLOW);
  });
});

describe('the cache of a connection', () => {
  it('counts as empty if it fails', async () => {
    const broken = () => Promise.reject(new Error('cache'));
    const value = await inStep((z, bundle) =>
      cached({ ...z, cache: { ...z.cache, get: broken, set: broken } }, bundle, 'x', () => Promise.resolve(7)),
    );
    expect(value).toBe(7);
  });
});
