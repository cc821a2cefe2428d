import { describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { failureOf, resultOf, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;

  describe('events in the console', () => {
    it('are found by their actions and their time of arrival', async () => {
      const [one, two, three] = [
        await context.storeOne('A', { receivedAt: T0 }),
        await context.storeOne('B', { receivedAt: T0 + 1 }),
        await context.storeOne('C', { actions: ['C', 'A'], receivedAt: T0 + 2 }),
      ];
      const unknown = await context.storeOne('A', { actions: null, receivedAt: T0 + 3 });
      expect(await context.found({ action: ['A'] })).toEqual([three, one]);
      expect(await context.found({ action: ['C', 'B'] })).toEqual([three, two]);
      expect(await context.found({ action: [] })).toEqual([]);
      expect(await context.found({ action: ['%', '_', '"', 'a'] })).toEqual([]);
      expect(await context.found({ from: T0 + 1, to: T0 + 3 })).toEqual([three, two]);
      expect(await context.found({ from: T0 + 3 })).toEqual([unknown]);
      expect(await context.found({ to: T0 + 1, action: ['B'] })).toEqual([]);
    });

    it('have the most urgent outcome of their sends, and are found by it', async () => {
      const before = await context.storeOne('A');
      const [one, two] = [await context.subscribe(), await context.subscribe('https://x/2')];
      await store.ingest(['A', 'A', 'A', 'A', 'A', 'B'].map((action) => delivery(action)));
      const [waiting = 0, failing = 0, dead = 0, mixed = 0, delivered = 0, notWanted] = (await context.seqs()).slice(1);
      const held = await context.hold();
      await context.save(held, [
        failureOf(one, failing),
        resultOf(one, dead, { state: 'dead', failure: 'HTTP 400' }),
        resultOf(one, mixed, { state: 'dead', failure: 'HTTP 400' }),
        ...[dead, delivered].map((seq) => resultOf(two, seq)),
        resultOf(one, delivered),
        failureOf(two, mixed),
      ]);
      expect(await context.found({ outcome: 'failed' })).toEqual([mixed, failing]);
      expect(await context.found({ outcome: 'given_up' })).toEqual([dead]);
      expect(await context.found({ outcome: 'waiting' })).toEqual([waiting]);
      expect(await context.found({ outcome: 'delivered' })).toEqual([delivered]);
      expect(await context.found({ outcome: 'not_wanted' })).toEqual([notWanted, before]);
      expect(await context.found({ outcome: 'given_up', zap: one.id })).toEqual([mixed, dead]);
      expect(await context.found({ outcome: 'failed', zap: two.id })).toEqual([mixed]);
      expect(await context.found({ outcome: 'waiting', zap: two.id })).toEqual([failing, waiting]);
      expect(await context.found({ outcome: 'not_wanted', zap: two.id })).toEqual([notWanted, before]);
      expect(await context.found({ zap: two.id })).toEqual([delivered, mixed, dead, failing, waiting, before]);
      expect(await store.hourCounts(CHANNEL, 0)).toMatchObject([
        { failed: 2, given_up: 1, waiting: 1, delivered: 1, not_wanted: 2 },
      ]);
    });
  });
});
