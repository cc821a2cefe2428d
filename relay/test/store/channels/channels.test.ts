import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, PROCESS, reportedState, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('a store', () => {
    it('remembers permanently that a channel was registered with the secret', async () => {
      expect(await store.registration(CHANNEL)).toMatchObject({ withSecret: false, sealKey: SEAL_KEY });
      for (const withSecret of [true, false]) {
        expect(await store.registerChannel(CHANNEL, { ...LIMITS, withSecret }, T0)).toBe('registered');
        expect(await store.registration(CHANNEL)).toMatchObject({ withSecret: true, sealKey: SEAL_KEY });
      }
      await store.registerChannel(OTHER_CHANNEL, { ...LIMITS, withSecret: true }, T0);
      expect(await store.registration(OTHER_CHANNEL)).toMatchObject({ withSecret: true, sealKey: SEAL_KEY });
      await store.deleteChannel(OTHER_CHANNEL);
      expect(await store.registration(OTHER_CHANNEL)).toBeNull();
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      expect(await store.registration(OTHER_CHANNEL)).toMatchObject({ withSecret: false, sealKey: SEAL_KEY });
    });

    it('gives each registration a webhook URL of its own, which does not change when the channel registers again', async () => {
      const urlPart = async () => (await store.registration(CHANNEL))?.urlPart;
      const first = await urlPart();
      expect(first).toMatch(/^[0-9a-f]{32}$/);
      await store.registerChannel(CHANNEL, { ...LIMITS, withSecret: true }, T0);
      expect(await urlPart()).toBe(first);
      await store.deleteChannel(CHANNEL);
      await store.registerChannel(CHANNEL, LIMITS, T0);
      expect(await urlPart()).toMatch(/^[0-9a-f]{32}$/);
      expect(await urlPart()).not.toBe(first);
    });

    it('replaces the webhook URL, and remembers the old one for a day', async () => {
      const first = await store.registration(CHANNEL);
      expect(first).toMatchObject({ oldUrlPart: null, oldUrlUntil: null });
      expect(await store.replaceUrl(CHANNEL, false, T0)).toBe(T0 + DAY);
      const second = await store.registration(CHANNEL);
      expect(second).toMatchObject({ oldUrlPart: first?.urlPart, oldUrlUntil: T0 + DAY });
      expect(second?.urlPart).not.toBe(first?.urlPart);
      expect(await store.channelState(CHANNEL, T0)).toMatchObject({ ...second, oldUrlEventAt: null });
      // TutorCruncher may still use the first URL.
      expect(await store.replaceUrl(CHANNEL, false, T0 + DAY - 1)).toBe('busy');
      expect(await store.registration(CHANNEL)).toEqual(second);
      expect(await store.replaceUrl(CHANNEL, false, T0 + DAY)).toBe(T0 + 2 * DAY);
      const third = await store.registration(CHANNEL);
      expect(third).toMatchObject({ oldUrlPart: second?.urlPart, oldUrlUntil: T0 + 2 * DAY });
      expect(await store.replaceUrl(CHANNEL, true, T0 + DAY + 1)).toBe(T0 + DAY + 1);
      expect(await store.registration(CHANNEL)).toMatchObject({
        oldUrlPart: third?.urlPart,
        oldUrlUntil: T0 + DAY + 1,
      });
      expect(await store.replaceUrl(OTHER_CHANNEL, true, T0)).toBeNull();
    });

    it('remembers when the newest event arrived at the old URL', async () => {
      const oldUrlEventAt = async () => (await store.channelState(CHANNEL, T0))?.oldUrlEventAt;
      await store.ingest([delivery('A', { receivedAt: T0 + 1 })]);
      expect(await oldUrlEventAt()).toBeNull();
      await store.replaceUrl(CHANNEL, false, T0 + 2);
      // Before the replacement, all events arrived at the URL that has now become the old URL.
      expect(await oldUrlEventAt()).toBe(T0 + 1);
      await store.ingest([
        delivery('A', { receivedAt: T0 + 3, isAtOldUrl: true }),
        delivery('B', { receivedAt: T0 + 4, isAtOldUrl: true }),
        delivery('A', { receivedAt: T0 + 5, isAtOldUrl: false }),
      ]);
      await store.ingest([delivery('A', { receivedAt: T0 + 6 })]);
      expect(await oldUrlEventAt()).toBe(T0 + 4);
      expect(await store.channelState(CHANNEL, T0)).toMatchObject({ lastEventAt: T0 + 6 });
    });

    it('evicts only a channel that has had no events and no subscriptions for a day', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: T0 })]);
      await context.subscribe();
      expect(await store.registerChannel('third', LIMITS, T0 + DAY - 1)).toBe('full');
      expect(await store.registration('third')).toBeNull();
      expect(await store.registerChannel('third', LIMITS, T0 + DAY + 1)).toBe('registered');
      expect(await store.registration(OTHER_CHANNEL)).toBeNull();
      expect(await store.registration(CHANNEL)).not.toBeNull();
      await store.ingest([delivery('A', { channel: 'third', receivedAt: T0 + 2 * DAY })]);
      expect(await store.registerChannel('fourth', LIMITS, T0 + 2.5 * DAY)).toBe('full');
    });

    it('evicts a channel without any events and subscriptions after an hour, the oldest channel first', async () => {
      await store.deleteChannel(CHANNEL);
      const roomy = { ...LIMITS, maxChannels: 4 };
      const registerAt = (channel: string, time: number) => store.registerChannel(channel, roomy, T0 + time);
      for (const [index, channel] of ['newer', 'older', 'with an event', 'with a Zap'].entries()) {
        expect(await registerAt(channel, index === 0 ? 2 : 1)).toBe('registered');
      }
      await store.ingest([delivery('A', { channel: 'with an event', receivedAt: T0 })]);
      const zap = await context.subscribe('https://x/1', { actions: ['A'] }, 'with a Zap');
      await store.unsubscribe('with a Zap', zap.id, T0);
      while (await store.retain(T0 + DAY - 2));

      expect(await registerAt('a', HOUR)).toBe('full');
      expect(await registerAt('a', HOUR + 2)).toBe('registered');
      const names = async () => {
        const all = ['newer', 'older', 'with an event', 'with a Zap', 'a', 'b'];
        const found = await Promise.all(all.map((channel) => store.registration(channel)));
        return all.filter((_, index) => found[index] !== null);
      };
      expect(await names()).toEqual(['newer', 'with an event', 'with a Zap', 'a']);
      expect(await registerAt('b', HOUR + 2)).toBe('full');
      expect(await registerAt('b', HOUR + 3)).toBe('registered');
      expect(await names()).toEqual(['with an event', 'with a Zap', 'a', 'b']);
    });

    it('counts the pending deliveries of each subscription', async () => {
      const subscription = await context.subscribe();
      await store.ingest(['B', 'A', 'A'].map((action, index) => delivery(action, { receivedAt: T0 + index })));
      expect(await store.channelState(CHANNEL, T0 + 5)).toMatchObject({
        lastEventAt: T0 + 2,
        events24h: 3,
        subscriptions: [{ id: subscription.id, pending: 2, oldestPendingAt: T0 + 1, deadLetters: 0 }],
      });
      expect(await store.channelState(OTHER_CHANNEL, T0)).toBeNull();
    });

    it('claims no deleted channel, and stores nothing for it', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A')]);
      const held = await context.hold();
      const [seq = 0] = await context.seqs();
      expect(await store.deleteChannel(CHANNEL)).toBe('deleted');
      expect(await store.deleteChannel(CHANNEL)).toBeNull();
      expect(await store.claimed(PROCESS)).toEqual([]);
      expect(await context.save(held, [resultOf(subscription, seq)], [reportedState(subscription)])).toEqual([
        { channel: held.key, claim: held.claim },
      ]);
      await context.giveBack(held);
      expect(await context.claim()).toEqual([]);
      expect(await store.ingest([delivery('A')])).toEqual(['unregistered']);
    });
  });
});
