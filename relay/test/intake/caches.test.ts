/** The caches of a process: results of reads, and registrations. */

import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { createReusedResults } from '../../reused-results.ts';
import type { Registration } from '../../store/rows/channel-state.ts';
import { newUrlPart } from '../../webhook-url.ts';

let now: number;
beforeEach(() => {
  now = 0;
});
const clock = { now: () => now };

describe('reused results', () => {
  let reads = 0;
  beforeEach(() => {
    reads = 0;
  });
  /** Simulates a read that takes a number of milliseconds. */
  const reading = (milliseconds: number) => () => {
    reads++;
    now += milliseconds;
    return Promise.resolve(reads);
  };

  it.each([
    ['a second', 30_000, 1, 1_000],
    ['50 times the duration of the read', 30_000, 400, 20_000],
    ['the maximum', 5_000, 1_000, 5_000],
    ['no time', 0, 1, 0],
  ])('are reused for %s', async (_name, maximum, duration, milliseconds) => {
    const results = createReusedResults<number>({ maxAgeMs: maximum }, clock);
    expect(await results.get('a', reading(duration))).toBe(1);
    now += milliseconds - 1;
    if (milliseconds > 0) expect(await results.get('a', reading(1))).toBe(1);
    now += 1;
    expect(await results.get('a', reading(1))).toBe(2);
  });

  it('are shared while they are read, even if the read fails, but failures are not reused', async () => {
    const results = createReusedResults<number>({ maxAgeMs: 30_000 }, clock);
    const failing = async (): Promise<number> => {
      reads++;
      await Promise.resolve();
      throw new Error('offline');
    };
    const both = await Promise.allSettled([results.get('a', failing), results.get('a', failing)]);
    expect([...both.map(({ status }) => status), reads]).toEqual(['rejected', 'rejected', 1]);
    expect(await results.get('a', reading(0))).toBe(2);
  });

  it('are read again after they were forgotten, even during a read', async () => {
    const results = createReusedResults<number>({ maxAgeMs: 30_000 }, clock);
    let end: (result: number) => void = () => undefined;
    const old = results.get('a', () => new Promise((resolve) => (end = resolve)));
    results.forget('a');
    expect(await results.get('a', reading(0))).toBe(1);
    end(-1);
    expect(await old).toBe(-1);
    expect([await results.get('a', reading(0)), await results.get('b', reading(0))]).toEqual([1, 2]);
  });
});

describe('registered channels', () => {
  const urls = { urlPart: newUrlPart(), oldUrlPart: null, oldUrlUntil: null };
  const REGISTERED: Registration = { withSecret: true, sealKey: SEAL_KEY, ...urls };
  const setUp = () => {
    const lookUps: string[] = [];
    const stored = new Map([[CHANNEL, REGISTERED]]);
    const registration = (channel: string) => {
      lookUps.push(channel);
      return Promise.resolve(stored.get(channel) ?? null);
    };
    return { lookUps, stored, channels: createRegisteredChannels({ registration }, clock) };
  };

  it('are remembered for a second after their look-up, which concurrent requests share', async () => {
    const { channels, lookUps } = setUp();
    expect(channels.known(CHANNEL)).toBeNull();
    const all = [CHANNEL, CHANNEL, OTHER_CHANNEL].map((channel) => channels.lookUp(channel));
    expect(await Promise.all(all)).toEqual([REGISTERED, REGISTERED, null]);
    now = 999;
    expect(channels.known(CHANNEL)).toEqual(REGISTERED);
    expect(lookUps).toEqual([CHANNEL, OTHER_CHANNEL]);
    now = 1_000;
    expect(channels.known(CHANNEL)).toBeNull();
  });

  it('can be forgotten, also during a look-up', async () => {
    const { channels } = setUp();
    for (let count = 0; count < 2; count++) {
      const lookUp = channels.lookUp(CHANNEL);
      if (count > 0) await lookUp;
      channels.forget(CHANNEL);
      await lookUp;
      expect(channels.known(CHANNEL)).toBeNull();
    }
  });

  it('are not known after six seconds if the store hangs, and looked up again next time', async () => {
    jest.useFakeTimers();
    try {
      const registration = jest.fn(() => new Promise<null>(() => undefined));
      const hanging = createRegisteredChannels({ registration });
      const first = expect(hanging.lookUp(CHANNEL)).rejects.toThrow(/did not respond in time/);
      await jest.advanceTimersByTimeAsync(5_999);
      void hanging.lookUp(CHANNEL).catch(() => undefined);
      expect(registration).toHaveBeenCalledTimes(1);
      await jest.advanceTimersByTimeAsync(1);
      await first;
      hanging.lookUp(CHANNEL).catch(() => undefined);
      expect(registration).toHaveBeenCalledTimes(2);
    } finally {
      jest.useRealTimers();
    }
  });
});
