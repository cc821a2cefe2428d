import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { SKIPPED } from '../../../store/outcomes/operator.ts';
import type { Subscription } from '../../../store/rows/subscription.ts';
import { delivery } from '../../support/new-delivery.ts';
import {
  failureOf,
  LIMITS,
  PROCESS,
  reportedState,
  resultOf,
  type StoreContext,
  T0,
} from '../../support/store-context.ts';

/** Tests of sends that wait a second time: dead letters, sends that are set aside, and sends from the console. */
export function deadLetterContract(context: StoreContext): void {
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

    it('can be redelivered from a sequence number on, oldest first, but those that have failed since come last', async () => {
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

    it('that the operator skipped are redelivered only at his request', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A')]);
      const [seq = 0] = await context.seqs();
      await context.save(await context.hold(), [
        resultOf(subscription, seq, { state: 'dead', failure: SKIPPED, durationMs: null }),
      ]);
      expect(await store.redriveFrom(CHANNEL, subscription.id, seq)).toEqual({ count: 0, nextSeq: null });
      expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
    });
  });

  /** Ingests two deliveries, sets the first aside, and accepts the second. */
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
      // The end of an outage does not concern it.
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

    it('passes a dead letter of a Zap that is off on to another Zap, once, and only while it is one', async () => {
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

    it('keeps the content until it has arrived, and for 14 days', async () => {
      const { subscription, held, seqs } = await context.ingestAndHold(1);
      await context.pass(subscription, held);
      await sendAgain(subscription, seqs, 9, T0 + 2 * DAY);
      await context.retain(T0 + 15 * DAY);
      expect(await store.redriven(subscription.key, 9)).toHaveLength(1);
      await context.retain(T0 + 16 * DAY);
      expect(await context.seqs()).toEqual([]);
    });
  });
}
