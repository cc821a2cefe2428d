/** What every store must do, whatever it is made of. */

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL, delivery, OTHER_CHANNEL } from '../harness/sample-delivery.ts';
import {
  RETAIN_BATCH,
  type Lease,
  type Progress,
  type Release,
  type Store,
  type Subscription,
} from '../store/store.ts';

const LIMITS = { maxChannels: 2, idleMs: DAY };
const T0 = 1_000_000_000;
const HOLDER = '00000000-0000-4000-8000-000000000001';
const OTHER_HOLDER = '00000000-0000-4000-8000-000000000002';
const retention = { bodyMs: 72 * HOUR, duplicateMs: 72 * HOUR, deadLetterMs: 14 * DAY };

/** What the stores under test are opened with. */
export const CONTRACT_OPTIONS = { maxChannelBytes: 10_000, duplicateMs: 72 * HOUR };

/** Runs the contract against a kind of store. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`the store contract: ${name}`, () => {
    let store: Store;

    beforeEach(async () => {
      store = await open();
      await store.registerChannel(CHANNEL, LIMITS, T0);
    });
    afterEach(() => store.close());

    const subscribe = async (targetUrl = 'https://x/1', filter = { actions: ['A'] }): Promise<Subscription> => {
      const subscription = await store.subscribe(CHANNEL, { targetUrl, filter }, 200, T0);
      if (subscription === 'full') throw new Error('full');
      return subscription;
    };
    /** Leases whatever is due. */
    const lease = async (milliseconds = HOUR, holder = HOLDER, limit = 10) =>
      (await store.lease({ holder, limit, milliseconds, now: Date.now() })).leases;
    /** Leases the channel, which a delivery has made due. */
    const hold = async (milliseconds?: number, holder?: string): Promise<Lease> => {
      const [first] = await lease(milliseconds, holder);
      if (first?.channel !== CHANNEL) throw new Error('The channel is not due.');
      return first;
    };
    const released = (of: Lease, changes: Partial<Release> = {}): Release => ({ ...of, dueAt: null, ...changes });
    const progressOf = (subscription: Subscription, { leaseId }: Lease, changes: Partial<Progress>): Progress => ({
      leaseId,
      subscriptionId: subscription.id,
      cursor: subscription.cursor,
      failures: 0,
      nextAttemptAt: 0,
      lastSuccessAt: null,
      pacedAt: 0,
      ...changes,
    });

    it('gives each channel one place, as long as there are places', async () => {
      expect(await store.registerChannel(CHANNEL, LIMITS, T0)).toBe('registered');
      expect(await store.registerChannel(OTHER_CHANNEL, LIMITS, T0)).toBe('registered');
      expect(await store.registerChannel('third', LIMITS, T0 + DAY - 1)).toBe('full');
      expect(await store.hasChannel('third')).toBe(false);
    });

    it('takes the place of a channel that had neither event nor subscription for a day, and of no other', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await subscribe();
      expect(await store.registerChannel('third', LIMITS, T0 + DAY + 1)).toBe('registered');
      expect(await store.hasChannel(OTHER_CHANNEL)).toBe(false);
      expect(await store.hasChannel(CHANNEL)).toBe(true);
      await store.ingest([delivery('A', { channel: 'third', receivedAt: T0 + 2 * DAY })]);
      expect(await store.registerChannel('fourth', LIMITS, T0 + 2.5 * DAY)).toBe('full');
    });

    it('stores deliveries byte for byte, in order, with numbers that grow', async () => {
      const body = Buffer.from([0x7b, 0xff, 0x00, 0xe2, 0x80, 0xa8]);
      expect(await store.ingest([delivery('A', { body }), delivery('B'), delivery('C')])).toEqual(
        Array(3).fill('stored'),
      );
      await store.ingest([delivery('D')]);
      const kept = await store.deliveriesAfter(CHANNEL, 0, 10);
      expect(kept.map(({ actions }) => actions[0])).toEqual(['A', 'B', 'C', 'D']);
      expect(kept[0]?.body.equals(body)).toBe(true);
      const numbers = kept.map(({ seq }) => seq);
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      expect(new Set(kept.map(({ id }) => id)).size).toBe(4);
      expect((await store.deliveriesAfter(CHANNEL, numbers[1] ?? 0, 1)).map(({ actions }) => actions[0])).toEqual([
        'C',
      ]);
      expect(await store.deliveriesAfter(OTHER_CHANNEL, 0, 10)).toEqual([]);
    });

    it('knows the same bytes and signature again for 72 hours, within a group, too', async () => {
      const first = delivery('A', { receivedAt: T0 });
      expect(await store.ingest([first, first])).toEqual(['stored', 'duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR - 1 }])).toEqual(['duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR + 1 }])).toEqual(['stored']);
    });

    it('does not take a forged signature of the same bytes for the genuine one', async () => {
      const genuine = delivery('A');
      expect(await store.ingest([{ ...genuine, signature: '0'.repeat(64) }, genuine])).toEqual(['stored', 'stored']);
    });

    it('drops what is for nobody, and refuses what is too much', async () => {
      expect(await store.ingest([delivery('A', { channel: OTHER_CHANNEL })])).toEqual(['unregistered']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(9000, 'x') })])).toEqual(['stored']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(1001, 'y') })])).toEqual(['full']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(500, 'z') })])).toEqual(['stored']);
    });

    it('says of all copies of what it refuses that it refused them, and goes on with what has room', async () => {
      const large = delivery('A', { body: Buffer.alloc(20_000, 'x') });
      expect(await store.ingest([large, large, delivery('A'), delivery('B')])).toEqual([
        'full',
        'full',
        'stored',
        'stored',
      ]);
      const half = delivery('A', { body: Buffer.alloc(9_500, 'x') });
      expect(await store.ingest([half, half])).toEqual(['stored', 'duplicate']);
    });

    it('keeps no body without events, but counts it', async () => {
      expect(await store.ingest([delivery('', { actions: [], receivedAt: T0 })])).toEqual(['stored']);
      expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({ events24h: 0, others24h: 1, storedBytes: 0 });
    });

    it('shows the latest deliveries, of an action or of any', async () => {
      await store.ingest([delivery('A'), delivery('B'), delivery('A'), delivery('C', { actions: ['C', 'B'] })]);
      const actions = async (action: string | null, limit: number) =>
        (await store.latest(CHANNEL, action, limit)).map((entry) => entry.actions[0]);
      expect(await actions(null, 2)).toEqual(['C', 'A']);
      expect(await actions('B', 5)).toEqual(['C', 'B']);
      expect(await actions("'; DROP TABLE", 5)).toEqual([]);
    });

    it('subscribes from now on, once for the same target and filter', async () => {
      await store.ingest([delivery('A')]);
      const subscription = await subscribe('https://x/1', { actions: ['B', 'A'] });
      expect(await store.deliveriesAfter(CHANNEL, subscription.cursor, 10)).toEqual([]);
      expect((await subscribe('https://x/1', { actions: ['A', 'B', 'A'] })).id).toBe(subscription.id);
      expect((await subscribe('https://x/2', { actions: ['A', 'B'] })).id).not.toBe(subscription.id);
      expect((await subscribe('https://x/1', { actions: ['A'] })).id).not.toBe(subscription.id);
      expect(await store.subscriptions(CHANNEL)).toHaveLength(3);
      expect(await store.subscription(OTHER_CHANNEL, subscription.id)).toBeNull();
    });

    it('takes only so many subscriptions', async () => {
      await subscribe('https://x/1');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/2', filter: { actions: [] } }, 1, T0)).toBe('full');
      expect(await store.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter: { actions: ['A'] } }, 1, T0)).not.toBe(
        'full',
      );
    });

    it('moves a cursor on, and never back', async () => {
      const subscription = await subscribe();
      await store.ingest([delivery('A'), delivery('A')]);
      const [first, second] = await store.deliveriesAfter(CHANNEL, 0, 10);
      const held = await hold();
      await store.progress([progressOf(subscription, held, { cursor: second?.seq ?? 0, lastSuccessAt: T0 })]);
      await store.progress([
        progressOf(subscription, held, { cursor: first?.seq ?? 0, failures: 3, nextAttemptAt: T0 + 5 }),
      ]);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({
        cursor: second?.seq,
        failures: 3,
        nextAttemptAt: T0 + 5,
        lastSuccessAt: T0,
      });
    });

    it('says what waits for whom', async () => {
      const subscription = await subscribe();
      await store.ingest([
        delivery('B', { receivedAt: T0 }),
        delivery('A', { receivedAt: T0 + 1 }),
        delivery('A', { receivedAt: T0 + 2 }),
      ]);
      expect(await store.channelState(CHANNEL, T0 + 5)).toMatchObject({
        lastEventAt: T0 + 2,
        events24h: 3,
        subscriptions: [{ id: subscription.id, pending: 2, oldestPendingAt: T0 + 1, deadLetters: 0 }],
      });
      expect(await store.channelState(OTHER_CHANNEL, T0)).toBeNull();
    });

    it('buries, and sends again what was buried', async () => {
      const subscription = await subscribe();
      await store.ingest([delivery('A'), delivery('A')]);
      const [first, second] = await store.deliveriesAfter(CHANNEL, 0, 10);
      const letters = [first, second].map((entry) => ({
        subscriptionId: subscription.id,
        seq: entry?.seq ?? 0,
        reason: 'HTTP 500',
        deadAt: T0,
      }));
      const held = await hold();
      expect(await store.bury(letters, progressOf(subscription, held, { cursor: second?.seq ?? 0 }))).toBe(true);
      expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: second?.seq });
      expect(await store.redriven(subscription.id, 10)).toEqual([]);

      expect(await store.redrive(CHANNEL, subscription.id)).toBe(2);
      expect((await store.redriven(subscription.id, 10)).map(({ seq }) => seq)).toEqual([first?.seq, second?.seq]);
      await store.settleRedriven(held.leaseId, subscription.id, first?.seq ?? 0, true);
      await store.settleRedriven(held.leaseId, subscription.id, second?.seq ?? 0, false);
      expect(await store.redriven(subscription.id, 10)).toEqual([]);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ deadLetters: 1 }]);
    });

    it('forgets a subscription with its dead letters, and only for its own channel', async () => {
      const subscription = await subscribe();
      expect(await store.unsubscribe(OTHER_CHANNEL, subscription.id)).toBe(false);
      expect(await store.unsubscribe(CHANNEL, subscription.id)).toBe(true);
      expect(await store.unsubscribe(CHANNEL, subscription.id)).toBe(false);
      await store.ingest([delivery('A')]);
      const held = await hold();
      await store.progress([progressOf(subscription, held, { cursor: 5 })]);
      await store.bury(
        [{ subscriptionId: subscription.id, seq: 1, reason: '', deadAt: 0 }],
        progressOf(subscription, held, {}),
      );
    });

    it('forgets a channel with all that it held', async () => {
      await subscribe();
      await store.ingest([delivery('A')]);
      expect(await store.deleteChannel(CHANNEL)).toBe(true);
      expect(await store.deleteChannel(CHANNEL)).toBe(false);
      expect(await store.totals(Date.now())).toEqual({
        channels: 0,
        subscriptions: 0,
        deliveries: 0,
        deadLetters: 0,
        storedBytes: 0,
        overdueChannels: 0,
      });
    });

    it('deletes bodies 72 hours after the last cursor passed them, and not before', async () => {
      const slow = await subscribe('https://x/slow');
      const fast = await subscribe('https://x/fast');
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const [entry] = await store.deliveriesAfter(CHANNEL, 0, 1);
      const cursor = entry?.seq ?? 0;
      const held = await hold();
      await store.progress([progressOf(fast, held, { cursor })]);
      await store.retain(retention, T0 + 200 * HOUR);
      expect(await store.deliveriesAfter(CHANNEL, 0, 1)).toHaveLength(1);

      await store.progress([progressOf(slow, held, { cursor })]);
      await store.retain(retention, T0 + 200 * HOUR);
      expect(await store.retain(retention, T0 + 271 * HOUR)).toBe(0);
      expect(await store.retain(retention, T0 + 273 * HOUR)).toBe(1);
      expect(await store.totals(Date.now())).toMatchObject({ deliveries: 0, storedBytes: 0 });
    });

    it('deletes bodies earlier where it is told to, and still knows the bytes again', async () => {
      const entry = delivery('A', { receivedAt: T0 });
      await store.ingest([entry]);
      await store.retain({ ...retention, bodyMs: 0 }, T0 + 1);
      expect(await store.deliveriesAfter(CHANNEL, 0, 1)).toEqual([]);
      expect(await store.totals(Date.now())).toMatchObject({ deliveries: 1, storedBytes: 0 });
      expect(await store.ingest([{ ...entry, receivedAt: T0 + HOUR }])).toEqual(['duplicate']);
      await store.retain({ ...retention, bodyMs: 0 }, T0 + 73 * HOUR);
      expect(await store.totals(Date.now())).toMatchObject({ deliveries: 0 });
    });

    it('keeps a dead letter with its body for 14 days', async () => {
      const subscription = await subscribe();
      await store.ingest([delivery('A', { receivedAt: T0, body: bodyOf('A', 1) })]);
      const [entry] = await store.deliveriesAfter(CHANNEL, 0, 1);
      const seq = entry?.seq ?? 0;
      const letter = { subscriptionId: subscription.id, seq, reason: 'HTTP 500', deadAt: T0 + DAY };
      await store.bury([letter], progressOf(subscription, await hold(), { cursor: seq }));
      await store.retain(retention, T0 + DAY);
      await store.retain(retention, T0 + 14 * DAY);
      await store.redrive(CHANNEL, subscription.id);
      expect(await store.redriven(subscription.id, 1)).toHaveLength(1);
      await store.retain(retention, T0 + 15 * DAY + 1);
      expect(await store.totals(Date.now())).toMatchObject({ deliveries: 0, deadLetters: 0 });
    });

    it('deletes a part at a time', async () => {
      const bodies = Array.from({ length: RETAIN_BATCH + 5 }, (_, id) => bodyOf('A', id));
      const one = { ...delivery('A'), body: Buffer.from('{}'), receivedAt: T0 };
      await store.ingest(bodies.map((body) => ({ ...one, signature: delivery('A', { body }).signature })));
      const limits = { ...retention, bodyMs: 0 };
      expect(await store.retain(limits, T0 + DAY)).toBe(RETAIN_BATCH);
      expect(await store.retain(limits, T0 + DAY)).toBe(5);
      expect(await store.retain(limits, T0 + DAY)).toBe(0);
      expect(await store.totals(T0)).toMatchObject({ deliveries: RETAIN_BATCH + 5, storedBytes: 0 });
      expect(await store.retain(limits, T0 + 4 * DAY)).toBe(RETAIN_BATCH);
      expect(await store.retain(limits, T0 + 4 * DAY)).toBe(5);
      expect(await store.totals(T0)).toMatchObject({ deliveries: 0 });
    });

    it('counts those without events, and forgets them in time', async () => {
      await subscribe();
      await store.ingest([delivery('', { actions: [], receivedAt: T0 })]);
      expect(await store.retain(retention, T0 + HOUR)).toBe(0);
      expect(await store.totals(T0)).toMatchObject({ deliveries: 1 });
      expect(await store.retain(retention, T0 + 74 * HOUR)).toBe(1);
      expect(await store.totals(T0)).toMatchObject({ deliveries: 0 });
    });

    it('takes whatever a name of an action can hold', async () => {
      const hostile = ['\0', '\ud800', '","', '"', "\\'", 'x'.repeat(10_000), ''];
      for (const action of hostile)
        expect(await store.ingest([delivery('A', { actions: [action, 'A'] })])).toEqual(['stored']);
      const kept = await store.deliveriesAfter(CHANNEL, 0, 100);
      expect(kept.map(({ actions }) => actions[0])).toEqual(hostile);
      expect((await store.latest(CHANNEL, '"', 10)).map(({ actions }) => actions[0])).toEqual(['"']);
      expect(await store.latest(CHANNEL, ',', 10)).toEqual([]);
    });

    describe('leases', () => {
      it('a channel that has something new, with its subscriptions, to one holder', async () => {
        expect(await lease()).toEqual([]);
        const subscription = await subscribe();
        expect(await lease()).toEqual([]);
        await store.ingest([delivery('A', { receivedAt: Date.now() })]);
        const [first, ...others] = await lease();
        const [newest] = await store.latest(CHANNEL, null, 1);
        expect(others).toEqual([]);
        expect(first).toMatchObject({
          channel: CHANNEL,
          lastSeq: newest?.seq,
          subscriptions: [{ id: subscription.id }],
        });
        expect(await lease(HOUR, OTHER_HOLDER)).toEqual([]);
        await store.ingest([delivery('A', { receivedAt: Date.now() })]);
        expect(await lease(HOUR, OTHER_HOLDER)).toEqual([]);
      });

      it('nothing for what holds no events', async () => {
        await store.ingest([delivery('', { actions: [], receivedAt: Date.now() })]);
        expect(await lease()).toEqual([]);
      });

      it('no more than asked for', async () => {
        await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
        await store.ingest([delivery('A'), delivery('A', { channel: OTHER_CHANNEL })]);
        expect(await lease(HOUR, HOLDER, 1)).toHaveLength(1);
        expect(await lease(HOUR, HOLDER, 1)).toHaveLength(1);
        expect(await lease(HOUR, HOLDER, 1)).toHaveLength(0);
      });

      it('again when one has expired; what the former holder still says is ignored', async () => {
        const subscription = await subscribe();
        await store.ingest([delivery('A'), delivery('A')]);
        const [first, second] = await store.deliveriesAfter(CHANNEL, 0, 2);
        const former = await hold(50);
        await new Promise((resolve) => setTimeout(resolve, 80));
        const held = await hold(HOUR, OTHER_HOLDER);
        expect(held.leaseId).not.toBe(former.leaseId);
        await store.progress([progressOf(subscription, held, { cursor: second?.seq ?? 0 })]);

        const stale = progressOf(subscription, former, { cursor: first?.seq ?? 0, failures: 7 });
        await store.progress([stale]);
        const letter = { subscriptionId: subscription.id, seq: first?.seq ?? 0, reason: '', deadAt: T0 };
        expect(await store.bury([letter], stale)).toBe(false);
        await store.release([released(former)]);
        expect(await store.renew([former.leaseId], HOUR, Date.now())).toEqual([]);
        expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ cursor: second?.seq, failures: 0 });
        expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ deadLetters: 0 }]);
        expect(await store.renew([held.leaseId], HOUR, Date.now())).toHaveLength(1);
      });

      it('for longer to those who ask', async () => {
        await store.ingest([delivery('A')]);
        const held = await hold(60);
        await store.renew([held.leaseId], HOUR, Date.now());
        await new Promise((resolve) => setTimeout(resolve, 100));
        expect(await lease()).toEqual([]);
      });

      it('nothing that was given back done, and what was not, when it is due', async () => {
        await store.ingest([delivery('A')]);
        const held = await hold();
        const { lookAgainAt } = await store.lease({ holder: HOLDER, limit: 1, milliseconds: 1, now: Date.now() });
        expect(lookAgainAt).not.toBeNull();
        await store.release([released(held)]);
        expect(await lease()).toEqual([]);
        await store.ingest([delivery('A')]);
        await store.release([released(await hold(), { dueAt: Date.now() + 100, pacedAt: 5 })]);
        expect(await lease()).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 150));
        expect(await hold()).toMatchObject({ pacedAt: 5 });
      });

      it('at once what came while it was held and its holder did not see', async () => {
        await store.ingest([delivery('A')]);
        const held = await hold();
        await store.ingest([delivery('A', { receivedAt: Date.now() })]);
        await store.release([released(held)]);
        const again = await hold();
        const [position] = await store.renew([again.leaseId], HOUR, Date.now());
        expect(position).toEqual({ leaseId: again.leaseId, lastSeq: again.lastSeq, revision: again.revision });
        await subscribe();
        await store.release([released(again)]);
        expect((await hold()).subscriptions).toHaveLength(1);
      });

      it('a channel whose dead letters are to be sent again', async () => {
        const subscription = await subscribe();
        await store.ingest([delivery('A')]);
        const held = await hold();
        const { lastSeq } = held;
        const letter = { subscriptionId: subscription.id, seq: lastSeq, reason: 'HTTP 500', deadAt: T0 };
        await store.bury([letter], progressOf(subscription, held, { cursor: lastSeq }));
        await store.release([released(held)]);
        expect(await store.redrive(CHANNEL, subscription.id)).toBe(1);
        expect((await hold()).subscriptions).toMatchObject([{ isRedriving: true }]);
        await store.settleRedriven(held.leaseId, subscription.id, lastSeq, true);
        expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ isRedriving: false });
      });

      it('and tells its holder of what comes', async () => {
        const heard: string[] = [];
        await store.listen(HOLDER, (channel, what) => heard.push(`${what} ${channel === CHANNEL}`));
        await store.ingest([delivery('A')]);
        expect(heard.splice(0)).toEqual(['deliveries true']);
        await hold();
        await store.ingest([delivery('A'), delivery('A')]);
        expect(heard.splice(0)).toEqual(['deliveries true']);
        await store.ingest([delivery('', { actions: [] })]);
        expect(heard).toEqual([]);
        const subscription = await subscribe();
        expect(heard.splice(0)).toEqual(['subscriptions true']);
        await store.unsubscribe(CHANNEL, subscription.id);
        expect(heard.splice(0)).toEqual(['subscriptions true']);
      });

      it('and remembers the pace of each', async () => {
        const subscription = await subscribe();
        await store.ingest([delivery('A')]);
        await store.progress([progressOf(subscription, await hold(), { pacedAt: 123.4 })]);
        expect(await store.subscription(CHANNEL, subscription.id)).toMatchObject({ pacedAt: 123 });
      });
    });
  });
}
