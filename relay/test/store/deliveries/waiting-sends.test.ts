import { describe, expect, it } from '@jest/globals';

import { MAX_BATCH_BYTES } from '../../../store/deliveries/waiting-sends.ts';
import { bodyOf } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { PROCESS } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('the sends of a subscription', () => {
    it('are the deliveries that it selects, in order, and end with the content that fits into a batch', async () => {
      await context.open({ maxChannelBytes: 10 * MAX_BATCH_BYTES });
      const one = await context.subscribe('https://x/1');
      const two = await context.subscribe('https://x/2', { actions: ['A', 'B'] });
      const large = () => ({ body: Buffer.concat([bodyOf('A'), Buffer.alloc(MAX_BATCH_BYTES / 2 - 500)]) });
      const ingested = [delivery('A'), delivery('B'), delivery('C'), delivery('A', large()), delivery('B', large())];
      await store.ingest(ingested);
      const ids = ingested.map(({ id }) => id);
      const [first = 0, second = 0, , fourth = 0, fifth = 0] = await context.seqs();
      const { key } = await context.hold();
      const sent = { receivedAt: 1_000_000, isSentAgain: false, isSetAside: false };
      expect(await store.pending(one.key, 0, 9)).toEqual([
        { seq: first, deliveryId: ids[0], number: 1, ...sent },
        { seq: fourth, deliveryId: ids[3], number: 4, ...sent },
      ]);
      expect((await store.pending(two.key, first, 2)).map(({ seq }) => seq)).toEqual([second, fourth]);
      const arrivals = async (after: number, limit: number) =>
        (await store.arrivals(key, after, limit))
          .map(({ seq, subscription }) => [seq, subscription])
          .sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
      expect(await arrivals(0, 3)).toEqual([
        [first, one.key],
        [first, two.key],
        [second, two.key],
      ]);
      expect(await arrivals(second, 9)).toEqual([
        [fourth, one.key],
        [fourth, two.key],
        [fifth, two.key],
      ]);
      await store.ingest([delivery('C', large())]);
      expect((await store.deliveries(key, [fourth, fifth])).map(({ seq }) => seq)).toEqual([fourth, fifth]);
      const batch = await store.deliveries(key, (await context.seqs()).slice(-3));
      expect(batch.map(({ seq }) => seq)).toEqual([fourth, fifth]);
      expect(await store.deliveries(key + 1, [first])).toEqual([]);
      expect(await store.claimed(PROCESS)).toMatchObject([{ newestSeq: (await context.seqs()).at(-1) }]);
    });

    it('are not among the arrivals once they are settled', async () => {
      const [one, two] = [await context.subscribe('https://x/1'), await context.subscribe('https://x/2')];
      await store.ingest([delivery('A'), delivery('A')]);
      const held = await context.hold();
      const [first = 0, second = 0] = await context.seqs();
      await context.pass(one, held, first);
      await context.bury(two, held, first);
      const arrivals = await store.arrivals(held.key, 0, 9);
      expect(arrivals.map(({ seq, receivedAt }) => [seq, receivedAt])).toEqual([
        [second, 1_000_000],
        [second, 1_000_000],
      ]);
      expect(arrivals.map(({ subscription }) => subscription).sort()).toEqual([one.key, two.key].sort());
    });
  });
});
