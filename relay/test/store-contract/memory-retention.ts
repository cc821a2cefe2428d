import { beforeEach, describe, expect, it } from '@jest/globals';

import { RETAIN_BATCH } from '../../store/store.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, progressOf, T0, type StoreContext } from './context.ts';
import { event, EXPIRY, MemoryContext, REMEMBERING } from './memory-context.ts';
import { DATA_KEY } from '../new-delivery.ts';

const MINUTE = 60_000;
const WITHOUT_MEMORY = { ...REMEMBERING, memoryMs: 0 };

export function memoryRetentionContract(context: StoreContext): void {
  const memory = new MemoryContext(context);
  const counts = async () => {
    const { deliveries, rememberedDeliveries: remembered, storedBytes } = await context.store.totals();
    return { deliveries, remembered, storedBytes };
  };
  const names = async () => (await memory.stored()).map(([name]) => name);

  describe('remembered deliveries', () => {
    beforeEach(() => memory.open());

    it('are the newest states of their subjects, and later deliveries are compared with them', async () => {
      await memory.ingest(
        event('one', 0),
        event('two', MINUTE),
        event('late', 0),
        event('other', 0, { subjectId: '5' }),
      );
      await memory.retain(T0);
      expect(await counts()).toEqual({ deliveries: 4, remembered: 0, storedBytes: 800 });
      await memory.retain(T0 + EXPIRY);
      expect(await names()).toEqual(['two', 'other']);
      expect(await counts()).toEqual({ deliveries: 2, remembered: 2, storedBytes: 400 });
      await memory.ingest(event('three', 2 * DAY, { receivedAt: T0 + 80 * DAY }));
      expect((await memory.stored()).at(-1)).toEqual(['three', 'two']);
    });

    it('are kept for a dead letter that is not the first delivery of its burst', async () => {
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const [, member = 0] = await memory.ingest(event('first', MINUTE), event('member', MINUTE + 3000));
      const letters = [letterOf(subscription, member)];
      await memory.store.bury(letters, progressOf(subscription, await memory.hold(), { cursor: member }));
      await memory.expire(T0 + HOUR);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['member', 'one'],
      ]);
    });

    it('have no previous delivery themselves', async () => {
      await memory.ingest(event('one', 0), event('two', MINUTE));
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([['two', null]]);
      await memory.ingest(event('in the same burst', MINUTE + 1));
      expect((await memory.stored()).at(-1)).toEqual(['in the same burst', null]);
    });

    it('are removed when a newer state of their burst replaces them', async () => {
      await memory.ingest(event('one', 0));
      const now = await memory.expire(T0);
      await memory.ingest(event('in the same burst', 1000, { receivedAt: now }));
      await memory.retain(now);
      expect(await names()).toEqual(['in the same burst']);
    });

    it('are kept while a waiting delivery refers to them, and for the ordinary retention period afterwards', async () => {
      const slow = await memory.subscribe('SLOW');
      const fast = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(slow, held);
      await memory.pass(fast, held);
      await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', 2 * MINUTE));
      await memory.pass(fast, held);
      let now = await memory.expire(T0);
      now = await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', 'two'],
      ]);
      expect(await counts()).toMatchObject({ remembered: 1 });
      await memory.pass(slow, held);
      await memory.retain(now);
      await memory.retain(now + 71 * HOUR);
      expect(await memory.stored()).toHaveLength(3);
      await memory.retain(now + EXPIRY);
      expect(await memory.stored()).toEqual([['three', null]]);
      expect(await counts()).toEqual({ deliveries: 1, remembered: 1, storedBytes: 200 });
    });

    it('are kept while a dead letter refers to them, even while it is being redriven', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0), event('two', MINUTE), event('three', 2 * MINUTE));
      const held = await memory.hold();
      const [, two = 0] = (await store.deliveriesAfter(CHANNEL, 0, 10)).map(({ seq }) => seq);
      await store.bury([letterOf(subscription, two)], progressOf(subscription, held, { cursor: held.lastSeq }));
      let now = await memory.expire(T0);
      await store.redrive(CHANNEL, subscription.id);
      now = await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', null],
      ]);
      await store.settleRedriven(held.leaseId, subscription.id, two, true);
      await memory.retain(now);
      expect(await memory.stored()).toEqual([['three', null]]);
    });

    it('are removed if only a past burst refers to them', async () => {
      await memory.ingest(event('before', 0));
      await memory.ingest(event('anchor', MINUTE), event('newest', MINUTE + 1), event('other member', MINUTE - 1));
      await memory.expire(T0);
      expect(await names()).toEqual(['newest']);
    });

    it('are removed 90 days after their arrival, even if a waiting delivery refers to them', async () => {
      const subscription = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(subscription, held);
      await memory.retain(T0);
      await memory.ingest(event('two', MINUTE, { action: 'SLOW', receivedAt: T0 + DAY }));
      await memory.retain(T0 + EXPIRY);
      await memory.retain(T0 + 90 * DAY - 1);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
      ]);
      await memory.retain(T0 + 90 * DAY);
      expect(await memory.stored()).toEqual([['two', null]]);
      // The age of the waiting delivery itself is not limited.
      await memory.retain(T0 + 100 * DAY);
      expect(await memory.stored()).toEqual([['two', null]]);
    });

    it('are not kept beyond 90 days if their ordinary retention period ends later', async () => {
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.retain(T0 + 89 * DAY);
      await memory.pass(subscription, held);
      await memory.retain(T0 + 89 * DAY);
      await memory.retain(T0 + 91 * DAY);
      expect(await names()).toEqual(['one']);
      await memory.retain(T0 + 93 * DAY);
      expect(await counts()).toEqual({ deliveries: 0, remembered: 0, storedBytes: 0 });
    });

    it('are removed like ordinary contents when memory is switched off', async () => {
      await memory.ingest(event('one', 0), event('two', MINUTE));
      await memory.expire(T0);
      await memory.ingest(event('three', 2 * MINUTE));
      await memory.retain(T0 + EXPIRY, WITHOUT_MEMORY);
      expect(await memory.stored()).toEqual([['three', null]]);
      await memory.expire(T0 + EXPIRY, WITHOUT_MEMORY);
      expect(await counts()).toEqual({ deliveries: 0, remembered: 0, storedBytes: 0 });
    });

    it('leave no gap when memory is switched off and on again', async () => {
      await memory.ingest(event('one', 0));
      await memory.retain(T0, WITHOUT_MEMORY);
      await memory.ingest(event('two', MINUTE));
      await memory.ingest(event('three', 2 * MINUTE));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', null],
        ['three', 'two'],
      ]);
    });

    it('keep their data keys', async () => {
      const { store } = context;
      await memory.ingest(event('one', 0), event('two', MINUTE));
      await memory.expire(T0);
      await memory.ingest(event('three', 2 * MINUTE));
      const [, three] = await store.deliveriesAfter(CHANNEL, 0, 10);
      expect(three?.previous?.wrappedKey).toEqual(DATA_KEY.wrappedKey);
    });

    it('are examined by retention only once, regardless of their number', async () => {
      const { store } = context;
      const count = RETAIN_BATCH + 50;
      const subscription = await memory.subscribe();
      const seqs = await memory.ingest(
        ...Array.from({ length: count }, (_, index) =>
          event(`${index}`, 0, { subjectId: `${index}`, body: Buffer.from(`${index}`.padEnd(9)) }),
        ),
      );
      const held = await memory.hold();
      const [first = 0] = seqs;
      await store.bury([letterOf(subscription, first)], progressOf(subscription, held, { cursor: held.lastSeq }));
      await memory.retain(T0);
      await memory.retain(T0 + EXPIRY);
      expect(await counts()).toMatchObject({ deliveries: count, remembered: count - 1 });
      // Removing an old dead letter does not make retention examine newer deliveries again.
      await store.redrive(CHANNEL, subscription.id);
      await store.settleRedriven(held.leaseId, subscription.id, first, true);
      expect(await store.retain(REMEMBERING, T0 + EXPIRY)).toBe(1);
      expect(await store.retain(REMEMBERING, T0 + EXPIRY)).toBe(0);
      expect(await counts()).toMatchObject({ deliveries: count, remembered: count });
      await memory.retain(T0 + 90 * DAY);
      expect(await counts()).toEqual({ deliveries: 0, remembered: 0, storedBytes: 0 });
    });
  });
}
