/** A relay of this version on the stores of released versions, whose contents it shows and delivers. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';
import pg from 'pg';

import { openEnvelope } from '../../relay/harness/opened-deliveries.ts';
import { execute } from '../../relay/harness/postgres-cluster.ts';
import { startTargetServer } from '../../relay/harness/target-server.ts';
import { until } from '../../relay/harness/until.ts';
import { postgresSchema } from '../../relay/store/postgres/postgres-schema.ts';
import { openFile } from '../../relay/store/sqlite/open-file.ts';
import { sqliteSchema } from '../../relay/store/sqlite/sqlite-schema.ts';
import { temporaryFolder } from '../../relay/test/support/temporary-folder.ts';
import { describeWithDatabase } from '../../relay/test/support/test-database.ts';
import { DELIVERY_ID_HEADER } from '../../wire/relay-api.ts';
import {
  atSnapshot,
  hoursSince,
  shownEvents,
  startRelayOn,
  statementsToPresent,
  type Location,
} from '../../snapshots/relay-on-snapshot.ts';
import { DUMPED_SCHEMA } from '../../snapshots/constants.ts';
import { currentSchema, snapshots, type Snapshot } from '../../snapshots/snapshot.ts';

/** Columns that are empty or 0 in the stores of snapshots. */
const EMPTY = [
  // Only a full channel has values in these columns, and filling a channel takes many megabytes.
  ...['channels.removable_from', 'channels.dead_removable_from'],
  // The next pass is due at once, which is stored as 0, and no skip is pending.
  ...['channels.problems_check_at', 'subscriptions.skip_seq'],
];

const folder = temporaryFolder();

/** Returns the columns of a schema, by their tables. */
const columnsIn = (schema: string) =>
  Map.groupBy(
    [...schema.matchAll(/^(\w+)\.(\w+) /gm)].map(([, table = '', column = '']) => ({ table, column })),
    ({ table }) => table,
  );

/**
 * Starts a relay on the store of a snapshot, and expects its events in the console, and its deliveries.
 *
 * @param open - creates the store, changes it with statements for its Zaps, and returns its location
 */
async function expectToServe(
  snapshot: Snapshot,
  open: (offset: number, zapOrigin: string) => Promise<Location>,
): Promise<void> {
  const { waiting, shown } = snapshot.expected();
  const gate = Promise.withResolvers<undefined>();
  // The Zaps do not respond until the console has shown the events.
  const zaps = await startTargetServer((response) => void gate.promise.then(() => response.end()));
  const offset = hoursSince();
  const relay = await startRelayOn(await open(offset, zaps.origin), zaps.origin);
  try {
    expect(await shownEvents(relay, offset)).toMatchObject(shown);
    gate.resolve(undefined);
    const receivedBy = (zap: string) =>
      zaps.received.filter(({ url }) => url === `/hooks/${zap}/`).map(({ headers }) => headers[DELIVERY_ID_HEADER]);
    const all = waiting.flatMap(({ zap, inOrder, others }) => [...inOrder, ...others].map((id) => ({ zap, id })));
    expect(all.length).toBeGreaterThan(10);
    await until(() => all.every(({ zap, id }) => receivedBy(zap).includes(id)));
    for (const { zap, inOrder, others } of waiting) {
      expect([zap, receivedBy(zap).filter((id) => inOrder.includes(String(id)))]).toEqual([zap, inOrder]);
      expect(
        receivedBy(zap)
          .filter((id) => others.includes(String(id)))
          .sort(),
      ).toEqual(others.toSorted());
    }
    // Zaps that are paused or off receive nothing.
    const others = waiting.filter((each) => each.inOrder.length + each.others.length === 0);
    expect(others.flatMap(({ zap }) => receivedBy(zap))).toEqual([]);
    const ids = new Set(all.map(({ id }) => id));
    for (const { headers, body } of zaps.received) {
      if (!ids.has(String(headers[DELIVERY_ID_HEADER]))) continue;
      const { metadata } = await openEnvelope(atSnapshot(JSON.parse(body.toString()), offset));
      expect(metadata.id).toBe(headers[DELIVERY_ID_HEADER]);
    }
  } finally {
    gate.resolve(undefined);
    await relay.stop();
    zaps.close();
  }
}

describe.each(snapshots)('the store of version $version', (snapshot) => {
  describe('in a SQLite file', () => {
    let path: string;
    beforeEach(() => {
      path = join(folder, `${snapshot.version}-${expect.getState().currentTestName?.length}.sqlite`);
      writeFileSync(path, snapshot.sqlite());
    });

    it('contains every kind of row, with a value in every column', () => {
      const file = new Database(path);
      const columns = [...columnsIn(snapshot.schema('sqlite')).values()].flat();
      expect(columns.length).toBeGreaterThan(100);
      const empty = columns.filter(
        ({ table, column }) =>
          file.prepare(`SELECT 1 FROM ${table} WHERE coalesce(${column}, 0) NOT IN (0, '')`).get() === undefined,
      );
      expect(empty.map(({ table, column }) => `${table}.${column}`).filter((name) => !EMPTY.includes(name))).toEqual(
        [],
      );
      const states = file.prepare('SELECT DISTINCT state FROM sends ORDER BY state').pluck().all();
      expect(states).toEqual([-1, 0, 1, 2, 3]);
      file.close();
    });

    it('keeps every row and every value when it is migrated', () => {
      const tables = [...columnsIn(snapshot.schema('sqlite'))];
      const rowsIn = (file: Database.Database) =>
        tables.map(([table, columns]) => [
          table,
          file.prepare(`SELECT ${columns.map(({ column }) => column).join(', ')} FROM ${table} ORDER BY rowid`).all(),
        ]);
      const before = new Database(path);
      const rows = rowsIn(before);
      before.close();
      const after = openFile(path);
      expect(rowsIn(after)).toEqual(rows);
      after.close();
    });

    it('is shown and delivered, and migrated to the current schema', async () => {
      await expectToServe(snapshot, (offset, zapOrigin) => {
        const file = new Database(path);
        file.exec(statementsToPresent(snapshot.schema('sqlite'), offset, zapOrigin));
        file.close();
        return Promise.resolve({ sqlitePath: path });
      });
      const file = new Database(path, { readonly: true });
      expect(sqliteSchema(file)).toBe(currentSchema('sqlite'));
      file.close();
    });
  });

  describeWithDatabase('in a PostgreSQL database', (database) => {
    it('is shown and delivered, and migrated to the current schema', async () => {
      const url = (await database.newSchema()).replace(/(search_path%3D)\w+/, `$1${DUMPED_SCHEMA}`);
      await expectToServe(snapshot, async (offset, zapOrigin) => {
        await database.query(`DROP SCHEMA IF EXISTS ${DUMPED_SCHEMA} CASCADE`);
        await database.query(snapshot.postgres());
        await execute(url, statementsToPresent(snapshot.schema('postgres'), offset, zapOrigin));
        return { databaseUrl: url };
      });
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const schema = await postgresSchema(client);
      await client.end();
      expect(schema).toBe(currentSchema('postgres'));
    });
  });
});
