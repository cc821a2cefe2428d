/** The periodic check of the counters of channels. */

import { expect, it } from '@jest/globals';

import { SECOND } from '../harness/durations.ts';
import { CHANNEL } from '../harness/sample-delivery.ts';
import { runRetention } from '../periodic-retention.ts';
import type { CountedChannel } from '../store/counters.ts';
import { FakeClock } from './fake-clock.ts';

const counted = (key: number): CountedChannel => ({ key, channel: CHANNEL, corrected: null });

it('counts one channel a minute, begins again after the last one, and logs corrections and failures', async () => {
  const clock = new FakeClock();
  const lines: unknown[] = [];
  const log = (fields: object, message: string) => lines.push([fields, message]);
  const results: (() => CountedChannel | null)[] = [
    () => counted(4),
    () => ({ ...counted(7), corrected: { storedBytes: 0, waitingBytes: 12, digests: 0 } }),
    () => {
      throw new Error('disk');
    },
    () => null,
    () => counted(4),
  ];
  const calls: number[] = [];
  const store = {
    retain: () => Promise.resolve(false),
    recount: async (after: number) => {
      calls.push(after);
      return Promise.resolve((results[calls.length - 1] ?? (() => null))());
    },
  };
  const stop = new AbortController();
  const running = runRetention(store, clock, { info: log, warn: log, error: log }, stop.signal);
  await clock.advance(240 * SECOND + 1);
  expect(calls).toEqual([0, 4, 7, 8, 0]);
  expect(lines).toEqual([
    [
      { channel: CHANNEL.slice(0, 8), storedBytes: 0, waitingBytes: 12, digests: 0 },
      'The counters of a channel differed from its rows, and have been corrected.',
    ],
    [{}, 'Counting the rows of a channel failed. Continuing with the next channel in a minute.'],
  ]);
  stop.abort();
  await running;
});
