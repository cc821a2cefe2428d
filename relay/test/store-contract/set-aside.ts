import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import { failureOf, progressOf, resultOf, T0, type StoreContext } from './context.ts';

export function setAsideContract(context: StoreContext): void {
  /** Ingests two deliveries, sets the first aside, and accepts the second. */
  async function setFirstAside() {
    const subscription = await context.subscribe();
    await context.store.ingest([delivery('A'), delivery('A')]);
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
    (await context.store.events(CHANNEL, {}, { after: seq - 1, upTo: seq }, 1))[0]?.sends[0]?.state;

  describe('a send that is set aside', () => {
    it('waits apart from pending sends, and counts as a dead letter that is redriven', async () => {
      const { store } = context;
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

    it('makes its channel due at the time of its next attempt', async () => {
      const { subscription, held } = await setFirstAside();
      const now = await context.store.now();
      await context.save(held, [], [progressOf(subscription, { nextRedriveAt: now + HOUR / 2 })]);
      await context.giveBack(held);
      expect(await context.dueInMs()).toBeGreaterThan(HOUR / 3);
    });

    it('stays set aside if another attempt fails', async () => {
      const { subscription, held, seq } = await setFirstAside();
      await context.save(held, [failureOf(subscription, seq, { state: 'redriven', endedAt: T0 + 1 })]);
      expect(await stateOf(seq)).toBe('set_aside');
      await context.save(held, [resultOf(subscription, seq, { endedAt: T0 + 2 })]);
      expect(await stateOf(seq)).toBe('delivered');
      expect(await context.store.hasSetAside(subscription.key)).toBe(false);
    });

    it.each(['send again', 'redrive'])('is redriven on the request to %s, which ends its back-off', async (request) => {
      const { store } = context;
      const { subscription, held, seq } = await setFirstAside();
      await context.save(held, [], [progressOf(subscription, { redriveFailures: 3, nextRedriveAt: T0 + HOUR })]);
      // The end of an outage does not concern it.
      expect(await store.redrive(CHANNEL, subscription.id, 0)).toBe(0);
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
}
