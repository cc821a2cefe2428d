import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { DELIVERY_BATCH, ROW_BATCH } from '../../../store/rows/deletion.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
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
});
