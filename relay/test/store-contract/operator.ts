import { describe, expect, it } from '@jest/globals';

import { DAY } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { SKIPPED } from '../../store/operator-store.ts';
import { letterOf, LIMITS, progressOf, releaseOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

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
          rememberedDeliveries: 0,
          subscriptions: 2,
          failing: 1,
          paused: 0,
          behind: 1,
          deadLetters: 1,
        },
        {
          channel: OTHER_CHANNEL,
          createdAt: T0 + 1,
          lastEventAt: null,
          storedBytes: 0,
          rememberedDeliveries: 0,
          subscriptions: 0,
          failing: 0,
          paused: 0,
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
      // Wildcards of LIKE and GLOB are matched literally.
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
      const dead = await store.deadLetterSummaries(subscription.id, 0, 9);
      expect(dead).toMatchObject([
        { seq: numbers[0], receivedAt: T0 + 1, actions: ['A'], deadAt: T0 + 5, reason: 'HTTP 500', isRedriven: false },
        { seq: numbers[1], isRedriven: true },
      ]);
      expect(dead[0]?.bytes).toBeGreaterThan(0);
      expect(await store.deadLetterSummaries(subscription.id, 0, 1)).toHaveLength(1);
      expect(await store.deadLetterSummaries(subscription.id, numbers[1] ?? 0, 9)).toEqual(dead.slice(1));
      expect(await store.deadLetterSummaries('no-such-id', 0, 1)).toEqual([]);
    });

    it('pause and resume a subscription once, and notify its holder', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const name = { channel: CHANNEL, id: subscription.id };
      expect(subscription).toMatchObject({ pausedAt: null, resumedAt: null, skipSeq: null });
      expect(await store.resume(name, T0)).toBe(false);
      await store.ingest([delivery('A')]);
      const lease = await context.hold();
      await store.progress([
        progressOf(subscription, lease, { failures: 3, nextAttemptAt: T0 + 9, nextRedriveAt: T0 + 9 }),
      ]);
      expect(await store.pause(name, T0 + 1)).toBe(true);
      expect(await store.pause(name, T0 + 2)).toBe(false);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ pausedAt: T0 + 1, failures: 3 });
      expect(await store.totals()).toMatchObject({ pausedSubscriptions: 1 });
      expect(await store.channelSummaries()).toMatchObject([{ paused: 1 }]);
      const [paused] = await store.renew([lease.leaseId], 1000);
      expect(paused?.revision).toBeGreaterThan(lease.revision);
      await store.release([releaseOf(lease, { revision: paused?.revision ?? 0 })]);
      expect(await context.lease()).toEqual([]);

      expect(await store.resume(name, T0 + 5)).toBe(true);
      expect(await store.resume(name, T0 + 6)).toBe(false);
      const resumed = { pausedAt: null, resumedAt: T0 + 5, nextAttemptAt: 0, nextRedriveAt: 0, failures: 3 };
      expect((await context.hold()).subscriptions).toMatchObject([resumed]);
      expect(await store.totals()).toMatchObject({ pausedSubscriptions: 0 });
      for (const wrong of [
        { channel: CHANNEL, id: 'x' },
        { channel: OTHER_CHANNEL, id: subscription.id },
      ]) {
        expect(await store.pause(wrong, T0)).toBe(false);
        expect(await store.resume(wrong, T0)).toBe(false);
      }
    });

    it('keep the dead letters of a paused subscription, and extend their retention by the length of the pause', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const name = { channel: CHANNEL, id: subscription.id };
      await store.ingest([delivery('A', { receivedAt: T0 }), delivery('A', { receivedAt: T0 })]);
      const lease = await context.hold();
      const [first = 0, second = 0] = (await store.deliverySummaries(CHANNEL, 0, 9)).map(({ seq }) => seq);
      const progress = progressOf(subscription, lease, { cursor: lease.lastSeq });
      await store.bury([letterOf(subscription, first, T0)], progress);
      await store.pause(name, T0 + DAY);
      await store.bury([letterOf(subscription, second, T0 + 2 * DAY)], progress);
      await store.retain(RETENTION, T0 + 30 * DAY);
      expect(await store.deadLetterSummaries(subscription.id, 0, 9)).toHaveLength(2);
      await store.resume(name, T0 + 31 * DAY);
      expect((await store.deadLetterSummaries(subscription.id, 0, 9)).map(({ deadAt }) => deadAt)).toEqual([
        T0 + 30 * DAY,
        T0 + 31 * DAY,
      ]);
      await store.retain(RETENTION, T0 + 44 * DAY + 1);
      expect((await store.deadLetterSummaries(subscription.id, 0, 9)).map(({ seq }) => seq)).toEqual([second]);
    });

    it('let the waiting deliveries of a paused subscription count towards the limits of the channel', async () => {
      await context.open({ maxChannelDeliveries: 3 });
      const { store } = context;
      const { id } = await context.subscribe();
      await store.pause({ channel: CHANNEL, id }, T0);
      const results = await store.ingest([delivery('A'), delivery('A'), delivery('A')]);
      expect(results).toEqual(['stored', 'stored', 'stored']);
      expect(await store.ingest([delivery('A')])).toEqual(['full']);
      expect(await store.deliverySummaries(CHANNEL, 0, 9)).toHaveLength(3);
    });

    it('request that a waiting delivery is skipped, one at a time', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const name = { channel: CHANNEL, id: subscription.id };
      await store.ingest([delivery('A'), delivery('A'), delivery('A')]);
      const lease = await context.hold();
      const [first = 0, second = 0, third = 0] = (await store.deliverySummaries(CHANNEL, 0, 9)).map(({ seq }) => seq);
      await store.progress([progressOf(subscription, lease, { cursor: first })]);
      expect(await store.requestSkip(name, first)).toBe(false);
      expect(await store.requestSkip(name, second)).toBe(true);
      expect(await store.requestSkip(name, second)).toBe(false);
      expect(await store.requestSkip(name, third)).toBe(false);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: first, skipSeq: second });
      const [position] = await store.renew([lease.leaseId], 1000);
      expect(position?.revision).toBeGreaterThan(lease.revision);

      const letter = { ...letterOf(subscription, second), reason: SKIPPED };
      await store.bury([letter], progressOf(subscription, lease, { cursor: second }));
      expect(await store.requestSkip(name, third)).toBe(true);
      // Only an operator's request redrives it.
      expect(await store.redrive(CHANNEL, subscription.id, second)).toBe(0);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
      await store.release([releaseOf(lease, { lastSeq: lease.lastSeq, revision: Number.MAX_SAFE_INTEGER })]);
      expect((await context.hold()).subscriptions).toMatchObject([{ skipSeq: third }]);
    });
  });
}
