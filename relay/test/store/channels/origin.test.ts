import { describe, expect, it } from '@jest/globals';

import { CHANNEL, ORIGIN, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { LIMITS, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const OTHER_ORIGIN = 'https://other.example.com';

/** Tests of the origin that a store remembers. */
describeEachStore((context) => {
  const { store } = context;
  describe('the origin', () => {
    it('is that of the first relay, until it is replaced', async () => {
      expect(await store.ownOrigin()).toBeNull();
      expect(await store.rememberOrigin(ORIGIN)).toEqual({ origin: ORIGIN, channels: 1, subscriptions: 0 });
      expect(await store.rememberOrigin(OTHER_ORIGIN)).toMatchObject({ origin: ORIGIN });
      await store.replaceOrigin(OTHER_ORIGIN);
      expect(await store.rememberOrigin(ORIGIN)).toMatchObject({ origin: OTHER_ORIGIN });
      expect(await store.ownOrigin()).toMatchObject({ origin: OTHER_ORIGIN });
    });

    it('comes with the numbers of channels and of Zaps that are on', async () => {
      await store.rememberOrigin(ORIGIN);
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await context.subscribe('https://x/1');
      await context.subscribe('https://x/2', { actions: ['A'] }, OTHER_CHANNEL);
      const { id } = await context.subscribe('https://x/3');
      expect(await store.ownOrigin()).toEqual({ origin: ORIGIN, channels: 2, subscriptions: 3 });
      await store.unsubscribe(CHANNEL, id, T0);
      await store.deleteChannel(OTHER_CHANNEL);
      expect(await store.ownOrigin()).toEqual({ origin: ORIGIN, channels: 1, subscriptions: 1 });
    });

    it('is the same for relays that start at the same time', async () => {
      const origins = Array.from({ length: 8 }, (_, index) => `https://${index}.example.com`);
      const own = await Promise.all(origins.map((origin) => store.rememberOrigin(origin)));
      expect(new Set(own.map(({ origin }) => origin)).size).toBe(1);
    });
  });
});
