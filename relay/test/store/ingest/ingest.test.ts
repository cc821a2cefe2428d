import { describe, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, SEND_BYTES, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('a store', () => {
    it('numbers the deliveries of each channel separately, without gaps', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.ingest([delivery('A'), delivery('B', { channel: OTHER_CHANNEL }), delivery('C')]);
      const large = delivery('A', { body: Buffer.alloc(20_000, 'x') });
      await store.ingest([large, delivery('D', { channel: OTHER_CHANNEL }), delivery('E')]);
      const range = { after: 0, upTo: 9 };
      const numbersOf = async (channel: string) =>
        (await store.events(channel, {}, range, 9, 'oldest first')).map(({ number }) => number);
      expect([await numbersOf(CHANNEL), await numbersOf(OTHER_CHANNEL)]).toEqual([
        [1, 2, 3],
        [1, 2],
      ]);
      expect(await store.events(CHANNEL, {}, { after: 1, upTo: 2 }, 9)).toMatchObject([{ number: 2, actions: ['C'] }]);
    });

    it('drops deliveries for an unregistered channel, and refuses deliveries that exceed the limit of a channel', async () => {
      await context.subscribe();
      expect(await store.ingest([delivery('A', { channel: OTHER_CHANNEL })])).toEqual(['unregistered']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(9000 - SEND_BYTES, 'x') })])).toEqual(['stored']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(1001 - SEND_BYTES, 'y') })])).toEqual(['full']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(500, 'z') })])).toEqual(['stored']);
    });

    it('counts a delivery without events, and stores no content', async () => {
      expect(await store.ingest([delivery('', { actions: [], receivedAt: T0 })])).toEqual(['stored']);
      expect(await context.stored()).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({ events24h: 0, others24h: 1, storedBytes: 0 });
    });

    it('stores a delivery with unknown actions, which counts as pending for every subscription', async () => {
      await context.subscribe('https://x/1', { actions: ['A'] });
      await context.subscribe('https://x/2', { all_except: ['A'] });
      expect(await store.ingest([delivery('A', { actions: null, receivedAt: T0 })])).toEqual(['stored']);
      expect(await context.stored()).toMatchObject([{ actions: null }]);
      expect(await store.latest(CHANNEL, null, 5)).toHaveLength(1);
      expect(await store.latest(CHANNEL, 'A', 5)).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({
        events24h: 1,
        subscriptions: [{ pending: 1 }, { pending: 1 }],
      });
    });

    it('stores any string as an action', async () => {
      const hostile = ['\0', '\ud800', '","', '"', "\\'", 'x'.repeat(10_000), ''];
      for (const action of hostile)
        expect(await store.ingest([delivery('A', { actions: [action, 'A'] })])).toEqual(['stored']);
      const stored = await context.stored();
      expect(stored.map(({ actions }) => actions?.[0])).toEqual(hostile);
      expect((await store.latest(CHANNEL, '"', 10)).map(({ actions }) => actions?.[0])).toEqual(['"']);
    });
  });
});
