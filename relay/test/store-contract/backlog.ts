import { describe, expect, it } from '@jest/globals';

import { SECOND } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { LIMITS, progressOf, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

/** Tests of {@link Store.backlog}. */
export function backlogContract(context: StoreContext): void {
  /** Ingests deliveries that arrived a number of seconds ago, by the clock of the store. */
  async function ingestOld(seconds: number, channel = CHANNEL): Promise<void> {
    const receivedAt = (await context.store.now()) - seconds * SECOND;
    await context.store.ingest([delivery('A', { channel, receivedAt })]);
  }
  const FAILED = { failures: 2, failingSince: T0, lastFailure: 'HTTP 500' };

  describe('backlog', () => {
    it('is empty while no deliveries are waiting', async () => {
      await context.subscribe();
      expect(await context.store.backlog(10)).toEqual({ failingSubscriptions: 0, waiting: [] });
    });

    it('contains the age of the oldest delivery of each subscription, oldest first, up to the limit', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await context.subscribe('https://x/1');
      await context.subscribe('https://x/2', { actions: ['A'] }, OTHER_CHANNEL);
      await ingestOld(100);
      await ingestOld(200, OTHER_CHANNEL);
      await ingestOld(50);
      const { waiting } = await store.backlog(10);
      expect(waiting.map(({ channel }) => channel)).toEqual([OTHER_CHANNEL, CHANNEL]);
      const [first, second] = waiting.map(({ waitingMs }) => waitingMs / SECOND);
      expect(first).toBeGreaterThanOrEqual(200);
      expect(first).toBeLessThan(260);
      expect(second).toBeGreaterThanOrEqual(100);
      expect(second).toBeLessThan(160);
      expect((await store.backlog(1)).waiting).toHaveLength(1);
    });

    it('ignores settled deliveries, and deliveries without events', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await ingestOld(100);
      await store.ingest([delivery('', { actions: [] })]);
      await context.pass(subscription, await context.hold());
      expect((await store.backlog(10)).waiting).toEqual([]);
    });

    it('ignores paused and ended subscriptions', async () => {
      const { store } = context;
      const [paused, ended] = [await context.subscribe('https://x/1'), await context.subscribe('https://x/2')];
      await ingestOld(100);
      await context.save(await context.hold(), [], [progressOf(paused, FAILED), progressOf(ended, FAILED)]);
      await store.pause({ channel: CHANNEL, id: paused.id }, T0);
      await store.unsubscribe(CHANNEL, ended.id, T0);
      expect(await store.backlog(10)).toEqual({ failingSubscriptions: 0, waiting: [] });
    });

    it('counts failing subscriptions, and contains the reason for the last failure', async () => {
      const { store } = context;
      const subscription = await context.subscribe('https://x/1');
      await context.subscribe('https://x/2');
      await ingestOld(100);
      await context.save(await context.hold(), [], [progressOf(subscription, FAILED)]);
      const { failingSubscriptions, waiting } = await store.backlog(10);
      expect(failingSubscriptions).toBe(1);
      expect(waiting.map(({ lastFailure }) => lastFailure).sort()).toEqual(['HTTP 500', null].sort());
    });
  });
}
