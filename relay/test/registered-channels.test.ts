import { beforeEach, describe, expect, it, jest } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { createRegisteredChannels, type RegisteredChannels } from '../registered-channels.ts';
import type { Registration } from '../store/channels.ts';
import { newUrlPart } from '../webhook-url.ts';

const SECOND = 1_000;
const REGISTERED: Registration = {
  ...{ withSecret: true, sealKey: SEAL_KEY },
  ...{ urlPart: newUrlPart(), oldUrlPart: null, oldUrlUntil: null },
};

let now: number;
let lookUps: string[];
let stored: Map<string, Registration>;
let channels: RegisteredChannels;

beforeEach(() => {
  now = 0;
  lookUps = [];
  stored = new Map([[CHANNEL, REGISTERED]]);
  channels = createRegisteredChannels(
    {
      registration: (channel) => {
        lookUps.push(channel);
        return Promise.resolve(stored.get(channel) ?? null);
      },
    },
    { now: () => now },
  );
});

describe('RegisteredChannels', () => {
  it('remembers a registered channel for a second after its look-up', async () => {
    expect(channels.known(CHANNEL)).toBeNull();
    expect(await channels.lookUp(CHANNEL)).toEqual(REGISTERED);
    now = SECOND - 1;
    expect(channels.known(CHANNEL)).toEqual(REGISTERED);
    expect(lookUps).toEqual([CHANNEL]);
    now = SECOND;
    expect(channels.known(CHANNEL)).toBeNull();
  });

  it('serves a channel that another process has registered at once', async () => {
    expect(await channels.lookUp(OTHER_CHANNEL)).toBeNull();
    stored.set(OTHER_CHANNEL, REGISTERED);
    expect(channels.known(OTHER_CHANNEL)).toBeNull();
    expect(await channels.lookUp(OTHER_CHANNEL)).toEqual(REGISTERED);
  });

  it('shares one look-up between concurrent requests for a channel', async () => {
    await Promise.all([channels.lookUp(CHANNEL), channels.lookUp(CHANNEL), channels.lookUp(OTHER_CHANNEL)]);
    expect(lookUps).toEqual([CHANNEL, OTHER_CHANNEL]);
  });

  it('forgets a channel, including the result of a look-up in progress', async () => {
    const lookUp = channels.lookUp(CHANNEL);
    channels.forget(CHANNEL);
    await lookUp;
    expect(channels.known(CHANNEL)).toBeNull();
    await channels.lookUp(CHANNEL);
    channels.forget(CHANNEL);
    expect(channels.known(CHANNEL)).toBeNull();
  });

  it('rejects a look-up after six seconds if the store hangs, and asks again next time', async () => {
    jest.useFakeTimers();
    try {
      let asked = 0;
      const hanging = createRegisteredChannels({
        registration: () => {
          asked++;
          return new Promise(() => undefined);
        },
      });
      const first = expect(hanging.lookUp(CHANNEL)).rejects.toThrow(/did not respond in time/);
      await jest.advanceTimersByTimeAsync(6 * SECOND);
      await first;
      hanging.lookUp(CHANNEL).catch(() => undefined);
      expect(asked).toBe(2);
    } finally {
      jest.useRealTimers();
    }
  });
});
