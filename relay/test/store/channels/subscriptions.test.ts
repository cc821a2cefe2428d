import { describe, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('subscriptions', () => {
    it('start after the newest delivery, and are the same for the same target and filter', async () => {
      await store.ingest([delivery('A')]);
      const subscription = await context.subscribe('https://x/1', { actions: ['B', 'A'] });
      expect(await store.pending(subscription.key, 0, 10)).toEqual([]);
      expect((await context.subscribe('https://x/1', { actions: ['A', 'B', 'A'] })).id).toBe(subscription.id);
      expect((await context.subscribe('https://x/2', { actions: ['A', 'B'] })).id).not.toBe(subscription.id);
      expect((await context.subscribe('https://x/1', { actions: ['A'] })).id).not.toBe(subscription.id);
      expect(await store.subscriptions(CHANNEL)).toHaveLength(3);
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      expect(await store.subscription(OTHER_CHANNEL, subscription.id)).toBeNull();
    });

    it('keep the newest description of their Zap, and their starting position', async () => {
      await store.ingest([delivery('A')]);
      const [first] = await context.seqs();
      const request = { targetUrl: 'https://x/1', filter: { actions: ['A'] } };
      const description = { trigger: 'New Client', options: [{ label: 'Label', value: 'VIP' }], zap_id: '12' };
      expect(await context.subscribe()).toMatchObject({ description: null, startsAfter: first });
      expect(await store.subscribe(CHANNEL, { ...request, description }, 1, T0)).toMatchObject({ description });
      await store.ingest([delivery('A')]);
      expect(await store.subscribe(CHANNEL, request, 1, T0)).toMatchObject({ description, startsAfter: first });
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ description, startsAfter: first }]);
    });

    it('are refused if the channel has too many, unless they already exist', async () => {
      await context.subscribe('https://x/1');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/2', filter: { actions: [] } }, 1, T0)).toBe('full');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter: { actions: ['A'] } }, 1, T0)).not.toBe(
        'full',
      );
    });

    it('are found by their id and their newest secret', async () => {
      const request = { targetUrl: 'https://x/1', filter: { actions: ['A'] } };
      const { id } = await context.subscribe();
      expect(await store.subscriptionWithSecret(id, 'hash')).toBeNull();
      for (const secretHash of ['hash', 'other hash']) {
        expect(await store.subscribe(CHANNEL, { ...request, secretHash }, 1, T0)).toMatchObject({ id });
        await context.subscribe();
        expect(await store.subscriptionWithSecret(id, secretHash)).toMatchObject({ id, channel: CHANNEL });
      }
      expect(await store.subscriptionWithSecret(id, 'hash')).toBeNull();
      expect(await store.subscriptionWithSecret('unknown', 'other hash')).toBeNull();

      const other = { ...request, targetUrl: 'https://x/2', secretHash: 'hash of the other' };
      const created = await store.subscribe(CHANNEL, other, 2, T0);
      if (created === 'full') throw new Error('The channel has too many subscriptions.');
      expect(await store.subscriptionWithSecret(created.id, other.secretHash)).toMatchObject({ id: created.id });
      expect(await store.subscriptionWithSecret(id, other.secretHash)).toBeNull();
    });
  });
});
