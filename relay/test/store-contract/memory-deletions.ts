import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { resultOf, T0, type StoreContext } from './context.ts';
import { DELETED, event, EXPIRY, MemoryContext, nameOf } from './memory-context.ts';

const MINUTE = 60_000;

export function memoryDeletionContract(context: StoreContext): void {
  const memory = new MemoryContext(context);
  const deletion = (eventTime = 2 * MINUTE) => event('deletion', eventTime, { action: DELETED });

  describe('a deletion', () => {
    beforeEach(() => memory.open());

    it.each([
      ['client', 'DELETED_A_CLIENT', true],
      ['tutor', 'DELETED_A_CONTRACTOR', true],
      ['student', 'DELETED_A_SR', true],
      ['affiliate', 'DELETED_AN_AGENT', true],
      ['job', 'DELETED_A_SERVICE', true],
      ['lesson', 'DELETED_AN_APPOINTMENT', true],
      ['client', 'DELETED_A_NOTE', false],
      ['client', 'DELETED_CARD_DETAILS', false],
      ['student', 'DELETED_A_SRCLIENT', false],
    ])('of a %s by %s ends its memory: %j', async (model, action, isEnd) => {
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0, { model }));
      const held = await context.hold();
      await context.pass(subscription, held);
      const now = await memory.expire(T0);
      await memory.ingest(event('deletion', MINUTE, { model, action, receivedAt: now }));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['deletion', 'one'],
      ]);
      await context.pass(subscription, held, Infinity, now);
      await context.retain(now);
      expect(await memory.stored()).toEqual(
        isEnd
          ? [['deletion', null]]
          : [
              ['one', null],
              ['deletion', 'one'],
            ],
      );
      await memory.expire(now);
      expect(await memory.stored()).toEqual(isEnd ? [] : [['deletion', null]]);
    });

    it('keeps the memory until no subscription waits for it', async () => {
      const one = await memory.subscribe(DELETED);
      const two = await memory.subscribe(DELETED, 'X');
      const other = await memory.subscribe('OTHER');
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      for (const subscription of [one, two, other]) await context.pass(subscription, held);
      const now = await memory.expire(T0);
      await memory.ingest(deletion());
      await context.pass(one, held);
      await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['deletion', 'one'],
      ]);
      await context.pass(two, held, Infinity, now + EXPIRY);
      await context.retain(now + EXPIRY);
      expect(await memory.stored()).toEqual([['deletion', null]]);
      expect(await context.store.totals()).toMatchObject({ rememberedDeliveries: 0 });
    });

    it('keeps the memory while it is a dead letter, and while it is being redriven', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      const [one = 0, seq = 0] = await memory.ingest(event('one', 0), deletion());
      const held = await context.hold();
      await context.bury(subscription, held, seq);
      await context.pass(subscription, held, one);
      const now = await memory.expire(T0);
      await store.redrive(CHANNEL, subscription.id);
      await memory.expire(now);
      const [redriven] = await store.deliveries(held.key, [seq]);
      expect(redriven?.previous && nameOf(redriven.previous)).toBe('one');
      await context.save(held, [resultOf(subscription, seq, { endedAt: now + EXPIRY })]);
      await context.retain(now + EXPIRY);
      expect(await memory.stored()).toEqual([['deletion', null]]);
      await context.retain(now + 2 * EXPIRY);
      expect(await memory.stored()).toEqual([]);
    });

    it('ends the memory when its dead letter expires', async () => {
      const subscription = await memory.subscribe();
      const [one = 0, seq = 0] = await memory.ingest(event('one', 0), deletion());
      const held = await context.hold();
      await context.bury(subscription, held, seq);
      await context.pass(subscription, held, one);
      await memory.expire(T0);
      await context.retain(T0 + 14 * DAY - 1);
      expect(await memory.stored()).toHaveLength(2);
      await context.retain(T0 + 15 * DAY);
      expect(await memory.stored()).toEqual([]);
    });

    it('ends the memory with the last subscription that waits for it', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(subscription, held);
      const now = await memory.expire(T0);
      await memory.ingest({ ...deletion(), receivedAt: now });
      await store.unsubscribe(CHANNEL, subscription.id, now);
      await context.retain(now);
      expect(await memory.stored()).toEqual([['deletion', null]]);
    });

    it('that no subscription selects ends the memory at once', async () => {
      await memory.subscribe('OTHER');
      await memory.ingest(event('one', 0), event('other lesson', 0, { subjectId: '5' }), deletion());
      await memory.ingest(event('again', 3 * MINUTE), event('other lesson again', 3 * MINUTE, { subjectId: '5' }));
      expect((await memory.stored()).slice(2)).toEqual([
        ['deletion', null],
        ['again', null],
        ['other lesson again', 'other lesson'],
      ]);
    });

    it('makes retention remove contents that are kept only for memory, except for deliveries that wait', async () => {
      const slow = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0), event('other', 0, { subjectId: '5' }));
      const held = await context.hold();
      const now = await memory.expire(T0);
      const [two] = await memory.ingest(
        event('two', MINUTE, { action: 'SLOW', receivedAt: now }),
        event('three', MINUTE + 5001, { receivedAt: now }),
      );
      await memory.ingest({ ...deletion(), receivedAt: now });
      await context.retain(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['other', null],
        ['two', 'one'],
        ['three', 'two'],
        ['deletion', null],
      ]);
      await context.pass(slow, held, two, now);
      await memory.expire(now);
      expect(await memory.stored()).toEqual([['other', null]]);
    });

    it('that has ended the memory makes older events late, and a newer event the first', async () => {
      await memory.ingest(event('one', 0), deletion());
      await memory.ingest(event('older', 2 * MINUTE - 1));
      await memory.ingest(event('at the same time', 2 * MINUTE));
      await memory.ingest(event('recovery', 2 * MINUTE + 1));
      await memory.ingest(event('next', 3 * MINUTE));
      expect((await memory.stored()).slice(2)).toEqual([
        ['older', null],
        ['at the same time', null],
        ['recovery', null],
        ['next', 'recovery'],
      ]);
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([['next', null]]);
    });

    it('keeps the memory of newer states', async () => {
      await memory.ingest(event('one', 0));
      await memory.ingest(event('recovery', 3 * MINUTE));
      await memory.ingest(deletion());
      await memory.ingest(event('next', 4 * MINUTE));
      expect((await memory.stored()).slice(2)).toEqual([
        ['deletion', null],
        ['next', 'recovery'],
      ]);
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([['next', null]]);
    });

    it('ends the memory of a state of the same time, which stays stored as a dead letter', async () => {
      const subscription = await memory.subscribe();
      const [one = 0, last = 0] = await memory.ingest(event('one', MINUTE), deletion(MINUTE));
      const held = await context.hold();
      await context.bury(subscription, held, one);
      await context.pass(subscription, held, last);
      const now = await memory.expire(T0 + MINUTE);
      await memory.ingest(event('later', EXPIRY, { receivedAt: now }));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['later', null],
      ]);
    });

    it('ends the memory even if it is evicted before it is settled', async () => {
      await memory.open({ maxChannelBytes: 1200 });
      await memory.ingest(deletion(MINUTE));
      await memory.ingest(event('member', MINUTE - 1000));
      await memory.ingest(event('large', 0, { subjectId: '5', body: Buffer.from('large'.padEnd(900)) }));
      await memory.ingest(event('later', 5 * MINUTE, { body: Buffer.from('later'.padEnd(50)) }));
      expect(await memory.stored()).toEqual([
        ['member', null],
        ['large', null],
        ['later', null],
      ]);
    });

    it('makes events that are not newer late, once the memory has ended', async () => {
      await memory.ingest(event('one', 0));
      await memory.ingest(deletion(2 * MINUTE));
      await memory.ingest(event('at the same time', 2 * MINUTE));
      await memory.ingest(event('newer', 3 * MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['newer', null]);
      await memory.ingest(event('next', 4 * MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['next', 'newer']);
    });
  });
}
