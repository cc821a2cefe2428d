/** The cost of limits and counts in PostgreSQL, which does not depend on the number of deliveries. */

import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { MAX_DELETED_BYTES, type Store } from '../store/store.ts';
import { DAY } from '../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { durationOf, shortestDuration } from '../harness/shortest-duration.ts';
import { until } from '../harness/until.ts';
import { CONTRACT_OPTIONS, progressOf } from './store-contract/context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

const SUBSCRIPTIONS = 190;
const DELIVERIES = 20_000;
const GROUP = 500;

describeWithDatabase('PostgreSQL, with many deliveries', () => {
  let database: TestDatabase;
  const stores: Store[] = [];

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await database.stop();
  });

  /** Opens a store with a channel. */
  async function open(maxChannelBytes: number): Promise<Store> {
    const store = await openPostgresStore(await database.newSchema(), {
      ...CONTRACT_OPTIONS,
      maxChannelBytes,
      maxChannelDeliveries: 100_000,
    });
    stores.push(store);
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    return store;
  }
  const small = (action: string) => delivery(action, { body: randomBytes(8), signature: '' });

  it('returns the state of a channel with 190 subscriptions and many waiting deliveries quickly', async () => {
    const store = await open(1e9);
    for (let index = 0; index < SUBSCRIPTIONS; index++) {
      const filter = index % 2 ? { actions: ['A', 'B'] } : { all_except: ['A'] };
      await store.subscribe(CHANNEL, { targetUrl: `https://x/${index}`, filter }, 200, 0);
      // Gives each subscription a different cursor.
      await store.ingest([small('C')]);
    }
    for (let count = 0; count < DELIVERIES; count += GROUP) {
      await store.ingest(Array.from({ length: GROUP }, (_, index) => small('ABC'[index % 3] ?? 'A')));
    }
    const readState = async () => {
      const state = await store.channelState(CHANNEL, 0);
      expect(state?.subscriptions).toHaveLength(SUBSCRIPTIONS);
      expect(state?.subscriptions[1]?.pending).toBeGreaterThan(DELIVERIES / 2);
    };
    expect(await shortestDuration(250, () => durationOf(readState))).toBeLessThan(250);
  });

  it('finds delivered bodies behind dead letters', async () => {
    const store = await open(1_000_000);
    const subscription = await store.subscribe(CHANNEL, { targetUrl: 'https://x', filter: { all_except: [] } }, 9, 0);
    if (subscription === 'full') throw new Error('full');
    const size = 1000;
    const one = () => delivery('A', { body: randomBytes(size), signature: '' });
    await store.ingest(Array.from({ length: 500 }, one));
    await store.ingest(Array.from({ length: 500 }, one));
    const [lease] = (await store.lease({ holder: subscription.id, limit: 1, milliseconds: DAY })).leases;
    if (!lease) throw new Error('The channel is not due.');
    // In the first half, every second delivery is dead. In the second half, all deliveries except the last are dead.
    const dead = Array.from({ length: 1000 }, (_, index) => index + 1).filter(
      (seq) => seq < 1000 && (seq > 500 || seq % 2),
    );
    const letters = dead.map((seq) => ({ subscriptionId: subscription.id, seq, reason: 'HTTP 400', deadAt: 0 }));
    await store.bury(letters, progressOf(subscription, lease, { cursor: 1000 }));
    expect(new Set(await store.ingest(Array.from({ length: 250 }, one)))).toEqual(new Set(['stored']));
    expect((await store.totals()).deadLetters).toBe(dead.length);
    expect(await store.ingest([one()])).toEqual(['stored']);
    expect((await store.totals()).deadLetters).toBe(dead.length);
    expect(await store.ingest([one()])).toEqual(['stored']);
    expect((await store.totals()).deadLetters).toBe(dead.length - 1);
  });

  it('deletes a channel in steps, and serves other channels meanwhile', async () => {
    const store = await open(1e9);
    await store.registerChannel('other', { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, 0);
    const large = () => delivery('A', { body: randomBytes(MAX_DELETED_BYTES / 4) });
    for (let round = 0; round < 10; round++) await store.ingest(Array.from({ length: 4 }, large));
    const deletion = store.deleteChannel(CHANNEL);
    await store.ingest([delivery('A', { channel: 'other' })]);
    await until(async () => (await store.channelState(CHANNEL, 0)) === null);
    expect(await deletion).toBe(true);
    expect(await store.totals()).toMatchObject({ channels: 1, deliveries: 1 });
  });
});
