import { describe, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../harness/durations.ts';
import { CHANNEL } from '../../harness/sample-delivery.ts';
import { delivery } from '../new-delivery.ts';
import { RETAIN_BATCH } from '../../store/removal.ts';
import { T0, type StoreContext } from './context.ts';

export function retentionContract(context: StoreContext): void {
  describe('retention', () => {
    it('deletes a delivery 72 hours after its last send has ended, and no earlier', async () => {
      const { store } = context;
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
      expect(await store.events(CHANNEL, {}, { after: 0, upTo: Number.MAX_SAFE_INTEGER }, 9)).toEqual([]);
    });

    it('deletes a delivery that no subscription selects 72 hours after its arrival', async () => {
      await context.store.ingest([delivery('A', { receivedAt: T0 })]);
      await context.retain(T0 + 72 * HOUR - 1);
      expect(await context.seqs()).toHaveLength(1);
      await context.retain(T0 + 72 * HOUR);
      expect(await context.seqs()).toEqual([]);
    });

    it('still recognizes duplicates of a delivery whose content was deleted early', async () => {
      await context.open({ bodyMs: 0 });
      const { store } = context;
      const entry = delivery('A', { receivedAt: T0 });
      await store.ingest([entry]);
      await context.retain(T0 + 1);
      expect(await context.seqs()).toEqual([]);
      expect(await store.totals()).toMatchObject({ deliveries: 1, storedBytes: 0 });
      expect(await store.ingest([{ ...entry, receivedAt: T0 + HOUR }])).toEqual(['duplicate']);
    });

    it('keeps a dead letter with its content for 14 days', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const held = await context.hold();
      await context.bury(subscription, held, held.newestSeq, T0 + DAY);
      await context.retain(T0 + 14 * DAY);
      await store.redrive(CHANNEL, subscription.id);
      await context.retain(T0 + 15 * DAY - 1);
      expect(await store.redriven(subscription.key, 1)).toHaveLength(1);
      await context.retain(T0 + 30 * DAY);
      expect(await context.seqs()).toEqual([]);
      expect(await store.totals()).toMatchObject({ deadLetters: 0, storedBytes: 0 });
    });

    it('keeps a delivery that waits, and a dead letter, regardless of the outcomes of other subscriptions', async () => {
      const { store } = context;
      const [dead, waiting, delivered] = [
        await context.subscribe('https://x/1'),
        await context.subscribe('https://x/2'),
        await context.subscribe('https://x/3'),
      ];
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const held = await context.hold();
      await context.bury(dead, held, held.newestSeq);
      await context.pass(delivered, held);
      await context.retain(T0 + 13 * DAY);
      await context.pass(waiting, held, Infinity, T0 + 13 * DAY);
      await context.retain(T0 + 15 * DAY);
      expect(await context.seqs()).toHaveLength(1);
      expect(await store.sendSummaries('dead', dead.id, 9)).toEqual([]);
      await context.retain(T0 + 16 * DAY);
      expect(await context.seqs()).toEqual([]);
    });

    it('deletes a limited number of deliveries at a time', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      await context.store.ingest(Array.from({ length: RETAIN_BATCH + 5 }, () => delivery('A', { receivedAt: T0 })));
      expect(await context.store.retain(T0 + 4 * DAY)).toBe(true);
      expect(await context.seqs()).toHaveLength(5);
      await context.retain(T0 + 4 * DAY);
      expect(await context.seqs()).toEqual([]);
    });

    it('recognizes a repeat for 30 days', async () => {
      const { store } = context;
      await store.ingest([delivery('A', { receivedAt: T0 }), delivery('', { actions: [], receivedAt: T0 })]);
      await context.retain(T0 + 15 * DAY);
      expect(await store.totals()).toMatchObject({ deliveries: 2 });
      await context.retain(T0 + 30 * DAY + 1);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });
  });
}
