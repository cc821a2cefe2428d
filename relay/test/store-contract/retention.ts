import { describe, expect, it } from '@jest/globals';

import { RETAIN_BATCH } from '../../store/store.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import { bodyOf, CHANNEL } from '../../harness/sample-delivery.ts';
import { letterOf, progressOf, RETENTION, T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

export function retentionContract(context: StoreContext): void {
  describe('retention', () => {
    it('deletes content 72 hours after the last cursor has passed it, and no earlier', async () => {
      const { store } = context;
      const slow = await context.subscribe('https://x/slow');
      const fast = await context.subscribe('https://x/fast');
      await store.ingest([delivery('A', { receivedAt: T0 })]);
      const held = await context.hold();
      await store.progress([progressOf(fast, held, { cursor: held.lastSeq })]);
      await store.retain(RETENTION, T0 + 200 * HOUR);
      expect(await store.deliveriesAfter(CHANNEL, 0, 1)).toHaveLength(1);

      await store.progress([progressOf(slow, held, { cursor: held.lastSeq })]);
      await store.retain(RETENTION, T0 + 200 * HOUR);
      expect(await store.retain(RETENTION, T0 + 272 * HOUR - 1)).toBe(0);
      expect(await store.retain(RETENTION, T0 + 273 * HOUR)).toBe(1);
      expect(await store.totals()).toMatchObject({ deliveries: 0, storedBytes: 0 });
    });

    it('still recognizes duplicates of a delivery whose content was deleted early', async () => {
      const { store } = context;
      const entry = delivery('A', { receivedAt: T0 });
      await store.ingest([entry]);
      await store.retain({ ...RETENTION, bodyMs: 0 }, T0 + 1);
      expect(await store.deliveriesAfter(CHANNEL, 0, 1)).toEqual([]);
      expect(await store.totals()).toMatchObject({ deliveries: 1, storedBytes: 0 });
      expect(await store.ingest([{ ...entry, receivedAt: T0 + HOUR }])).toEqual(['duplicate']);
      await store.retain({ ...RETENTION, bodyMs: 0 }, T0 + 72 * HOUR - 1);
      expect(await store.ingest([{ ...entry, receivedAt: T0 + 72 * HOUR - 1 }])).toEqual(['duplicate']);
      await store.retain({ ...RETENTION, bodyMs: 0 }, T0 + 73 * HOUR);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });

    it('keeps a dead letter with its content for 14 days', async () => {
      const { store } = context;
      const subscription = await context.subscribe();
      await store.ingest([delivery('A', { receivedAt: T0, body: bodyOf('A', 1) })]);
      const held = await context.hold();
      const { lastSeq } = held;
      await store.bury(
        [letterOf(subscription, lastSeq, T0 + DAY)],
        progressOf(subscription, held, { cursor: lastSeq }),
      );
      await store.retain(RETENTION, T0 + DAY);
      await store.retain(RETENTION, T0 + 15 * DAY - 1);
      await store.redrive(CHANNEL, subscription.id);
      expect(await store.redriven(subscription.id, 1)).toHaveLength(1);
      await store.retain(RETENTION, T0 + 15 * DAY + 1);
      expect(await store.totals()).toMatchObject({ deliveries: 0, deadLetters: 0 });
    });

    it('deletes a limited number of deliveries at a time', async () => {
      const { store } = context;
      await store.ingest(
        Array.from({ length: RETAIN_BATCH + 5 }, (_, id) =>
          delivery('A', { body: Buffer.from(String(id)), receivedAt: T0 }),
        ),
      );
      const limits = { ...RETENTION, bodyMs: 0 };
      expect(await store.retain(limits, T0 + DAY)).toBe(RETAIN_BATCH);
      expect(await store.retain(limits, T0 + DAY)).toBe(5);
      expect(await store.retain(limits, T0 + DAY)).toBe(0);
      expect(await store.totals()).toMatchObject({ deliveries: RETAIN_BATCH + 5, storedBytes: 0 });
      expect(await store.retain(limits, T0 + 4 * DAY)).toBe(RETAIN_BATCH);
      expect(await store.retain(limits, T0 + 4 * DAY)).toBe(5);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });

    it('deletes a delivery without events after 72 hours', async () => {
      const { store } = context;
      await context.subscribe();
      await store.ingest([delivery('', { actions: [], receivedAt: T0 })]);
      expect(await store.retain(RETENTION, T0 + HOUR)).toBe(0);
      expect(await store.totals()).toMatchObject({ deliveries: 1 });
      expect(await store.retain(RETENTION, T0 + 72 * HOUR - 1)).toBe(0);
      expect(await store.retain(RETENTION, T0 + 74 * HOUR)).toBe(1);
      expect(await store.totals()).toMatchObject({ deliveries: 0 });
    });
  });
}
