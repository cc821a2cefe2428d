import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import type { Lease } from '../../store/lease.ts';
import { delivery } from '../new-delivery.ts';
import { HOLDER, letterOf, LIMITS, OTHER_HOLDER, progressOf, releaseOf, T0, type StoreContext } from './context.ts';

export function leaseContract(context: StoreContext): void {
  describe('leases', () => {
    it('give a channel with a new delivery, and its subscriptions, to one holder', async () => {
      const { store } = context;
      expect(await context.lease()).toEqual([]);
      const subscription = await context.subscribe();
      expect(await context.lease()).toEqual([]);
      await store.ingest([delivery('A')]);
      const [first, ...others] = await context.lease();
      const [newest] = await store.latest(CHANNEL, null, 1);
      expect(others).toEqual([]);
      expect(first).toMatchObject({
        channel: CHANNEL,
        lastSeq: newest?.seq,
        subscriptions: [{ id: subscription.id }],
      });
      expect(await context.lease(HOUR, OTHER_HOLDER)).toEqual([]);
      await store.ingest([delivery('A')]);
      expect(await context.lease(HOUR, OTHER_HOLDER)).toEqual([]);
    });

    it('are available as soon as a delivery is stored, regardless of its time of arrival', async () => {
      await context.store.ingest([delivery('A', { receivedAt: Date.now() + HOUR })]);
      expect(await context.lease()).toHaveLength(1);
    });

    it('follow the clock of the store, which returns whole milliseconds', async () => {
      const before = Date.now();
      const time = await context.store.now();
      expect(Number.isInteger(time)).toBe(true);
      expect(time).toBeGreaterThan(before - 1_000);
      expect(time).toBeLessThan(Date.now() + 1_000);
    });

    it('are not given for a delivery without events', async () => {
      await context.store.ingest([delivery('', { actions: [] })]);
      expect(await context.lease()).toEqual([]);
    });

    it('are limited to the requested number', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.ingest([delivery('A'), delivery('A', { channel: OTHER_CHANNEL })]);
      expect(await context.lease(HOUR, HOLDER, 1)).toHaveLength(1);
      expect(await context.lease(HOUR, HOLDER, 1)).toHaveLength(1);
      expect(await context.lease(HOUR, HOLDER, 1)).toHaveLength(0);
    });

    it('expire, and fence off the writes of their former holder', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const redriven = await context.subscribe('https://x/redriven');
      await store.ingest([delivery('A'), delivery('A')]);
      const [first, second] = await store.deliveriesAfter(CHANNEL, 0, 2);
      const former = await context.hold();
      await store.bury([letterOf(redriven, first?.seq ?? 0)], progressOf(redriven, former));
      await store.redrive(CHANNEL, redriven.id);
      await store.renew([former.leaseId], 1);
      let leases: Lease[] = [];
      await until(async () => (leases = await context.lease(HOUR, OTHER_HOLDER)).length > 0);
      const [held = former] = leases;
      expect(held.leaseId).not.toBe(former.leaseId);
      await store.progress([progressOf(subscription, held, { cursor: second?.seq ?? 0 })]);

      const stale = progressOf(subscription, former, { cursor: first?.seq ?? 0, failures: 7 });
      await store.progress([stale]);
      expect(await store.bury([letterOf(subscription, first?.seq ?? 0)], stale)).toBe(false);
      await store.settleRedriven(former.leaseId, redriven.id, first?.seq ?? 0, false, 'HTTP 404');
      await store.release([releaseOf(former)]);
      expect(await store.renew([former.leaseId], HOUR)).toEqual([]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: second?.seq, failures: 0 });
      expect(await store.subscription(CHANNEL, redriven.id)).toMatchObject({ isRedriving: true });
      expect(await store.deadLetterSummaries(redriven.id, 0, 9)).toMatchObject([{ reason: 'HTTP 500' }]);
      expect(await store.deadLetterSummaries(subscription.id, 0, 9)).toEqual([]);
      expect(await store.renew([held.leaseId], HOUR)).toHaveLength(1);
    });

    it('last longer when they are renewed', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      for (let milliseconds = 60; ; milliseconds *= 2) {
        const held = await context.hold(milliseconds);
        const [renewed] = await store.renew([held.leaseId], HOUR);
        // On a busy machine, the lease may expire before it is renewed.
        if (!renewed) continue;
        const end = (await store.now()) + milliseconds;
        await until(async () => (await store.now()) > end);
        break;
      }
      expect(await context.lease()).toEqual([]);
    });

    it('come with the milliseconds until a channel may be due again', async () => {
      const { store } = context;
      const look = async () => (await store.lease({ holder: HOLDER, limit: 1, milliseconds: HOUR })).lookAgainInMs;
      await store.ingest([delivery('A')]);
      const wait = await look();
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(HOUR);
      await until(async () => ((await look()) ?? Infinity) <= HOUR - 50);
    });

    it('that are released leave their channel idle if there is no more work', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      await store.release([releaseOf(await context.hold())]);
      expect(await context.lease()).toEqual([]);
    });

    it('that are released make their channel due after the requested milliseconds', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      const held = await context.hold();
      const begin = performance.now();
      await store.release([releaseOf(held, { dueInMs: 200, pacedAt: 5 })]);
      let due: Lease[] = [];
      await until(async () => (due = await context.lease()).length > 0);
      expect(performance.now() - begin).toBeGreaterThan(198);
      const [again = held] = due;
      expect(again).toMatchObject({ pacedAt: 5 });
      await store.release([releaseOf(again, { dueInMs: -HOUR })]);
      expect(await store.totals()).toMatchObject({ overdueChannels: 0 });
      expect(await context.lease()).toHaveLength(1);
    });

    it('that are released make their channel due at once if it has changed since the holder read it', async () => {
      const { store } = context;
      await store.ingest([delivery('A')]);
      const held = await context.hold();
      await store.ingest([delivery('A')]);
      await store.release([releaseOf(held)]);
      const again = await context.hold();
      const [position] = await store.renew([again.leaseId], HOUR);
      expect(position).toEqual({ leaseId: again.leaseId, lastSeq: again.lastSeq, revision: again.revision });
      await context.subscribe();
      await store.release([releaseOf(again)]);
      expect((await context.hold()).subscriptions).toHaveLength(1);
    });

    it('entitle their holder to notifications of changes', async () => {
      const { store } = context;
      const heard: string[] = [];
      await store.listen(HOLDER, (channel, what) => heard.push(`${what} ${channel === CHANNEL}`));
      await store.ingest([delivery('A')]);
      expect(heard.splice(0)).toEqual(['deliveries true']);
      await context.hold();
      await store.ingest([delivery('A'), delivery('A')]);
      expect(heard.splice(0)).toEqual(['deliveries true']);
      await store.ingest([delivery('', { actions: [] })]);
      expect(heard).toEqual([]);
      const subscription = await context.subscribe();
      expect(heard.splice(0)).toEqual(['subscriptions true']);
      await store.unsubscribe(CHANNEL, subscription.id);
      expect(heard.splice(0)).toEqual(['subscriptions true']);
    });
  });
}
