/** The time limits of one run. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

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
    ['a search', StepRun.ofSearch, 28_000, 28_000],
    ['a poll', StepRun.ofPoll, 20_000, 20_000],
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

  it('is instant only for an event, and repeats the search only in an action that needs it', () => {
    const { ofSearch, ofPoll, ofEvent, ofEditor, ofAction } = StepRun;
    const runs = [ofSearch, ofPoll, ofEvent, ofEditor, ofAction].map((start) => start(z, BUNDLE));
    expect(runs.map(({ isInstant }) => isInstant)).toEqual([false, false, true, false, false]);
    expect(runs.map(({ repeatsSearch }) => repeatsSearch)).toEqual(Array(5).fill(false));
    expect(ofAction(z, BUNDLE, true).repeatsSearch).toBe(true);
  });

  it('can read after a pause if 300 ms are left then', () => {
    const run = StepRun.ofEvent(z, BUNDLE);
    now = START + 15_000;
    expect([run.canReadAfter(4_700), run.canReadAfter(4_701)]).toEqual([true, false]);
  });

  it('limits the read of a page and of the branch to the time that is left', async () => {
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const run = StepRun.ofAction(z, BUNDLE);
    now = START + 5_000;
    await run.readPage('clients/', {}, 1);
    await run.readBranchTimeZone();
    await run.readMetadata('clients/');
    expect(limits.mock.calls).toEqual([[3_050], [3_050], [3_050]]);
  });

  it('refuses an input with an error that a repetition would not avoid', () => {
    const { message } = StepRun.ofSearch(z, BUNDLE).refusal('Choose another one.');
    expect(JSON.parse(message)).toMatchObject({ code: 'InvalidInput', message: 'Choose another one.' });
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

/** Starts a run of a search whose requests have this outcome. Returns the run and its requests. */
function runWith(outcome: () => object) {
  const requests: object[] = [];
  const request = (options: object) => {
    requests.push(options);
    return Promise.resolve().then(outcome);
  };
  return { run: StepRun.ofSearch({ ...z, request } as unknown as ZObject, BUNDLE), requests };
}
const unreachable = () => {
  throw Object.assign(new Error('x'), { name: 'FetchError' });
};

describe('the read of a record', () => {
  const read = (outcome: () => object) => runWith(outcome).run.read('clients/1/', 'Nothing was changed.');

  it('is null only if TutorCruncher says that there is none', async () => {
    const { run, requests } = runWith(() => ({ status: 404, data: {} }));
    expect(await run.read('clients/1/')).toBeNull();
    expect(requests).toMatchObject([{ skipThrowForStatus: true }]);
    for (const data of [[], 'x', 7]) {
      expect(await failureOf(read(() => ({ status: 200, data })))).toMatch(/it contains no record\. Try again/);
    }
  });

  it('states the consequence of its failure', async () => {
    expect(await failureOf(read(unreachable))).toMatch(
      /^TutorCruncher could not be reached\. .* Nothing was changed\.$/,
    );
  });
});

describe('the descriptions of the fields of a list', () => {
  const FIELDS = { first_name: { type: 'string' } };
  const metadata = (outcome: () => object, isDocumented?: boolean) =>
    runWith(outcome).run.readMetadata('x/', isDocumented);

  it.each<[status: number, data: unknown, fields: object | null]>([
    [200, { actions: { POST: FIELDS } }, FIELDS],
    [200, { actions: {} }, {}],
    [200, {}, {}],
    [200, [], null],
    [200, undefined, null],
    [302, { actions: { POST: FIELDS } }, null],
    [405, { actions: { POST: FIELDS } }, null],
  ])('after status %d and the data %j are %j', async (status, data, fields) => {
    expect(await metadata(() => ({ status, data }))).toEqual(fields);
  });

  it('are unknown if TutorCruncher cannot be reached, but not after another error', async () => {
    expect(await metadata(unreachable)).toBeNull();
    const refused = () => {
      throw new TypeError('refused');
    };
    await expect(metadata(refused)).rejects.toThrow('refused');
  });

  it('are refused because of the private key only if the request is documented', async () => {
    const { run, requests } = runWith(() => ({ status: 200, data: {} }));
    await run.readMetadata('x/');
    await run.readMetadata('x/', true);
    const request = { method: 'OPTIONS', skipThrowForStatus: true };
    expect(requests).toMatchObject([
      { ...request, middlewareData: { givesEveryStatus: true } },
      { ...request, middlewareData: { isWrite: true } },
    ]);
  });
});
