import { describe, expect, it } from '@jest/globals';

import type { ActionFilter } from '../../../../wire/action-filter.ts';
import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { DELIVERY_BATCH, ROW_BATCH } from '../../../store/rows/deletion.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, LIMITS, type StoreContext, T0 } from '../../support/store-context.ts';

const CONCERN = 'RAISED_A_WELLBEING_CONCERN';
const CHOSEN: ActionFilter = { actions: [CONCERN] };

const concern = (changes: Parameters<typeof delivery>[1] = {}) =>
  delivery(CONCERN, { isConcern: true, receivedAt: T0, ...changes });

/** Tests of the deletion of deliveries, and of wellbeing concerns, which are deleted as soon as possible. */
export function retentionContract(context: StoreContext): void {
  const { store } = context;
  describe('retention', () => {
    it('deletes a delivery 72 hours after its last send has ended, and no earlier', async () => {
      const slow = await context.subscribe('https://x/slow');
      const fast = await context.subscribe('https://x/fast');
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const held = await context.hold();
      await context.pass(fast, held);
      await context.retain(T0 + 200 * HOUR);
      expect(await context.seqs()).toHaveLength(1);

      await context.pass(slow, held, Infinity, T0 + 200 * HOUR);
      for (const hours of [201, 271]) await context.retain(T0 + hours * HOUR);
      await context.retain(T0 + 272 * HOUR - 1);
      expect(await context.seqs()).toHaveLength(1);
      await context.retain(T0 + 272 * HOUR);
      expect(await context.seqs()).toEqual([]);
      expect(await store.totals()).toMatchObject({ storedBytes: 0 });
      expect(await store.events(CHANNEL, {}, EVERYTHING, 9)).toEqual([]);
    });

    it('applies a shorter period for dead letters within a day', async () => {
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const [seq = 0] = await context.seqs();
      await context.bury(subscription, await context.hold(), seq, T0);
      await context.retain(T0 + 3 * DAY);
      await context.reopen({ deadLetterMs: 4 * DAY });
      await context.retain(T0 + 4 * DAY - 1);
      expect(await context.seqs()).toEqual([seq]);
      await context.retain(T0 + 4 * DAY);
      expect(await context.seqs()).toEqual([]);
    });

    it('keeps a delivery for its own period if the period for dead letters is shorter', async () => {
      await context.open({ deadLetterMs: HOUR });
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const [seq = 0] = await context.seqs();
      await context.bury(subscription, await context.hold(), seq, T0);
      const deadLetters = async () => (await store.totals()).deadLetters;
      await context.retain(T0 + HOUR - 1);
      expect(await deadLetters()).toBe(1);
      await context.retain(T0 + HOUR);
      expect([await deadLetters(), await context.seqs()]).toEqual([0, [seq]]);
      await context.retain(T0 + 72 * HOUR);
      expect(await context.seqs()).toEqual([]);
    });

    it('deletes a limited number of deliveries at a time', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      await store.ingest(Array.from({ length: DELIVERY_BATCH + 5 }, () => delivery('A', { receivedAt: T0 })));
      expect(await store.retain(T0 + 4 * DAY)).toBe(true);
      expect(await context.seqs()).toHaveLength(5);
      await context.retain(T0 + 4 * DAY);
      expect(await context.seqs()).toEqual([]);
    });

    it('deletes a data key with its last delivery, but not within its first day', async () => {
      const keys = async () => (await context.query('SELECT count(*) AS count FROM data_keys'))[0]?.count;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      await context.query(`UPDATE data_keys SET created_at = ${T0}`);
      const held = await context.hold();
      await context.retain(T0 + 26 * HOUR);
      expect(await keys()).toBe(1);
      await context.pass(subscription, held);
      await context.retain(T0 + 72 * HOUR);
      expect(await keys()).toBe(0);

      await store.ingest([delivery('A', { receivedAt: T0 })]);
      await context.query(`UPDATE data_keys SET created_at = ${T0 + 72 * HOUR}`);
      await context.pass(subscription, held);
      await context.retain(T0 + 73 * HOUR);
      expect([await context.seqs(), await keys()]).toEqual([[], 1]);
      await context.retain(T0 + 97 * HOUR);
      expect(await keys()).toBe(0);
    });

    it('deletes all data keys that were not used, a limited number at a time', async () => {
      await context.query(`
        INSERT INTO data_keys (channel, key_id, created_at, wrapped, is_settled)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROW_BATCH + 5})
        SELECT (SELECT min(key) FROM channels), CAST(i AS text), ${T0}, seal_key, false FROM n, channels`);
      const keys = async () => (await context.query('SELECT count(*) AS count FROM data_keys'))[0]?.count;
      expect([await store.retain(T0 + 2 * DAY), await keys()]).toEqual([true, 5]);
      await context.retain(T0 + 2 * DAY);
      expect(await keys()).toBe(0);
    });

    it('recognizes a repeat for 30 days', async () => {
      await store.ingest([delivery('A', { receivedAt: T0 }), delivery('', { actions: [], receivedAt: T0 })]);
      await context.retain(T0 + 15 * DAY);
      expect(await store.totals()).toMatchObject({ deliveries: 2 });
      await context.retain(T0 + 30 * DAY + 1);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });
  });

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
}
