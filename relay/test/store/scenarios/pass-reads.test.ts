import { expect, it, jest } from '@jest/globals';
import pg from 'pg';

import { HOUR } from '../../../harness/durations.ts';
import { execute } from '../../../harness/postgres-cluster.ts';
import { until } from '../../../harness/until.ts';
import { tellOfProblems } from '../../../monitoring/notices.ts';
import { createDataKeys } from '../../../sealing/data-keys.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import type { Store } from '../../../store/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS, LIMITS, PROCESS, reportedState, resultOf, StoreContext } from '../../support/store-context.ts';
import { describeWithDatabase, postgresDatabases, schemaOf } from '../../support/test-database.ts';

const IDLE_CHANNELS = 2_000;
/** Maximum number of rows that a pass can read. The idle channels have more rows. */
const MAX_ROWS = 100;
const NOW = 1_700_000_000_000;
const LONG_AGO = NOW - 200 * HOUR;

/** Channels that each have a Zap with notices, an event whose data key is kept, and a reported silence. */
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
  claims: (store) => store.dueInMs(PROCESS, NOW),
  waits: (store) => store.backlog(50),
};

/** Claims every second channel, as if its events were being delivered. Makes the other channels due in half an hour. */
const occupy = (now: number) => `
  INSERT INTO processes (id, heartbeat) VALUES ('${PROCESS}', ${now});
  INSERT INTO sends (seq, subscription, state, ended_at, is_sent_again) SELECT key, key, 0, ${LONG_AGO}, false FROM channels;
  UPDATE channels SET claimed_by = CASE WHEN key % 2 = 0 THEN '${PROCESS}' END,
    due_at = CASE WHEN key % 2 = 0 THEN ${LONG_AGO} ELSE ${now + HOUR / 2} END`;

describeWithDatabase('The periodic passes', (database) => {
  /** Returns the number of rows that `work` reads in a database that the statements `fill` have filled. */
  async function rowsReadBy(fill: string, work: (store: Store) => Promise<unknown>): Promise<number> {
    const url = await database.newSchema();
    const open = () => openPostgresStore(url, TEST_OPTIONS);
    await (await open()).close();
    await execute(url, fill);
    // Sessions report their reads when they end.
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
    await work(store);
    await store.close();
    await sessionsEnd();
    return (await rowsRead()) - before;
  }

  it.each(Object.entries(PASSES))('read no rows of idle channels: %s', async (_name, pass) => {
    expect(await rowsReadBy(FILL, pass)).toBeLessThan(MAX_ROWS);
  });

  it('read no rows of channels that are claimed or due later, to find and serve a channel that is due', async () => {
    const now = Date.now();
    const fill = `${FILL}; ${occupy(now)}; UPDATE channels SET due_at = ${now} WHERE key = 1`;
    const rows = await rowsReadBy(fill, async (store) => {
      expect(await store.dueInMs(PROCESS, now)).toBe(0);
      const claims = await store.claim(PROCESS, 50);
      expect(claims).toMatchObject([{ channel: 'c1', subscriptions: [{ key: 1, isPending: true }] }]);
      expect(await store.subscriptions('c1')).toHaveLength(1);
      expect(await store.dueInMs(PROCESS, now)).toBeGreaterThan(HOUR / 4);
    });
    expect(rows).toBeLessThan(MAX_ROWS);
  });
});

describeWithDatabase('The results of many channels', (database) => {
  const context = new StoreContext(postgresDatabases(database));

  it('are saved with as many statements as the results of one channel', async () => {
    const { store } = context;
    const subscription = await context.subscribe();
    await store.ingest([delivery('A')]);
    const names = Array.from({ length: 20 }, (_, index) => `channel ${index}`);
    for (const channel of names) {
      await store.registerChannel(channel, { ...LIMITS, maxChannels: 99 }, NOW);
      await context.subscribe('https://x/1', undefined, channel);
    }
    await store.ingest(names.map((channel) => delivery('A', { channel })));
    const results = await Promise.all(
      (await context.claim(PROCESS, 99)).map(async ({ key, claim, subscriptions }) => {
        const [own = subscription] = subscriptions;
        const waiting = await store.pending(own.key, 0, 9);
        const sends = waiting.map(({ seq, deliveryId }) => ({ ...resultOf(own, seq), deliveryId }));
        return { channel: key, claim, sends, states: [reportedState(own)] };
      }),
    );
    const query = jest.spyOn(pg.Client.prototype, 'query');
    await store.saveResults(PROCESS, results.splice(0, 1));
    const ofOne = query.mock.calls.length;
    await store.saveResults(PROCESS, results);
    expect(results).toHaveLength(20);
    expect(query.mock.calls.length - ofOne).toBe(ofOne);
    expect(await context.query('SELECT count(*) AS count FROM channels WHERE waiting_bytes = 0')).toEqual([
      { count: 21 },
    ]);
  });
});
