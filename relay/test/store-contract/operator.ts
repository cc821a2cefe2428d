import { describe, expect, it } from '@jest/globals';

import { CHANNEL, delivery, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, LIMITS, progressOf, T0, type StoreContext } from './context.ts';

export function operatorContract(context: StoreContext): void {
  describe('the queries of the operator', () => {
    it('summarize every channel', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0 + 1);
      const failing = await context.subscribe('https://x/1');
      const dead = await context.subscribe('https://x/2');
      await store.ingest([delivery('A', { receivedAt: T0 + 2 })]);
      const lease = await context.hold();
      await store.progress([progressOf(failing, lease, { failures: 2 })]);
      await store.bury([letterOf(dead, lease.lastSeq)], progressOf(dead, lease, { cursor: lease.lastSeq }));
      expect(await store.channelSummaries()).toEqual([
        {
          channel: CHANNEL,
          createdAt: T0,
          lastEventAt: T0 + 2,
          storedBytes: expect.any(Number),
          subscriptions: 2,
          failing: 1,
          behind: 1,
          deadLetters: 1,
        },
        {
          channel: OTHER_CHANNEL,
          createdAt: T0 + 1,
          lastEventAt: null,
          storedBytes: 0,
          subscriptions: 0,
          failing: 0,
          behind: 0,
          deadLetters: 0,
        },
      ]);
    });

    it('find channels and subscriptions by their first characters', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const { id } = await context.subscribe();
      expect(await store.channelsStartingWith(CHANNEL.slice(0, 8), 2)).toEqual([CHANNEL]);
      expect(await store.channelsStartingWith(CHANNEL, 2)).toEqual([CHANNEL]);
      expect(await store.channelsStartingWith('', 1)).toHaveLength(1);
      expect((await store.channelsStartingWith('', 3)).sort()).toEqual([CHANNEL, OTHER_CHANNEL].sort());
      // Wildcards of LIKE and GLOB stand for themselves.
      for (const prefix of ['_______', '%', '*', `${CHANNEL}x`]) {
        expect(await store.channelsStartingWith(prefix, 2)).toEqual([]);
      }
      for (const length of [4, 8, 9, 36]) {
        expect(await store.subscriptionsStartingWith(id.slice(0, length), 2)).toEqual([{ channel: CHANNEL, id }]);
      }
      expect(await store.subscriptionsStartingWith('no', 2)).toEqual([]);
    });

    it('describe stored deliveries without their content', async () => {
      const { store } = context;
      const body = Buffer.alloc(123, 'x');
      await store.ingest([
        delivery('A', { receivedAt: T0 + 1 }),
        delivery('', { actions: [], body: Buffer.from('none') }),
        delivery('B', { receivedAt: T0 + 2, actions: null, body }),
      ]);
      const summaries = await store.deliverySummaries(CHANNEL, 0, 9);
      expect(summaries).toEqual([
        { seq: expect.any(Number), receivedAt: T0 + 1, actions: ['A'], bytes: expect.any(Number) },
        { seq: expect.any(Number), receivedAt: T0 + 2, actions: null, bytes: 123 },
      ]);
      const first = summaries[0]?.seq ?? 0;
      expect(await store.deliverySummaries(CHANNEL, first, 9)).toEqual(summaries.slice(1));
      expect(await store.deliverySummaries(CHANNEL, 0, 1)).toEqual(summaries.slice(0, 1));
      expect(await store.deliverySummaries(OTHER_CHANNEL, 0, 1)).toEqual([]);
    });

    it('describe dead letters without their content', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 + 1 }), delivery('A')]);
      const lease = await context.hold();
      const numbers = (await store.deliverySummaries(CHANNEL, 0, 9)).map(({ seq }) => seq);
      const letters = numbers.map((seq) => letterOf(subscription, seq, T0 + 5));
      await store.bury(letters, progressOf(subscription, lease, { cursor: lease.lastSeq }));
      await store.redrive(CHANNEL, subscription.id, numbers[1]);
      const dead = await store.deadLetterSummaries(subscription.id, 9);
      expect(dead).toMatchObject([
        { seq: numbers[0], receivedAt: T0 + 1, actions: ['A'], deadAt: T0 + 5, reason: 'HTTP 500', isRedriven: false },
        { seq: numbers[1], isRedriven: true },
      ]);
      expect(dead[0]?.bytes).toBeGreaterThan(0);
      expect(await store.deadLetterSummaries(subscription.id, 1)).toHaveLength(1);
      expect(await store.deadLetterSummaries('no-such-id', 1)).toEqual([]);
    });
  });
}
