import { describe, expect, it } from '@jest/globals';

import type { Outcome } from '../../../wire/console-api.ts';
import { channelEventsOf } from '../../events/channel-events.ts';
import type { ListedSend, StoredEvent } from '../../store/console/events.ts';
import type { Subscription } from '../../store/rows/subscription.ts';
import { sampleSubscription } from '../support/sample-subscription.ts';

const ALL = { after: 0, upTo: 99_999 };

/** Returns an event with the given actions. Its sequence number is ten times its number. */
const event = (number: number, actions: string[], sends: readonly Partial<ListedSend>[] = []): StoredEvent => ({
  seq: number * 10,
  number,
  receivedAt: number,
  actions,
  isRepeat: false,
  sends: sends.map((send) => ({ subscriptionId: 'a', state: 'pending', failure: null, isSentAgain: false, ...send })),
});

/** Returns the events of a channel whose store contains the given Zaps and events, with the newest event first. */
function eventsWith(zaps: readonly Subscription[], events: readonly StoredEvent[]) {
  const inRange = ({ number }: StoredEvent, { after, upTo } = ALL) => number > after && number <= upTo;
  return channelEventsOf(
    {
      endedSubscriptions: () => Promise.resolve([]),
      subscriptions: () => Promise.resolve([...zaps]),
      newestNumber: () => Promise.resolve(events[0]?.number ?? 0),
      numbersBetween: () => Promise.resolve(ALL),
      window: (_channel, range) => Promise.resolve({ range, end: null, firstReceivedAt: 1 }),
      events: (_channel, _conditions, range, limit) =>
        Promise.resolve(events.filter((each) => inRange(each, range)).slice(0, limit)),
    },
    'channel',
  );
}

describe('the outcome of an event for a Zap', () => {
  it.each<[Partial<ListedSend>, Outcome]>([
    [{ state: 'pending' }, 'waiting'],
    [{ state: 'pending', failure: 'HTTP 500' }, 'failed'],
    [{ state: 'set_aside', failure: 'HTTP 500' }, 'failed'],
    [{ state: 'redriven' }, 'waiting'],
    [{ state: 'dead', failure: 'HTTP 500' }, 'given_up'],
    [{ state: 'delivered' }, 'delivered'],
  ])('follows from its send: %j is %s', async (send, outcome) => {
    const { find } = await eventsWith([sampleSubscription({ id: 'a' })], [event(1, ['A'], [send])]);
    const { events } = await find({}, ALL, 9);
    expect(events).toMatchObject([{ outcome, zaps: [{ zap: 'a', outcome, was_on: true }] }]);
  });

  it.each<[what: string, changes: Partial<Subscription>, zaps: number]>([
    ['"not wanted" if the event arrived before the Zap was turned on', { startsAfter: 10 }, 1],
    [
      'unknown if the event arrived before the Zap was turned on, and the Zap does not select it',
      { startsAfter: 10, filter: { actions: ['B'] } },
      0,
    ],
    [
      'unknown if the event arrived before the Zap was turned on, and the Zap is off again',
      { startsAfter: 10, endedAt: 9 },
      0,
    ],
    ['unknown if the Zap was on', {}, 0],
  ])('without a send is %s', async (_what, changes, zaps) => {
    const channelEvents = await eventsWith([sampleSubscription({ id: 'a', ...changes })], [event(1, ['A'])]);
    const found = await channelEvents.event(1);
    const unwanted = { zap: 'a', outcome: 'not_wanted', was_on: false, is_sent_again: false };
    expect(found).toMatchObject({ outcome: 'not_wanted', zaps: Array(zaps).fill(unwanted) });
  });
});

it('an event has the most urgent of its outcomes', async () => {
  const zaps = ['a', 'b', 'c'].map((id) => sampleSubscription({ id }));
  const sends = [
    { subscriptionId: 'a', state: 'delivered' as const },
    { subscriptionId: 'b', state: 'dead' as const },
    { subscriptionId: 'c' },
  ];
  const { find } = await eventsWith(zaps, [event(2, ['A'], sends), event(1, ['A'], sends.toSpliced(1, 1))]);
  expect((await find({}, ALL, 9)).events.map(({ outcome }) => outcome)).toEqual(['given_up', 'waiting']);
});

it('a search for the events of a Zap leaves out other events, and reads at most 1,000 events', async () => {
  const wanted = [1_600, 700, 500];
  const events = Array.from({ length: 2_000 }, (_, index) => 2_000 - index).map((number) =>
    wanted.includes(number) ? event(number, ['A'], [{}]) : event(number, ['B']),
  );
  const { find } = await eventsWith([sampleSubscription({ id: 'a' })], events);
  const numbersOf = (found: Awaited<ReturnType<typeof find>>) => found.events.map(({ number }) => number);
  const first = await find({ zap: 'a' }, ALL, 9);
  expect([numbersOf(first), first.next]).toEqual([[1_600], 1_001]);
  const rest = await find({ zap: 'a' }, { after: 0, upTo: 1_000 }, 1);
  expect([numbersOf(rest), rest.next]).toEqual([[700], 700]);
});
