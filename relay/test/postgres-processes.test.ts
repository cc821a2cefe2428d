/** The announcements of dispatchers in PostgreSQL, and channels that are reserved for a dispatcher. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';

import { HOUR, SECOND } from '../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { RESERVATION_MS } from '../store/process-store.ts';
import type { Lease } from '../store/lease.ts';
import type { Store } from '../store/store.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { HOLDER, OTHER_HOLDER, releaseOf } from './store-contract/context.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';
import { delivery } from './new-delivery.ts';

const THIRD_HOLDER = '00000000-0000-4000-8000-000000000003';

describeWithDatabase('the processes on a PostgreSQL database', () => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.stop());
  afterEach(() => store.close());
  beforeEach(async () => {
    store = await openPostgresStore(await database.newSchema(), CONTRACT_OPTIONS);
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: HOUR }, 0);
  });

  const lease = async (holder: string): Promise<Lease[]> =>
    (await store.lease({ holder, limit: 10, milliseconds: HOUR })).leases;
  const leaseOne = async (holder: string): Promise<Lease> => {
    const [first] = await lease(holder);
    if (!first) throw new Error('No channel is due.');
    return first;
  };

  it("see each other's newest loads", async () => {
    expect(await store.announce({ holder: HOLDER, load: 3, milliseconds: HOUR })).toEqual([]);
    expect(await store.announce({ holder: OTHER_HOLDER, load: 4, milliseconds: HOUR })).toEqual([
      { holder: HOLDER, load: 3 },
    ]);
    await store.announce({ holder: HOLDER, load: 5, milliseconds: HOUR });
    expect(await store.announce({ holder: OTHER_HOLDER, load: 4, milliseconds: HOUR })).toEqual([
      { holder: HOLDER, load: 5 },
    ]);
  });

  it('do not see an announcement that has expired or was withdrawn', async () => {
    await store.announce({ holder: HOLDER, load: 3, milliseconds: 50 });
    await store.announce({ holder: OTHER_HOLDER, load: 4, milliseconds: HOUR });
    await store.announce({ holder: OTHER_HOLDER, load: 0, milliseconds: 0 });
    await until(
      async () => (await store.announce({ holder: THIRD_HOLDER, load: 1, milliseconds: HOUR }))?.length === 0,
    );
  });

  it('lease a handed-over channel at once if it is reserved for them, and otherwise after a second', async () => {
    const heard: string[] = [];
    await store.listen(OTHER_HOLDER, (_channel, what) => heard.push(what));
    await store.ingest([delivery('A')]);
    heard.length = 0;
    const begin = Date.now();
    await store.release([releaseOf(await leaseOne(HOLDER), { dueInMs: 0, reservedFor: OTHER_HOLDER })]);
    expect(heard).toEqual(['deliveries']);
    const refused = await lease(HOLDER);
    // On a slow machine, the reservation may have expired.
    if (Date.now() - begin < RESERVATION_MS) expect(refused).toEqual([]);
    else await store.release(refused.map((each) => releaseOf(each, { dueInMs: 0, reservedFor: OTHER_HOLDER })));
    const received = await leaseOne(OTHER_HOLDER);

    // The process that received the second handover has died.
    await store.release([releaseOf(received, { dueInMs: 0, reservedFor: THIRD_HOLDER })]);
    await until(async () => (await lease(HOLDER)).length > 0, 20 * SECOND);
    expect(Date.now() - begin).toBeGreaterThanOrEqual(RESERVATION_MS);
  });

  it('do not reserve a channel that has no work', async () => {
    const heard: string[] = [];
    await store.listen(HOLDER, (_channel, what) => heard.push(what));
    await store.ingest([delivery('A')]);
    await store.release([releaseOf(await leaseOne(HOLDER), { reservedFor: OTHER_HOLDER })]);
    heard.length = 0;
    await store.ingest([delivery('A')]);
    expect(heard).toEqual(['deliveries']);
    expect(await lease(HOLDER)).toHaveLength(1);
  });
});
