import { describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import { SKIPPED } from '../../store/operator.ts';
import { failureOf, resultOf, T0, type StoreContext } from './context.ts';

export function deadLetterContract(context: StoreContext): void {
  describe('dead letters', () => {
    /** Ingests deliveries, claims the channel, and buries the deliveries. */
    async function buryAll(count: number) {
      const { subscription, held, seqs } = await context.ingestAndHold(count);
      for (const seq of seqs) await context.bury(subscription, held, seq);
      return { subscription, held, seqs };
    }

    it('can be redelivered, and are deleted if they arrive or kept if they fail again', async () => {
      const { store } = context;
      const { subscription, held, seqs } = await buryAll(2);
      const [first = 0, second = 0] = seqs;
      expect(await store.pending(subscription.key, 0, 10)).toEqual([]);
      expect(await store.redriven(subscription.key, 10)).toEqual([]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({
        isPending: false,
        isRedriving: false,
      });

      expect(await store.redrive(CHANNEL, subscription.id)).toBe(2);
      expect(await store.pending(subscription.key, 0, 10)).toEqual([]);
      expect(await store.redriven(subscription.key, 10)).toMatchObject([{ seq: first }, { seq: second }]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ isPending: false, isRedriving: true });
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ pending: 0, deadLetters: 2 }]);
      await context.save(held, [
        resultOf(subscription, first),
        resultOf(subscription, second, { state: 'dead', failure: 'HTTP 410' }),
      ]);
      expect(await store.redriven(subscription.key, 10)).toEqual([]);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ deadLetters: 1 }]);
      expect(await store.sendSummaries('dead', subscription.id, 9)).toMatchObject([
        { seq: second, failure: 'HTTP 410', isRedriven: false },
      ]);
    });

    it('can be marked for redelivery from a sequence number on', async () => {
      const { store } = context;
      const { subscription, seqs } = await buryAll(4);
      expect(await store.redrive(CHANNEL, subscription.id, seqs[1])).toBe(3);
      const redriven = async (limit: number) => (await store.redriven(subscription.key, limit)).map(({ seq }) => seq);
      expect(await redriven(9)).toEqual(seqs.slice(1));
      expect(await redriven(1)).toEqual(seqs.slice(1, 2));
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
      expect(await redriven(9)).toEqual(seqs);
    });

    it('are redelivered oldest first, but those that have failed since come last', async () => {
      const { store } = context;
      const { subscription, held, seqs } = await buryAll(3);
      const [first = 0, second = 0, third = 0] = seqs;
      await store.redrive(CHANNEL, subscription.id);
      await context.save(held, [failureOf(subscription, first, { state: 'redriven' })]);
      expect(await store.redriven(subscription.key, 9)).toMatchObject([
        { seq: second },
        { seq: third },
        { seq: first },
      ]);
    });

    it('that the operator skipped are redelivered only at his request', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A')]);
      const [seq = 0] = await context.seqs();
      await context.save(await context.hold(), [
        resultOf(subscription, seq, { state: 'dead', failure: SKIPPED, durationMs: null }),
      ]);
      expect(await store.redrive(CHANNEL, subscription.id, seq)).toBe(0);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
    });

    it('stay with their subscription when it ends, but are not redelivered', async () => {
      const { store } = context;
      const { subscription, held, seqs } = await buryAll(2);
      const [first = 0, second = 0] = seqs;
      await store.redrive(CHANNEL, subscription.id, second);
      expect(await store.totals()).toMatchObject({ deadLetters: 1 });
      expect(await store.unsubscribe(CHANNEL, subscription.id, T0)).toEqual({ waiting: 1, deadLetters: 1 });
      expect(await store.totals()).toMatchObject({ subscriptions: 0, deadLetters: 0 });
      expect(await store.redriven(subscription.key, 10)).toEqual([]);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(0);
      await context.save(held, [resultOf(subscription, second, { state: 'dead', failure: 'HTTP 500' })]);
      const events = await store.events(CHANNEL, {}, { after: 0, upTo: second }, 9);
      expect(events.map(({ seq, sends }) => [seq, sends.map(({ state }) => state)])).toEqual([
        [second, []],
        [first, ['dead']],
      ]);
    });

    it('make their channel due when they are marked for redelivery', async () => {
      const { store } = context;
      const { subscription, held, seqs } = await buryAll(1);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
      const again = await context.hold();
      expect(again.revision).toBeGreaterThan(held.revision);
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ isRedriving: true }]);
      await context.save(again, [resultOf(subscription, seqs[0] ?? 0)]);
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ isRedriving: false }]);
    });
  });
}
