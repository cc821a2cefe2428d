import { describe, expect, it } from '@jest/globals';

import { SECOND } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, reportedState, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of the backlog that the metrics show. */
describeEachStore((context) => {
  const { store } = context;
  /** Ingests deliveries whose arrival was a number of seconds ago, on the clock of the store. */
  async function ingestOld(seconds: number, channel = CHANNEL): Promise<void> {
    const receivedAt = (await store.now()) - seconds * SECOND;
    await store.ingest([delivery('A', { channel, receivedAt })]);
  }
  const FAILED = { failures: 2, failingSince: T0, lastFailure: 'HTTP 500' };

  describe('backlog', () => {
    it('counts a channel as overdue after it has been due for a second on the clock of the store', async () => {
      const overdue = async () => (await store.backlog(1)).overdueChannels;
      const wait = () => context.query('UPDATE channels SET due_at = due_at - 1000');
      const { subscription, held } = await context.ingestAndHold();
      await wait();
      expect(await overdue()).toBe(0);
      await context.giveBack(held);
      expect(await overdue()).toBe(0);
      await wait();
      await store.ingest([delivery('A')]);
      expect(await overdue()).toBe(1);
      const again = await context.hold();
      expect(await overdue()).toBe(0);
      await context.pass(subscription, again);
      await context.giveBack(again);
      await wait();
      expect(await overdue()).toBe(0);
    });

    it('contains the age of the oldest delivery of each subscription, oldest first, up to the limit', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const one = await context.subscribe('https://x/1');
      await context.subscribe('https://x/2', { actions: ['A'] }, OTHER_CHANNEL);
      await ingestOld(300);
      await context.pass(one, await context.hold());
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

    it('counts failing subscriptions, with the reason for the last failure, but no paused or ended ones', async () => {
      const [failing, paused, ended] = [
        await context.subscribe('https://x/1'),
        await context.subscribe('https://x/2'),
        await context.subscribe('https://x/3'),
      ];
      await ingestOld(100);
      const failed = [failing, paused, ended].map((each) => reportedState(each, FAILED));
      await context.save(await context.hold(), [], failed);
      await store.pause({ channel: CHANNEL, id: paused.id }, T0);
      await store.unsubscribe(CHANNEL, ended.id, T0);
      const waiting = [{ lastFailure: 'HTTP 500' }];
      expect(await store.backlog(10)).toMatchObject({ failingSubscriptions: 1, waiting });
    });
  });
});
