import { describe, expect, it } from '@jest/globals';

import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, LIMITS, reportedState, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of subscriptions that Zapier ends, or that end because the target responds with 410. */
describeEachStore((context) => {
  const { store } = context;
  describe('subscriptions', () => {
    it('end only through their own channel, and are known as ended', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      expect(await store.unsubscribe(OTHER_CHANNEL, subscription.id, T0)).toBeNull();
      expect(await store.subscriptions(CHANNEL)).toHaveLength(1);
      expect(await store.unsubscribe(CHANNEL, subscription.id, T0 + 1)).toEqual({ waiting: 0, deadLetters: 0 });
      expect(await store.unsubscribe(CHANNEL, subscription.id, T0 + 2)).toBeNull();
      expect(await store.subscriptions(CHANNEL)).toEqual([]);
      expect(await store.subscription(CHANNEL, subscription.id)).toBeNull();
      expect(await store.endedSubscriptions(CHANNEL)).toMatchObject([{ id: subscription.id, endedAt: T0 + 1 }]);
      const again = await context.subscribe();
      expect(again.id).not.toBe(subscription.id);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ id: again.id }]);
    });

    /** Returns the states of the sends to a subscription, oldest first. */
    const states = async () =>
      (await store.events(CHANNEL, {}, EVERYTHING, 9, 'oldest first')).map(({ sends }) =>
        sends.map(({ state, failure }) => `${state} ${failure}`).join(),
      );
    /** Ingests three deliveries. Delivers the first delivery, and buries the second. */
    async function settleTwo() {
      const { subscription, held, seqs } = await context.ingestAndHold(3);
      const [first = 0, second = 0, third = 0] = seqs;
      await context.pass(subscription, held, first);
      await context.bury(subscription, held, second);
      return { subscription, held, third };
    }

    it('that have ended receive nothing, and keep the outcomes of their past events', async () => {
      const { subscription, held, third } = await settleTwo();
      expect(await store.unsubscribe(CHANNEL, subscription.id, T0)).toEqual({ waiting: 1, deadLetters: 2 });
      await context.save(held, [resultOf(subscription, third)], [reportedState(subscription, { failures: 5 })]);
      await store.ingest([delivery('A')]);
      // The attempt began before the Zap was turned off. If the event were a dead letter, the console could send the
      // event a second time.
      expect(await states()).toEqual(['delivered null', 'dead HTTP 500', 'delivered null', '']);
      expect(await store.subscriptions(CHANNEL)).toEqual([]);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
    });

    it.each([
      ['whose target has responded with 410', true, 'HTTP 410', 'HTTP 410'],
      ['whose Zap was turned off', false, 'turned off', 'HTTP 500'],
    ])('%s keep their waiting events as dead letters for 14 days', async (_name, isGone, failure, lastFailure) => {
      const { subscription, held } = await settleTwo();
      await context.save(held, [], [reportedState(subscription, { lastFailure: 'HTTP 500' })]);
      const end = () => store.unsubscribe(CHANNEL, subscription.id, T0, isGone);
      expect(await end()).toEqual({ waiting: 1, deadLetters: 2 });
      expect(await end()).toBeNull();
      expect(await states()).toEqual(['delivered null', 'dead HTTP 500', `dead ${failure}`]);
      const ended = { id: subscription.id, lastFailure, deadLetters: 2, pending: 0 };
      expect(await store.channelState(CHANNEL, T0)).toMatchObject({ subscriptions: [], ended: [ended] });
      expect(await store.subscriptionsStartingWith(subscription.id, 2)).toMatchObject([{ endedAt: T0 }]);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      await context.retain(T0 + 14 * DAY - 1);
      expect(await states()).toHaveLength(2);
      await context.retain(T0 + 14 * DAY);
      expect(await states()).toEqual([]);
      expect(await store.endedSubscriptions(CHANNEL)).toEqual([]);
    });

    it('that have ended are limited to 200 per channel: those with dead letters and the newest are kept', async () => {
      const kept = await context.subscribe();
      await store.ingest([delivery('A')]);
      await store.unsubscribe(CHANNEL, kept.id, T0, true);
      const ids: string[] = [];
      for (let index = 1; index <= 200; index++) {
        const { id } = await context.subscribe();
        await store.unsubscribe(CHANNEL, id, T0 + index);
        ids.push(id);
      }
      const ended = (await store.endedSubscriptions(CHANNEL)).map(({ id }) => id);
      expect([...ended].sort()).toEqual([kept.id, ...ids.slice(1)].sort());
    });
  });
});
