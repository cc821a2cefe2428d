/** Moves of a SQLite file to a PostgreSQL database, and failures that change neither of the two stores. */

import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { CHANNEL, SEAL_KEY } from '../../../harness/sample-delivery.ts';
import { DAY } from '../../../harness/durations.ts';
import { execute } from '../../../harness/postgres-cluster.ts';
import { until } from '../../../harness/until.ts';
import { move } from '../../../store/move/move.ts';
import { openPostgresStore } from '../../../store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../../store/sqlite/open-file.ts';
import { StoreUnavailable, type Store } from '../../../store/store.ts';
import { fill, OPTIONS, rowsOf, T0 } from '../../support/filled-store.ts';
import { earlierStatesModelTest } from '../../support/earlier-states-model/property.ts';
import { startTcpProxy } from '../../../harness/tcp-proxy.ts';
import { describeWithDatabase, schemaOf } from '../../support/test-database.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;
const newPath = () => join(folder, `${++count}.sqlite`);

/** Runs a function with a store, and closes the store afterwards. */
async function using<Opened extends Store, Result>(store: Opened, run: (store: Opened) => Promise<Result>) {
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

describeWithDatabase('the move of a store', (database) => {
  let url: string;
  let path: string;
  beforeEach(async () => {
    path = newPath();
    url = await database.newSchema();
  });

  const openFile = () => openSqliteStore(path, OPTIONS);
  const openDatabase = () => openPostgresStore(url, OPTIONS);
  const rowsOfFile = () =>
    using(openFile(), ({ database: file }) => rowsOf((text) => file.prepare<[], object>(text).all()));
  async function rowsOfDatabase() {
    await database.query(`SET search_path = ${schemaOf(url)}`);
    return rowsOf((text) => database.query(text));
  }
  async function fillFile() {
    await using(openFile(), fill);
    return rowsOfFile();
  }
  /** Creates the tables of the empty database, and changes them. */
  async function prepare(statements: string): Promise<void> {
    await (await openDatabase()).close();
    await execute(url, statements);
  }
  const onInsertInto = (table: string, timing: string, body: string): string =>
    `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN NULL; END $$;
     CREATE ${timing} INSERT ON ${table} ${timing.includes('AFTER') ? 'DEFERRABLE INITIALLY DEFERRED' : ''}
     FOR EACH ROW EXECUTE FUNCTION fail()`;
  /** Expects that the file is unchanged and usable, and that the next attempt to move the file succeeds. */
  async function expectNothingMoved(before: unknown): Promise<void> {
    expect(await rowsOfFile()).toEqual(before);
    await move(path, url);
    expect(await rowsOfDatabase()).toEqual(before);
  }

  it('keeps all data that the store returns', async () => {
    const before = await fillFile();
    expect(await move(path, url)).toEqual({
      plan: {
        database: expect.stringMatching(/^\w+ on [^ @]+:\d+$/),
        schema: schemaOf(url),
        channels: 2,
        subscriptions: 2,
        deadLetters: 1,
        deliveries: expect.any(Number),
      },
      isMarked: true,
    });
    expect(await rowsOfDatabase()).toEqual(before);
    // Every table has rows, except the table of reported problems.
    expect(Object.keys(before).filter((table) => before[table]?.length === 0)).toEqual(['problems']);
  });

  it('replaces the origin of a relay that has used the database without channels', async () => {
    const before = await fillFile();
    await using(await openDatabase(), (store) => store.rememberOrigin('https://trial.example.com'));
    await move(path, url);
    expect(await rowsOfDatabase()).toEqual(before);
  });

  it('reports that the file could not be marked as moved', async () => {
    await using(openFile(), fill);
    const file = new Database(path);
    file.exec('CREATE INDEX relay_moved ON channels (created_at)');
    file.close();
    expect(await move(path, url)).toMatchObject({ plan: { channels: 2 }, isMarked: false });
  });

  // The first reopening moves the store, which must not change the results that the model predicts.
  earlierStatesModelTest('a store that is moved', async () => {
    const file = newPath();
    const schema = await database.newSchema();
    let opened = 0;
    return {
      open: async (options) => {
        if (++opened === 1) return openSqliteStore(file, options);
        if (opened === 2) await move(file, schema);
        return openPostgresStore(schema, options);
      },
      query: () => Promise.resolve([]),
    };
  });

  describe('changes nothing', () => {
    it('if there is no file, or while a relay uses the file', async () => {
      await expect(move(path, url)).rejects.toThrow(`There is no SQLite file at ${path}. Set RELAY_SQLITE_PATH`);
      expect(existsSync(path)).toBe(false);
      await using(openFile(), async (store) => {
        await fill(store);
        await expect(move(path, url)).rejects.toThrow(/Another process uses .* Stop that process first\./);
        expect(await store.totals()).toMatchObject({ channels: 2 });
      });
    });

    it('if the database cannot be reached', async () => {
      const before = await fillFile();
      const elsewhere = 'postgres://relay:secret@127.0.0.1:1/postgres';
      await expect(move(path, elsewhere)).rejects.toThrow(
        /^Nothing was moved\. The database failed: no connection \(ECONNREFUSED\)\. Correct this, and repeat the command\.$/,
      );
      await expectNothingMoved(before);
    });

    it('if the database has the tables of a different version', async () => {
      const before = await fillFile();
      await (await openDatabase()).close();
      await execute(url, 'ALTER TABLE channels DROP COLUMN last_refusal_at');
      await expect(move(path, url)).rejects.toThrow(
        /^Nothing was moved\. The tables in the schema \w+ of .* are not those of this version of the relay: the column channels\.last_refusal_at is missing\./,
      );
      expect(await rowsOfFile()).toEqual(before);
    });

    it('if the database contains data of a relay', async () => {
      const before = await fillFile();
      await using(await openDatabase(), (store) =>
        store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 9, idleMs: DAY }, T0),
      );
      await expect(move(path, url)).rejects.toThrow(
        /^Nothing was moved\. There is already relay data in the schema \w+ of .*\d\. Choose/,
      );
      expect(await rowsOfFile()).toEqual(before);
      expect(await using(await openDatabase(), (store) => store.totals())).toMatchObject({
        channels: 1,
        deliveries: 0,
      });
    });

    it.each([
      [
        'BEFORE',
        "RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full';",
        /no space left\. Free space on its disk/,
      ],
      ['BEFORE', 'PERFORM pg_terminate_backend(pg_backend_pid());', /terminating connection .*\. Correct this/],
      ['BEFORE', '', /The database has stored 0 of \d+ rows of attempts\./],
      ['CONSTRAINT TRIGGER fail AFTER', "RAISE EXCEPTION 'late';", /late\. Correct this, and repeat the command\./],
    ])('if the database fails after most of the rows: %s %s', async (timing, body, message) => {
      const before = await fillFile();
      const trigger = timing === 'BEFORE' ? 'TRIGGER fail BEFORE' : timing;
      await prepare(onInsertInto('attempts', trigger, body));
      const moving = move(path, url);
      await expect(moving).rejects.toThrow(StoreUnavailable);
      await expect(moving).rejects.toThrow(/^Nothing was moved\. /);
      await expect(moving).rejects.toThrow(message);
      await execute(url, 'DROP FUNCTION fail CASCADE');
      expect(await using(await openDatabase(), (store) => store.totals())).toMatchObject({
        channels: 0,
        deliveries: 0,
      });
      await expectNothingMoved(before);
    });

    it('if the file is damaged', async () => {
      await fillFile();
      const file = new Database(path);
      const size = Number(file.pragma('page_size', { simple: true }));
      const page = Number(file.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'attempts'").pluck().get());
      file.close();
      const descriptor = openSync(path, 'r+');
      writeSync(descriptor, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
      closeSync(descriptor);
      await expect(move(path, url)).rejects.toThrow(
        /^Nothing was moved\. The SQLite file cannot be read \(SQLITE_CORRUPT\w*\)\. Restore it from a backup\.$/,
      );
    });
  });

  it('may be complete if the connection ends during the commit', async () => {
    const before = await fillFile();
    await prepare(onInsertInto('attempts', 'CONSTRAINT TRIGGER fail AFTER', 'PERFORM pg_sleep(0.5);'));
    const { hostname, port } = new URL(url);
    const proxy = await startTcpProxy(hostname, Number(port));
    const slow = new URL(url);
    slow.port = String(proxy.port);
    const moving = move(path, slow.href);
    const outcome = expect(moving).rejects.toThrow(/^The move may be complete: .* Repeat the command\./);
    const committing = () =>
      database.query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT' AND state = 'active'",
      );
    await until(async () => (await committing()).length > 0);
    proxy.resume();
    await outcome;
    proxy.close();
    await until(async () => (await committing()).length === 0);
    await expect(move(path, url)).rejects.toThrow(/There is already relay data/);
    expect(await rowsOfDatabase()).toEqual(before);
  });
});
