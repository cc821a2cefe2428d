/** Bodies that PostgreSQL returns in slices, so that converting them does not delay other requests. */

import { randomBytes, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { DAY } from '../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Store } from '../store/store.ts';
import { progressOf } from './store-contract/context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

describeWithDatabase('large bodies in PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;
  const bodies = [1, 512 * 1024, 512 * 1024 + 1, 1_300_000].map((length) => randomBytes(length));

  beforeAll(async () => {
    database = await startTestDatabase();
    store = await openPostgresStore(await database.newSchema(), { maxChannelBytes: 1e9, duplicateMs: DAY });
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, Date.now());
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });

  it('are returned byte for byte, in order', async () => {
    const subscription = await store.subscribe(CHANNEL, { targetUrl: 'x', filter: { actions: ['A'] } }, 1, Date.now());
    if (subscription === 'full') throw new Error('The channel is full.');
    await store.ingest(bodies.map((body) => delivery('A', { body })));
    const stored = await store.deliveriesAfter(CHANNEL, 0, 10);
    const rest = await store.deliveriesAfter(CHANNEL, stored.at(-1)?.seq ?? 0, 10);
    const all = [...stored, ...rest];
    expect(all.map(({ sealed }, index) => sealed.equals(bodies[index] ?? Buffer.alloc(0)))).toEqual(
      Array(4).fill(true),
    );
    const latest = await store.latest(CHANNEL, null, 4);
    expect(latest.map(({ sealed }) => sealed.length)).toEqual(bodies.map(({ length }) => length).reverse());

    const { leases } = await store.lease({ holder: randomUUID(), limit: 1, milliseconds: DAY });
    const [lease] = leases;
    const [dead] = rest.slice(-1);
    if (!lease || !dead) throw new Error('The delivery was not stored.');
    const letter = { subscriptionId: subscription.id, seq: dead.seq, reason: 'HTTP 400', deadAt: Date.now() };
    await store.bury([letter], progressOf(subscription, lease, { cursor: dead.seq }));
    await store.redrive(CHANNEL, subscription.id);
    const [redriven] = await store.redriven(subscription.id, 1);
    expect(redriven?.sealed.equals(dead.sealed)).toBe(true);
  });
});
