import { describe, expect, it } from '@jest/globals';

import type { Lease } from '../../store/lease.ts';
import { MAX_ACTION_LISTS, MAX_LATEST_BYTES } from '../../store/store.ts';
import type { Subscription } from '../../store/subscription.ts';
import { HOUR } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { CONTRACT_OPTIONS, letterOf, LIMITS, progressOf, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

let fill = 0;

/** Returns a delivery with a unique body of the given number of bytes. */
const sized = (action: string, bytes: number) =>
  delivery(action, { body: Buffer.from(String(++fill).padEnd(bytes, '.')) });

export function limitContract(context: StoreContext): void {
  /** The first letter of each stored delivery's action, in order. */
  const kept = async () => (await context.store.deliveriesAfter(CHANNEL, 0, 100)).map(({ actions }) => actions?.[0]);
  const newestSeq = async () => (await context.store.latest(CHANNEL, null, 1))[0]?.seq ?? 0;
  const pass = (subscription: Subscription, lease: Lease, cursor: number) =>
    context.store.progress([progressOf(subscription, lease, { cursor })]);
  async function storeOne(action: string, bytes: number): Promise<number> {
    expect(await context.store.ingest([sized(action, bytes)])).toEqual(['stored']);
    return newestSeq();
  }
  const fails = async (action: string, bytes: number) => {
    expect(await context.store.ingest([sized(action, bytes)])).toEqual(['full']);
  };

  describe('the limit on bytes', () => {
    it('cannot be used up by deliveries that no subscription selects', async () => {
      for (let round = 0; round < 5; round++) await storeOne('A', 4000);
      expect(await kept()).toEqual(['A', 'A']);
      await context.subscribe();
      await storeOne('A', 4000);
      for (let round = 0; round < 5; round++) await storeOne('STRANGER', 4000);
      expect(await kept()).toEqual(['A', 'STRANGER']);
      expect((await context.store.channelState(CHANNEL, T0))?.storedBytes).toBe(8000);
    });

    it('removes delivered contents, the oldest first, and still recognizes their duplicates', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const first = { ...sized('A', 4000), actions: ['A', 'B'] };
      await store.ingest([first]);
      await storeOne('A', 1000);
      const seq = await storeOne('A', 4000);
      const lease = await context.hold();
      await fails('A', 4000);
      await pass(subscription, lease, seq);
      await storeOne('A', 4500);
      expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ sealed }) => sealed.length)).toEqual([
        1000, 4000, 4500,
      ]);
      expect(await store.ingest([{ ...first, receivedAt: first.receivedAt + HOUR }])).toEqual(['duplicate']);
      expect(await store.totals()).toMatchObject({ deliveries: 4, storedBytes: 9500 });
    });

    it('counts a delivery as waiting until each subscription that selects it has passed it', async () => {
      const slow = await context.subscribe('https://x/slow', { all_except: ['B'] });
      const fast = await context.subscribe('https://x/fast', { actions: ['A', 'B'] });
      const seq = await storeOne('A', 6000);
      const lease = await context.hold();
      await pass(fast, lease, seq);
      await fails('A', 6000);
      await pass(fast, lease, await storeOne('B', 3000));
      await storeOne('A', 3500);
      expect(await kept()).toEqual(['A', 'A']);
      await pass(slow, lease, seq);
      await storeOne('A', 6000);
      expect((await context.store.deliveriesAfter(CHANNEL, 0, 9)).map(({ sealed }) => sealed.length)).toEqual([
        3500, 6000,
      ]);
    });

    it('counts a delivery with several actions as waiting if one of them is selected', async () => {
      const { store } = context;
      await context.subscribe('https://x/1', { actions: ['B'] });
      expect(await store.ingest([{ ...sized('A', 6000), actions: ['A', 'B'] }])).toEqual(['stored']);
      await fails('C', 6000);
    });

    it('counts a delivery with unknown actions as waiting for every subscription', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      expect(await store.ingest([{ ...sized('A', 6000), actions: null }])).toEqual(['stored']);
      await fails('C', 6000);
      await pass(subscription, await context.hold(), await newestSeq());
      await storeOne('C', 6000);
    });

    it('makes room when a subscription is deleted', async () => {
      const subscription = await context.subscribe();
      await storeOne('A', 6000);
      await fails('A', 6000);
      await context.store.unsubscribe(CHANNEL, subscription.id);
      await storeOne('A', 6000);
    });

    it('removes dead letters after delivered contents, the oldest first', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      const numbers = [];
      for (let index = 0; index < 3; index++) numbers.push(await storeOne('A', 3000));
      const [first = 0, second = 0, third = 0] = numbers;
      const lease = await context.hold();
      const letters = [letterOf(subscription, first), letterOf(subscription, second)];
      await store.bury(letters, progressOf(subscription, lease, { cursor: third }));
      const counts = async () => (await store.channelState(CHANNEL, T0))?.subscriptions[0]?.deadLetters;

      const fourth = await storeOne('A', 3000);
      expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ seq }) => seq)).toEqual([first, second, fourth]);
      expect(await counts()).toBe(2);
      const fifth = await storeOne('A', 3000);
      expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ seq }) => seq)).toEqual([second, fourth, fifth]);
      expect(await counts()).toBe(1);
      expect(await store.totals()).toMatchObject({ deadLetters: 1 });
    });

    it('never removes dead letters that are marked for redelivery or that another subscription is waiting for', async () => {
      const { store } = context;
      const one = await context.subscribe('https://x/1');
      const two = await context.subscribe('https://x/2');
      const first = await storeOne('A', 4000);
      const second = await storeOne('A', 4000);
      const lease = await context.hold();
      await store.bury([letterOf(one, first), letterOf(one, second)], progressOf(one, lease, { cursor: second }));
      await pass(two, lease, first);
      await store.redrive(CHANNEL, one.id);
      await fails('A', 4000);
      await store.settleRedriven(lease.leaseId, one.id, first, true);
      await store.settleRedriven(lease.leaseId, one.id, second, false);
      const third = await storeOne('A', 4000);
      expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ seq }) => seq)).toEqual([second, third]);
      await fails('A', 4000);
      await pass(two, lease, second);
      await storeOne('A', 4000);
      expect(await store.totals()).toMatchObject({ deadLetters: 0 });
    });

    it('counts the deliveries of each channel separately', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await context.subscribe();
      await storeOne('A', 9000);
      const other = { ...sized('A', 9000), channel: OTHER_CHANNEL };
      expect(await store.ingest([other, sized('A', 2000), { ...sized('A', 8000), channel: OTHER_CHANNEL }])).toEqual([
        'stored',
        'full',
        'stored',
      ]);
      expect(await kept()).toEqual(['A']);
    });
  });

  describe('the limit on deliveries', () => {
    const GROUP = 200;
    const { maxChannelDeliveries: MAX_CHANNEL_DELIVERIES } = CONTRACT_OPTIONS;
    const empty = () => ({ ...sized('', 20), actions: [], content: null });
    async function fillWith(make: () => ReturnType<typeof sized>, count: number): Promise<void> {
      for (let from = 0; from < count; from += GROUP) {
        const group = Array.from({ length: Math.min(GROUP, count - from) }, make);
        expect(new Set(await context.store.ingest(group))).toEqual(new Set(['stored']));
      }
    }

    it('counts deliveries without events, and removes them first', async () => {
      const { store } = context;
      await storeOne('A', 20);
      await fillWith(empty, MAX_CHANNEL_DELIVERIES + 300);
      expect(await store.totals()).toMatchObject({ deliveries: MAX_CHANNEL_DELIVERIES });
      expect(await kept()).toEqual(['A']);
    });

    it('removes delivered deliveries, and refuses new deliveries if all stored deliveries are waiting', async () => {
      const { store } = context;
      await fillWith(() => sized('B', 1), 100);
      await context.subscribe();
      await fillWith(() => sized('A', 1), MAX_CHANNEL_DELIVERIES);
      expect(new Set(await kept())).toEqual(new Set(['A']));
      await fails('A', 1);
      expect(await store.ingest([empty()])).toEqual(['full']);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([
        { pending: MAX_CHANNEL_DELIVERIES },
      ]);
      expect(await store.totals()).toMatchObject({ deliveries: MAX_CHANNEL_DELIVERIES });
    });
  });

  describe('the latest deliveries', () => {
    it('are fewer if they are large, but at least one', async () => {
      await context.open({ maxChannelBytes: 10 * MAX_LATEST_BYTES });
      const { store } = context;
      const third = Math.floor(MAX_LATEST_BYTES / 3);
      for (let index = 0; index < 4; index++) await storeOne('A', third);
      expect(await store.latest(CHANNEL, null, 25)).toHaveLength(3);
      await storeOne('A', MAX_LATEST_BYTES + 1);
      expect(await store.latest(CHANNEL, 'A', 25)).toHaveLength(1);
      await storeOne('A', 10);
      expect((await store.latest(CHANNEL, null, 25)).map(({ sealed }) => sealed.length)).toEqual([10]);
    });
  });

  describe('combinations of actions', () => {
    /** The numbers of pending deliveries of the subscriptions, in ascending order. */
    const pendingCounts = async (): Promise<number[]> =>
      ((await context.store.channelState(CHANNEL, T0))?.subscriptions ?? [])
        .map(({ pending }) => pending)
        .sort((one, other) => one - other);

    it('are not counted if too many are waiting, so that the delivery waits for every subscription', async () => {
      const { store } = context;
      await context.subscribe('https://x/all', { all_except: [] });
      await context.subscribe('https://x/a', { actions: ['A'] });
      const many = Array.from({ length: MAX_ACTION_LISTS + 5 }, (_, index) => sized(`X${index}`, 8));
      expect(new Set(await store.ingest(many))).toEqual(new Set(['stored']));
      const stored = [];
      for (let after = 0; stored.length < many.length; after = stored.at(-1)?.seq ?? 0) {
        stored.push(...(await store.deliveriesAfter(CHANNEL, after, 100)));
      }
      expect(stored.map(({ actions }) => actions)).toEqual(many.map(({ actions }) => actions));
      const [unknown = 0, all = 0] = await pendingCounts();
      expect(unknown).toBeGreaterThanOrEqual(5);
      expect(unknown).toBeLessThanOrEqual(6);
      expect(all).toBe(many.length);
    });

    it('are each counted once beyond the limit, even if they repeat within a group', async () => {
      const { store } = context;
      await context.subscribe('https://x/all', { all_except: [] });
      await context.subscribe('https://x/a', { actions: ['A'] });
      await store.ingest(Array.from({ length: MAX_ACTION_LISTS }, (_, index) => sized(`X${index}`, 8)));
      const group = ['Y', 'Z', 'Y', 'Z', 'Y'].map((action) => sized(action, 8));
      await store.ingest([...group, { ...sized('A', 8), actions: null }, sized('Z', 8)]);
      const [unknown, all] = await pendingCounts();
      expect([group.length + 2, group.length + 3]).toContain(unknown);
      expect(all).toBe(MAX_ACTION_LISTS + group.length + 2);
      expect((await store.latest(CHANNEL, null, 3)).map(({ actions }) => actions)).toEqual([['Z'], null, ['Y']]);
    });

    it('make room for others if no subscription is waiting for them', async () => {
      const { store } = context;
      await context.subscribe('https://x/a', { actions: ['A'] });
      // No group has more combinations than a channel may have.
      const strangers = Array.from({ length: MAX_ACTION_LISTS + 50 }, (_, index) => sized(`X${index}`, 8));
      await store.ingest(strangers.splice(0, MAX_ACTION_LISTS));
      await store.ingest(strangers);
      await store.ingest([sized('A', 8), sized('B', 8)]);
      expect((await store.latest(CHANNEL, null, 2)).map(({ actions }) => actions?.[0])).toEqual(['B', 'A']);
      expect((await store.channelState(CHANNEL, T0))?.subscriptions).toMatchObject([{ pending: 1 }]);
    });
  });
}
