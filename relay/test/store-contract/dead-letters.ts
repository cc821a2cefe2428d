import { describe, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, LIMITS, progressOf, releaseOf, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

export function deadLetterContract(context: StoreContext): void {
  describe('dead letters', () => {
    /** Ingests deliveries, leases the channel, and returns both. */
    async function ingestAndHold(count: number) {
      const { store } = context;
      await store.ingest(Array.from({ length: count }, () => delivery('A')));
      const lease = await context.hold();
      const numbers = (await store.deliveriesAfter(CHANNEL, 0, 100)).map(({ seq }) => seq);
      return { lease, numbers, lastSeq: lease.lastSeq };
    }

    it('can be redelivered, and are deleted if they arrive or kept if they fail again', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const { lease, numbers, lastSeq } = await ingestAndHold(2);
      const [first = 0, second = 0] = numbers;
      const letters = numbers.map((seq) => letterOf(subscription, seq));
      expect(await store.bury(letters, progressOf(subscription, lease, { cursor: lastSeq }))).toBe(true);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: lastSeq, isRedriving: false });
      expect(await store.redriven(subscription.id, 10)).toEqual([]);

      expect(await store.redrive(CHANNEL, subscription.id)).toBe(2);
      expect((await store.redriven(subscription.id, 10)).map(({ seq }) => seq)).toEqual([first, second]);
      await store.settleRedriven(lease.leaseId, subscription.id, first, true);
      await store.settleRedriven(lease.leaseId, subscription.id, second, false);
      expect(await store.redriven(subscription.id, 10)).toEqual([]);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ deadLetters: 1 }]);
    });

    it('are saved together with all of the progress of their subscription', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const { lease, lastSeq } = await ingestAndHold(1);
      const reasons = { failingSince: T0 + 1, lastFailure: 'HTTP 500' };
      const counters = {
        refusedTries: 1,
        refusedEvents: 2,
        redriveFailures: 4,
        redrivenUpTo: 5,
        outageFrom: lastSeq,
        ...reasons,
      };
      const times = { nextAttemptAt: T0 + 5.4, nextRedriveAt: T0 + 6.4, lastSuccessAt: T0, pacedAt: 123.4 };
      const progress = { cursor: lastSeq, failures: 3, ...counters, ...times };
      await store.bury([letterOf(subscription, lastSeq)], progressOf(subscription, lease, progress));
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({
        cursor: lastSeq,
        failures: 3,
        ...counters,
        nextAttemptAt: T0 + 5,
        nextRedriveAt: T0 + 6,
        lastSuccessAt: T0,
        pacedAt: 123,
      });
      await store.bury([], progressOf(subscription, lease, { cursor: 0, lastSuccessAt: null }));
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: lastSeq, lastSuccessAt: T0 });
    });

    it('can be marked for redelivery from a sequence number on, and read after a sequence number', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const { lease, numbers, lastSeq } = await ingestAndHold(4);
      const [first = 0, second = 0, third = 0, fourth = 0] = numbers;
      const letters = numbers.map((seq) => letterOf(subscription, seq));
      await store.bury(letters, progressOf(subscription, lease, { cursor: lastSeq }));
      expect(await store.redrive(CHANNEL, subscription.id, second)).toBe(3);
      const redriven = async (limit: number, afterSeq?: number) =>
        (await store.redriven(subscription.id, limit, afterSeq)).map(({ seq }) => seq);
      expect(await redriven(9)).toEqual([second, third, fourth]);
      expect(await redriven(1, second)).toEqual([third]);
      expect(await redriven(9, fourth)).toEqual([]);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(4);
      expect(await redriven(1)).toEqual([first]);
    });

    it('are recorded only for subscriptions of the leased channel', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      const other = await context.subscribe('https://x/2', { actions: ['A'] }, OTHER_CHANNEL);
      const { lease, lastSeq } = await ingestAndHold(1);
      expect(await store.bury([letterOf(other, lastSeq)], progressOf(subscription, lease))).toBe(true);
      expect(await store.totals()).toMatchObject({ deadLetters: 0 });
    });

    it('are deleted with their subscription, and not recorded after that', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const { lease, lastSeq } = await ingestAndHold(1);
      const letters = [letterOf(subscription, lastSeq)];
      const progress = progressOf(subscription, lease, { cursor: lastSeq });
      await store.bury(letters, progress);
      await store.redrive(CHANNEL, subscription.id);
      expect(await store.totals()).toMatchObject({ deadLetters: 1 });

      expect(await store.unsubscribe(CHANNEL, subscription.id)).toBe(true);
      expect(await store.totals()).toMatchObject({ subscriptions: 0, deadLetters: 0 });
      expect(await store.redriven(subscription.id, 10)).toEqual([]);
      await store.progress([progress]);
      expect(await store.bury(letters, progress)).toBe(true);
      expect(await store.totals()).toMatchObject({ subscriptions: 0, deadLetters: 0 });
    });

    it('make their channel due when they are marked for redelivery', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const { lease, lastSeq } = await ingestAndHold(1);
      await store.bury([letterOf(subscription, lastSeq)], progressOf(subscription, lease, { cursor: lastSeq }));
      await store.release([releaseOf(lease)]);
      expect(await context.lease()).toEqual([]);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
      expect((await context.hold()).subscriptions).toMatchObject([{ isRedriving: true }]);
      await store.settleRedriven(lease.leaseId, subscription.id, lastSeq, true);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ isRedriving: false });
    });
  });
}
