import { describe, expect, it } from '@jest/globals';

import type { EventConditions } from '../../../wire/console-api.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery, type DeliveryChanges } from '../new-delivery.ts';
import { failureOf, LIMITS, resultOf, T0, type StoreContext } from './context.ts';

const EVERYTHING = { after: 0, upTo: Number.MAX_SAFE_INTEGER };

export function consoleContract(context: StoreContext): void {
  /** Stores a delivery with content. Returns its sequence number. */
  async function store(action: string, changes: DeliveryChanges = {}): Promise<number> {
    expect(await context.store.ingest([delivery(action, changes)])).toEqual(['stored']);
    return (await context.seqs(changes.channel)).at(-1) ?? 0;
  }
  /** Returns the sequence numbers of events that meet conditions, newest first. */
  const found = async (conditions: EventConditions, range = EVERYTHING, limit = 99) =>
    (await context.store.events(CHANNEL, conditions, range, limit)).map(({ seq }) => seq);

  describe('events in the console', () => {
    it('are listed with their sends, newest first or oldest first, within a range', async () => {
      const [one, two, three] = [await store('A', { receivedAt: T0 }), await store('B'), await store('A')];
      await context.store.ingest([delivery('A', { actions: [] })]);
      expect(await context.store.events(CHANNEL, {}, EVERYTHING, 10)).toEqual([
        { seq: three, number: 3, receivedAt: 1_000_000, actions: ['A'], isRepeat: false, sends: [] },
        { seq: two, number: 2, receivedAt: 1_000_000, actions: ['B'], isRepeat: false, sends: [] },
        { seq: one, number: 1, receivedAt: T0, actions: ['A'], isRepeat: false, sends: [] },
      ]);
      expect(await found({}, EVERYTHING, 2)).toEqual([three, two]);
      expect(await found({}, { after: 1, upTo: 2 })).toEqual([two]);
      const oldest = await context.store.events(CHANNEL, {}, EVERYTHING, 2, 'oldest first');
      expect(oldest.map(({ seq }) => seq)).toEqual([one, two]);
    });

    it('are found by their actions and their time of arrival', async () => {
      const [one, two, three] = [
        await store('A', { receivedAt: T0 }),
        await store('B', { receivedAt: T0 + 1 }),
        await store('C', { actions: ['C', 'A'], receivedAt: T0 + 2 }),
      ];
      const unknown = await store('A', { actions: null, receivedAt: T0 + 3 });
      expect(await found({ action: ['A'] })).toEqual([three, one]);
      expect(await found({ action: ['C', 'B'] })).toEqual([three, two]);
      expect(await found({ action: [] })).toEqual([]);
      expect(await found({ action: ['%', '_', '"', 'a'] })).toEqual([]);
      expect(await found({ from: T0 + 1, to: T0 + 3 })).toEqual([three, two]);
      expect(await found({ from: T0 + 3 })).toEqual([unknown]);
      expect(await found({ to: T0 + 1, action: ['B'] })).toEqual([]);
    });

    it('have the most urgent outcome of their sends, and are found by it', async () => {
      const before = await store('A');
      const [one, two] = [await context.subscribe(), await context.subscribe('https://x/2')];
      const [waiting, failing, dead, mixed, delivered] = [
        await store('A'),
        await store('A'),
        await store('A'),
        await store('A'),
        await store('A'),
      ];
      const notWanted = await store('B');
      const held = await context.hold();
      await context.save(held, [
        failureOf(one, failing),
        resultOf(one, dead, { state: 'dead', failure: 'HTTP 400' }),
        resultOf(one, mixed, { state: 'dead', failure: 'HTTP 400' }),
        ...[dead, delivered].map((seq) => resultOf(two, seq)),
        resultOf(one, delivered),
        failureOf(two, mixed),
      ]);
      expect(await found({ outcome: 'failed' })).toEqual([mixed, failing]);
      expect(await found({ outcome: 'given_up' })).toEqual([dead]);
      expect(await found({ outcome: 'waiting' })).toEqual([waiting]);
      expect(await found({ outcome: 'delivered' })).toEqual([delivered]);
      expect(await found({ outcome: 'not_wanted' })).toEqual([notWanted, before]);
      expect(await found({ outcome: 'given_up', zap: one.id })).toEqual([mixed, dead]);
      expect(await found({ outcome: 'failed', zap: two.id })).toEqual([mixed]);
      expect(await found({ outcome: 'waiting', zap: two.id })).toEqual([failing, waiting]);
      expect(await found({ outcome: 'not_wanted', zap: two.id })).toEqual([notWanted, before]);
      expect(await found({ zap: two.id })).toEqual([delivered, mixed, dead, failing, waiting, before]);
      expect(await context.store.hourCounts(CHANNEL, 0)).toMatchObject([
        { failed: 2, given_up: 1, waiting: 1, delivered: 1, not_wanted: 2 },
      ]);
    });

    it('are counted by the hour of their arrival', async () => {
      const subscription = await context.subscribe();
      await store('A', { receivedAt: 3 * HOUR });
      const first = await store('A', { receivedAt: 5 * HOUR });
      for (const receivedAt of [5 * HOUR + 1, 6 * HOUR - 1, 6 * HOUR]) await store('A', { receivedAt });
      await context.pass(subscription, await context.hold(), first);
      const none = { failed: 0, given_up: 0, waiting: 0, delivered: 0, not_wanted: 0 };
      // The chart begins with the current hour minus 71.
      expect(await context.store.hourCounts(CHANNEL, 77 * HOUR - 1)).toEqual([
        { ...none, hour: 5 * HOUR, delivered: 1, waiting: 2 },
        { ...none, hour: 6 * HOUR, waiting: 1 },
      ]);
    });

    it('never include events of another channel', async () => {
      await context.store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      const seq = await store('A');
      await context.save(await context.hold(), [failureOf(subscription, seq)]);
      const other = context.store;
      for (const conditions of [{}, { zap: subscription.id }, { outcome: 'failed' }, { action: ['A'] }] as const) {
        expect(await other.events(CHANNEL, conditions, EVERYTHING, 9)).toHaveLength(1);
        expect(await other.events(OTHER_CHANNEL, conditions, EVERYTHING, 9)).toEqual([]);
      }
      expect(await other.hourCounts(OTHER_CHANNEL, 0)).toEqual([]);
      expect(await other.listedDeliveries(OTHER_CHANNEL, [seq], 9999)).toEqual([]);
      expect(await other.delivery(OTHER_CHANNEL, seq)).toBeNull();
      expect(await other.attemptsOf(OTHER_CHANNEL, seq)).toEqual([]);
      expect(await other.endedSubscriptions(OTHER_CHANNEL)).toEqual([]);
      await context.store.deleteChannel(CHANNEL);
      expect(await other.events(CHANNEL, {}, EVERYTHING, 9)).toEqual([]);
      expect(await other.delivery(CHANNEL, seq)).toBeNull();
    });

    it('are returned with their contents, except for large contents', async () => {
      const small = delivery('A');
      await context.store.ingest([small]);
      const [seq = 0] = await context.seqs();
      const large = await store('B', { body: Buffer.alloc(3000, 'x') });
      const [first, second, ...others] = await context.store.listedDeliveries(CHANNEL, [seq, large, large + 1], 2000);
      expect(first).toMatchObject({ seq: large, actions: ['B'], sealed: null });
      const { id, channel, receivedAt, actions, model, subjectId, eventTime, content } = small;
      const expected = {
        ...{ seq, id, channel, receivedAt, actions, model, subjectId, eventTime },
        keyId: content?.keyId,
        wrappedKey: content?.wrappedKey,
        sealed: content?.sealed,
      };
      expect(second).toMatchObject(expected);
      expect(others).toEqual([]);
      expect(await context.store.delivery(CHANNEL, seq)).toEqual({
        ...expected,
        previous: null,
        burst: [],
        isRepeat: false,
      });
      expect(await context.store.delivery(CHANNEL, large + 1)).toBeNull();
    });

    it('are not shown once they are kept only for memory', async () => {
      await context.open({ memoryMs: 90 * DAY });
      const subscription = await context.subscribe();
      const receivedAt = T0 - HOUR;
      const [remembered, dead] = [await store('A', { receivedAt }), await store('A', { receivedAt, subjectId: '5' })];
      const held = await context.hold();
      await context.save(held, [failureOf(subscription, remembered), failureOf(subscription, dead)]);
      await context.bury(subscription, held, dead);
      await context.pass(subscription, held);
      await context.retain(T0 + 4 * DAY);
      expect(await context.store.totals()).toMatchObject({ rememberedDeliveries: 1 });
      expect(await found({})).toEqual([dead]);
      expect(await context.store.delivery(CHANNEL, remembered)).toBeNull();
      expect(await context.store.attemptsOf(CHANNEL, remembered)).toEqual([]);
      expect(await context.store.attemptsOf(CHANNEL, dead)).toHaveLength(1);
      const repetitions = [remembered, dead].map((seq) => ({ subscriptionId: subscription.id, seq }));
      expect(await context.store.sendAgain(CHANNEL, repetitions, 9, T0 + 4 * DAY)).toEqual({ marked: 1, waiting: 0 });
      expect(await context.store.redriven(subscription.key, 9)).toMatchObject([{ seq: dead }]);
    });
  });
}
