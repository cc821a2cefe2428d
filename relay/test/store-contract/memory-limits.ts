import { beforeEach, describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, progressOf, T0, type StoreContext } from './context.ts';
import { DELETED, event, EXPIRY, MemoryContext } from './memory-context.ts';

const MINUTE = 60_000;

export function memoryLimitContract(context: StoreContext): void {
  const memory = new MemoryContext(context);
  const names = async () => (await memory.stored()).map(([name]) => name);
  const lessons = (count: number, name: string, changes: Parameters<typeof event>[2] = {}) =>
    Array.from({ length: count }, (_, index) =>
      event(`${name} ${index}`, 0, { subjectId: `${name}${index}`, ...changes }),
    );

  describe('remembered deliveries', () => {
    beforeEach(() => memory.open());

    it('count towards the bytes of a channel, and make room, the oldest first', async () => {
      await memory.open({ maxChannelBytes: 1000 });
      const { store } = context;
      await memory.subscribe();
      await memory.ingest(...lessons(5, 'remembered'));
      const held = await memory.hold();
      for (const subscription of held.subscriptions) await memory.pass(subscription, held);
      await memory.expire(T0);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 5, storedBytes: 1000 });
      await memory.ingest(...lessons(2, 'waiting'));
      expect(await names()).toEqual(['remembered 2', 'remembered 3', 'remembered 4', 'waiting 0', 'waiting 1']);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 3, storedBytes: 1000 });
      await memory.ingest(...lessons(3, 'more'));
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 0, storedBytes: 1000 });
      expect(await store.ingest([event('too many', 0)])).toEqual(['full']);
    });

    it('count towards the deliveries of a channel, and make room', async () => {
      await memory.open({ maxChannelDeliveries: 5 });
      const { store } = context;
      await memory.ingest(...lessons(5, 'remembered'));
      await memory.expire(T0);
      await memory.ingest(...lessons(2, 'new'));
      expect(await names()).toEqual(['remembered 2', 'remembered 3', 'remembered 4', 'new 0', 'new 1']);
      expect(await store.totals()).toMatchObject({ deliveries: 5, rememberedDeliveries: 3 });
    });

    it('are no longer the previous deliveries of others after they have made room', async () => {
      await memory.open({ maxChannelBytes: 600 });
      const slow = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(slow, held);
      await memory.expire(T0);
      await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', 2 * MINUTE, { action: 'SLOW' }));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', 'two'],
      ]);
      await memory.ingest(...lessons(1, 'other', { action: 'SLOW' }));
      expect(await memory.stored()).toEqual([
        ['two', null],
        ['three', 'two'],
        ['other 0', null],
      ]);
    });

    it('are removed with the last delivery that refers to them, if it makes room', async () => {
      await memory.open({ maxChannelBytes: 800 });
      const { store } = context;
      const subscription = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(subscription, held);
      const [two = 0] = await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', 2 * MINUTE));
      await store.bury([letterOf(subscription, two)], progressOf(subscription, held, { cursor: two }));
      await memory.pass(subscription, held);
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', null],
      ]);
      // Four deliveries are waiting, so all others are evicted.
      await memory.ingest(...lessons(4, 'waiting', { action: 'SLOW' }));
      expect(await names()).toEqual(['waiting 0', 'waiting 1', 'waiting 2', 'waiting 3']);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 0, storedBytes: 800, deadLetters: 0 });
    });

    it('are the previous deliveries of new deliveries that others have just made room for', async () => {
      await memory.open({ maxChannelBytes: 400 });
      await memory.ingest(event('other', 0, { subjectId: '5' }), event('one', 0));
      await memory.expire(T0);
      await memory.ingest(event('two', MINUTE));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
      ]);
      await memory.ingest(event('three', 2 * MINUTE));
      expect(await memory.stored()).toEqual([
        ['two', null],
        ['three', 'two'],
      ]);
    });

    it('of a deleted subject are removed when the deletion makes room before its memory has ended', async () => {
      await memory.open({ maxChannelBytes: 800 });
      const { store } = context;
      const subscription = await memory.subscribe(DELETED);
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(subscription, held);
      await memory.expire(T0);
      const [seq = 0] = await memory.ingest(event('deletion', MINUTE, { action: DELETED }));
      await store.bury([letterOf(subscription, seq)], progressOf(subscription, held, { cursor: seq }));
      await memory.ingest(event('edited again', MINUTE, { subjectId: '5' }));
      await memory.expire(T0 + EXPIRY);
      // The older deliveries that no subscription is waiting for are evicted first, and then the dead letter.
      await memory.ingest(...lessons(4, 'waiting', { action: DELETED, model: 'job' }));
      expect(await names()).toEqual(['waiting 0', 'waiting 1', 'waiting 2', 'waiting 3']);
      await memory.pass(subscription, held);
      await memory.ingest(event('first again', 2 * MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['first again', null]);
    });

    it('are erased with their channel', async () => {
      const { store } = context;
      await memory.ingest(event('one', 0), event('two', MINUTE));
      await memory.expire(T0);
      await memory.ingest(event('three', 2 * MINUTE));
      expect(await store.channelSummaries()).toMatchObject([{ rememberedDeliveries: 1 }]);
      expect(await store.deleteChannel(CHANNEL)).toBe(true);
      expect(await store.totals()).toMatchObject({ deliveries: 0, rememberedDeliveries: 0, storedBytes: 0 });
      await memory.retain(T0 + EXPIRY);
      expect(await memory.stored()).toEqual([]);
    });
  });
}
