/** The periodic check of channels' counters. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../harness/durations.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { runRetention } from '../periodic-retention.ts';
import { FakeClock } from './support/fake-clock.ts';

it('counts one channel a minute, begins again after the last channel, and logs corrections and failures', async () => {
  const channels = [4, 7, 9];
  const clock = new FakeClock();
  const lines: unknown[] = [];
  const log = (fields: object, message: string) => lines.push([fields, message]);
  const excess = { storedBytes: 0, waitingBytes: 12, digests: 0 };
  const calls: unknown[] = [];
  const store = {
    retain: () => Promise.resolve(false),
    channelAfter: (after: number) => {
      const key = channels.find((each) => each > after);
      return Promise.resolve(key === undefined ? null : { key, channel: CHANNEL });
    },
    counterExcess: (key: number) => {
      calls.push(key);
      if (key === 7) return Promise.reject(new Error('disk'));
      return Promise.resolve(key === 9 ? excess : null);
    },
    correctCounters: (...corrected: unknown[]) => {
      calls.push(corrected);
      return Promise.resolve();
    },
  };
  const stop = new AbortController();
  const running = runRetention(store, clock, { info: log, warn: log, error: log }, stop.signal);
  await clock.advance(240 * SECOND + 1);
  expect(calls).toEqual([4, 7, 9, [9, excess], 4]);
  expect(lines).toEqual([
    [{}, 'Counting the rows of a channel failed. Continuing with the next channel in a minute.'],
    [
      { channel: CHANNEL.slice(0, 8), ...excess },
      'The counters of a channel differed from its rows, and have been corrected.',
    ],
  ]);
  stop.abort();
  await running;
});
