/** Data keys and wellbeing concerns in PostgreSQL while other processes and sessions use them. */

import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';

import { DAY, HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { NewDelivery } from '../store/delivery.ts';
import type { Store } from '../store/store.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { HOLDER, progressOf, RETENTION } from './store-contract/context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { DATA_KEY, delivery } from './new-delivery.ts';

const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };
/** Retention limits that delete every delivery that no subscription is waiting for. */
const AT_ONCE = { ...RETENTION, bodyMs: 0 };

describeWithDatabase('sealed deliveries in PostgreSQL', () => {
  let database: TestDatabase;
  let store: Store;
  let url: string;
  let other: pg.Client;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());
  beforeEach(async () => {
    url = await database.newSchema();
    store = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    other = new pg.Client({ connectionString: url });
    await other.connect();
    for (const channel of [CHANNEL, OTHER_CHANNEL]) await store.registerChannel(channel, LIMITS, Date.now());
  });
  afterEach(async () => {
    await other.end();
    await store.close();
  });

  const sealedWith = (keyId: string, channel = CHANNEL): NewDelivery =>
    delivery('A', { channel, receivedAt: Date.now(), content: { ...DATA_KEY, keyId, sealed: bodyOf('A') } });
  const keys = async (): Promise<unknown[]> =>
    (await other.query<{ key_id: string }>('SELECT key_id FROM data_keys ORDER BY id')).rows.map((row) => row.key_id);
  const lockChannel = async (): Promise<void> => {
    await other.query('BEGIN');
    await other.query(`SELECT * FROM channels WHERE channel = '${CHANNEL}' FOR UPDATE`);
  };
  const unlock = () => other.query('ROLLBACK');

  it('keep a data key until no delivery needs it', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await store.ingest([sealedWith(one), sealedWith(two), delivery('', { actions: [], receivedAt: Date.now() })]);
    expect(await keys()).toEqual([one, two]);
    await store.retain(RETENTION, Date.now());
    expect(await keys()).toEqual([one, two]);
    await store.retain(AT_ONCE, Date.now());
    expect(await keys()).toEqual([]);
    expect(await store.totals()).toMatchObject({ deliveries: 3 });
    await store.ingest([sealedWith(one)]);
    expect(await keys()).toEqual([one]);
  });

  it('keep the data keys of a channel that another session has locked', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await store.ingest([sealedWith(one), sealedWith(two, OTHER_CHANNEL)]);
    await other.query('UPDATE deliveries SET data_key = NULL, list_id = NULL');
    await lockChannel();
    await store.retain(RETENTION, Date.now());
    expect(await keys()).toEqual([one]);
    await unlock();
    await store.retain(RETENTION, Date.now());
    expect(await keys()).toEqual([]);
  });

  it('never lack a data key while several processes store and delete them', async () => {
    const second = await openPostgresStore(url, { ...CONTRACT_OPTIONS, maxChannelBytes: 1e9 });
    const ids = Array.from({ length: 3 }, () => randomUUID());
    try {
      for (let round = 0; round < 40; round++) {
        const results = await Promise.all([
          store.ingest(ids.map((id) => sealedWith(id))),
          second.ingest(ids.map((id) => sealedWith(id))),
          second.retain(AT_ONCE, Date.now()),
          store.retain(AT_ONCE, Date.now()),
        ]);
        expect(results.slice(0, 2)).toEqual(Array(2).fill(Array(3).fill('stored')));
        const { rows } = await other.query(
          'SELECT 1 FROM deliveries d WHERE d.list_id IS NOT NULL AND d.data_key NOT IN (SELECT id FROM data_keys)',
        );
        expect(rows).toEqual([]);
      }
    } finally {
      await second.close();
    }
  });

  it('keep a concern that was passed while another session had locked the channel until retention runs again', async () => {
    const filter = { actions: ['A'] };
    const subscription = await store.subscribe(CHANNEL, { targetUrl: 'https://x/1', filter }, 9, Date.now());
    if (subscription === 'full') throw new Error('The channel is full.');
    await store.ingest([delivery('A', { isConcern: true, receivedAt: Date.now() })]);
    const { leases } = await store.lease({ holder: HOLDER, limit: 9, milliseconds: HOUR });
    const lease = leases.find(({ channel }) => channel === CHANNEL);
    if (!lease) throw new Error('The channel is not leased.');
    await lockChannel();
    // The lock ends after these calls, so none of them may wait for it.
    expect(await store.progress([progressOf(subscription, lease, { cursor: lease.lastSeq })])).toEqual([]);
    expect(await store.unsubscribe(OTHER_CHANNEL, subscription.id)).toBe(false);
    expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toHaveLength(1);
    await unlock();
    await store.retain(RETENTION, Date.now());
    expect(await store.deliveriesAfter(CHANNEL, 0, 9)).toEqual([]);
  });
});
