import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { MAX_LATEST_BYTES } from '../../../store/console/events.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, failureOf, LIMITS, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;

  describe('events in the console', () => {
    it('are listed with their sends, newest first or oldest first, within a range', async () => {
      const [one, two, three] = [
        await context.storeOne('A', { receivedAt: T0 }),
        await context.storeOne('B'),
        await context.storeOne('A'),
      ];
      await store.ingest([delivery('A', { actions: [] })]);
      expect(await store.events(CHANNEL, {}, EVERYTHING, 10)).toEqual([
        { seq: three, number: 3, receivedAt: 1_000_000, actions: ['A'], isRepeat: false, sends: [] },
        { seq: two, number: 2, receivedAt: 1_000_000, actions: ['B'], isRepeat: false, sends: [] },
        { seq: one, number: 1, receivedAt: T0, actions: ['A'], isRepeat: false, sends: [] },
      ]);
      expect(await context.found({}, EVERYTHING, 2)).toEqual([three, two]);
      expect(await context.found({}, { after: 1, upTo: 2 })).toEqual([two]);
      const oldest = await store.events(CHANNEL, {}, EVERYTHING, 2, 'oldest first');
      expect(oldest.map(({ seq }) => seq)).toEqual([one, two]);
    });

    it('are held up by the first pending event of their subscription', async () => {
      const zap = await context.subscribe();
      expect(await store.firstPending(zap.key)).toBeNull();
      await store.ingest(['A', 'A', 'A'].map((action) => delivery(action)));
      const [first = 0, second = 0] = await context.seqs();
      const held = await context.hold();
      await context.save(held, [resultOf(zap, first)]);
      expect(await store.firstPending(zap.key)).toBe(2);
      await context.save(held, [failureOf(zap, second)]);
      expect(await store.firstPending(zap.key)).toBe(2);
      await context.save(held, [resultOf(zap, second, { state: 'dead', failure: 'HTTP 400' })]);
      expect(await store.firstPending(zap.key)).toBe(3);
    });

    it('are counted by the hour of their arrival', async () => {
      const subscription = await context.subscribe();
      await context.storeOne('A', { receivedAt: 3 * HOUR });
      const first = await context.storeOne('A', { receivedAt: 5 * HOUR });
      for (const receivedAt of [5 * HOUR + 1, 6 * HOUR - 1, 6 * HOUR]) await context.storeOne('A', { receivedAt });
      await context.pass(subscription, await context.hold(), first);
      const none = { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
      // The chart begins 71 hours before the current hour.
      expect(await store.hourCounts(CHANNEL, 77 * HOUR - 1)).toEqual([
        { ...none, hour: 5 * HOUR, delivered: 1, waiting: 2 },
        { ...none, hour: 6 * HOUR, waiting: 1 },
      ]);
    });

    it('never include events of another channel', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      const seq = await context.storeOne('A');
      await context.save(await context.hold(), [failureOf(subscription, seq)]);
      for (const conditions of [{}, { zap: subscription.id }, { outcome: 'failed' }, { action: ['A'] }] as const) {
        expect(await store.events(CHANNEL, conditions, EVERYTHING, 9)).toHaveLength(1);
        expect(await store.events(OTHER_CHANNEL, conditions, EVERYTHING, 9)).toEqual([]);
      }
      expect(await store.hourCounts(OTHER_CHANNEL, 0)).toEqual([]);
      expect(await store.listedDeliveries(OTHER_CHANNEL, [seq], 9999)).toEqual([]);
      expect(await store.delivery(OTHER_CHANNEL, seq)).toBeNull();
      expect(await store.attemptsOf(OTHER_CHANNEL, seq)).toEqual([]);
      expect(await store.endedSubscriptions(OTHER_CHANNEL)).toEqual([]);
      await store.deleteChannel(CHANNEL);
      expect(await store.events(CHANNEL, {}, EVERYTHING, 9)).toEqual([]);
      expect(await store.delivery(CHANNEL, seq)).toBeNull();
    });

    it('are returned with their contents, except for large contents', async () => {
      const small = delivery('A');
      await store.ingest([small]);
      const [seq = 0] = await context.seqs();
      const large = await context.storeOne('B', { body: Buffer.alloc(3000, 'x') });
      const [first, second, ...others] = await store.listedDeliveries(CHANNEL, [seq, large, large + 1], 2000);
      expect(first).toMatchObject({ seq: large, actions: ['B'], sealed: null });
      expect(second).toMatchObject({ seq, id: small.id, keyId: small.content?.keyId, sealed: small.content?.sealed });
      expect(others).toEqual([]);
      expect([await store.delivery(CHANNEL, seq)]).toEqual(await store.latest(CHANNEL, 'A', 1));
      expect(await store.delivery(CHANNEL, large + 1)).toBeNull();
    });

    it('are not shown once they are kept only for comparison', async () => {
      await context.open({ earlierStateMs: 90 * DAY });
      const subscription = await context.subscribe();
      const receivedAt = T0 - HOUR;
      const [remembered, dead] = [
        await context.storeOne('A', { receivedAt }),
        await context.storeOne('A', { receivedAt, subjectId: '5' }),
      ];
      const held = await context.hold();
      await context.save(held, [failureOf(subscription, remembered), failureOf(subscription, dead)]);
      await context.bury(subscription, held, dead);
      await context.pass(subscription, held);
      await context.retain(T0 + 4 * DAY);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 1 });
      expect(await context.found({})).toEqual([dead]);
      expect(await store.delivery(CHANNEL, remembered)).toBeNull();
      expect(await store.attemptsOf(CHANNEL, remembered)).toEqual([]);
      expect(await store.attemptsOf(CHANNEL, dead)).toHaveLength(1);
      const resends = [remembered, dead].map((seq) => ({ subscriptionId: subscription.id, seq }));
      expect(await store.sendAgain(CHANNEL, resends, 9, T0 + 4 * DAY)).toEqual({ marked: 1, waiting: 0 });
      expect(await store.redriven(subscription.key, 9)).toMatchObject([{ seq: dead }]);
    });
  });

  describe('the latest deliveries', () => {
    it('are those of one action or of any action', async () => {
      await store.ingest([delivery('A'), delivery('B'), delivery('A'), delivery('C', { actions: ['C', 'B'] })]);
      const actions = async (action: string | null, limit: number) =>
        (await store.latest(CHANNEL, action, limit)).map((entry) => entry.actions?.[0]);
      expect(await actions(null, 2)).toEqual(['C', 'A']);
      expect(await actions('B', 5)).toEqual(['C', 'B']);
      expect(await actions("'; DROP TABLE", 5)).toEqual([]);
    });

    let stored = 0;
    const storeBytes = (bytes: number) =>
      context.storeOne('A', { body: Buffer.from(String(++stored).padEnd(bytes, '.')) });

    it('are fewer if they are large, but at least one', async () => {
      await context.open({ maxChannelBytes: 10 * MAX_LATEST_BYTES });
      const third = Math.floor(MAX_LATEST_BYTES / 3);
      for (let index = 0; index < 4; index++) await storeBytes(third);
      expect(await store.latest(CHANNEL, null, 25)).toHaveLength(3);
      await storeBytes(MAX_LATEST_BYTES + 1);
      expect(await store.latest(CHANNEL, 'A', 25)).toHaveLength(1);
      await storeBytes(10);
      expect((await store.latest(CHANNEL, null, 25)).map(({ sealed }) => sealed.length)).toEqual([10]);
      for (let index = 0; index < 4; index++) await storeBytes(500_000);
      expect(await store.latest(CHANNEL, null, 50, true)).toHaveLength(2);
    });
  });
});
