import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { bundleOf, deliveryOf, PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { requestFromTutorCruncher } from '../../local/signed-delivery.ts';
import { StepRun } from '../../src/api/step-run.ts';
import { inputTimeZone, localeIn } from '../../src/inputs/run-time-zone.ts';
import { timeZoneNamed } from '../../src/record/time-zone.ts';
import { perform, recordsOf } from '../support/app-tester.ts';
import { directZWith } from '../support/direct-z.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const KEY = 'lesson_completed';
const { definition, sampleEvent } = triggerOf(KEY);
const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };

afterEach(() => {
  jest.restoreAllMocks();
});

const withBranch = (branch: object) => tutorCruncherApi().get('/api/branch/').reply(200, branch);

describe('the time zone of a run', () => {
  const startIn = async (inputData: object, meta: object = {}) => {
    const request = requestFromTutorCruncher(deliveryOf(sampleEvent), PRIVATE_KEY);
    const [record] = await perform(KEY, { ...bundleOf(request), inputData, meta });
    return [record?.lesson_start_time, record?.event_timestamp_time];
  };

  it.each([
    [{ time_zone: 'America/New_York' }, { timezone: 'Asia/Tokyo' }, ['12:00', '14:05']],
    [{ time_zone: ' Europe/London ' }, {}, ['17:00', '19:05']],
    [{ time_zone: '' }, { timezone: 'Asia/Tokyo' }, ['01:00', '03:05']],
    [{}, { timezone: 'Asia/Tokyo' }, ['01:00', '03:05']],
    [{}, { timezone: 'Middle/Earth' }, ['16:00', '18:05']],
    [{}, { timezone: null }, ['16:00', '18:05']],
    [{}, {}, ['16:00', '18:05']],
  ])("is the chosen time zone, or else the Zap's, or else UTC: %j, %j", async (inputData, meta, expected) => {
    expect(await startIn(inputData, meta)).toEqual(expected);
  });

  it('cannot be an offset, because an offset has no daylight saving time', () => {
    expect(timeZoneNamed('+05:00')).toBeNull();
    expect(timeZoneNamed('Asia/Karachi')?.offsetAt(0)).toBe(5 * 3_600_000);
  });

  it.each(['Londn', 'BST', 'GB', 'EST'])(
    "is the branch's or the Zap's time zone in a live run if the chosen name is invalid: %s",
    async (time_zone) => {
      expect(await startIn({ time_zone }, { timezone: 'Asia/Tokyo' })).toEqual(['01:00', '03:05']);
      withBranch({ id: 4021, name: 'Bristol', timezone: 'Europe/London' });
      expect(await startIn({ time_zone }, { timezone: 'Asia/Tokyo' })).toEqual(['17:00', '19:05']);
    },
  );

  it.each([
    [{ time_zone: 'Asia/Calcutta' }, {}, ['21:30', '23:35']],
    [{ time_zone: 'US/Eastern' }, {}, ['12:00', '14:05']],
    [{ time_zone: 'utc' }, { timezone: 'Asia/Tokyo' }, ['16:00', '18:05']],
    // The time zone of the Zap is a setting and not typed text, so its name can be any valid name.
    [{}, { timezone: 'GB' }, ['17:00', '19:05']],
  ])(
    'can have a former name, and the time zone of the Zap any valid name: %j, %j',
    async (inputData, meta, expected) => {
      expect(await startIn(inputData, meta)).toEqual(expected);
    },
  );
});

describe('the time zone of inputs', () => {
  const zoneOf = async (branch: object, timezone?: string) => {
    const run = StepRun.ofAction(
      directZWith(() => branch),
      { ...bundle, inputData: { time_zone: 'Asia/Tokyo' }, meta: { timezone } } as unknown as Bundle,
    );
    const zone = await inputTimeZone(run);
    return zone && zone.offsetAt(0) / 3_600_000;
  };

  it.each([
    ["is the branch's time zone", { id: 1, name: 'Karachi', timezone: 'Asia/Karachi' }, 'Europe/Athens', 5],
    ["is the Zap's time zone if the branch has none", { id: 1, name: 'Karachi' }, 'Europe/Athens', 2],
    [
      "is the Zap's time zone if the name of the branch's time zone is not valid",
      { id: 1, name: 'Karachi', timezone: 'Middle/Earth' },
      'Europe/Athens',
      2,
    ],
    ['is unknown otherwise', { id: 1, name: 'Karachi' }, undefined, null],
  ])('%s, regardless of the time zone of texts: %j', async (_which, branch, zapZone, hours) => {
    expect(await zoneOf(branch, zapZone)).toBe(hours);
  });
});

describe('an invalid time zone in a test', () => {
  const invalid = { time_zone: 'BST' };
  const message =
    /The field \\*"Time Zone\\*" of this step does not contain the name of a time zone\. Enter the name of a city in your/;

  it('is reported when test data is loaded, before any request', async () => {
    await expect(recordsOf(definition.operation.performList, { ...bundle, inputData: invalid })).rejects.toThrow(
      message,
    );
  });

  it('is reported when a received event is tested', async () => {
    const request = requestFromTutorCruncher(deliveryOf(sampleEvent), PRIVATE_KEY);
    const test = { ...bundleOf(request), inputData: invalid, meta: { isLoadingSample: true } };
    await expect(perform(KEY, test)).rejects.toThrow(message);
  });
});

describe('the locale of a run', () => {
  const z = directZWith(() => ({}));
  const START = 1_800_000_000_000;

  it.each([
    ['takes at most half of the time for reads', 0, 14_000],
    ['takes at most half of the time that is left', 26_500, 750],
    ['does not wait for the branch after the time for reads', 28_500, 1],
  ])('%s', async (_name, elapsed, timeout) => {
    const limits = jest.spyOn(AbortSignal, 'timeout');
    const now = jest.spyOn(Date, 'now').mockReturnValue(START);
    const search = StepRun.ofSearch(z, bundle as unknown as Bundle);
    now.mockReturnValue(START + elapsed);
    await localeIn(search);
    expect(limits.mock.calls).toEqual([[timeout + 50]]);
  });
});
