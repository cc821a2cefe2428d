/** The limits of one run, and the cache that runs share. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { cached } from '../src/api/cache.ts';
import { Run } from '../src/run.ts';
import { directZWith, PRIVATE_KEY } from './helpers.ts';
import { failureOf } from './steps.ts';

const BUNDLE = { authData: { private_key: PRIVATE_KEY }, inputData: {} } as unknown as Bundle;
const TOO_SLOW = /^TutorCruncher responded too slowly, so this step stopped without changing anything\. /;
const z = directZWith(() => ({ results: [] }));

const START = 1_800_000_000_000;
let now = START;
beforeEach(() => {
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('Run', () => {
  it('ends the reads before a write after 5 seconds', async () => {
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const action = Run.ofAction(z, BUNDLE);
    now = START + 4_700;
    await action.read('clients/1/');
    now = START + 4_701;
    expect(await failureOf(action.read('clients/1/'))).toMatch(TOO_SLOW);
    expect(limits.mock.calls).toEqual([[350]]);
  });

  it('allows the reads after a write the rest of 28 seconds', () => {
    const action = Run.ofAction(z, BUNDLE);
    now = START + 27_700;
    expect(action.startReadsAfterWrite()).toBe(true);
    now = START + 27_701;
    expect(action.startReadsAfterWrite()).toBe(false);
  });

  it('ends the reads of a search after 28 seconds', async () => {
    const search = Run.ofSearch(z, BUNDLE);
    now = START + 27_700;
    await search.readPage('clients/', {}, 1);
    now = START + 27_701;
    expect(await failureOf(Promise.resolve().then(() => search.readPage('clients/', {}, 1)))).toMatch(TOO_SLOW);
  });
});

describe('the cache of a connection', () => {
  it('counts as empty if it fails', async () => {
    const broken = () => Promise.reject(new Error('cache'));
    const cache = { ...z.cache, get: broken, set: broken };
    expect(await cached({ ...z, cache }, BUNDLE, 'x', () => Promise.resolve(7))).toBe(7);
  });
});
