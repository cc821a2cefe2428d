/** The periodic deletion of expired data: its steps, and its failures. */

import { expect, it } from '@jest/globals';

import { FakeClock } from './support/fake-clock.ts';
import { runRetention } from '../periodic-retention.ts';

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
