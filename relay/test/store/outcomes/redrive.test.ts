import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { ROW_BATCH } from '../../../store/rows/deletion.ts';
import { SKIPPED } from '../../../store/outcomes/operator.ts';
import { delivery } from '../../support/new-delivery.ts';
import { failureOf, reportedState, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of dead letters that are redriven, and of sends that are set aside. */
describeEachStore((context) => {
  const { store } = context;
  describe('dead letters', () => {
    /** Ingests deliveries, claims the channel, and buries the deliveries. */
    async function buryAll(count: number) {
      const { subscription, held, seqs } = await context.ingestAndHold(count);
      for (const seq of seqs) await context.bury(subscription, held, seq);
      return { subscription, held, seqs };
    }

    it('can be redelivered, and are deleted if they arrive or kept if they fail again', async () => {
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

    it('can be redelivered from a sequence number on, oldest first, but dead letters that failed again come last', async () => {
      const { subscription, held, seqs } = await buryAll(4);
      expect(await store.redriveFrom(CHANNEL, subscription.id, seqs[1] ?? 0)).toEqual({ count: 3, nextSeq: null });
      const redriven = async (limit: number) => (await store.redriven(subscription.key, limit)).map(({ seq }) => seq);
      expect(await redriven(9)).toEqual(seqs.slice(1));
      expect(await redriven(1)).toEqual(seqs.slice(1, 2));
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
      expect(await redriven(9)).toEqual(seqs);
      const [first = 0, ...others] = seqs;
      await context.save(held, [failureOf(subscription, first)]);
      expect(await redriven(9)).toEqual([...others, first]);
    });

    it('that the operator skipped are redelivered only at the request of the operator', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A')]);
      const [seq = 0] = await context.seqs();
      await context.save(await context.hold(), [
        resultOf(subscription, seq, { state: 'dead', failure: SKIPPED, durationMs: null }),
      ]);
      expect(await store.redriveFrom(CHANNEL, subscription.id, seq)).toEqual({ count: 0, nextSeq: null });
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
    });

    it('are redriven in steps if they are many', async () => {
      const COUNT = ROW_BATCH + 200;
      const { subscription, seqs } = await context.buryMany(COUNT);
      const { key, id } = subscription;
      const step = await store.redriveFrom(CHANNEL, id, seqs[100] ?? 0);
      expect(step).toEqual({ count: ROW_BATCH, nextSeq: (seqs[ROW_BATCH + 99] ?? 0) + 1 });
      expect(await store.redriveFrom(CHANNEL, id, step.nextSeq ?? 0)).toEqual({ count: 100, nextSeq: null });
      expect(await store.redrive(CHANNEL, id)).toBe(100);
      expect((await store.redriven(key, COUNT)).map(({ seq }) => seq)).toEqual(seqs);
      expect(await context.recount()).toBeNull();
    });
  });

  /** Ingests two deliveries. Sets the first delivery aside, and accepts the second. */
  async function setFirstAside() {
    const subscription = await context.subscribe();
    await store.ingest([delivery('A'), delivery('A')]);
    const held = await context.hold();
    const [seq = 0, next = 0] = await context.seqs();
    await context.save(held, [
      failureOf(subscription, seq),
      resultOf(subscription, next),
      failureOf(subscription, seq, { state: 'set_aside', durationMs: null }),
    ]);
    return { subscription, held, seq };
  }
  const stateOf = async (seq: number) =>
    (await store.events(CHANNEL, {}, { after: seq - 1, upTo: seq }, 1))[0]?.sends[0]?.state;

  describe('a send that is set aside', () => {
    it('waits apart from pending sends, and counts as a dead letter that is redriven', async () => {
      const { subscription, seq } = await setFirstAside();
      expect(await store.hasSetAside(subscription.key)).toBe(true);
      expect(await store.pending(subscription.key, 0, 9)).toEqual([]);
      expect(await store.redriven(subscription.key, 9)).toMatchObject([{ seq, isSetAside: true }]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ isPending: false, isRedriving: true });
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ pending: 0, deadLetters: 1 }]);
      expect(await store.sendSummaries('dead', subscription.id, 9)).toMatchObject([{ seq, isRedriven: true }]);
      const [event] = await store.events(CHANNEL, { outcome: 'failed' }, { after: 0, upTo: seq }, 9);
      expect(event?.sends).toMatchObject([{ state: 'set_aside', failure: 'HTTP 500' }]);
    });

    it('stays set aside if another attempt fails', async () => {
      const { subscription, held, seq } = await setFirstAside();
      await context.save(held, [failureOf(subscription, seq, { endedAt: T0 + 1 })]);
      expect(await stateOf(seq)).toBe('set_aside');
      await context.save(held, [resultOf(subscription, seq, { endedAt: T0 + 2 })]);
      expect(await stateOf(seq)).toBe('delivered');
      expect(await store.hasSetAside(subscription.key)).toBe(false);
    });

    it.each(['send again', 'redrive'])('is redriven on the request to %s, which ends its back-off', async (request) => {
      const { subscription, held, seq } = await setFirstAside();
      await context.save(held, [], [reportedState(subscription, { redriveFailures: 3, nextRedriveAt: T0 + HOUR })]);
      // The end of an outage does not redrive the event that is set aside.
      expect(await store.redriveFrom(CHANNEL, subscription.id, 0)).toEqual({ count: 0, nextSeq: null });
      expect(
        request === 'redrive'
          ? await store.redrive(CHANNEL, subscription.id)
          : (await store.sendAgain(CHANNEL, [{ subscriptionId: subscription.id, seq }], 9, T0)) !== 'busy',
      ).toBeTruthy();
      expect(await stateOf(seq)).toBe('redriven');
      expect(await store.hasSetAside(subscription.key)).toBe(false);
      const [current] = await store.subscriptions(CHANNEL);
      expect(current).toMatchObject({ redriveFailures: 0, nextRedriveAt: 0 });
      expect(current?.redrivenAt).toBeGreaterThan(0);
    });
  });
});
