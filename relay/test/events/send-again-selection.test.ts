import { describe, expect, it } from '@jest/globals';

import type { EventAtZap, EventConditions, Outcome } from '../../../wire/console-api.ts';
import type { FoundEvent, FoundEvents } from '../../events/channel-events.ts';
import { selectByConditions, selectOne } from '../../events/send-again-selection.ts';
import { sampleSubscription } from '../support/sample-subscription.ts';

/** Returns an event with the given outcome for each Zap. Its sequence number is ten times its number. */
function event(number: number, outcomes: Readonly<Record<string, Outcome>>): FoundEvent {
  const zaps = Object.entries(outcomes).map(([zap, outcome]): EventAtZap => ({
    zap,
    outcome,
    was_on: true,
    is_sent_again: false,
  }));
  const stored = { seq: number * 10, number, receivedAt: 0, actions: ['A'], isRepeat: false, sends: [] };
  return { ...stored, outcome: 'waiting', zaps };
}

const successor = sampleSubscription({ id: 'successor' });

describe('one event', () => {
  it.each<[Outcome, resends: number, waiting: number]>([
    ['delivered', 1, 0],
    ['given_up', 1, 0],
    ['not_wanted', 1, 0],
    ['waiting', 0, 1],
    ['failed', 0, 1],
  ])('is sent again to a Zap, unless an attempt is already due: %s', (outcome, resends, waiting) => {
    const selection = selectOne(event(1, { zap: outcome }), 'zap');
    expect(selection?.resends).toEqual(Array(resends).fill({ subscriptionId: 'zap', seq: 10 }));
    expect(selection?.response).toEqual({ events: resends, deliveries: resends, waiting, next: null, up_to: 1 });
  });

  it('is not sent to a Zap that does not select it', () => {
    expect(selectOne(event(1, { other: 'delivered' }), 'zap')).toBeNull();
  });

  it.each<[Readonly<Record<string, Outcome>>, isSent: boolean]>([
    [{ zap: 'given_up' }, true],
    [{ zap: 'given_up', successor: 'not_wanted' }, true],
    [{ zap: 'given_up', successor: 'delivered' }, false],
    [{ zap: 'given_up', successor: 'waiting' }, false],
    [{ zap: 'delivered' }, false],
  ])('is sent to the successor of a Zap that is off only if both missed it: %j', (outcomes, isSent) => {
    const resend = { subscriptionId: 'successor', seq: 10, insteadOf: 'zap' };
    expect(selectOne(event(1, outcomes), 'zap', successor)?.resends).toEqual(isSent ? [resend] : []);
  });
});

describe('the events that meet conditions', () => {
  const zaps = ['a', 'b'].map((id) => sampleSubscription({ id }));
  const channelZaps = [...zaps, sampleSubscription({ id: 'off', endedAt: 9 })];
  const RANGE = { after: 3, upTo: 99 };

  /** Selects deliveries from events. Returns the selected deliveries as `zap:seq`, and the response. */
  async function select(events: readonly FoundEvent[], conditions: EventConditions, limit = 9, isForSuccessor = false) {
    const found: FoundEvents = { events, next: null, newest: 99, searchedFrom: 0 };
    const calls: unknown[] = [];
    const find = (...parameters: readonly unknown[]) => {
      calls.push(parameters);
      return Promise.resolve(found);
    };
    const channelEvents = { zaps: channelZaps, find };
    const instead = isForSuccessor ? successor : undefined;
    const { resends, response } = await selectByConditions(channelEvents, conditions, RANGE, limit, instead);
    expect(calls).toEqual([[conditions, RANGE, limit, 'oldest first']]);
    return [resends.map(({ subscriptionId, seq }) => `${subscriptionId}:${seq}`), response] as const;
  }

  it.each<[EventConditions, selected: string[]]>([
    [{}, ['a:40', 'b:50']],
    [{ zap: 'b' }, ['b:50']],
    [{ outcome: 'given_up' }, ['b:50']],
    [{ outcome: 'not_wanted' }, ['b:40']],
  ])(
    'are sent to the chosen Zaps that are on, and to a Zap that was turned on later only on request: %j',
    async (conditions, selected) => {
      const events = [
        event(4, { a: 'delivered', b: 'not_wanted', off: 'given_up' }),
        event(5, { b: 'given_up', a: 'waiting' }),
      ];
      const [resends, response] = await select(events, conditions);
      expect(resends).toEqual(selected);
      const waiting = Object.keys(conditions).length === 0 ? 1 : 0;
      expect(response).toEqual({
        events: selected.length,
        deliveries: selected.length,
        waiting,
        next: null,
        up_to: 99,
      });
    },
  );

  it('are sent to all of their Zaps in the same request, or to none of them if that would exceed the limit', async () => {
    const events = [event(4, { a: 'delivered', b: 'delivered' }), event(5, { a: 'delivered', b: 'delivered' })];
    const [resends, response] = await select(events, {}, 3);
    expect([resends, response.next]).toEqual([['a:40', 'b:40'], 4]);
    expect((await select(events, {}, 1))[1]).toMatchObject({ deliveries: 0, next: 3 });
  });

  it('are sent to the successor of a Zap that is off, unless the successor has received them', async () => {
    const events = [event(4, { off: 'given_up' }), event(5, { off: 'given_up', successor: 'delivered' })];
    const [resends] = await select(events, { zap: 'off', outcome: 'given_up' }, 9, true);
    expect(resends).toEqual(['successor:40']);
  });
});
