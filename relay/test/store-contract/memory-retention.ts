import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { DATA_KEY } from '../new-delivery.ts';
import { resultOf, T0, type StoreContext } from './context.ts';
import { event, EXPIRY, MemoryContext } from './memory-context.ts';

const MINUTE = 60_000;

export function memoryRetentionContract(context: StoreContext): void {
  const memory = new MemoryContext(context);
  const counts = async () => {
    const { rememberedDeliveries: remembered, storedBytes } = await context.store.totals();
    return { stored: (await context.seqs()).length, remembered, storedBytes };
  };
  const names = () => memory.names();

  describe('remembered deliveries', () => {
    beforeEach(() => memory.open());

    it('are the newest states of their subjects, and later deliveries are compared with them', async () => {
      await memory.ingest(
        event('one', 0),
        event('two', MINUTE),
        event('late', 0),
        event('other', 0, { subjectId: '5' }),
      );
      await context.retain(T0);
      expect(await counts()).toEqual({ stored: 4, remembered: 0, storedBytes: 800 });
      await context.retain(T0 + EXPIRY);
      expect(await names()).toEqual(['two', 'other']);
      expect(await counts()).toEqual({ stored: 2, remembered: 2, storedBytes: 400 });
      await memory.ingest(event('three', 2 * DAY, { receivedAt: T0 + 80 * DAY }));
      expect((await memory.stored()).at(-1)).toEqual(['three', 'two']);
    });

    it('are kept for a dead letter that is not the first delivery of its burst', async () => {
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const [, member = 0] = await memory.ingest(event('first', MINUTE), event('member', MINUTE + 3000));
      const held = await context.hold();
      await context.bury(subscription, held, member);
      await context.pass(subscription, held);
      await memory.expire(T0 + HOUR);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['first', null],
        ['member', 'one'],
      ]);
      expect((await memory.bursts()).at(-1)).toEqual(['member', 'first']);
    });

    it('are not compared themselves', async () => {
      await memory.ingest(event('one', 0), event('two', MINUTE), event('three', MINUTE));
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([['three', null]]);
      expect(await memory.bursts()).toEqual([['three']]);
      await memory.ingest(event('in the same burst', MINUTE + 1));
      expect((await memory.stored()).at(-1)).toEqual(['in the same burst', null]);
      expect((await memory.bursts()).at(-1)).toEqual(['in the same burst', 'three']);
    });

    it('are kept as long as a newer state of their burst is compared with them', async () => {
      await memory.ingest(event('one', 0));
      const now = await memory.expire(T0);
      await memory.ingest(event('in the same burst', 1000, { receivedAt: now }));
      await context.retain(now);
      expect(await names()).toEqual(['one', 'in the same burst']);
      await memory.expire(now);
      expect(await names()).toEqual(['in the same burst']);
    });

    it('are kept while a waiting delivery refers to them, and for the ordinary retention period afterwards', async () => {
      const slow = await memory.subscribe('SLOW');
      const fast = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(slow, held);
      await context.pass(fast, held);
      await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', 2 * MINUTE));
      await context.pass(fast, held);
      let now = await memory.expire(T0);
      now = await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', null],
      ]);
      expect(await counts()).toMatchObject({ remembered: 2 });
      await context.pass(slow, held, Infinity, now);
      await context.retain(now);
      await context.retain(now + 71 * HOUR);
      expect(await memory.stored()).toHaveLength(3);
      await context.retain(now + EXPIRY);
      expect(await memory.stored()).toEqual([['three', null]]);
      expect(await counts()).toEqual({ stored: 1, remembered: 1, storedBytes: 350 });
    });

    it('are kept while a dead letter refers to them, even while it is being redriven', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      const [, two = 0] = await memory.ingest(event('one', 0), event('two', MINUTE), event('three', 2 * MINUTE));
      const held = await context.hold();
      await context.bury(subscription, held, two);
      await context.pass(subscription, held);
      let now = await memory.expire(T0);
      await store.redrive(CHANNEL, subscription.id);
      now = await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', null],
      ]);
      await context.save(held, [resultOf(subscription, two, { endedAt: now })]);
      await memory.expire(now);
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
      const held = await context.hold();
      await context.pass(subscription, held);
      await context.retain(T0);
      await memory.ingest(event('two', MINUTE, { action: 'SLOW', receivedAt: T0 + DAY }));
      await context.retain(T0 + EXPIRY);
      await context.retain(T0 + 90 * DAY - 1);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
      ]);
      await context.retain(T0 + 90 * DAY);
      expect(await memory.stored()).toEqual([['two', null]]);
      // The age of the waiting delivery itself is not limited.
      await context.retain(T0 + 100 * DAY);
      expect(await memory.stored()).toEqual([['two', null]]);
    });

    it('are not kept beyond 90 days if their ordinary retention period ends later', async () => {
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.retain(T0 + 89 * DAY);
      await context.pass(subscription, held, Infinity, T0 + 89 * DAY);
      await context.retain(T0 + 89 * DAY);
      await context.retain(T0 + 91 * DAY);
      expect(await names()).toEqual(['one']);
      await context.retain(T0 + 93 * DAY);
      expect(await counts()).toEqual({ stored: 0, remembered: 0, storedBytes: 0 });
    });

    it('keep their data keys', async () => {
      await memory.ingest(event('one', 0), event('two', MINUTE));
      await memory.expire(T0);
      await memory.ingest(event('three', 2 * MINUTE));
      const [, three] = await context.stored();
      expect(three?.previous?.wrappedKey).toEqual(DATA_KEY.wrappedKey);
    });
  });
}
