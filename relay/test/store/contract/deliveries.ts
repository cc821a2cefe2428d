import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { MAX_BATCH_BYTES } from '../../../store/deliveries/waiting-sends.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, LIMITS, PROCESS, SEND_BYTES, T0, type StoreContext } from '../../support/store-context.ts';

export function deliveryContract(context: StoreContext): void {
  const { store } = context;
  describe('deliveries', () => {
    it('numbers the deliveries of each channel separately, without gaps', async () => {
      await store.registerChannel(OTHER_CHANNEL, LIMITS, T0);
      await store.ingest([delivery('A'), delivery('B', { channel: OTHER_CHANNEL }), delivery('C')]);
      const large = delivery('A', { body: Buffer.alloc(20_000, 'x') });
      await store.ingest([large, delivery('D', { channel: OTHER_CHANNEL }), delivery('E')]);
      const range = { after: 0, upTo: 9 };
      const numbersOf = async (channel: string) =>
        (await store.events(channel, {}, range, 9, 'oldest first')).map(({ number }) => number);
      expect([await numbersOf(CHANNEL), await numbersOf(OTHER_CHANNEL)]).toEqual([
        [1, 2, 3],
        [1, 2],
      ]);
      expect(await store.events(CHANNEL, {}, { after: 1, upTo: 2 }, 9)).toMatchObject([{ number: 2, actions: ['C'] }]);
    });

    it('recognizes the same body and signature for 72 hours, even within a group', async () => {
      const first = delivery('A', { receivedAt: T0 });
      expect(await store.ingest([first, first])).toEqual(['stored', 'duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR - 1 }])).toEqual(['duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR + 1 }])).toEqual(['stored']);
    });

    it('marks a delivery as a repeat if the same body and signature arrived more than 72 hours before', async () => {
      const first = delivery('A', { receivedAt: T0 });
      const later = { ...first, id: randomUUID(), receivedAt: T0 + 72 * HOUR + 1 };
      await store.ingest([first]);
      await store.ingest([later, delivery('B', { receivedAt: later.receivedAt })]);
      const marks = [false, true, false];
      expect((await context.stored()).map(({ isRepeat }) => isRepeat)).toEqual(marks);
      const listed = await store.events(CHANNEL, {}, EVERYTHING, 9, 'oldest first');
      expect(listed.map(({ isRepeat }) => isRepeat)).toEqual(marks);
    });

    it('stores a genuine delivery after a delivery with the same body and a forged signature', async () => {
      const body = bodyOf('A');
      const forged = delivery('A', { body, signature: '0'.repeat(64) });
      expect(await store.ingest([forged, delivery('A', { body })])).toEqual(['stored', 'stored']);
    });

    it('drops deliveries for an unregistered channel, and refuses those that exceed the limit of a channel', async () => {
      await context.subscribe();
      expect(await store.ingest([delivery('A', { channel: OTHER_CHANNEL })])).toEqual(['unregistered']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(9000 - SEND_BYTES, 'x') })])).toEqual(['stored']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(1001 - SEND_BYTES, 'y') })])).toEqual(['full']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(500, 'z') })])).toEqual(['stored']);
    });

    it('counts a delivery without events, and stores no content', async () => {
      expect(await store.ingest([delivery('', { actions: [], receivedAt: T0 })])).toEqual(['stored']);
      expect(await context.stored()).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({ events24h: 0, others24h: 1, storedBytes: 0 });
    });

    it('stores a delivery with unknown actions, which counts as pending for every subscription', async () => {
      await context.subscribe('https://x/1', { actions: ['A'] });
      await context.subscribe('https://x/2', { all_except: ['A'] });
      expect(await store.ingest([delivery('A', { actions: null, receivedAt: T0 })])).toEqual(['stored']);
      expect(await context.stored()).toMatchObject([{ actions: null }]);
      expect(await store.latest(CHANNEL, null, 5)).toHaveLength(1);
      expect(await store.latest(CHANNEL, 'A', 5)).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({
        events24h: 1,
        subscriptions: [{ pending: 1 }, { pending: 1 }],
      });
    });

    it('returns the latest deliveries of one action or of any action', async () => {
      await store.ingest([delivery('A'), delivery('B'), delivery('A'), delivery('C', { actions: ['C', 'B'] })]);
      const actions = async (action: string | null, limit: number) =>
        (await store.latest(CHANNEL, action, limit)).map((entry) => entry.actions?.[0]);
      expect(await actions(null, 2)).toEqual(['C', 'A']);
      expect(await actions('B', 5)).toEqual(['C', 'B']);
      expect(await actions("'; DROP TABLE", 5)).toEqual([]);
    });

    it('stores any string as an action', async () => {
      const hostile = ['\0', '\ud800', '","', '"', "\\'", 'x'.repeat(10_000), ''];
      for (const action of hostile)
        expect(await store.ingest([delivery('A', { actions: [action, 'A'] })])).toEqual(['stored']);
      const stored = await context.stored();
      expect(stored.map(({ actions }) => actions?.[0])).toEqual(hostile);
      expect((await store.latest(CHANNEL, '"', 10)).map(({ actions }) => actions?.[0])).toEqual(['"']);
    });

    it('that are refused leave no digest, so that they are stored once there is room', async () => {
      const subscription = await context.subscribe();
      const [first, second] = [
        delivery('A', { body: Buffer.alloc(9000) }),
        delivery('A', { body: Buffer.alloc(9000, 1) }),
      ];
      expect(await store.ingest([first, second, second])).toEqual(['stored', 'full', 'full']);
      expect(await store.totals()).toMatchObject({ deliveries: 1 });
      await context.pass(subscription, await context.hold());
      expect(await store.ingest([second])).toEqual(['stored']);
      expect(await store.ingest([second])).toEqual(['duplicate']);
    });
  });

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

    it('do not arrive once they are settled', async () => {
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
}
