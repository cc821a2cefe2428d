import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { ROW_BATCH } from '../../../store/rows/deletion.ts';
import { SKIPPED } from '../../../store/outcomes/operator.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, PROCESS, reportedState, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of the queries and changes of the operator's commands. */
describeEachStore((context) => {
  const { store } = context;
  describe('the queries of the operator', () => {
    it('summarize every channel', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0 + 1);
      const failing = await context.subscribe('https://x/1');
      const dead = await context.subscribe('https://x/2');
      await store.ingest([delivery('A', { receivedAt: T0 + 2 })]);
      const held = await context.hold();
      await context.save(held, [], [reportedState(failing, { failures: 2 })]);
      await context.bury(dead, held, held.newestSeq);
      await store.saveRefusal(CHANNEL, 'unsigned', T0 + 3);
      await store.saveRefusal(CHANNEL, 'too_large', T0 + 4);
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
          waiting: 1,
          oldestWaitingAt: T0 + 2,
          deadLetters: 1,
          lastRefusalAt: T0 + 4,
          lastRefusal: 'too_large',
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
          waiting: 0,
          oldestWaitingAt: null,
          deadLetters: 0,
          lastRefusalAt: null,
          lastRefusal: null,
        },
      ]);
    });

    it('find channels and subscriptions by their first characters', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const { id } = await context.subscribe();
      expect(await store.channelsStartingWith(CHANNEL.slice(0, 8), 2)).toEqual([CHANNEL]);
      expect(await store.channelsStartingWith(CHANNEL, 2)).toEqual([CHANNEL]);
      expect(await store.channelsStartingWith('', 1)).toHaveLength(1);
      expect((await store.channelsStartingWith('', 3)).sort()).toEqual([CHANNEL, OTHER_CHANNEL].sort());
      // The search matches the wildcards of LIKE and GLOB literally.
      for (const prefix of ['_______', '%', '*', `${CHANNEL}x`]) {
        expect(await store.channelsStartingWith(prefix, 2)).toEqual([]);
      }
      for (const length of [4, 8, 9, 36]) {
        expect(await store.subscriptionsStartingWith(id.slice(0, length), 2)).toEqual([
          { channel: CHANNEL, id, description: null, endedAt: null },
        ]);
      }
      expect(await store.subscriptionsStartingWith('no', 2)).toEqual([]);
      await store.unsubscribe(CHANNEL, id, T0, true);
      expect(await store.subscriptionsStartingWith(id, 2)).toEqual([]);
    });

    it('describe the deliveries that wait for a subscription', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A'), delivery('B'), delivery('A'), delivery('A')]);
      const [first = 0, , third = 0] = await context.seqs();
      await context.pass(subscription, await context.hold(), first);
      expect(await store.sendSummaries('waiting', subscription.id, 1)).toEqual([
        {
          seq: third,
          number: 3,
          receivedAt: 1_000_000,
          actions: ['A'],
          bytes: expect.any(Number),
          failure: null,
          endedAt: 1_000_000,
          isRedriven: false,
        },
      ]);
      expect(await store.sendSummaries('waiting', subscription.id, 9)).toHaveLength(2);
      expect(await store.sendSummaries('waiting', 'no-such-id', 9)).toEqual([]);
    });

    it('describe dead letters without their content', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 + 1 }), delivery('A')]);
      const held = await context.hold();
      const [first = 0, second = 0] = await context.seqs();
      for (const seq of [first, second]) await context.bury(subscription, held, seq, T0 + 5);
      await store.redriveFrom(CHANNEL, subscription.id, second);
      const dead = await store.sendSummaries('dead', subscription.id, 9);
      expect(dead).toMatchObject([
        { seq: first, receivedAt: T0 + 1, actions: ['A'], endedAt: T0 + 5, failure: 'HTTP 500', isRedriven: false },
        { seq: second, isRedriven: true },
      ]);
      expect(dead[0]?.bytes).toBeGreaterThan(0);
      expect(await store.sendSummaries('dead', subscription.id, 1)).toHaveLength(1);
      expect(await store.sendSummaries('dead', subscription.id, 9, 2)).toEqual(dead.slice(1));
      expect(await store.sendSummaries('dead', 'no-such-id', 1)).toEqual([]);
    });
  });

  describe("the operator's changes", () => {
    async function subscribeAndHold(count: number) {
      const { subscription, held, seqs } = await context.ingestAndHold(count);
      return { subscription, name: { channel: CHANNEL, id: subscription.id }, held, seqs };
    }
    const revision = async () => (await store.claimed(PROCESS))[0]?.revision;

    it('pause and resume a subscription once, and are noticed by the claimant', async () => {
      const { subscription, name, held } = await subscribeAndHold(1);
      expect(subscription).toMatchObject({ pausedAt: null, resumedAt: null, skipSeq: null });
      expect(await store.resume(name, T0)).toBe(false);
      expect(await revision()).toBe(held.revision);
      const backOff = { failures: 3, nextAttemptAt: T0 + 9, nextRedriveAt: T0 + 9 };
      await context.save(held, [], [reportedState(subscription, backOff)]);
      expect(await store.pause(name, T0 + 1)).toBe(true);
      expect(await store.pause(name, T0 + 2)).toBe(false);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ pausedAt: T0 + 1, failures: 3 });
      expect(await store.totals()).toMatchObject({ pausedSubscriptions: 1 });
      expect(await store.channelSummaries()).toMatchObject([{ paused: 1 }]);
      expect(await revision()).toBe(held.revision + 1);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);

      expect(await store.resume(name, T0 + 5)).toBe(true);
      expect(await store.resume(name, T0 + 6)).toBe(false);
      const resumed = { pausedAt: null, resumedAt: T0 + 5, nextAttemptAt: 0, nextRedriveAt: 0, failures: 3 };
      await context.hold();
      expect(await store.subscriptions(CHANNEL)).toMatchObject([resumed]);
      expect(await store.totals()).toMatchObject({ pausedSubscriptions: 0 });
      const wrong = { channel: OTHER_CHANNEL, id: subscription.id };
      expect([await store.pause(wrong, T0), await store.resume(wrong, T0)]).toEqual([false, false]);
    });

    it('keep the dead letters of a paused subscription, and extend their retention by the length of the pause', async () => {
      const { subscription, name, held, seqs } = await subscribeAndHold(2);
      const [first = 0, second = 0] = seqs;
      await context.bury(subscription, held, first);
      await store.pause(name, T0 + DAY);
      await context.bury(subscription, held, second, T0 + 2 * DAY);
      await context.retain(T0 + 30 * DAY);
      expect(await store.sendSummaries('dead', subscription.id, 9)).toHaveLength(2);
      await store.resume(name, T0 + 31 * DAY);
      expect((await store.sendSummaries('dead', subscription.id, 9)).map(({ endedAt }) => endedAt)).toEqual([
        T0 + 30 * DAY,
        T0 + 31 * DAY,
      ]);
      await context.retain(T0 + 44 * DAY - 1);
      expect(await store.sendSummaries('dead', subscription.id, 9)).toHaveLength(2);
      await context.retain(T0 + 44 * DAY);
      expect((await store.sendSummaries('dead', subscription.id, 9)).map(({ seq }) => seq)).toEqual([second]);
    });

    it('extend the retention of all dead letters, even of many', async () => {
      const COUNT = ROW_BATCH + 200;
      const deadSince = (time: number) =>
        context.query(`SELECT count(*) AS count FROM sends WHERE state = 3 AND ended_at >= ${time}`);
      const { subscription } = await context.buryMany(COUNT);
      await store.pause(subscription, T0 + 1);
      expect(await store.resume(subscription, T0 + HOUR + 1)).toBe(true);
      expect(await deadSince(T0 + HOUR)).toEqual([{ count: COUNT }]);
      expect(await store.resume(subscription, T0 + 2 * HOUR)).toBe(false);
      expect(await deadSince(T0 + HOUR + 1)).toEqual([{ count: 0 }]);
    });

    it('request that a waiting delivery is skipped, one at a time', async () => {
      const { subscription, name, held, seqs } = await subscribeAndHold(3);
      const [first = 0, second = 0, third = 0] = seqs;
      await context.pass(subscription, held, first);
      expect(await store.requestSkip(name, first)).toBe(false);
      expect(await store.requestSkip(name, second)).toBe(true);
      expect(await store.requestSkip(name, second)).toBe(false);
      expect(await store.requestSkip(name, third)).toBe(false);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ skipSeq: second });
      expect(await revision()).toBe(held.revision + 1);

      const skipped = resultOf(subscription, second, { state: 'dead', failure: SKIPPED, durationMs: null });
      await context.save(held, [skipped], [reportedState(subscription, { skippedSeq: second })]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ skipSeq: null });
      expect(await store.sendSummaries('dead', subscription.id, 9)).toMatchObject([{ seq: second, failure: SKIPPED }]);
      expect(await store.attemptsOf(CHANNEL, second)).toEqual([]);
      expect(await store.requestSkip(name, third)).toBe(true);
      // A result that was decided before the request does not complete the request.
      await context.save(held, [], [reportedState(subscription, { skippedSeq: second, nextAttemptAt: 1e15 })]);
      await context.giveBack(held);
      await context.hold();
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ skipSeq: third }]);
    });
  });
});
