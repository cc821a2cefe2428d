/**
 * Each Zap with a polled trigger alone, on a simulated day with a fake clock. The Zap runs exactly when it should,
 * within its limit of requests. On this day, the clocks change, TutorCruncher does not respond for two hours, the cache
 * loses everything once, and many records become due at once.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { POLLED_LISTS } from '../../../local/simulated-lists/all-lists.ts';
import { SIMULATED_DAY } from '../../../local/simulated-lists/simulated-time.ts';
import { polledTriggers } from '../../../triggers/index.ts';
import type { PlayedZap } from './played-zap.ts';
import type { PlayedTime } from './played-zaps.ts';

/** Polls each Zap. @throws {Error} if a poll fails for a reason other than the outage, or returns an id twice */
async function played(time: PlayedTime): Promise<PlayedZap[]> {
  const worker = new Worker(new URL('played-zaps.ts', import.meta.url), { workerData: time });
  const [result] = (await once(worker, 'message')) as [PlayedZap[]];
  await worker.terminate();
  return result;
}

const ZAPS = POLLED_LISTS.flatMap(({ zaps }) => zaps);

it('every polled trigger has a Zap in the test data of its list', () => {
  const lists = polledTriggers.map(({ definition, object }) => `${definition.key} in ${object.api?.path}`);
  const listed = POLLED_LISTS.flatMap(({ path, zaps }) => zaps.map(({ trigger }) => `${trigger} in ${path}`));
  expect([...new Set(listed)].sort()).toEqual(lists.sort());
});

describe.each([1, 15])('with polls every %d min', (minutes) => {
  let days: readonly PlayedZap[] = [];
  beforeAll(async () => {
    days = await played({ minutes, ...SIMULATED_DAY });
  }, 300_000);

  it.each(ZAPS)('$title runs exactly when it should, with at most $requestsPerHour requests per hour', (zap) => {
    const day = days.find(({ title }) => title === zap.title);
    expect(day?.problems).toEqual([]);
    expect(day?.requestsPerHour).toBeLessThanOrEqual(zap.requestsPerHour);
  });
});
