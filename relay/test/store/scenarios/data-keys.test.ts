import { randomBytes, randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import type { NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import { DATA_KEY, delivery } from '../../support/new-delivery.ts';
import { LIMITS, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const OTHER_SEAL_KEY = Buffer.from(SEAL_KEY).reverse();

/** Returns a delivery that is sealed under the data key with the given number. */
const sealedWith = (key: number, changes: Partial<NewDelivery> = {}): NewDelivery =>
  delivery('A', {
    content: {
      ...DATA_KEY,
      keyId: `00000000-0000-4000-8000-${String(key).padStart(12, '0')}`,
      wrappedKey: Buffer.alloc(80, key),
      sealed: bodyOf('A'),
    },
    ...changes,
  });
/** Tests of seal keys and data keys. */
describeEachStore((context) => {
  const { store } = context;
  /**
   * Returns the first byte of the wrapped key of each stored delivery. This byte contains the number of the data key.
   */
  const keyNumbers = async () => (await context.stored()).map((one) => one.wrappedKey[0]);

  describe('seal keys', () => {
    it('stay the same until the channel is deleted', async () => {
      const other = { ...LIMITS, sealKey: OTHER_SEAL_KEY, withSecret: true };
      expect(await store.registerChannel(CHANNEL, other, T0)).toBe('other-seal-key');
      expect(await store.registration(CHANNEL)).toMatchObject({ withSecret: false, sealKey: SEAL_KEY });
      expect(await store.registerChannel(CHANNEL, LIMITS, T0)).toBe('registered');
      await store.deleteChannel(CHANNEL);
      expect(await store.registerChannel(CHANNEL, other, T0)).toBe('registered');
      expect(await store.registration(CHANNEL)).toMatchObject({ withSecret: true, sealKey: OTHER_SEAL_KEY });
      expect((await store.channelState(CHANNEL, T0))?.sealKey.equals(OTHER_SEAL_KEY)).toBe(true);
    });

    it('refuse deliveries that are sealed for a different key', async () => {
      const sealed = sealedWith(1);
      const content = sealed.content && { ...sealed.content, sealKey: OTHER_SEAL_KEY };
      const results = await store.ingest([{ ...sealed, content }, sealedWith(2), delivery('', { actions: [] })]);
      expect(results).toEqual(['other-seal-key', 'stored', 'stored']);
      expect(await keyNumbers()).toEqual([2]);
    });
  });

  describe('sealed deliveries', () => {
    it('are returned with their metadata and wrapped data key unchanged', async () => {
      const one = sealedWith(1, { id: randomUUID(), model: null, subjectId: null, eventTime: null, actions: null });
      const two = sealedWith(2, {
        model: 'wellbeing_concern',
        subjectId: '12345678901234567890',
        eventTime: -1,
        actions: ['B', 'A', 'B', '"\\'],
        receivedAt: T0,
      });
      expect(await store.ingest([one, two])).toEqual(['stored', 'stored']);
      const expected = [one, two].map(({ channel, id, receivedAt, actions, model, subjectId, eventTime, content }) => ({
        seq: expect.any(Number),
        channel,
        id,
        receivedAt,
        actions,
        model,
        subjectId,
        eventTime,
        keyId: content?.keyId,
        wrappedKey: content?.wrappedKey,
        sealed: content?.sealed,
        previous: null,
        isRepeat: false,
        burst: [],
      }));
      expect(await context.stored()).toEqual(expected);
      expect(await store.latest(CHANNEL, null, 10)).toEqual(expected.reverse());
    });
  });

  describe('data keys', () => {
    it('are stored once, and belong to one channel', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const other = sealedWith(1, { channel: OTHER_CHANNEL });
      const otherContent = other.content && { ...other.content, wrappedKey: Buffer.alloc(80, 9) };
      await store.ingest([sealedWith(1), { ...other, content: otherContent }, sealedWith(1), sealedWith(2)]);
      await store.ingest([sealedWith(1)]);
      expect(await keyNumbers()).toEqual([1, 1, 2, 1]);
      const [stored] = await context.stored(OTHER_CHANNEL);
      expect(stored?.wrappedKey[0]).toBe(9);
    });

    it('are kept while any delivery needs them, and are stored again for a later delivery', async () => {
      const subscription = await context.subscribe();
      await store.ingest([1, 2, 1].map((key) => sealedWith(key, { receivedAt: T0 })));
      const held = await context.hold();
      const [, second = 0] = await context.seqs();
      await context.bury(subscription, held, second);
      await context.pass(subscription, held);
      await context.retain(T0 + 4 * DAY);
      expect(await keyNumbers()).toEqual([2]);
      expect((await store.dataKeys(CHANNEL, 9)).map(({ wrappedKey }) => wrappedKey[0])).toEqual([2]);
      const later = { receivedAt: T0 + 4 * DAY };
      expect(await store.ingest([sealedWith(1, later), sealedWith(2, later)])).toEqual(['stored', 'stored']);
      expect(await keyNumbers()).toEqual([2, 1, 2]);
    });

    it('of deliveries that were removed early are kept for a day, because a process may still use them', async () => {
      const large = () => sealedWith(1, { receivedAt: T0, digest: randomBytes(32) });
      const bytes = large().content?.sealed.length ?? 0;
      await context.open({ maxChannelBytes: 2 * bytes });
      for (const one of [large(), sealedWith(2, { receivedAt: T0 }), sealedWith(3, { receivedAt: T0 })]) {
        expect(await store.ingest([one])).toEqual(['stored']);
      }
      expect(await keyNumbers()).toEqual([2, 3]);
      await context.retain(T0 + 24 * HOUR);
      expect(await store.dataKeys(CHANNEL, 9)).toHaveLength(3);
      await context.retain(T0 + 26 * HOUR);
      expect(await store.dataKeys(CHANNEL, 9)).toHaveLength(2);
    });

    it('of stored deliveries are listed, newest first', async () => {
      expect(await store.dataKeys(CHANNEL, 10)).toEqual([]);
      await store.ingest([delivery('A')]);
      const other = sealedWith(1, { receivedAt: T0 });
      await store.ingest([other]);
      const [first, second] = [other.content ?? DATA_KEY, DATA_KEY].map(({ keyId, wrappedKey }) => ({
        keyId,
        wrappedKey,
      }));
      expect(await store.dataKeys(CHANNEL, 10)).toEqual([first, second]);
      expect(await store.dataKeys(CHANNEL, 1)).toEqual([first]);
      expect(await store.dataKeys(OTHER_CHANNEL, 10)).toEqual([]);
    });
  });
});
