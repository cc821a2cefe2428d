import { beforeEach, describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../harness/sample-delivery.ts';
import { T0, type StoreContext } from './context.ts';
import { DELETED, event, EXPIRY, MemoryContext } from './memory-context.ts';

const MINUTE = 60_000;

export function memoryLimitContract(context: StoreContext): void {
  const memory = new MemoryContext(context);
  const names = () => memory.names();
  const lessons = (count: number, name: string, changes: Parameters<typeof event>[2] = {}) =>
    Array.from({ length: count }, (_, index) =>
      event(`${name} ${index}`, 0, { subjectId: `${name}${index}`, ...changes }),
    );

  describe('remembered deliveries', () => {
    beforeEach(() => memory.open());

    it('count towards the bytes of a channel, and make room, the oldest first', async () => {
      await memory.open({ maxChannelBytes: 5 * 350 });
      const { store } = context;
      await memory.ingest(...lessons(5, 'remembered'));
      await memory.expire(T0);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 5, storedBytes: 5 * 200 });
      await memory.subscribe();
      await memory.ingest(...lessons(3, 'waiting'));
      expect(await names()).toEqual([
        'remembered 2',
        'remembered 3',
        'remembered 4',
        ...[0, 1, 2].map((n) => `waiting ${n}`),
      ]);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 3, storedBytes: 3 * 550 });
      await memory.ingest(...lessons(2, 'more'));
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 0, storedBytes: 5 * 350 });
      expect(await store.ingest([event('too many', 0)])).toEqual(['full']);
    });

    it('are no longer the previous deliveries of others after they have made room', async () => {
      await memory.open({ maxChannelBytes: 350 + 350 + 350 });
      const slow = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(slow, held);
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
      await memory.open({ maxChannelBytes: 4 * 350 });
      const { store } = context;
      const subscription = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(subscription, held);
      const [two = 0] = await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', 2 * MINUTE));
      await context.bury(subscription, held, two);
      await context.pass(subscription, held);
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', null],
      ]);
      // Four deliveries are waiting, so all others are evicted.
      await memory.ingest(...lessons(4, 'waiting', { action: 'SLOW' }));
      expect(await names()).toEqual(['waiting 0', 'waiting 1', 'waiting 2', 'waiting 3']);
      expect(await store.totals()).toMatchObject({ rememberedDeliveries: 0, storedBytes: 4 * 350, deadLetters: 0 });
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
      await memory.open({ maxChannelBytes: 4 * 350 });
      const subscription = await memory.subscribe(DELETED);
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(subscription, held);
      await memory.expire(T0);
      const [seq = 0] = await memory.ingest(event('deletion', MINUTE, { action: DELETED }));
      await context.bury(subscription, held, seq);
      await memory.ingest(event('edited again', MINUTE, { subjectId: '5' }));
      await memory.expire(T0 + EXPIRY);
      // The older deliveries that no subscription is waiting for are evicted first, and then the dead letter.
      await memory.ingest(...lessons(4, 'waiting', { action: DELETED, model: 'job' }));
      expect(await names()).toEqual(['waiting 0', 'waiting 1', 'waiting 2', 'waiting 3']);
      await context.pass(subscription, held);
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
      await context.retain(T0 + EXPIRY);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });
  });
}
