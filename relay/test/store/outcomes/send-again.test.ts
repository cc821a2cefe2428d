import { describe, expect, it } from '@jest/globals';

import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import type { Subscription } from '../../../store/rows/subscription.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, PROCESS, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of events that are sent again from the console. */
describeEachStore((context) => {
  const { store } = context;
  const sendsOf = async (seq: number) => (await store.events(CHANNEL, {}, { after: seq - 1, upTo: seq }, 1))[0]?.sends;
  const sendAgain = (subscription: Pick<Subscription, 'id'>, seqs: readonly number[], max = 9, now = T0) =>
    store.sendAgain(
      CHANNEL,
      seqs.map((seq) => ({ subscriptionId: subscription.id, seq })),
      max,
      now,
    );

  describe('sending again from the console', () => {
    it('makes a delivered event wait again, and its channel due', async () => {
      const { subscription, held, seq } = await context.ingestAndHold();
      await context.pass(subscription, held);
      await context.giveBack(held);
      expect(await sendAgain(subscription, [seq])).toEqual({ marked: 1, waiting: 0 });
      expect(await sendAgain(subscription, [seq])).toEqual({ marked: 0, waiting: 1 });

      const again = await context.hold();
      expect(again.revision).toBeGreaterThan(held.revision);
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ isRedriving: true }]);
      expect(await store.redriven(subscription.key, 9)).toMatchObject([{ seq, isSentAgain: true }]);
      const sent = { subscriptionId: subscription.id, failure: null, isSentAgain: true };
      expect(await sendsOf(seq)).toEqual([{ ...sent, state: 'redriven' }]);
      await context.save(again, [resultOf(subscription, seq, { isSentAgain: true })]);
      expect(await sendsOf(seq)).toEqual([{ ...sent, state: 'delivered' }]);
    });

    it('marks dead letters, and counts deliveries that are already waiting', async () => {
      const { subscription, held, seqs } = await context.ingestAndHold(3);
      const [dead = 0, redriven = 0, waiting = 0] = seqs;
      for (const seq of [dead, redriven]) await context.bury(subscription, held, seq);
      await store.redriveFrom(CHANNEL, subscription.id, redriven);
      const [before] = await store.claimed(PROCESS);
      const marked = { marked: 1, waiting: 2 };
      expect(await sendAgain(subscription, [dead, redriven, waiting, waiting + 1])).toEqual(marked);
      expect(await store.redriven(subscription.key, 9)).toMatchObject([
        { seq: dead, isSentAgain: true },
        { seq: redriven, isSentAgain: false },
      ]);
      expect((await store.claimed(PROCESS))[0]?.revision).toBeGreaterThan(before?.revision ?? Infinity);
    });

    it('sends events from before the Zap was turned on, and counts their size as waiting', async () => {
      await store.ingest([delivery('A', { body: Buffer.alloc(6000), receivedAt: T0 })]);
      const [seq = 0] = await context.seqs();
      const subscription = await context.subscribe();
      const large = () => delivery('A', { body: Buffer.alloc(5000), receivedAt: T0 });
      expect(await sendAgain(subscription, [seq])).toEqual({ marked: 1, waiting: 0 });
      expect(await store.ingest([large()])).toEqual(['full']);
      expect(await store.redriven(subscription.key, 9)).toMatchObject([{ seq }]);
      await context.save(await context.hold(), [resultOf(subscription, seq)]);
      expect(await store.ingest([large()])).toEqual(['stored']);
    });

    it('changes nothing if too many deliveries are being sent again', async () => {
      const { subscription, held, seqs } = await context.ingestAndHold(3);
      const [one = 0, two = 0, three = 0] = seqs;
      await context.pass(subscription, held);
      expect(await sendAgain(subscription, [one], 2)).toEqual({ marked: 1, waiting: 0 });
      expect(await sendAgain(subscription, [two, three], 2)).toBe('busy');
      expect(await sendAgain(subscription, [two], 2)).toEqual({ marked: 1, waiting: 0 });
    });

    it('ignores deliveries that are deleted or of another channel, and subscriptions that ended or never existed', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const { subscription, held, seqs } = await context.ingestAndHold(1);
      await context.pass(subscription, held);
      await context.retain(T0 + 4 * DAY);
      await store.ingest([delivery('A', { channel: OTHER_CHANNEL }), delivery('A', { receivedAt: T0 + 4 * DAY })]);
      const [kept = 0] = await context.seqs();
      const ended = await context.subscribe('https://x/2');
      await store.unsubscribe(CHANNEL, ended.id, T0);
      const none = { marked: 0, waiting: 0 };
      expect(await sendAgain(subscription, [seqs[0] ?? 0, ...(await context.seqs(OTHER_CHANNEL))])).toEqual(none);
      for (const id of ['x', '00000000-0000-4000-8000-000000000009', ended.id]) {
        expect(await sendAgain({ id }, [kept])).toEqual(none);
      }
      expect(await store.sendAgain(OTHER_CHANNEL, [{ subscriptionId: subscription.id, seq: kept }], 9, T0)).toEqual(
        none,
      );
      expect(await store.redriven(subscription.key, 9)).toEqual([]);
    });

    it('passes a dead letter of a Zap that is off on to another Zap, and only once', async () => {
      const ended = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 }), delivery('A', { receivedAt: T0 })]);
      const held = await context.hold();
      const [delivered = 0, dead = 0] = await context.seqs();
      await context.pass(ended, held, delivered);
      await context.bury(ended, held, dead);
      const successor = await context.subscribe('https://x/2');
      const other = await context.subscribe('https://x/3');
      const passOn = ({ id: subscriptionId }: Subscription) =>
        store.sendAgain(
          CHANNEL,
          [delivered, dead].map((seq) => ({ subscriptionId, seq, insteadOf: ended.id })),
          9,
          T0,
        );
      expect(await passOn(successor)).toEqual({ marked: 0, waiting: 0 });
      await store.unsubscribe(CHANNEL, ended.id, T0);
      expect(await passOn(successor)).toEqual({ marked: 1, waiting: 0 });
      expect(await passOn(successor)).toEqual({ marked: 0, waiting: 0 });
      expect(await passOn(other)).toEqual({ marked: 0, waiting: 0 });
      expect(await store.redriven(successor.key, 9)).toMatchObject([{ seq: dead }]);
      expect(await store.redriven(other.key, 9)).toEqual([]);
    });

    it('keeps the content for 14 days after the request', async () => {
      const { subscription, held, seqs } = await context.ingestAndHold(1);
      await context.pass(subscription, held);
      await sendAgain(subscription, seqs, 9, T0 + 2 * DAY);
      await context.retain(T0 + 15 * DAY);
      expect(await store.redriven(subscription.key, 9)).toHaveLength(1);
      await context.retain(T0 + 16 * DAY);
      expect(await context.seqs()).toEqual([]);
    });
  });
});
