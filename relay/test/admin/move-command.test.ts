/** The `move` command from a relay with a SQLite file to a relay with a PostgreSQL database. */

import { join } from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';

import { openAttempt } from '../../harness/opened-deliveries.ts';
import { execute } from '../../harness/postgres-cluster.ts';
import { postWebhook } from '../../harness/relay-requests.ts';
import { startTargetServer } from '../../harness/target-server.ts';
import { until } from '../../harness/until.ts';
import { openFile } from '../../store/sqlite/open-file.ts';
import { runIn, startAdminRelay } from '../support/admin-relay.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeWithDatabase, schemaOf } from '../support/test-database.ts';

function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${pathname.slice(1)} on ${hostname}:${port || 5432}`;
}

/** Returns the lines that name the source and the target of a move. */
const planOf = (file: string, url: string, data: string): string =>
  `Source: ${file}\nTarget: the schema ${schemaOf(url)} of the database ${nameOf(url)}\nData:   ${data}\n`;

/** Returns a body with an event about lesson 7. The event's time is the given number of minutes past the hour. */
const eventAt = (minutes: number): Buffer =>
  Buffer.from(
    `{"events": [{"action": "A", "timestamp": "2026-06-10T17:${minutes}:00.000000Z", "subject": {"model": "Lesson", "id": 7}}]}`,
  );

it.each([
  [['--to', 'mysql://relay:secret@x/y'], {}, '--to is not a PostgreSQL URL.'],
  [['--to', 'postgres://relay:secret@x/y'], {}, 'There is no SQLite file at /no/relay.sqlite.'],
  [[], {}, '"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.'],
  [[], { RELAY_DATABASE_URL: 'mysql://secret@x/y' }, 'RELAY_DATABASE_URL is not a PostgreSQL URL.'],
  [[], { RELAY_DATABASE_URL: 'postgres://secret@x/y' }, 'There is no SQLite file at /no/relay.sqlite.'],
])('move %j in the environment %j fails without quoting the URL', async (args, environment, message) => {
  const { code, output } = await runIn({ RELAY_SQLITE_PATH: '/no/relay.sqlite', ...environment }, 'move', ...args);
  expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(message) });
  expect(output).not.toContain('secret');
});

describeWithDatabase('npm run relay -- move', (database) => {
  const folder = temporaryFolder();

  const tableNames = async (url: string) =>
    (await database.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schemaOf(url)])).map(
      ({ tablename }) => tablename,
    );

  it('lets a relay on the database deliver the events that were waiting in the file', async () => {
    let status = 200;
    const target = await startTargetServer((response) => {
      response.statusCode = status;
      response.end();
    });
    const bodies = async () =>
      Promise.all(target.received.map(async ({ body }) => (await openAttempt(body)).body.toString()));
    const shared = {
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_ADMIN_SOCKET: join(folder, 'a.sock'),
    };
    const file = { ...shared, RELAY_SQLITE_PATH: join(folder, 'a.sqlite') };
    const url = await database.newSchema();
    const [delivered, dead, waiting] = [eventAt(10), eventAt(20), eventAt(30)];

    const before = await startAdminRelay(file);
    const id = await before.subscribe(target.origin);
    await postWebhook(before.url, delivered);
    await until(() => target.received.length === 1);
    status = 500;
    await postWebhook(before.url, dead);
    await until(async () => (await before.run('subscriptions')).output.includes('HTTP 500'));
    expect((await before.run(`skip ${id}`)).code).toBe(0);
    expect((await before.run(`pause ${id}`)).code).toBe(0);
    await postWebhook(before.url, waiting);
    const channels = [expect.objectContaining({ WAITING: '1', DEAD: '1', PAUSED: '1' })];
    expect(await before.rows('channels')).toEqual(channels);
    await before.stop();

    const data = '1 channel, 1 subscription, 3 stored requests and 1 dead letter';
    const plan = planOf(file.RELAY_SQLITE_PATH, url, data);
    expect(await runIn(file, 'move', '--to', url)).toEqual({
      code: 0,
      output: `${plan}Nothing was moved. To move this data, repeat the command with --yes.`,
    });
    expect(await tableNames(url)).toEqual([]);
    const moved =
      `Moved ${data} into the schema ${schemaOf(url)} of the database ${nameOf(url)}.\n` +
      'Set RELAY_DATABASE_URL to the database, and start the relay. ' +
      `No relay will use ${file.RELAY_SQLITE_PATH} from now on. Keep it until events arrive.`;
    expect(await runIn(file, 'move', '--to', url, '--yes')).toEqual({
      code: 0,
      output: `${plan}${moved}`,
    });
    await expect(startAdminRelay(file)).rejects.toThrow(/was moved to a PostgreSQL database/);

    const after = await startAdminRelay({ ...shared, RELAY_DATABASE_URL: url });
    try {
      expect(await after.rows('channels')).toEqual(channels);
      target.received.length = 0;
      status = 200;
      expect((await after.run(`resume ${id}`)).code).toBe(0);
      await until(() => target.received.length === 1);
      expect(await bodies()).toEqual([waiting.toString()]);
      const { previous } = await openAttempt(target.received[0]?.body ?? Buffer.alloc(0));
      expect(previous?.body.toString()).toBe(dead.toString());
      expect((await after.run(`redrive ${id}`)).code).toBe(0);
      await until(() => target.received.length === 2);
      expect(await bodies()).toEqual([waiting.toString(), dead.toString()]);
      await postWebhook(after.url, eventAt(40));
      await until(() => target.received.length === 3);
    } finally {
      await after.stop();
      target.close();
    }
  });

  describe('of an empty file', () => {
    const NO_DATA = '0 channels, 0 subscriptions, 0 stored requests and 0 dead letters';
    let count = 0;
    let url: string;
    let file: { RELAY_ADMIN_SOCKET: string; RELAY_SQLITE_PATH: string };
    beforeEach(async () => {
      const path = join(folder, `empty-${++count}`);
      file = { RELAY_ADMIN_SOCKET: `${path}.sock`, RELAY_SQLITE_PATH: `${path}.sqlite` };
      await (await startAdminRelay(file)).stop();
      url = await database.newSchema();
    });
    it('uses RELAY_DATABASE_URL, does not advise the operator to set it, and shows no credentials', async () => {
      const withPassword = new URL(url);
      withPassword.password ||= 'secret';
      const { code, output } = await runIn({ ...file, RELAY_DATABASE_URL: withPassword.href }, 'move', '--yes');
      expect({ code, output }).toEqual({
        code: 0,
        output:
          `${planOf(file.RELAY_SQLITE_PATH, url, NO_DATA)}Moved ${NO_DATA} into the schema ${schemaOf(url)} of the database ` +
          `${nameOf(url)}.\nStart the relay with the same RELAY_DATABASE_URL. ` +
          `No relay will use ${file.RELAY_SQLITE_PATH} from now on. Keep it until events arrive.`,
      });
    });

    it('advises the operator to rename the file if it cannot be marked as moved', async () => {
      const source = openFile(file.RELAY_SQLITE_PATH);
      source.exec('CREATE INDEX relay_moved ON channels (created_at)');
      source.close();
      expect(await runIn(file, 'move', '--to', url, '--yes')).toEqual({
        code: 0,
        output: expect.stringMatching(
          /, and start the relay\. The file could not be marked as moved\. Rename .*\.sqlite, because a relay that uses it would /,
        ),
      });
    });

    it('refuses a database with tables of another application', async () => {
      await execute(url, 'CREATE TABLE products (id integer); CREATE TABLE orders (id integer)');
      expect(await runIn(file, 'move', '--to', url, '--yes')).toMatchObject({
        code: 1,
        output:
          `Nothing was moved. There are tables of another application in the schema ${schemaOf(url)} of the database ` +
          `${nameOf(url)}, such as "orders". Choose an empty database, or an empty schema with ` +
          '"?options=-c%20search_path%3DNAME" at the end of its URL.',
      });
      expect(await tableNames(url)).toHaveLength(2);
      await (await startAdminRelay(file)).stop();
    });

    it('refuses a schema that does not exist', async () => {
      expect(await runIn(file, 'move', '--to', url.replace(schemaOf(url), 'missing'), '--yes')).toMatchObject({
        code: 1,
        output:
          `Nothing was moved. The database ${nameOf(url)} has no schema with the name in the URL. Create the schema, and ` +
          'repeat the command.',
      });
    });

    it('accepts a database that contains only tables of extensions', async () => {
      await execute(url, 'CREATE TABLE projections (id integer); ALTER EXTENSION plpgsql ADD TABLE projections');
      const { code } = await runIn(file, 'move', '--to', url, '--yes');
      await execute(url, 'ALTER EXTENSION plpgsql DROP TABLE projections');
      expect(code).toBe(0);
    });
  });
});
