import { describe, expect, it } from '@jest/globals';

import type { ActionFilter } from '../../../wire/action-filter.ts';
import { DAY } from '../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import { LIMITS, resultOf, SEND_BYTES, T0, type StoreContext } from './context.ts';

const CONCERN = 'RAISED_A_WELLBEING_CONCERN';
const CHOSEN: ActionFilter = { actions: [CONCERN] };

const concern = (changes: Parameters<typeof delivery>[1] = {}) =>
  delivery(CONCERN, { isConcern: true, receivedAt: T0, ...changes });

export function concernContract(context: StoreContext): void {
  const kept = (channel?: string) => context.actions(channel);

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

    it('are stored until each subscription that selects them has received them', async () => {
      const { store } = context;
      const one = await context.subscribe('https://x/1', CHOSEN);
      const two = await context.subscribe('https://x/2', { all_except: [] });
      await context.subscribe('https://x/3');
      await store.ingest([concern(), delivery('B', { receivedAt: T0 }), concern()]);
      const held = await context.hold();
      const [first = 0, , third = 0] = await context.seqs();
      await context.pass(one, held);
      expect(await kept()).toEqual([CONCERN, 'B', CONCERN]);
      await context.pass(two, held, first);
      expect(await kept()).toEqual(['B', CONCERN]);
      await context.pass(two, { ...held, claim: held.claim - 1 }, third);
      expect(await kept()).toEqual(['B', CONCERN]);
      await context.pass(two, held, third);
      expect(await kept()).toEqual(['B']);
      expect(await store.totals()).toMatchObject({ deliveries: 3 });
      const { storedBytes } = (await store.channelState(CHANNEL, T0)) ?? {};
      expect(storedBytes).toBe(SEND_BYTES + ((await context.stored())[0]?.sealed.length ?? 0));
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
      const [first = 0, second = 0] = await context.seqs();
      for (const seq of [first, second]) await context.bury(subscription, held, seq);
      await context.pass(subscription, held);
      expect(await context.seqs()).toEqual([first, second]);
      await store.redrive(CHANNEL, subscription.id);
      await context.bury(subscription, held, first);
      expect(await context.seqs()).toEqual([first, second]);
      await context.save(held, [resultOf(subscription, second)]);
      expect(await context.seqs()).toEqual([first]);
    });

    it('are removed when their dead letters expire', async () => {
      await context.open({ bodyMs: 100 * DAY });
      const { store } = context;
      const subscription = await context.subscribe('https://x/1', CHOSEN);
      await store.ingest([concern(), concern()]);
      const held = await context.hold();
      const seqs = await context.seqs();
      for (const [index, seq] of seqs.entries()) await context.bury(subscription, held, seq, T0 + index * DAY);
      await context.retain(T0 + 13.5 * DAY);
      expect(await context.seqs()).toEqual(seqs);
      await context.retain(T0 + 14.5 * DAY);
      expect(await context.seqs()).toEqual(seqs.slice(1));
    });

    it('are removed with the last subscription that selects them, regardless of their number', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      const { store } = context;
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const one = await context.subscribe('https://x/1', CHOSEN);
      const two = await context.subscribe('https://x/2', CHOSEN);
      await context.subscribe('https://x/1', CHOSEN, OTHER_CHANNEL);
      await context.subscribe();
      await store.ingest([
        ...Array.from({ length: 1200 }, (_, id) => concern({ body: Buffer.from(String(id)) })),
        concern({ channel: OTHER_CHANNEL }),
      ]);
      expect(await store.unsubscribe(CHANNEL, one.id, T0)).toEqual({ waiting: 1200, deadLetters: 0 });
      expect(await kept()).toHaveLength(1200);
      expect(await store.unsubscribe(CHANNEL, two.id, T0)).toEqual({ waiting: 1200, deadLetters: 0 });
      expect(await kept()).toEqual([]);
      expect(await kept(OTHER_CHANNEL)).toEqual([CONCERN]);
    });

    it('wait for every subscription if their actions are unknown', async () => {
      const { store } = context;
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toEqual([]);
      const subscription = await context.subscribe();
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toHaveLength(1);
      await context.pass(subscription, await context.hold());
      expect(await kept()).toEqual([]);
    });
  });
}
