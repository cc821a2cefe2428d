import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import type { Registration } from '../../store/rows/channel-state.ts';
import { newUrlPart } from '../../webhook-url.ts';

let now: number;
beforeEach(() => {
  now = 0;
});
const clock = { now: () => now };

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

  it('are remembered for five seconds at most, however long their look-up takes', async () => {
    const slow = createRegisteredChannels(
      {
        registration: () => {
          now += 2_000;
          return Promise.resolve(REGISTERED);
        },
      },
      clock,
    );
    await slow.lookUp(CHANNEL);
    now += 4_999;
    expect(slow.known(CHANNEL)).toEqual(REGISTERED);
    now += 1;
    expect(slow.known(CHANNEL)).toBeNull();
  });

  it('can be forgotten, even during a look-up', async () => {
    const { channels } = setUp();
    for (let count = 0; count < 2; count++) {
      const lookUp = channels.lookUp(CHANNEL);
      if (count > 0) await lookUp;
      channels.forget(CHANNEL);
      await lookUp;
      expect(channels.known(CHANNEL)).toBeNull();
    }
  });

  it('are looked up again if the store has not responded within six seconds', async () => {
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
