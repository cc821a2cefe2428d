import { beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { MAX_BATCH_BYTES } from '../../../store/deliveries/waiting-sends.ts';
import type { EarlierDelivery } from '../../../store/deliveries/stored-delivery.ts';
import { MAX_EVENT_AHEAD_MS, MAX_BURST_MEMBERS } from '../../../store/deliveries/earlier-states.ts';
import type { NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import { delivery, type DeliveryChanges } from '../../support/new-delivery.ts';
import { LIMITS, SEND_BYTES, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const MINUTE = 60_000;
/** Milliseconds until the ordinary retention period has ended. */
const EXPIRY = 73 * HOUR;

/**
 * Returns a delivery about lesson 1234 with the action `A`. The content is the unsealed body, which contains the name.
 *
 * @param name - a name that is unique in the test
 * @param eventTime - milliseconds after {@link T0}
 */
const event = (name: string, eventTime: number, changes: DeliveryChanges = {}): NewDelivery => {
  const times = { receivedAt: T0 + Math.max(0, eventTime), eventTime: T0 + eventTime };
  return delivery('A', { body: Buffer.from(name.padEnd(200)), ...times, subjectId: '1234', ...changes });
};
const nameOf = ({ sealed }: EarlierDelivery): string => sealed.toString().trim();

/** Tests of contents, sizes, limits and exact times, which the model-based test does not cover. */
describeEachStore((context) => {
  const { store } = context;
  const bed = {
    open: (options = {}) => context.open({ earlierStateMs: 90 * DAY, ...options }),
    subscribe: (actions?: string[]) => context.subscribe('https://x/1', actions ? { actions } : { all_except: [] }),
    ingest: async (...deliveries: NewDelivery[]) => {
      expect(new Set(await store.ingest(deliveries))).toEqual(new Set(['stored']));
    },
    /** Returns the names of all deliveries that have content, each with the name of the previous delivery. */
    stored: async (channel = CHANNEL) =>
      (await context.stored(channel)).map((one) => [nameOf(one), one.previous && nameOf(one.previous)]),
    expire: () => context.retain(T0 + EXPIRY),
  };

  beforeEach(() => bed.open());

  describe('the previous delivery', () => {
    it('has the metadata, the wrapped data key and the sealed content of the previous delivery', async () => {
      const keyId = '00000000-0000-4000-8000-0000000000d9';
      const wrappedKey = Buffer.alloc(80, 'another key');
      const one = event('one', 0);
      const oneSealed = { ...one, content: one.content && { ...one.content, keyId, wrappedKey } };
      await bed.ingest(oneSealed);
      await bed.ingest(event('two', MINUTE));
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
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await bed.ingest(event('lesson', 0));
      await store.ingest([
        event('other id', MINUTE, { subjectId: '12345' }),
        event('other model', MINUTE, { model: 'client' }),
        event('other channel', MINUTE, { channel: OTHER_CHANNEL }),
      ]);
      expect(await bed.stored()).toEqual([
        ['lesson', null],
        ['other id', null],
        ['other model', null],
      ]);
      expect(await bed.stored(OTHER_CHANNEL)).toEqual([['other channel', null]]);
    });

    it('is never an event that is dated more than 5 minutes ahead of its arrival', async () => {
      const ahead = event('ahead', MAX_EVENT_AHEAD_MS + 1, { receivedAt: T0 });
      await bed.ingest(event('one', 0), ahead, event('in time', MAX_EVENT_AHEAD_MS, { receivedAt: T0 }));
      expect(await bed.stored()).toEqual([
        ['one', null],
        ['ahead', null],
        ['in time', 'one'],
      ]);
    });

    it('counts towards the bytes of a batch', async () => {
      await bed.open({ maxChannelBytes: 100 * MAX_BATCH_BYTES });
      const large = (name: string, eventTime: number, subjectId: string) =>
        event(name, eventTime, { subjectId, body: Buffer.from(name.padEnd(MAX_BATCH_BYTES / 2 - SEND_BYTES)) });
      await bed.subscribe();
      await bed.ingest(large('a', 0, '1'), large('b', 0, '2'), large('c', 0, '3'));
      await bed.ingest(large('one', 0, '4'), large('two', MINUTE, '4'), large('three', 2 * MINUTE, '4'));
      const { key } = await context.hold();
      const seqs = await context.seqs();
      expect(await store.deliveries(key, seqs.slice(0, 3))).toHaveLength(2);
      expect(await store.deliveries(key, seqs.slice(3))).toHaveLength(1);
    });
  });

  describe('after an event and a deletion of its subject', () => {
    it.each<[name: string, actions: string[] | undefined, deletedAt: number, previous: string | null]>([
      ['that no Zap wants, a later event has no previous delivery', ['A'], MINUTE, null],
      ['that waits for a Zap, a later event has the deletion', undefined, MINUTE, 'deletion'],
      ['that is older than the event, a later event has the event', ['A'], -MINUTE, 'event'],
    ])('%s', async (_name, actions, deletedAt, previous) => {
      const deletion = event('deletion', deletedAt, { actions: ['DELETED_AN_APPOINTMENT'] });
      const events = [event('event', 0), deletion, event('later', 2 * MINUTE)];
      const previousOfLater = async () => (await bed.stored()).find(([name]) => name === 'later')?.[1];
      await bed.subscribe(actions);
      await bed.ingest(...events);
      expect(await previousOfLater()).toBe(previous);
      await bed.open();
      await bed.subscribe(actions);
      for (const each of events) await bed.ingest(each);
      expect(await previousOfLater()).toBe(previous);
    });
  });

  describe('the earlier deliveries of the burst', () => {
    it('are missing after a burst of 501 deliveries, whose next delivery begins a new burst', async () => {
      await bed.open({ maxChannelBytes: 1e9 });
      const burst = Array.from({ length: MAX_BURST_MEMBERS + 1 }, (_, index) => event(String(index), 0));
      await bed.ingest(...burst.slice(0, 400));
      await bed.ingest(...burst.slice(400), event('late', 0), event('next', 1));
      await bed.ingest(event('of the next burst', 2));
      const newest = await store.latest(CHANNEL, null, 4);
      expect(newest.map((each) => [each, each.previous, ...each.burst].map((one) => one && nameOf(one)))).toEqual([
        ['of the next burst', '500', 'next'],
        ['next', '500'],
        ['late', null],
        ['500', null, '0', '493', '494', '495', '496', '497', '498', '499'],
      ]);
      const alone = await store.latest(CHANNEL, null, 4, true);
      expect(alone).toEqual(newest.map((each) => ({ ...each, previous: null, burst: [] })));
    });

    it('are left out, oldest first, if all of them would exceed the size of an envelope', async () => {
      await bed.open({ maxChannelBytes: 1e9 });
      const content = (name: string) => ({ body: Buffer.from(name.padEnd(2_500_000)) });
      await bed.ingest(event('before', 0, content('before')));
      for (const [index, name] of ['one', 'two', 'three', 'four'].entries()) {
        await bed.ingest(event(name, MINUTE + index, content(name)));
      }
      const [newest] = await store.latest(CHANNEL, null, 1);
      expect(newest && [nameOf(newest), newest.previous, ...newest.burst.map(nameOf)]).toEqual([
        ...['four', null, 'three'],
      ]);
    });
  });

  describe('remembered deliveries', () => {
    it('are removed 90 days after their arrival, even if a waiting delivery refers to them', async () => {
      const subscription = await bed.subscribe(['SLOW']);
      await bed.ingest(event('one', 0));
      const held = await context.hold();
      await context.pass(subscription, held);
      await context.retain(T0);
      await bed.ingest(event('two', MINUTE, { actions: ['SLOW'], receivedAt: T0 + DAY }));
      await context.retain(T0 + EXPIRY);
      await context.retain(T0 + 90 * DAY - 1);
      expect(await bed.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
      ]);
      await context.retain(T0 + 90 * DAY);
      expect(await bed.stored()).toEqual([['two', null]]);
      // The age of a waiting delivery itself is not limited.
      await context.retain(T0 + 100 * DAY);
      expect(await bed.stored()).toEqual([['two', null]]);
    });

    describe('of a burst, before the newest', () => {
      const names = async () => (await bed.stored()).map(([name]) => name);
      /**
       * Stores a burst of three deliveries. The first two deliveries are remembered because the third delivery waits.
       */
      async function rememberBurst(action: string) {
        const subscription = await bed.subscribe([action]);
        await bed.ingest(event('first', 0), event('second', 1));
        await bed.ingest(event('third', 2, { actions: [action] }));
        const held = await context.hold();
        await bed.expire();
        expect(await names()).toEqual(['first', 'second', 'third']);
        expect(await store.totals()).toMatchObject({ rememberedDeliveries: 2 });
        return { subscription, held };
      }
      it.each([
        ['is only remembered itself', 'SLOW', ['third']],
        ['is a deletion, and expires', 'DELETED_AN_APPOINTMENT', []],
      ])('are removed when the newest %s', async (_name, action, remaining) => {
        const { subscription, held } = await rememberBurst(action);
        await context.pass(subscription, held);
        // Retention checks a waiting delivery once an hour.
        await context.retain(T0 + EXPIRY + HOUR);
        expect(await names()).toEqual(remaining);
      });
    });

    it('are still the previous deliveries of new deliveries whose arrival has removed other deliveries', async () => {
      await bed.open({ maxChannelBytes: 400 });
      await bed.ingest(event('other', 0, { subjectId: '5' }), event('one', 0));
      await bed.expire();
      await bed.ingest(event('two', MINUTE));
      expect(await bed.stored()).toEqual([
        ['one', null],
        ['two', 'one'],
      ]);
      await bed.ingest(event('three', 2 * MINUTE));
      expect(await bed.stored()).toEqual([
        ['two', null],
        ['three', 'two'],
      ]);
    });
  });
});
