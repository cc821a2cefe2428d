import { describe, expect, it } from '@jest/globals';

import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { LIMITS, progressOf, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

export function subscriptionContract(context: StoreContext): void {
  describe('subscriptions', () => {
    it('start after the newest delivery, and are the same for the same target and filter', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      const subscription = await context.subscribe('https://x/1', { actions: ['B', 'A'] });
      expect(await store.deliveriesAfter(CHANNEL, subscription.cursor, 10)).toEqual([]);
      expect((await context.subscribe('https://x/1', { actions: ['A', 'B', 'A'] })).id).toBe(subscription.id);
      expect((await context.subscribe('https://x/2', { actions: ['A', 'B'] })).id).not.toBe(subscription.id);
      expect((await context.subscribe('https://x/1', { actions: ['A'] })).id).not.toBe(subscription.id);
      expect(await store.subscriptions(CHANNEL)).toHaveLength(3);
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      expect(await store.subscription(OTHER_CHANNEL, subscription.id)).toBeNull();
    });

    it('keep the newest description of their Zap, and their starting position', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      const [first] = await store.deliveriesAfter(CHANNEL, 0, 1);
      const request = { targetUrl: 'https://x/1', filter: { actions: ['A'] } };
      const description = { trigger: 'New Client', options: [{ label: 'Label', value: 'VIP' }], zap_id: '12' };
      expect(await context.subscribe()).toMatchObject({ description: null, startsAfter: first?.seq });
      expect(await store.subscribe(CHANNEL, { ...request, description }, 1, T0)).toMatchObject({ description });
      await store.ingest([delivery('A')]);
      expect(await store.subscribe(CHANNEL, request, 1, T0)).toMatchObject({ description, startsAfter: first?.seq });
      expect(await store.subscriptions(CHANNEL)).toMatchObject([{ description, startsAfter: first?.seq }]);
    });

    it('are refused if the channel has too many, unless they already exist', async () => {
      const { store } = context;
      await context.subscribe('https://x/1');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/2', filter: { actions: [] } }, 1, T0)).toBe('full');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter: { actions: ['A'] } }, 1, T0)).not.toBe(
        'full',
      );
    });

    it('keep saved progress, and never move their cursor back', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A'), delivery('A')]);
      const [first, second] = await store.deliveriesAfter(CHANNEL, 0, 10);
      const held = await context.hold();
      const counters = {
        failures: 3,
        failingSince: T0 + 1,
        lastFailure: 'HTTP 500',
        refusedTries: 1,
        refusedEvents: 2,
        redriveFailures: 4,
        redrivenUpTo: 5,
        outageFrom: 6,
      };
      await store.progress([progressOf(subscription, held, { cursor: second?.seq ?? 0, lastSuccessAt: T0 })]);
      await store.progress([
        progressOf(subscription, held, {
          cursor: first?.seq ?? 0,
          ...counters,
          nextAttemptAt: T0 + 5,
          nextRedriveAt: T0 + 6.4,
          pacedAt: 123.4,
        }),
      ]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({
        cursor: second?.seq,
        ...counters,
        nextAttemptAt: T0 + 5,
        nextRedriveAt: T0 + 6,
        lastSuccessAt: T0,
        pacedAt: 123,
      });
    });

    it('are found by their id and their newest secret', async () => {
      const { store } = context;
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

    it('are deleted only through their own channel', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const subscription = await context.subscribe();
      expect(await store.unsubscribe(OTHER_CHANNEL, subscription.id)).toBe(false);
      expect(await store.subscriptions(CHANNEL)).toHaveLength(1);
      expect(await store.unsubscribe(CHANNEL, subscription.id)).toBe(true);
      expect(await store.unsubscribe(CHANNEL, subscription.id)).toBe(false);
      expect(await store.subscriptions(CHANNEL)).toEqual([]);
    });
  });
}
