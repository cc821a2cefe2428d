import { randomUUID } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';

import { HOUR } from '../../../harness/durations.ts';
import { bodyOf, CHANNEL } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { EVERYTHING, T0 } from '../../support/store-context.ts';
import { describeEachStore } from '../../support/each-database.ts';

describeEachStore((context) => {
  const { store } = context;
  describe('a store', () => {
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

    it('does not count a delivery as a duplicate of a refused delivery, and stores it once there is room', async () => {
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
});
