import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import type { NewDelivery } from '../../../store/deliveries/new-delivery.ts';
import { DELIVERY_BATCH } from '../../../store/rows/deletion.ts';
import { MAX_REMOVAL_PARTS } from '../../../store/rows/removal.ts';
import { TEST_OPTIONS, resultOf, SEND_BYTES, T0 } from '../../support/store-context.ts';
import { addDeliveries } from '../../support/many-deliveries.ts';
import { describeEachStore } from '../../support/each-database.ts';

let fill = 0;

const sized = (action: string, bytes: number) =>
  delivery(action, { body: Buffer.from(String(++fill).padEnd(bytes, '.')) });

/** Tests of the limits of a channel, and of the removal of deliveries to make room. */
describeEachStore((context) => {
  const { store } = context;
  const kept = () => context.actions();
  const sizes = async () => (await context.stored()).map(({ sealed }) => sealed.length);
  async function storeOne(action: string, bytes: number): Promise<number> {
    expect(await store.ingest([sized(action, bytes)])).toEqual(['stored']);
    return (await context.seqs()).at(-1) ?? 0;
  }
  const fails = async (action: string, bytes: number) => {
    expect(await store.ingest([sized(action, bytes)])).toEqual(['full']);
  };

  describe('the limit on bytes', () => {
    it('cannot be used up by deliveries that no subscription selects', async () => {
      for (let round = 0; round < 5; round++) await storeOne('A', 4000);
      expect(await kept()).toEqual(['A', 'A']);
      await context.subscribe();
      await storeOne('A', 4000);
      for (let round = 0; round < 5; round++) await storeOne('STRANGER', 4000);
      expect(await kept()).toEqual(['A', 'STRANGER']);
      expect((await store.channelState(CHANNEL, T0))?.storedBytes).toBe(8000 + SEND_BYTES);
    });

    it('includes the size of the sends', async () => {
      const bytes = 3000;
      for (let index = 0; index < 20; index++) await context.subscribe(`https://x/${index}`);
      await storeOne('A', bytes);
      await fails('A', 10_000 - 2 * bytes);
      expect((await store.channelState(CHANNEL, T0))?.storedBytes).toBe(bytes + 20 * SEND_BYTES);
      for (let index = 20; index < 80; index++) await context.subscribe(`https://x/${index}`);
      await fails('A', 1);
      await storeOne('B', 1);
    });

    it('removes delivered contents, the oldest first, and still recognizes their duplicates', async () => {
      const subscription = await context.subscribe();
      const first = { ...sized('A', 4000), actions: ['A', 'B'] };
      await store.ingest([first]);
      await storeOne('A', 1000);
      const seq = await storeOne('A', 4000);
      const held = await context.hold();
      await fails('A', 4000);
      await context.pass(subscription, held, seq);
      await storeOne('A', 4200);
      expect(await sizes()).toEqual([1000, 4000, 4200]);
      expect(await store.ingest([{ ...first, receivedAt: first.receivedAt + HOUR }])).toEqual(['duplicate']);
      expect(await store.totals()).toMatchObject({ deliveries: 4, storedBytes: 9200 + 3 * SEND_BYTES });
    });

    it('removes delivered contents behind many dead letters, and then the oldest dead letter', async () => {
      await context.open({ maxChannelBytes: 500_000 });
      const subscription = await context.subscribe();
      const count = 2 * DELIVERY_BATCH;
      await store.ingest(Array.from({ length: count }, () => sized('A', 500)));
      const held = await context.hold();
      const seqs = await context.seqs();
      const dead = seqs.slice(0, -1).map((seq) => resultOf(subscription, seq, { state: 'dead', failure: 'HTTP 500' }));
      await context.save(held, dead);
      await context.pass(subscription, held);
      const free = 500_000 - count * (500 + SEND_BYTES);
      await storeOne('A', free);
      expect((await store.totals()).deadLetters).toBe(dead.length);
      expect(await context.seqs()).not.toContain(seqs.at(-1));
      await storeOne('A', 500);
      expect((await store.totals()).deadLetters).toBe(dead.length - 1);
      expect(await context.seqs()).not.toContain(seqs[0]);
    });

    it('does not make the store search waiting deliveries for room again', async () => {
      await context.open({ maxChannelBytes: 1_000_000 });
      const subscription = await context.subscribe();
      await store.ingest(Array.from({ length: 300 }, () => sized('A', 500)));
      const held = await context.hold();
      const seqs = await context.seqs();
      const [first = 0, second = 0] = seqs;
      const last = seqs.at(-1) ?? 0;
      const free = 1_000_000 - 300 * (500 + SEND_BYTES);
      const positions = async () =>
        (await context.query('SELECT removable_from, dead_removable_from FROM channels ORDER BY key LIMIT 1'))[0];
      await fails('STRANGER', free + 1);
      expect(await positions()).toEqual({ removable_from: last + 1, dead_removable_from: last + 1 });
      await context.pass(subscription, held, first);
      await context.bury(subscription, held, second);
      expect(await positions()).toEqual({ removable_from: first, dead_removable_from: second });
      const stranger = await storeOne('STRANGER', free + 1);
      expect(await context.seqs()).toEqual([...seqs.slice(1), stranger]);
      expect(await positions()).toMatchObject({ dead_removable_from: second });
      const other = await storeOne('STRANGER', free + 500);
      expect(await context.seqs()).toEqual([...seqs.slice(1), other]);
    });

    it('makes the store search for room behind a long backlog in several calls', async () => {
      await context.open({ maxChannelBytes: 30_000 });
      const subscription = await context.subscribe();
      const waiting = MAX_REMOVAL_PARTS * DELIVERY_BATCH + 10;
      for (const statement of addDeliveries(waiting)) await context.query(statement);
      await context.query(`
        INSERT INTO sends (seq, ended_at, subscription, state, is_sent_again)
        SELECT seq, 0, ${subscription.key}, 0, false FROM deliveries`);
      await context.query(`UPDATE channels SET stored_bytes = 30000, waiting_bytes = ${waiting}`);
      await context.query(`UPDATE deliveries SET bytes = 1000 WHERE seq = ${waiting}`);
      await context.query(`DELETE FROM sends WHERE seq = ${waiting}`);
      await fails('STRANGER', 500);
      expect(await store.ingest([sized('STRANGER', 500)])).toEqual(['stored']);
      expect((await context.query(`SELECT count(*) AS count FROM deliveries WHERE seq = ${waiting}`))[0]?.count).toBe(
        0,
      );
    });

    it('never removes dead letters that are marked for redelivery or that another subscription is waiting for', async () => {
      const one = await context.subscribe('https://x/1');
      const two = await context.subscribe('https://x/2');
      const [first, second] = [await storeOne('A', 4000), await storeOne('A', 4000)];
      const held = await context.hold();
      for (const seq of [first, second]) await context.bury(one, held, seq);
      await context.pass(two, held, first);
      await store.redrive(CHANNEL, one.id);
      await fails('A', 4000);
      await context.save(held, [resultOf(one, first)]);
      await context.bury(one, held, second);
      const third = await storeOne('A', 4000);
      expect(await context.seqs()).toEqual([second, third]);
      await fails('A', 4000);
      await context.pass(two, held, second);
      await storeOne('A', 4000);
      expect(await store.totals()).toMatchObject({ deadLetters: 0 });
    });

    it('lets one call remove a limited number of deliveries, so that a large delivery is stored when it is repeated', async () => {
      await context.open({ maxChannelBytes: 100 * DELIVERY_BATCH });
      await store.ingest(Array.from({ length: DELIVERY_BATCH + 20 }, () => sized('A', 90)));
      const large = sized('A', 99 * DELIVERY_BATCH);
      // A copy in the same group is not a duplicate, because the first delivery was not stored.
      expect(await store.ingest([large, large])).toEqual(['full', 'full']);
      expect(await context.seqs()).toHaveLength(20);
      await storeOne('A', 99 * DELIVERY_BATCH);
      expect(await store.totals()).toMatchObject({ storedBytes: 99 * DELIVERY_BATCH + 2 * 90 });
    });

    it('counts nothing for a delivery that is refused although others were removed for it', async () => {
      await context.open({ maxChannelBytes: 100 * DELIVERY_BATCH });
      const subscription = await context.subscribe();
      const large = sized('A', 98 * DELIVERY_BATCH);
      /** Fills the channel with twice as many deliveries as one call removes. */
      const fillChannel = () => store.ingest(Array.from({ length: 2 * DELIVERY_BATCH }, () => sized('STRANGER', 49)));
      const refuseAndStore = async (selected: NewDelivery) => {
        expect(await store.ingest([selected])).toEqual(['full']);
        expect(await context.recount()).toBeNull();
        expect(await store.ingest([selected])).toEqual(['stored']);
        expect(await context.recount()).toBeNull();
      };
      await fillChannel();
      await refuseAndStore(large);
      await context.pass(subscription, await context.hold());
      await fillChannel();
      // The digest of the repeat is already among the counted digests.
      await refuseAndStore({ ...large, receivedAt: large.receivedAt + 73 * HOUR });
    });
  });

  it('the limit on deliveries includes deliveries without events, and makes the relay forget the oldest deliveries', async () => {
    const { maxChannelDeliveries: MAX = 0 } = TEST_OPTIONS;
    const first = sized('A', 20);
    await store.ingest([first]);
    for (let group = 0; group < (MAX + 400) / 200; group++) {
      await store.ingest(Array.from({ length: 200 }, () => ({ ...sized('', 20), actions: [], content: null })));
    }
    expect(await store.totals()).toMatchObject({ deliveries: MAX });
    expect(await kept()).toEqual(['A']);
    expect(await store.ingest([first])).toEqual(['stored']);
  });
});
