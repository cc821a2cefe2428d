import { beforeEach, describe, expect, it } from '@jest/globals';

import { createChannelTroubles, type ChannelTroubles } from '../../monitoring/channel-troubles.ts';

const MINUTE = 60_000;
const TUTORCRUNCHER = '192.0.2.1';
const [FIRST, OTHER] = ['firstchannel', 'otherchannel'] as const;
let now: number;
let lines: object[];
let messages: string[];
let troubles: ChannelTroubles;
beforeEach(() => {
  now = 1_000_000;
  lines = [];
  messages = [];
  const log = {
    warn: (fields: object, message: string) => {
      lines.push(fields);
      messages.push(message);
    },
  };
  troubles = createChannelTroubles({ now: () => now }, log);
});
type Trouble = Parameters<ChannelTroubles['count']>[0];
const count = (channel: string, ...kinds: readonly Trouble[]) => {
  for (const kind of kinds) troubles.count(kind, channel, TUTORCRUNCHER);
};
const listed = (kind: Trouble) => troubles.channels(kind).map(({ name, webhooks }) => `${name} ${webhooks}`);

it('lists the channels by the number of their refused webhooks, and an unknown URL only until a webhook is stored', () => {
  count(OTHER, 'unknown', 'full');
  count(FIRST, 'unknown', 'unknown', 'full', 'full', 'rate_limited');
  expect(['unknown', 'full', 'rate_limited'].map((kind) => listed(kind as Trouble))).toEqual([
    ['firstcha 2', 'othercha 1'],
    ['firstcha 2', 'othercha 1'],
    ['firstcha 1'],
  ]);
  troubles.clear(FIRST, TUTORCRUNCHER);
  expect([listed('unknown'), listed('full')]).toEqual([['othercha 1'], ['firstcha 2', 'othercha 1']]);
});

it('lists a channel at a limit until five minutes after its last refused webhook, even if other webhooks are stored', () => {
  for (let second = 0; second < 60; second++, now += 1000) {
    if (second % 2 === 0) count(FIRST, 'rate_limited');
    else troubles.clear(FIRST, TUTORCRUNCHER);
    expect(listed('rate_limited')).toHaveLength(1);
  }
  expect(listed('rate_limited')).toEqual(['firstcha 30']);
  now += 5 * MINUTE - 2000;
  expect(listed('rate_limited')).toEqual(['firstcha 30']);
  now += 1;
  expect(listed('rate_limited')).toEqual([]);
});

it.each([
  ['unknown', 30],
  ['full', 5],
  ['rate_limited', 5],
] as const)('lists a channel whose webhooks are refused as %s for %d minutes', (kind, minutes) => {
  count(FIRST, kind);
  now += minutes * MINUTE;
  expect(listed(kind)).toHaveLength(1);
  now += 1;
  expect(listed(kind)).toEqual([]);
});

it('forgets a channel 30 minutes after its last webhook, and then resets its count', () => {
  count(FIRST, 'unknown');
  now += 30 * MINUTE;
  count(FIRST, 'unknown');
  now += 30 * MINUTE;
  expect(listed('unknown')).toEqual(['firstcha 2']);
  now += 1;
  count(FIRST, 'unknown');
  expect(listed('unknown')).toEqual(['firstcha 1']);
  now += 30 * MINUTE + 1;
  expect(listed('unknown')).toEqual([]);
});

it('logs a channel once a minute, only by its short name', () => {
  for (let second = 0; second <= 60; second++, now += 1000) count(FIRST, 'unknown');
  expect(lines).toEqual([
    { channel: 'firstcha', webhooks: 1 },
    { channel: 'firstcha', webhooks: 61 },
  ]);
});

it.each([
  ['unknown', 'paste the URL'],
  ['full', 'too many of its deliveries are waiting'],
  ['rate_limited', 'RELAY_MAX_EVENTS_PER_MINUTE'],
] as const)('logs the cause if webhooks are refused as %s', (kind, cause) => {
  count(FIRST, kind);
  expect(messages).toEqual([expect.stringContaining(cause)]);
});

describe('a stranger who invents channels', () => {
  /** Counts refused webhooks of invented channels. The given number of addresses take turns. */
  function flood(addresses: number, channels = 120, webhooks = 30): void {
    for (let index = 0; index < channels; index++) {
      const name = `${index}`.padStart(8, 'x');
      for (let webhook = 0; webhook < webhooks; webhook++)
        troubles.count('unknown', name, `203.0.113.${index % addresses}`);
    }
  }
  /** Counts five refused webhooks of an agency, each after a flood, and ends with another flood. */
  function floodAround(addresses: number, address: string | null): void {
    for (let round = 0; round < 5; round++) {
      flood(addresses);
      troubles.count('unknown', FIRST, address);
    }
    flood(addresses);
  }
  const isLogged = () => lines.some((fields) => 'channel' in fields && fields.channel === 'firstcha');

  it.each([1, 2, 9])(
    'at %d addresses hides no channel with a dead webhook URL, although no webhook was stored',
    (addresses) => {
      floodAround(addresses, TUTORCRUNCHER);
      expect(listed('unknown').slice(0, 10)).toContain('firstcha 5');
      expect([isLogged(), lines.length <= 60]).toEqual([true, true]);
    },
  );

  it.each<[string, string | null]>([
    ['of a registered channel', null],
    ['if webhooks of other agencies were stored', TUTORCRUNCHER],
  ])('at any number of addresses hides no channel with a dead webhook URL %s', (_when, address) => {
    troubles.clear(OTHER, TUTORCRUNCHER);
    floodAround(120, address);
    expect(listed('unknown')[0]).toBe('firstcha 5');
    expect(isLogged()).toBe(true);
  });

  it('cannot make the relay forget the addresses of known senders without storing webhooks', () => {
    troubles.clear(OTHER, TUTORCRUNCHER);
    for (let address = 0; address < 999; address++) troubles.clear(OTHER, `198.51.100.${address}`);
    floodAround(120, TUTORCRUNCHER);
    expect(listed('unknown')[0]).toBe('firstcha 5');
    troubles.clear(OTHER, 'another');
    expect(listed('unknown')[0]).not.toBe('firstcha 5');
  });
});

it('keeps the channels with the most webhooks while a stranger invents others', () => {
  count(FIRST, 'unknown', 'unknown');
  for (let index = 0; index < 5000; index++) count(`${index}`.padStart(8, 'x'), 'unknown');
  expect([listed('unknown').length, listed('unknown')[0]]).toEqual([100, 'firstcha 2']);
});
