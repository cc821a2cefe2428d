import { beforeEach, describe, expect, it } from '@jest/globals';

import { createChannelTroubles, type ChannelTroubles } from '../channel-troubles.ts';

const MINUTE = 60_000;
const FIRST = 'firstchannel';
const OTHER = 'otherchannel';

let now: number;
let lines: object[];
let refused: string[];
let troubles: ChannelTroubles;

beforeEach(() => {
  now = 1_000_000;
  lines = [];
  refused = [];
  const log = { warn: (fields: object) => lines.push(fields) };
  troubles = createChannelTroubles({ now: () => now }, log, (channel) => refused.push(channel));
});

describe('ChannelTroubles', () => {
  it('counts the webhooks of each channel, and lists the channels with the most webhooks first', () => {
    troubles.note('unknown', OTHER);
    troubles.note('unknown', FIRST);
    troubles.note('unknown', FIRST);
    troubles.note('full', OTHER);
    expect(troubles.channels('unknown')).toEqual([
      { name: 'firstcha', webhooks: 2 },
      { name: 'othercha', webhooks: 1 },
    ]);
    expect(troubles.channels('full')).toEqual([{ name: 'othercha', webhooks: 1 }]);
    expect(troubles.channels('rate_limited')).toEqual([]);
  });

  it('reports a channel that refuses webhooks because of a limit at most once a minute, even if it stores others', () => {
    for (const trouble of ['unknown', 'full', 'full', 'rate_limited'] as const) troubles.note(trouble, FIRST);
    troubles.clear(FIRST);
    troubles.note('full', FIRST);
    expect(refused).toEqual([FIRST, FIRST]);
    expect(troubles.channels('full')).toEqual([{ name: 'firstcha', webhooks: 1 }]);
  });

  it('forgets a channel once a webhook is stored', () => {
    for (const trouble of ['unknown', 'full', 'rate_limited'] as const) troubles.note(trouble, FIRST);
    troubles.note('full', OTHER);
    troubles.clear(FIRST);
    expect(troubles.channels('unknown')).toEqual([]);
    expect(troubles.channels('rate_limited')).toEqual([]);
    expect(troubles.channels('full')).toEqual([{ name: 'othercha', webhooks: 1 }]);
  });

  it('forgets a channel 30 minutes after its last webhook, and then resets its count', () => {
    troubles.note('unknown', FIRST);
    now += 30 * MINUTE;
    troubles.note('unknown', FIRST);
    now += 30 * MINUTE;
    expect(troubles.channels('unknown')).toEqual([{ name: 'firstcha', webhooks: 2 }]);
    now += 1;
    troubles.note('unknown', FIRST);
    expect(troubles.channels('unknown')).toEqual([{ name: 'firstcha', webhooks: 1 }]);
    now += 30 * MINUTE + 1;
    expect(troubles.channels('unknown')).toEqual([]);
  });

  it('logs a channel once a minute, only by its short name', () => {
    for (let second = 0; second <= 60; second++) {
      troubles.note('unknown', FIRST);
      now += 1000;
    }
    expect(lines).toEqual([
      { channel: 'firstcha', webhooks: 1 },
      { channel: 'firstcha', webhooks: 61 },
    ]);
  });

  it('keeps the channels with the most webhooks while a stranger invents others', () => {
    troubles.note('unknown', FIRST);
    troubles.note('unknown', FIRST);
    for (let index = 0; index < 5000; index++) troubles.note('unknown', `${index}`.padStart(8, 'x'));
    const channels = troubles.channels('unknown');
    expect(channels).toHaveLength(100);
    expect(channels[0]).toEqual({ name: 'firstcha', webhooks: 2 });
  });
});
