import { describe, expect, it } from '@jest/globals';

import { DAY } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { ROW_BATCH } from '../../../store/rows/deletion.ts';
import { delivery } from '../../support/new-delivery.ts';
import { T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

const DELETION = 'DELETED_AN_APPOINTMENT';

/** Tests of rows that are deleted together with their deliveries, and of the deletion of a channel in steps. */
describeEachStore((context) => {
  const { store } = context;
  const countOf = async (table: string): Promise<number> =>
    (await context.query(`SELECT count(*) AS count FROM ${table}`))[0]?.count ?? NaN;

  /** Adds rows about subjects to the channel without adding deliveries. */
  const addSubjects = (count: number) =>
    context.query(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      INSERT INTO subjects (channel, model, subject_id, seq, event_time, received_at, burst_time, burst_seq, has_ended)
      SELECT (SELECT min(key) FROM channels), 'Client', CAST(i AS text), -i, 0, 0, 0, 0, true FROM n`);

  describe('deletions that no Zap wants', () => {
    const deletion = (subjectId: number, receivedAt = T0) =>
      delivery(DELETION, { subjectId: String(subjectId), receivedAt, eventTime: receivedAt });

    it('leave no earlier states behind when their deliveries are removed to make room', async () => {
      for (let group = 0; group < 10; group++) {
        const results = await store.ingest(Array.from({ length: 50 }, (_, index) => deletion(50 * group + index)));
        expect(new Set(results)).toEqual(new Set(['stored']));
      }
      expect(await countOf('deliveries')).toBeLessThan(450);
      expect(await countOf('subjects')).toBe(await countOf('deliveries'));
    });

    it('leave no earlier states behind when their retention period has ended', async () => {
      await store.ingest([deletion(1), deletion(2)]);
      expect(await countOf('subjects')).toBe(2);
      await context.retain(T0 + 3 * DAY);
      expect(await countOf('subjects')).toBe(0);
    });
  });

  describe('the deletion of a channel', () => {
    it('deletes a limited number of rows at a time', async () => {
      await addSubjects(2 * ROW_BATCH + 5);
      await context.query(`UPDATE channels SET deleted_at = ${T0}`);
      for (const left of [ROW_BATCH + 5, 5, 0]) {
        expect(await store.retain(T0)).toBe(true);
        expect(await countOf('subjects')).toBe(left);
      }
      await context.retain(T0);
      expect(await countOf('channels')).toBe(0);
    });

    it('deletes the keys first, even if the rest is deleted later', async () => {
      await store.ingest([delivery('A')]);
      await store.addLink(CHANNEL, { tokenHash: 'hash', keys: [], verdict: null }, DAY, 9);
      await context.query('ALTER TABLE subjects RENAME TO other_subjects');
      await expect(store.deleteChannel(CHANNEL)).rejects.toThrow('subjects');
      await context.query('ALTER TABLE other_subjects RENAME TO subjects');
      expect([await countOf('data_keys'), await countOf('console_links'), await countOf('deliveries')]).toEqual([
        0, 0, 1,
      ]);
      await context.retain(T0);
      expect(await countOf('channels')).toBe(0);
    });
  });
});
