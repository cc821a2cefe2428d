import { describe, expect, it } from '@jest/globals';

import type { ActionFilter } from '../../../../wire/action-filter.ts';
import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { LIMITS, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const CONCERN = 'RAISED_A_WELLBEING_CONCERN';
const CHOSEN: ActionFilter = { actions: [CONCERN] };

const concern = (changes: Parameters<typeof delivery>[1] = {}) =>
  delivery(CONCERN, { isConcern: true, receivedAt: T0, ...changes });

/** Tests that the store deletes wellbeing concerns as soon as possible. */
describeEachStore((context) => {
  const { store } = context;
  const kept = (channel?: string) => context.actions(channel);

  describe('wellbeing concerns', () => {
    it('are counted as events, but not stored, if no subscription selects them', async () => {
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

    it('are not among the latest deliveries while they wait', async () => {
      await context.subscribe('https://x/1', CHOSEN);
      await store.ingest([delivery(CONCERN), concern()]);
      expect(await store.latest(CHANNEL, null, 10)).toHaveLength(1);
      expect(await store.latest(CHANNEL, CONCERN, 10)).toHaveLength(1);
    });

    it('are kept for 14 days after the last subscription that selects them has ended, regardless of their number', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      const one = await context.subscribe('https://x/1', CHOSEN);
      const two = await context.subscribe('https://x/2', CHOSEN);
      await context.subscribe('https://x/1', CHOSEN, OTHER_CHANNEL);
      await context.subscribe();
      await store.ingest([
        ...Array.from({ length: 1200 }, (_, id) => concern({ body: Buffer.from(String(id)) })),
        concern({ channel: OTHER_CHANNEL }),
      ]);
      expect(await store.unsubscribe(CHANNEL, one.id, T0)).toEqual({ waiting: 1200, deadLetters: 1200 });
      expect(await store.unsubscribe(CHANNEL, two.id, T0)).toEqual({ waiting: 1200, deadLetters: 1200 });
      await context.retain(T0 + 14 * DAY - 1);
      expect(await kept()).toHaveLength(1200);
      await context.retain(T0 + 14 * DAY);
      expect(await kept()).toEqual([]);
      expect(await kept(OTHER_CHANNEL)).toEqual([CONCERN]);
    });

    it('wait for every subscription if their actions are unknown', async () => {
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toEqual([]);
      const subscription = await context.subscribe();
      expect(await store.ingest([concern({ actions: null })])).toEqual(['stored']);
      expect(await kept()).toHaveLength(1);
      await context.pass(subscription, await context.hold());
      expect(await kept()).toEqual([]);
    });
  });
});
