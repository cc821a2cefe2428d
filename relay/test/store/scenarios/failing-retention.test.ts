/** Retention while the changes of one channel fail. */

import { afterEach, beforeEach, expect, it } from '@jest/globals';

import { DAY, HOUR } from '../../../harness/durations.ts';
import { CHANNEL, OTHER_CHANNEL } from '../../../harness/sample-delivery.ts';
import { openSqliteStore, type SqliteStore } from '../../../store/sqlite/open-file.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS, LIMITS, T0 } from '../../support/store-context.ts';

let store: SqliteStore;

beforeEach(async () => {
  store = openSqliteStore(':memory:', { ...TEST_OPTIONS, maxChannelBytes: 1e6 });
  await register(CHANNEL);
});

afterEach(() => store.close());

const register = (channel: string) => store.registerChannel(channel, { ...LIMITS, maxChannels: 99 }, T0);
const ingest = (channel: string, count: number) =>
  store.ingest(Array.from({ length: count }, () => delivery('A', { channel, receivedAt: T0 })));
const rowsOf = (table: string): number => Number(store.database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

/** Makes the deletion of rows fail for the channels whose keys meet a condition. */
const breakTable = (table: string, condition: string) =>
  store.database.exec(`
    CREATE TRIGGER broken BEFORE DELETE ON ${table} WHEN old.channel ${condition}
    BEGIN SELECT raise(ABORT, 'broken channel'); END`);

/** Runs retention until no expired data is left. */
async function retain(now: number): Promise<void> {
  while (await store.retain(now));
}

it('retention deletes the deliveries of all other channels, and reports the failure', async () => {
  await register(OTHER_CHANNEL);
  await ingest(CHANNEL, 300);
  await ingest(OTHER_CHANNEL, 300);
  breakTable('deliveries', '= 1');
  await expect(retain(T0 + 4 * DAY)).rejects.toThrow('broken channel');
  expect(rowsOf('deliveries')).toBe(300);
  store.database.exec('DROP TRIGGER broken');
  await retain(T0 + 4 * DAY);
  expect(rowsOf('deliveries')).toBe(0);
});

it('retention finishes the deletion of other channels, and deletes expired digests', async () => {
  await register(OTHER_CHANNEL);
  await register('third');
  for (const channel of [CHANNEL, OTHER_CHANNEL, 'third']) await ingest(channel, 1);
  store.database.exec(`UPDATE channels SET deleted_at = ${T0} WHERE key < 3`);
  breakTable('digests', '= 1');
  await expect(retain(T0 + 31 * DAY)).rejects.toThrow('broken channel');
  expect([rowsOf('channels'), rowsOf('digests')]).toEqual([2, 1]);
});

it('retention ends the pass when many channels fail', async () => {
  for (let index = 0; index < 12; index++) {
    await register(`channel ${index}`);
    await ingest(`channel ${index}`, 1);
  }
  await ingest(CHANNEL, 1);
  breakTable('deliveries', '> 0');
  await expect(store.retain(T0 + 73 * HOUR)).rejects.toThrow('broken channel');
  expect(rowsOf('deliveries')).toBe(13);
});

it('retention looks up expired digests by their time', () => {
  const plan = store.database
    .prepare<[], { detail: string }>(
      'EXPLAIN QUERY PLAN SELECT d.channel, d.digest FROM digests d WHERE d.received_at < 5 LIMIT 1000',
    )
    .all();
  expect(plan.map(({ detail }) => detail)).toContainEqual(expect.stringContaining('digests_by_age (received_at<?'));
});
