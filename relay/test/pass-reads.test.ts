import { expect, it } from '@jest/globals';

import { HOUR } from '../harness/durations.ts';
import { execute } from '../harness/postgres-cluster.ts';
import { until } from '../harness/until.ts';
import { tellOfProblems } from '../monitoring/notices.ts';
import { createDataKeys } from '../sealing/data-keys.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Store } from '../store/store.ts';
import { FakeClock } from './fake-clock.ts';
import { CONTRACT_OPTIONS } from './store-contract.ts';
import { describeWithDatabase, schemaOf } from './test-database.ts';

const IDLE_CHANNELS = 2_000;
/** Fewer rows than the idle channels have. */
const MAX_ROWS = 100;
const NOW = 1_700_000_000_000;
const LONG_AGO = NOW - 200 * HOUR;

/** Channels with a Zap with notices, an event whose data key is kept, and a silence that has been told of. */
const FILL = `
  INSERT INTO channels (key, channel, created_at, with_secret, seal_key, url_part, last_event_at, silent_at)
    SELECT i, 'c' || i, ${LONG_AGO}, true, '', '', ${LONG_AGO}, ${LONG_AGO} FROM generate_series(1, ${IDLE_CHANNELS}) i;
  INSERT INTO subscriptions (key, id, channel, target_url, filter, created_at, starts_after, notice_key)
    SELECT key, channel, key, '', '{"actions": []}', ${LONG_AGO}, 0, 'x' FROM channels;
  INSERT INTO problems (channel, subscription, kind, started_at, noticed_at, is_over)
    SELECT key, 0, 'silent', ${LONG_AGO}, ${LONG_AGO}, false FROM channels;
  INSERT INTO digests (channel, digest, received_at, has_events) SELECT key, channel, ${LONG_AGO}, true FROM channels;
  INSERT INTO deliveries (seq, channel, number, id, received_at, expires_at, actions, is_concern, is_repeat, is_remembered,
      bytes, key_id, sealed)
    SELECT key, key, 1, channel, ${LONG_AGO}, ${NOW + HOUR}, '[]', false, false, true, 0, 'k', '' FROM channels;
  INSERT INTO data_keys (channel, key_id, created_at, wrapped, is_settled)
    SELECT key, 'k', ${LONG_AGO}, '', true FROM channels;
  ANALYZE`;

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const PASSES: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  notices: async (store) => {
    const clock = new FakeClock(NOW);
    await store.checkSilences(NOW);
    await tellOfProblems({ store, clock, dataKeys: createDataKeys(clock, 9), log });
  },
  retention: async (store) => {
    while (await store.retain(NOW));
  },
  claims: (store) => store.dueInMs('00000000-0000-4000-8000-000000000001', NOW),
  waits: (store) => store.backlog(50),
};

describeWithDatabase('The periodic passes', (database) => {
  it.each(Object.keys(PASSES))('read no rows of idle channels: %s', async (name) => {
    const url = await database.newSchema();
    const open = () => openPostgresStore(url, CONTRACT_OPTIONS);
    await (await open()).close();
    await execute(url, FILL);
    // A session reports what it has read when it ends.
    const sessions = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    const sessionsEnd = () => until(async () => (await database.query(sessions)).length === 0);
    await sessionsEnd();
    const rowsRead = async (): Promise<number> => {
      const ofSchema = `WHERE schemaname = '${schemaOf(url)}'`;
      const [row] = await database.query(`SELECT
        (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables ${ofSchema}) +
        (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes ${ofSchema}) AS rows`);
      return Number(row?.rows);
    };
    const before = await rowsRead();
    const store = await open();
    await PASSES[name]?.(store);
    await store.close();
    await sessionsEnd();
    expect((await rowsRead()) - before).toBeLessThan(MAX_ROWS);
  });
});
