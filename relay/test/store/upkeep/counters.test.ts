import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

/** Tests of counters that differ from the number of counted rows. */
describeEachStore((context) => {
  const { store } = context;

  describe('the counters of a channel', () => {
    it('are corrected after a drift, so that a channel does not stay full', async () => {
      await context.subscribe();
      await store.ingest([delivery('A'), delivery('B'), delivery('', { actions: [] })]);
      const counters = 'SELECT stored_bytes AS stored, waiting_bytes AS waiting, digests FROM channels';
      const before = await context.query(counters);
      expect(await context.recount()).toBeNull();
      await context.query(
        'UPDATE channels SET stored_bytes = stored_bytes - 7, waiting_bytes = waiting_bytes + 10000, digests = digests + 1',
      );
      expect(await store.ingest([delivery('A')])).toEqual(['full']);

      expect(await context.recount()).toEqual({ storedBytes: -7, waitingBytes: 10_000, digests: 1 });
      expect(await context.query(counters)).toEqual(before);
      expect(await store.ingest([delivery('A')])).toEqual(['stored']);
      const [row] = await context.query('SELECT key FROM channels');
      expect(await store.channelAfter(0)).toEqual({ key: row?.key, channel: CHANNEL });
      expect(await store.channelAfter(row?.key ?? 0)).toBeNull();
    });

    it('count the digest of a repeat that was the oldest, and was removed to make room', async () => {
      await context.open({ maxChannelDeliveries: 5 });
      const first = delivery('A', { receivedAt: T0 });
      await store.ingest([first, ...Array.from({ length: 4 }, () => delivery('A', { receivedAt: T0 + 1 }))]);
      const receivedAt = T0 + 73 * HOUR;
      expect(await store.ingest([{ ...first, receivedAt }, delivery('A', { receivedAt })])).toEqual([
        'stored',
        'stored',
      ]);
      expect(await context.recount()).toBeNull();
      expect((await store.latest(CHANNEL, null, 2)).map(({ isRepeat }) => isRepeat)).toEqual([false, true]);
    });

    it('are counted in batches', async () => {
      await context.open({ maxChannelBytes: 1e9, maxChannelDeliveries: 1e6 });
      await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0, eventTime: T0 })]);
      const numbers = 'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)';
      await context.query(`
        INSERT INTO digests (channel, digest, received_at, has_events)
        ${numbers} SELECT 1, 'digest ' || CAST(i AS text), CASE WHEN i < 5500 THEN 1 ELSE i END, 1 = 1 FROM n`);
      await context.query(`
        INSERT INTO deliveries (seq, channel, number, id, received_at, expires_at, actions, is_concern, is_repeat,
          is_remembered, bytes, key_id, sealed)
        ${numbers} SELECT 1000 + i, 1, 1000 + i, 'id', 0, 0, '[]', 1 = 0, 1 = 0, 1 = 0, 3, 'key', '' FROM n`);
      expect(await context.recount()).toEqual({ storedBytes: -18_000, waitingBytes: 0, digests: -6_000 });
      expect(await context.recount()).toBeNull();
    });
  });
});
