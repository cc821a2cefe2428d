/** Failures of the connection to PostgreSQL. */

import { afterAll, expect, it } from '@jest/globals';

import { createIngestQueue } from '../../../intake/ingest-queue.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import type { Store } from '../../../store/store.ts';
import { DAY } from '../../../harness/durations.ts';
import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { delivery } from '../../support/new-delivery.ts';
import { durationOf, shortestDuration } from '../../../harness/shortest-duration.ts';
import { until } from '../../../harness/until.ts';
import { TEST_OPTIONS } from '../../support/store-context.ts';
import { startTcpProxy } from '../../../harness/tcp-proxy.ts';
import { describeWithDatabase, schemaOf } from '../../support/test-database.ts';

const LIMITS = { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY };

describeWithDatabase('PostgreSQL, when connections fail', (database) => {
  const stores: Store[] = [];

  afterAll(async () => {
    for (const store of stores) await store.close().catch(() => undefined);
  });

  /** Opens a store that is closed after the last test. */
  async function open(url: string): Promise<Store> {
    const store = await openPostgresStore(url, { ...TEST_OPTIONS, maxChannelBytes: 1e9 });
    stores.push(store);
    return store;
  }

  it('stores each delivery exactly once when connections are terminated under load', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    let stored = 0;
    const writing = (async () => {
      for (let round = 0; round < 150; round++) {
        // The ingest queue retries a group whose response was lost, and the store then recognizes a duplicate.
        const [result] = await store.ingest([delivery('A')]);
        if (result === 'stored' || result === 'duplicate') stored++;
      }
    })();
    for (let cut = 0; cut < 5; cut++) {
      await until(() => stored >= 20 * (cut + 1));
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
    }
    await writing;
    expect(stored).toBe(150);
    expect(await store.totals()).toMatchObject({ deliveries: 150 });
  });

  it('rejects deliveries within 7 seconds when the database hangs, and recovers with it', async () => {
    const url = new URL(await database.newSchema());
    const proxy = await startTcpProxy(url.hostname, Number(url.port || 5432));
    url.hostname = '127.0.0.1';
    url.port = String(proxy.port);
    const store = await open(url.href);
    await store.registerChannel(CHANNEL, LIMITS, 0);
    const ingest = createIngestQueue(store);
    expect(await ingest.add(delivery('A'))).toBe('stored');

    const timeToReject = async () => {
      // The connection fails silently: no bytes arrive, but no error is reported.
      proxy.hold();
      const duration = await durationOf(async () => {
        const lost = Array.from({ length: 3 }, () => ingest.add(delivery('A')));
        for (const add of lost) await expect(add).rejects.toThrow();
      });
      proxy.resume();
      await until(async () => (await ingest.add(delivery('A')).catch(() => null)) === 'stored');
      return duration;
    };
    expect(await shortestDuration(7000, timeToReject)).toBeLessThan(7000);
    await ingest.idle();
    proxy.close();
  });

  it.each([
    ['nobody', /^Can't use the database of RELAY_DATABASE_URL: no connection \(ECONNREFUSED\)\.$/],
    ['user:hunter2', /^(?!.*hunter2)/],
  ])('is refused to %s with a reason that contains no password', async (user, message) => {
    await expect(openPostgresStore(`postgres://${user}@127.0.0.1:1/x`, TEST_OPTIONS)).rejects.toThrow(message);
  });

  it('does not repeat a read that has reached its time limit', async () => {
    const url = await database.newSchema();
    const store = await open(url);
    const schema = schemaOf(url);
    await database.query(`
      CREATE SEQUENCE ${schema}.tries;
      ALTER TABLE ${schema}.channels RENAME TO real_channels;
      CREATE VIEW ${schema}.channels AS SELECT channel, newest_number FROM ${schema}.real_channels
        WHERE nextval('${schema}.tries') > 0 AND pg_sleep(10) IS NOT NULL`);
    await database.query(`INSERT INTO ${schema}.real_channels (channel, created_at, with_secret, seal_key, url_part)
      VALUES ('slow', 0, false, '', '')`);
    await expect(store.newestNumber('slow')).rejects.toMatchObject({ code: '57014' });
    expect(await database.query(`SELECT last_value FROM ${schema}.tries`)).toEqual([{ last_value: '1' }]);
  });
});
