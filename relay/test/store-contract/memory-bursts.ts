import { beforeEach, describe, expect, it } from '@jest/globals';

import { MAX_BATCH_BYTES, MAX_LATEST_BYTES } from '../../store/deliveries.ts';
import { DAY } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { LIMITS, T0, type StoreContext } from './context.ts';
import { MAX_BURST_MEMBERS } from '../../store/memory.ts';
import { event, MemoryContext, nameOf } from './memory-context.ts';

const MINUTE = 60_000;

export function memoryBurstContract(context: StoreContext): void {
  const memory = new MemoryContext(context);

  describe('the previous delivery', () => {
    beforeEach(() => memory.open());

    it('is the state before the delivery, or null for the first delivery about a subject', async () => {
      await memory.ingest(event('one', 0));
      await memory.ingest(event('two', MINUTE));
      await memory.ingest(event('three', 2 * MINUTE));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['three', 'two'],
      ]);
    });

    it('has the metadata, the wrapped data key and the sealed content of the previous delivery', async () => {
      const keyId = '00000000-0000-4000-8000-0000000000d9';
      const wrappedKey = Buffer.alloc(80, 'another key');
      const one = event('one', 0);
      const oneSealed = { ...one, content: one.content && { ...one.content, keyId, wrappedKey } };
      await memory.ingest(oneSealed);
      await memory.ingest(event('two', MINUTE));
      const [first, second] = await context.stored();
      expect(first).toEqual({
        ...second?.previous,
        seq: expect.any(Number),
        previous: null,
        burst: [],
        isRepeat: false,
      });
      expect(second?.previous).toMatchObject({ keyId, wrappedKey, sealed: one.content?.sealed });
    });

    it('is about the same subject: the same channel, model and id', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await memory.ingest(event('lesson', 0));
      await store.ingest([
        event('other id', MINUTE, { subjectId: '12345' }),
        event('other model', MINUTE, { model: 'client' }),
        event('other channel', MINUTE, { channel: OTHER_CHANNEL }),
      ]);
      expect(await memory.stored()).toEqual([
        ['lesson', null],
        ['other id', null],
        ['other model', null],
      ]);
      expect(await memory.stored(OTHER_CHANNEL)).toEqual([['other channel', null]]);
    });

    it('is not replaced by an event from the future, which may be forged', async () => {
      await memory.ingest(event('one', 0));
      await memory.ingest(event('forged', 9 * DAY, { receivedAt: T0 }));
      await memory.ingest(event('two', MINUTE));
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['forged', null],
        ['two', 'one'],
      ]);
    });

    it('is the state before the burst for all members of a burst, in any order of arrival', async () => {
      await memory.ingest(event('before', 0));
      await memory.ingest(event('anchor', MINUTE));
      await memory.ingest(event('5 s later', MINUTE + 5000));
      await memory.ingest(event('5 s earlier', MINUTE - 5000));
      await memory.ingest(event('at the same time', MINUTE));
      await memory.ingest(event('next burst', MINUTE + 5001));
      expect((await memory.stored()).slice(1)).toEqual([
        ['anchor', 'before'],
        ['5 s later', 'before'],
        ['5 s earlier', 'before'],
        ['at the same time', 'before'],
        ['next burst', '5 s later'],
      ]);
    });

    it('is null for members of the first burst', async () => {
      await memory.ingest(event('one', 0), event('two', 3000), event('three', -3000));
      expect((await memory.stored()).map(([, previous]) => previous)).toEqual([null, null, null]);
    });

    it('is null for a late event, which does not replace a state', async () => {
      await memory.ingest(event('before', 0));
      await memory.ingest(event('anchor', MINUTE));
      await memory.ingest(event('late', MINUTE - 5001));
      await memory.ingest(event('in the burst', MINUTE + 1));
      await memory.ingest(event('after the burst', 2 * MINUTE));
      expect((await memory.stored()).slice(2)).toEqual([
        ['late', null],
        ['in the burst', 'before'],
        ['after the burst', 'in the burst'],
      ]);
    });

    it('has the greatest event time of all states, and arrived last among states of the same time', async () => {
      await memory.ingest(event('newest at first', 4000));
      await memory.ingest(event('earlier', 0));
      await memory.ingest(event('newest', 4000));
      await memory.ingest(event('earlier again', 3999));
      await memory.ingest(event('next', MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['next', 'newest']);
    });

    it('arrived last among the states of the same time, even in the same transaction', async () => {
      await memory.ingest(event('one', 0), event('two', 0), event('three', MINUTE));
      expect((await memory.stored()).at(-1)).toEqual(['three', 'two']);
    });

    it('is earlier than the delivery', async () => {
      await memory.ingest(event('before', 0), event('newest before', 5000));
      await memory.ingest(event('anchor', 5001));
      await memory.ingest(event('at the same time', 5000));
      await memory.ingest(event('earlier', 4999));
      await memory.ingest(event('in the burst', 10_001));
      expect((await memory.stored()).slice(2)).toEqual([
        ['anchor', 'newest before'],
        ['at the same time', null],
        ['earlier', null],
        ['in the burst', 'newest before'],
      ]);
    });

    it.each([
      ['of several events', { model: null, subjectId: null, eventTime: null }],
      ['about an unknown object', { model: null }],
      ['without a subject id', { subjectId: null }],
      ['without a time', { eventTime: null }],
      ['about a wellbeing concern', { isConcern: true }],
    ])('is null for a delivery %s, which is not a state', async (_, changes) => {
      await memory.subscribe();
      await memory.ingest(event('before', 0));
      await memory.ingest(event('without memory', MINUTE, changes));
      await memory.ingest(event('after', 2 * MINUTE));
      expect(await memory.stored()).toEqual([
        ['before', null],
        ['without memory', null],
        ['after', 'before'],
      ]);
    });

    it('is the same for deliveries in one transaction as in several transactions', async () => {
      const { store } = context;
      const two = event('two', MINUTE);
      const other = event('other key', 2 * MINUTE);
      const foreignKey = { keyId: '00000000-0000-4000-8000-0000000000d9', sealKey: Buffer.alloc(32) };
      const foreign = { ...other, content: other.content && { ...other.content, ...foreignKey } };
      const results = await store.ingest([
        event('one', 0),
        two,
        event('other lesson', MINUTE, { subjectId: '5' }),
        { ...two, id: other.id, eventTime: T0 + 2 * MINUTE },
        foreign,
        event('in its burst', MINUTE + 1),
        event('other lesson again', 2 * MINUTE, { subjectId: '5' }),
        event('late', 0),
        event('three', 3 * MINUTE),
      ]);
      expect(results.filter((result) => result !== 'stored')).toEqual(['duplicate', 'other-seal-key']);
      expect(await memory.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
        ['other lesson', null],
        ['in its burst', 'one'],
        ['other lesson again', 'other lesson'],
        ['late', null],
        ['three', 'in its burst'],
      ]);
    });

    it('does not change, so that a redrive a day later has the same previous delivery', async () => {
      const { store } = context;
      const subscription = await memory.subscribe();
      await memory.ingest(event('one', 0));
      const [seq = 0] = await memory.ingest(event('two', MINUTE));
      const held = await context.hold();
      await context.bury(subscription, held, seq);
      await memory.ingest(event('three', 2 * MINUTE));
      await context.pass(subscription, held);
      await memory.expire(T0 + DAY);
      await store.redrive(CHANNEL, subscription.id);
      expect(await store.redriven(subscription.key, 10)).toMatchObject([{ seq }]);
      const [redriven] = await store.deliveries(held.key, [seq]);
      expect(redriven?.previous && nameOf(redriven.previous)).toBe('one');
    });

    it('is among the latest deliveries', async () => {
      await memory.ingest(event('one', 0), event('two', MINUTE), event('three', 2 * MINUTE));
      const latest = await context.store.latest(CHANNEL, null, 2);
      expect(latest.map(({ previous }) => previous?.sealed.toString().trim())).toEqual(['two', 'one']);
    });

    it('counts towards the bytes of a batch', async () => {
      await memory.open({ maxChannelBytes: 100 * MAX_BATCH_BYTES });
      const large = (name: string, eventTime: number, subjectId: string) =>
        event(name, eventTime, { subjectId, body: Buffer.from(name.padEnd(MAX_BATCH_BYTES / 2 - 200)) });
      await memory.subscribe();
      await memory.ingest(large('a', 0, '1'), large('b', 0, '2'), large('c', 0, '3'));
      await memory.ingest(large('one', 0, '4'), large('two', MINUTE, '4'), large('three', 2 * MINUTE, '4'));
      const { key } = await context.hold();
      const seqs = await context.seqs();
      expect(await context.store.deliveries(key, seqs.slice(0, 3))).toHaveLength(2);
      expect(await context.store.deliveries(key, seqs.slice(3))).toHaveLength(1);
    });

    it('counts towards the bytes of the latest deliveries', async () => {
      await memory.open({ maxChannelBytes: 10 * MAX_LATEST_BYTES });
      const content = (name: string) => ({ body: Buffer.from(name.padEnd(3_000_000)) });
      await memory.ingest(event('zero', 0, { subjectId: '5' }));
      for (const [index, name] of ['one', 'two', 'three'].entries()) {
        await memory.ingest(event(name, index * MINUTE, content(name)));
      }
      await memory.ingest(event('small', MINUTE, { subjectId: '5' }));
      expect((await context.store.latest(CHANNEL, null, 10)).map(nameOf)).toEqual(['small', 'three']);
    });
  });

  describe('the earlier deliveries of the burst', () => {
    beforeEach(() => memory.open());

    it('have arrived before, whatever their event times are, and are in the order of their event times', async () => {
      await memory.ingest(event('before', 0));
      await memory.ingest(event('anchor', MINUTE), event('later', MINUTE + 3000));
      await memory.ingest(event('earlier', MINUTE - 3000));
      await memory.ingest(event('at the same time', MINUTE));
      await memory.ingest(event('next burst', 2 * MINUTE));
      expect(await memory.bursts()).toEqual([
        ['before'],
        ['anchor'],
        ['later', 'anchor'],
        ['earlier', 'anchor', 'later'],
        ['at the same time', 'earlier', 'anchor', 'later'],
        ['next burst'],
      ]);
    });

    it('are at most the first one and the newest seven', async () => {
      const names = Array.from({ length: 20 }, (_, index) => String(index + 1));
      for (const [index, name] of names.entries()) await memory.ingest(event(name, index * 100));
      const bursts = await memory.bursts();
      expect(bursts[8]).toEqual(['9', '1', '2', '3', '4', '5', '6', '7', '8']);
      expect(bursts[19]).toEqual(['20', '1', '13', '14', '15', '16', '17', '18', '19']);
    });

    it('are about the same subject', async () => {
      await memory.ingest(event('one', 0), event('other', 1, { subjectId: '5' }), event('two', 2));
      expect(await memory.bursts()).toEqual([['one'], ['other'], ['two', 'one']]);
    });

    it('are missing for a late event, and do not include it', async () => {
      await memory.ingest(event('anchor', MINUTE), event('late', 0), event('in the burst', MINUTE + 1));
      expect(await memory.bursts()).toEqual([['anchor'], ['late'], ['in the burst', 'anchor']]);
    });

    it('are missing after a burst of 501 deliveries, whose next delivery begins a new burst', async () => {
      await memory.open({ maxChannelBytes: 1e9 });
      const burst = Array.from({ length: MAX_BURST_MEMBERS + 1 }, (_, index) => event(String(index), 0));
      await memory.ingest(...burst.slice(0, 400));
      await memory.ingest(...burst.slice(400), event('late', 0), event('next', 1));
      await memory.ingest(event('of the next burst', 2));
      const newest = await context.store.latest(CHANNEL, null, 4);
      expect(newest.map((each) => [each, each.previous, ...each.burst].map((one) => one && nameOf(one)))).toEqual([
        ['of the next burst', '500', 'next'],
        ['next', '500'],
        ['late', null],
        ['500', null, '0', '493', '494', '495', '496', '497', '498', '499'],
      ]);
      const alone = await context.store.latest(CHANNEL, null, 4, true);
      expect(alone).toEqual(newest.map((each) => ({ ...each, previous: null, burst: [] })));
    });

    it('are left out, oldest first, if all would be larger than an envelope', async () => {
      await memory.open({ maxChannelBytes: 1e9 });
      const content = (name: string) => ({ body: Buffer.from(name.padEnd(2_500_000)) });
      await memory.ingest(event('before', 0, content('before')));
      for (const [index, name] of ['one', 'two', 'three', 'four'].entries()) {
        await memory.ingest(event(name, MINUTE + index, content(name)));
      }
      const [newest] = await context.store.latest(CHANNEL, null, 1);
      expect(newest && [nameOf(newest), newest.previous, ...newest.burst.map(nameOf)]).toEqual([
        ...['four', null, 'three'],
      ]);
    });
  });
}
