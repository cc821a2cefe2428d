/** The periodic deletion of expired data. */

import { expect, it } from '@jest/globals';

import { DAY, HOUR } from '../harness/durations.ts';
import { runRetention, storeOptions } from '../periodic-retention.ts';
import { FakeClock } from './support/fake-clock.ts';

it('recognizes duplicates for 72 hours, keeps dead letters for 14 days and states for 90, and bodies as configured', () => {
  expect(storeOptions({ maxChannelMb: 10, retentionHours: 0.5 })).toMatchObject({
    maxChannelBytes: 10 * 2 ** 20,
    duplicateMs: 72 * HOUR,
    deadLetterMs: 14 * DAY,
    earlierStateMs: 90 * DAY,
    bodyMs: HOUR / 2,
  });
});

it('deletes every minute until nothing is left, logs the number of steps, and retries a minute after a failure', async () => {
  const clock = new FakeClock(0);
  const lines: unknown[] = [];
  const log = (fields: object, message: string) => lines.push([clock.now(), fields, message]);
  const results = [true, true, true, false, false, new Error('disk'), true, false];
  const steps: number[] = [];
  const store = {
    retain: (now: number) => {
      steps.push(now);
      const result = results[steps.length - 1] ?? false;
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    channelAfter: () => Promise.resolve(null),
    counterExcess: () => Promise.resolve(null),
    correctCounters: () => Promise.resolve(),
  };
  const stop = new AbortController();
  const running = runRetention(store, clock, { info: log, warn: log, error: log }, stop.signal);
  await clock.advance(200_000);
  expect(steps).toEqual([0, 20, 40, 60, 60_060, 120_060, 180_060, 180_080]);
  expect(lines).toEqual([
    [60, { steps: 3 }, 'Deleted expired data.'],
    [120_060, {}, 'Deleting expired data failed. Retrying in a minute.'],
    [180_080, { steps: 1 }, 'Deleted expired data.'],
  ]);
  stop.abort();
  await running;
});
