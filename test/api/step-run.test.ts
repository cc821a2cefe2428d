/** The time limits of one run. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { directZWith } from '../support/direct-z.ts';
import { failureOf } from '../support/steps.ts';

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
  it.each([
    ['a search or a poll', StepRun.ofSearch, 28_000, 28_000],
    ['an instant trigger', StepRun.ofEvent, 20_000, 20_000],
    ['an action before its write', StepRun.ofAction, 8_000, 8_000],
    ['the fields of a step in the editor', StepRun.ofEditor, 8_000, 28_000],
  ])('lets a read of %s take the time that is left', async (_name, start, first, all) => {
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const run = start(z, BUNDLE);
    await run.read('clients/1/');
    now = START + all - 300;
    await run.read('clients/1/');
    now = START + all - 299;
    expect(await failureOf(run.read('clients/1/'))).toMatch(TOO_SLOW);
    expect(limits.mock.calls).toEqual([[first + 50], [350]]);
  });

  it('leaves 18 seconds for the write after the longest reads, and 2 for the marker of an unknown outcome', () => {
    const action = StepRun.ofAction(z, BUNDLE);
    now = START + 8_000;
    expect(action.leftForWrite).toBe(18_000);
  });

  it('allows the reads after a write the rest of 28 seconds', () => {
    const action = StepRun.ofAction(z, BUNDLE);
    now = START + 27_700;
    expect(action.startReadsAfterWrite()).toBe(true);
    now = START + 27_701;
    expect(action.startReadsAfterWrite()).toBe(false);
  });
});
