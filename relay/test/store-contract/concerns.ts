import { describe, expect, it } from '@jest/globals';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { MAX_ACTION_LISTS } from '../../store/store.ts';
import type { Subscription } from '../../store/subscription.ts';
import { DAY } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, LIMITS, progressOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

const CONCERN = 'RAISED_A_WELLBEING_CONCERN';
const CHOSEN: ActionFilter = { actions: [CONCERN] };

const concern = (changes: Parameters<typeof delivery>[1] = {}) =>
  delivery(CONCERN, { isConcern: true, receivedAt: T0, ...changes });

export function concernContract(context: StoreContext): void {
  /** The actions of all stored deliveries, in order. */
  const kept = async (channel = CHANNEL) =>
    (await context.store.deliveriesAfter(channel, 0, 1000)).map(({ actions }) => actions?.[0]);

  describe('wellbeing concerns', () => {
    it('are counted as events, but not stored, if no subscription selects them', async () => {
      const { store } = context;
      await context.subscribe();
      await context.subscribe('https://x/2', { all_except: [CONCERN] });
      const one = concern();
      expect(await store.ingest([one, delivery('A', { receivedAt: T0 })])).toEqual(['stored', 'stored']);
      expect(await store.ingest([{ ...one, receivedAt: T0 + 1 }])).toEqual(['duplicate']);
      expect(await kept()).toEqual(['A']);
      expect(await store.channelState(CHANNEL, T0)).toMatchObject({
        lastEventAt: T0,
        events24h: 2,
        others24h: 0,
        subscriptions: [{ pending: 1 }, { pending: 1 }],
      });
    });

    it('are stored until the last subscription that selects them has passed them', async () => {
      const { store } = context;
      const one = await context.subscribe('https://x/1', CHOSEN);
      const two = await context.subscribe('https://x/2', { all_except: [] });
      await context.subscribe('https://x/3');
      await store.ingest([concern(), delivery('B', { receivedAt: T0 }), concern()]);
      const held = await context.hold();
      const [first, , third] = await store.deliveriesAfter(CHANNEL, 0, 10);
      await store.progress([progressOf(one, held, { cursor: held.lastSeq })]);
      expect(await kept()).toEqual([CONCERN, 'B', CONCERN]);
      await store.progress([progressOf(two, held, { cursor: first?.seq ?? 0 })]);
      expect(await kept()).toEqual(['B', CONCERN]);
      await store.progress([progressOf(two, { ...held, leaseId: one.id }, { cursor: third?.seq ?? 0 })]);
      expect(await kept()).toEqual(['B', CONCERN]);
      await store.progress([progressOf(two, held, { cursor: third?.seq ?? 0 })]);
      expect(await kept()).toEqual(['B']);
      expect(await store.totals()).toMatchObject({ deliveries: 3 });
      const { storedBytes } = (await store.channelState(CHANNEL, T0)) ?? {};
      expect(storedBytes).toBe((await store.deliveriesAfter(CHANNEL, 0, 1))[0]?.sealed.length);
    });

    it('wait for one of many subscriptions', async () => {
      const { store } = context;
      const others = [];
      for (let index = 0; index < 25; index++) others.push(await context.subscribe(`https://x/${index}`));
      const chosen = await context.subscribe('https://x/chosen', CHOSEN);
      await store.ingest([concern(), concern(), concern({ actions: null })]);
      const held = await context.hold();
      const [first] = await store.deliveriesAfter(CHANNEL, 0, 1);
      const pass = (subscription: Subscription, cursor = held.lastSeq) =>
        store.progress([progressOf(subscription, held, { cursor })]);
      for (const other of others.slice(0, 12)) await pass(other);
      expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toHaveLength(3);
      await pass(chosen, first?.seq);
      expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toHaveLength(2);
      await pass(chosen);
      expect((await store.deliveriesAfter(CHANNEL, 0, 9)).map(({ actions }) => actions)).toEqual([null]);
      for (const other of others) await pass(other);
      expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toEqual([]);
    });

    it('are not among the latest deliveries while they wait', async () => {
      const { store } = context;
      await context.subscribe('https://x/1', CHOSEN);
      await store.ingest([delivery(CONCERN), concern()]);
      expect(await store.latest(CHANNEL, null, 10)).toHaveLength(1);
      expect(await store.latest(CHANNEL, CONCERN, 10)).toHaveLength(1);
    });

    it('are stored as dead letters until they are redelivered', async () => {
      const { store } = context;
      const subscription = await context.subscribe('https://x/1', CHOSEN);
      await store.ingest([concern(), concern(), concern()]);
      const held = await context.hold();
      const [first, second] = (await store.deliveriesAfter(CHANNEL, 0, 10)).map(({ seq }) => seq);
      const letters = [letterOf(subscription, first ?? 0), letterOf(subscription, second ?? 0)];
      await store.bury(letters, progressOf(subscription, held, { cursor: held.lastSeq }));
      expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(2);
      await store.redrive(CHANNEL, subscription.id);
      await store.settleRedriven(held.leaseId, subscription.id, first ?? 0, false);
      expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(2);
      await store.settleRedriven(held.leaseId, subscription.id, second ?? 0, true);
      expect((await store.deliveriesAfter(CHANNEL, 0, 10)).map(({ seq }) => seq)).toEqual([first]);
    });

    it('are removed when their dead letters expire', async () => {
      const { store } = context;
      const subscription = await context.subscribe('https://x/1', CHOSEN);
      await store.ingest([concern(), concern()]);
      const held = await context.hold();
      const numbers = (await store.deliveriesAfter(CHANNEL, 0, 10)).map(({ seq }) => seq);
      await store.bury(
        numbers.map((seq, index) => letterOf(subscription, seq, T0 + index * DAY)),
        progressOf(subscription, held, { cursor: held.lastSeq }),
      );
      for (let step = 0; step < 3; step++) await store.retain({ ...RETENTION, bodyMs: 100 * DAY }, T0 + 14.5 * DAY);
      expect((await store.deliveriesAfter(CHANNEL, 0, 10)).map(({ seq }) => seq)).toEqual(numbers.slice(1));
    });

    it('are removed with the last subscription that selects them, regardless of their number', async () => {
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const one = await context.subscribe('https://x/1', CHOSEN);
      const two = await context.subscribe('https://x/2', CHOSEN);
      await context.subscribe('https://x/1', CHOSEN, OTHER_CHANNEL);
      await context.subscribe();
      await store.ingest([
        ...Array.from({ length: 600 }, (_, id) => concern({ body: Buffer.from(String(id)) })),
        concern({ channel: OTHER_CHANNEL }),
      ]);
      expect(await store.unsubscribe(CHANNEL, one.id)).toBe(true);
      expect(await kept()).toHaveLength(600);
      expect(await store.unsubscribe(CHANNEL, two.id)).toBe(true);
      expect(await kept()).toEqual([]);
      expect(await kept(OTHER_CHANNEL)).toEqual([CONCERN]);
    });

    it('wait only for subscriptions that select them, even if a channel has too many combinations of actions', async () => {
      const { store } = context;
      const chosen = await context.subscribe('https://x/1', CHOSEN);
      await context.subscribe('https://x/2', { all_except: [CONCERN, 'A'] });
      await store.ingest(
        Array.from({ length: MAX_ACTION_LISTS + 1 }, (_, index) =>
          delivery(`X${index}`, { body: Buffer.from(String(index)), receivedAt: T0 }),
        ),
      );
      expect(await store.ingest([concern(), concern({ actions: [CONCERN, 'A'] })])).toEqual(['stored', 'stored']);
      expect((await kept()).filter((action) => action === CONCERN)).toHaveLength(2);
      const held = await context.hold();
      await store.progress([progressOf(chosen, held, { cursor: held.lastSeq })]);
      expect((await kept()).filter((action) => action === CONCERN)).toEqual([]);
    });

    it('wait for every subscription if their actions are unknown', async () => {
      const { store } = context;
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toEqual([]);
      const subscription = await context.subscribe();
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toHaveLength(1);
      const held = await context.hold();
      await store.progress([progressOf(subscription, held, { cursor: held.lastSeq })]);
      expect(await kept()).toEqual([]);
    });
  });
}
