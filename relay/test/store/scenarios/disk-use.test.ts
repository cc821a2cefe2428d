/** The ratio between the disk space that small events take and the bytes that count towards `RELAY_MAX_CHANNEL_MB`. */

import { statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { CHANNEL } from '../../../harness/sample-delivery.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../../store/sqlite/open-file.ts';
import type { Store } from '../../../store/store.ts';
import { delivery } from '../../support/new-delivery.ts';
import { TEST_OPTIONS, LIMITS, T0 } from '../../support/store-context.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { describeWithDatabase, schemaOf } from '../../support/test-database.ts';

const folder = temporaryFolder();
const COUNT = 5_000;
const OPTIONS = { ...TEST_OPTIONS, maxChannelBytes: 1e9, maxChannelDeliveries: 1_000_000 };
/** Size of the smallest sealed event, in bytes. */
const SEALED_BYTES = 218;

/** Stores small events that no Zap selects. Returns the number of bytes that count towards the limit. */
async function fill(store: Store): Promise<number> {
  await store.registerChannel(CHANNEL, LIMITS, T0);
  for (let stored = 0; stored < COUNT; stored += 500) {
    const group = Array.from({ length: 500 }, (_, index) =>
      delivery('A', { body: Buffer.from(String(stored + index).padEnd(SEALED_BYTES)), receivedAt: T0 }),
    );
    await store.ingest(group);
  }
  return (await store.totals()).storedBytes;
}

/** Checks the statement of docs/relay.md about the smallest events. */
function expectRatio(bytes: number, counted: number, ratio: number): void {
  expect(counted).toBe(COUNT * SEALED_BYTES);
  expect(bytes / counted).toBeGreaterThan(ratio - 1);
  expect(bytes / counted).toBeLessThan(ratio + 0.5);
}

describe('a SQLite file', () => {
  it('takes four times the counted bytes for the smallest events', async () => {
    const path = join(folder, 'relay.sqlite');
    const store = openSqliteStore(path, OPTIONS);
    const counted = await fill(store);
    store.database.pragma('wal_checkpoint(TRUNCATE)');
    await store.close();
    expectRatio(statSync(path).size, counted, 4);
  });
});

describeWithDatabase('a PostgreSQL database', (database) => {
  it('takes five and a half times the counted bytes for the smallest events', async () => {
    const url = await database.newSchema();
    const store = await openPostgresStore(url, OPTIONS);
    const counted = await fill(store);
    await store.close();
    const [row] = await database.query(
      `SELECT sum(pg_total_relation_size(c.oid))::float AS bytes FROM pg_class c
       WHERE c.relkind = 'r' AND c.relnamespace = '${schemaOf(url)}'::regnamespace`,
    );
    expectRatio(Number(row?.bytes), counted, 5.5);
  });
});
