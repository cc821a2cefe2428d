import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { RETAIN_BATCH } from '../../store/store.ts';
import { letterOf, progressOf, T0, type StoreContext } from './context.ts';
import { DELETED, event, EXPIRY, MemoryContext, REMEMBERING } from './memory-context.ts';

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
      const held = await memory.hold();
      await memory.pass(subscription, held);
      const now = await memory.expire(T0);
      await memory.ingest(event('deletion', MINUTE, { model, action }));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['deletion', 'one'],
      ]);
      await memory.pass(subscription, held);
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
      const held = await memory.hold();
      for (const subscription of [one, two, other]) await memory.pass(subscription, held);
      const now = await memory.expire(T0);
      await memory.ingest(deletion());
      await memory.pass(one, held);
      await memory.expire(now);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['deletion', 'one'],
      ]);
      await memory.pass(two, held);
      expect(await memory.stored()).toEqual([['deletion', null]]);
      expect(await context.store.totals()).toMatchObject({ rememberedDeliveries: 0, storedBytes: 200 });
    });

    it('keeps the memory while it is a dead letter, and while it is being redriven', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0), deletion());
      const held = await memory.hold();
      await store.bury(
        [letterOf(subscription, held.lastSeq)],
        progressOf(subscription, held, { cursor: held.lastSeq }),
      );
      await memory.expire(T0);
      await store.redrive(CHANNEL, subscription.id);
      await memory.expire(T0 + EXPIRY);
      const [redriven] = await store.redriven(subscription.id, 1);
      expect(redriven?.previous?.sealed.toString().trim()).toBe('one');
      await store.settleRedriven(held.leaseId, subscription.id, held.lastSeq, true);
      expect(await memory.stored()).toEqual([['deletion', null]]);
      await memory.retain(T0 + 2 * EXPIRY);
      expect(await memory.stored()).toEqual([]);
    });

    it('ends the memory when its dead letter expires', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0), deletion());
      const held = await memory.hold();
      await store.bury(
        [letterOf(subscription, held.lastSeq)],
        progressOf(subscription, held, { cursor: held.lastSeq }),
      );
      await memory.expire(T0);
      await memory.retain(T0 + 14 * DAY);
      expect(await memory.stored()).toHaveLength(2);
      await memory.retain(T0 + 15 * DAY);
      expect(await memory.stored()).toEqual([]);
    });

    it('ends the memory with the last subscription that waits for it', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(subscription, held);
      await memory.expire(T0);
      await memory.ingest(deletion());
      await store.unsubscribe(CHANNEL, subscription.id);
      expect(await memory.stored()).toEqual([['deletion', null]]);
    });

    it('that no subscription selects ends the memory at the next step of retention', async () => {
      await memory.subscribe('OTHER');
      await memory.ingest(event('one', 0), event('other lesson', 0, { subjectId: '5' }), deletion());
      await memory.retain(T0);
      await memory.ingest(event('again', 3 * MINUTE), event('other lesson again', 3 * MINUTE, { subjectId: '5' }));
      expect((await memory.stored()).slice(2)).toEqual([
        ['deletion', 'one'],
        ['again', null],
        ['other lesson again', 'other lesson'],
      ]);
    });

    it('removes contents that are kept only for memory at once, and the rest after the ordinary retention period', async () => {
      const slow = await memory.subscribe('SLOW');
      await memory.ingest(event('one', 0));
      const held = await memory.hold();
      await memory.pass(slow, held);
      const now = await memory.expire(T0);
      const [two] = await memory.ingest(event('two', MINUTE, { action: 'SLOW' }), event('three', MINUTE + 5001));
      await memory.ingest(deletion());
      await memory.retain(now);
      expect(await memory.stored()).toEqual([
        ['two', null],
        ['three', 'two'],
        ['deletion', 'three'],
      ]);
      await memory.pass(slow, held, two);
      await memory.pass(slow, held);
      await memory.expire(now);
      expect(await context.store.totals()).toMatchObject({ deliveries: 0, rememberedDeliveries: 0, storedBytes: 0 });
    });

    it('that has ended the memory makes older events late, and a newer event the first', async () => {
      await memory.ingest(event('one', 0), deletion());
      await memory.retain(T0);
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
      await memory.retain(T0);
      await memory.ingest(event('next', 4 * MINUTE));
      expect((await memory.stored()).slice(2)).toEqual([
        ['deletion', null],
        ['next', 'recovery'],
      ]);
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([['next', null]]);
    });

    it('is kept while a recovery that is compared with it is waiting', async () => {
      const slow = await memory.subscribe('SLOW');
      await memory.ingest(deletion());
      await memory.ingest(event('recovery', 3 * MINUTE, { action: 'SLOW' }));
      await memory.expire(T0);
      expect(await memory.stored()).toEqual([
        ['deletion', null],
        ['recovery', 'deletion'],
      ]);
      await memory.pass(slow, await memory.hold());
      await memory.expire(T0 + EXPIRY);
      expect(await memory.stored()).toEqual([['recovery', null]]);
    });

    it('ends the memory of a state of the same time, which stays stored as a dead letter', async () => {
      const subscription = await memory.subscribe();
      const [one = 0, last = 0] = await memory.ingest(event('one', MINUTE), deletion(MINUTE));
      const held = await memory.hold();
      await memory.store.bury([letterOf(subscription, one)], progressOf(subscription, held, { cursor: last }));
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
      await memory.retain(T0);
      await memory.ingest(event('at the same time', 2 * MINUTE));
      await memory.ingest(event('newer', 3 * MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['newer', null]);
      await memory.ingest(event('next', 4 * MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['next', 'newer']);
    });

    it('of a subject with many states ends its memory in steps, the newest state last', async () => {
      await memory.open({ maxChannelBytes: 1_000_000 });
      const states = Array.from({ length: RETAIN_BATCH + 10 }, (_, index) => event(`${index}`, index * MINUTE));
      const last = states.length * MINUTE;
      await memory.ingest(...states, deletion(last));
      expect(await memory.store.retain(REMEMBERING, T0)).toBe(RETAIN_BATCH);
      await memory.ingest(event('before the end', last + 1));
      expect((await memory.stored()).at(-1)).toEqual(['before the end', `${states.length - 1}`]);
      await memory.retain(T0);
      await memory.ingest(event('in the burst', last + 2), event('late', last - MINUTE));
      await memory.expire(T0 + last);
      expect(await memory.stored()).toEqual([['in the burst', null]]);
    });
  });
}
