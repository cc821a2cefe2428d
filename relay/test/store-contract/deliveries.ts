import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL } from '../../harness/sample-delivery.ts';
import { T0, type StoreContext } from './context.ts';
import { delivery } from '../new-delivery.ts';

export function deliveryContract(context: StoreContext): void {
  describe('deliveries', () => {
    it('stores deliveries byte for byte, in order, with increasing sequence numbers', async () => {
      const { store } = context;
      const body = Buffer.from([0x7b, 0xff, 0x00, 0xe2, 0x80, 0xa8]);
      expect(await store.ingest([delivery('A', { body }), delivery('B'), delivery('C')])).toEqual(
        Array(3).fill('stored'),
      );
      await store.ingest([delivery('D')]);
      const stored = await store.deliveriesAfter(CHANNEL, 0, 10);
      expect(stored.map(({ actions }) => actions?.[0])).toEqual(['A', 'B', 'C', 'D']);
      expect(stored[0]?.sealed.equals(body)).toBe(true);
      const numbers = stored.map(({ seq }) => seq);
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      expect(new Set(stored.map(({ id }) => id)).size).toBe(4);
      const next = await store.deliveriesAfter(CHANNEL, numbers[1] ?? 0, 1);
      expect(next.map(({ actions }) => actions?.[0])).toEqual(['C']);
      expect(await store.deliveriesAfter(OTHER_CHANNEL, 0, 10)).toEqual([]);
    });

    it('recognizes the same body and signature for 72 hours, even within a group', async () => {
      const { store } = context;
      const first = delivery('A', { receivedAt: T0 });
      expect(await store.ingest([first, first])).toEqual(['stored', 'duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR - 1 }])).toEqual(['duplicate']);
      expect(await store.ingest([{ ...first, receivedAt: T0 + 72 * HOUR + 1 }])).toEqual(['stored']);
    });

    it('stores a genuine delivery after a delivery with the same body and a forged signature', async () => {
      const { store } = context;
      const body = bodyOf('A');
      const forged = delivery('A', { body, signature: '0'.repeat(64) });
      expect(await store.ingest([forged, delivery('A', { body })])).toEqual(['stored', 'stored']);
    });

    it('drops deliveries for an unregistered channel, and refuses those that exceed the limit of a channel', async () => {
      const { store } = context;
      await context.subscribe();
      expect(await store.ingest([delivery('A', { channel: OTHER_CHANNEL })])).toEqual(['unregistered']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(9000, 'x') })])).toEqual(['stored']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(1001, 'y') })])).toEqual(['full']);
      expect(await store.ingest([delivery('A', { body: Buffer.alloc(500, 'z') })])).toEqual(['stored']);
    });

    it('refuses all copies of a delivery that is too large, and stores the rest of the group', async () => {
      const { store } = context;
      const large = delivery('A', { body: Buffer.alloc(20_000, 'x') });
      expect(await store.ingest([large, large, delivery('A'), delivery('B')])).toEqual([
        'full',
        'full',
        'stored',
        'stored',
      ]);
      const half = delivery('A', { body: Buffer.alloc(9_500, 'x') });
      expect(await store.ingest([half, half])).toEqual(['stored', 'duplicate']);
    });

    it('counts a delivery without events, and stores no content', async () => {
      const { store } = context;
      expect(await store.ingest([delivery('', { actions: [], receivedAt: T0 })])).toEqual(['stored']);
      expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({ events24h: 0, others24h: 1, storedBytes: 0 });
    });

    it('stores a delivery with unknown actions, which counts as pending for every subscription', async () => {
      const { store } = context;
      await context.subscribe('https://x/1', { actions: ['A'] });
      await context.subscribe('https://x/2', { all_except: ['A'] });
      expect(await store.ingest([delivery('A', { actions: null, receivedAt: T0 })])).toEqual(['stored']);
      expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toMatchObject([{ actions: null }]);
      expect(await store.latest(CHANNEL, null, 5)).toHaveLength(1);
      expect(await store.latest(CHANNEL, 'A', 5)).toEqual([]);
      expect(await store.channelState(CHANNEL, T0 + 1)).toMatchObject({
        events24h: 1,
        subscriptions: [{ pending: 1 }, { pending: 1 }],
      });
    });

    it('returns the latest deliveries of one action or of any action', async () => {
      const { store } = context;
      await store.ingest([delivery('A'), delivery('B'), delivery('A'), delivery('C', { actions: ['C', 'B'] })]);
      const actions = async (action: string | null, limit: number) =>
        (await store.latest(CHANNEL, action, limit)).map((entry) => entry.actions?.[0]);
      expect(await actions(null, 2)).toEqual(['C', 'A']);
      expect(await actions('B', 5)).toEqual(['C', 'B']);
      expect(await actions("'; DROP TABLE", 5)).toEqual([]);
    });

    it('stores any string as an action', async () => {
      const { store } = context;
      const hostile = ['\0', '\ud800', '","', '"', "\\'", 'x'.repeat(10_000), ''];
      for (const action of hostile)
        expect(await store.ingest([delivery('A', { actions: [action, 'A'] })])).toEqual(['stored']);
      const stored = await store.deliveriesAfter(CHANNEL, 0, 100);
      expect(stored.map(({ actions }) => actions?.[0])).toEqual(hostile);
      expect((await store.latest(CHANNEL, '"', 10)).map(({ actions }) => actions?.[0])).toEqual(['"']);
      expect(await store.latest(CHANNEL, ',', 10)).toEqual([]);
    });
  });
}
