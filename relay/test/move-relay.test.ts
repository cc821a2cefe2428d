/** The command `move`, between a relay with a SQLite file and one with a PostgreSQL database. */

import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { openAttempt } from '../harness/opened-deliveries.ts';
import { postWebhook } from '../harness/relay-requests.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { runCommand } from '../admin/run-command.ts';
import { AdminRelay, temporaryFolder } from './admin-relay.ts';
import { describeWithDatabase, startTestDatabase, type TestDatabase } from './test-database.ts';

/** Runs a command in an environment. */
async function run(environment: NodeJS.ProcessEnv, ...args: string[]) {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  return { code: await runCommand(args, environment, { log: print, error: print }), output: lines.join('\n') };
}

/** Returns the name, host and port of a database. */
function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${pathname.slice(1)} on ${hostname}:${port || 5432}`;
}

/** Returns a body with an event about lesson 7, some minutes after an hour. */
const eventAt = (minutes: number): Buffer =>
  Buffer.from(
    `{"events": [{"action": "A", "timestamp": "2026-06-10T17:${minutes}:00.000000Z", "subject": {"model": "Lesson", "id": 7}}]}`,
  );

describe('npm run relay -- move without a database', () => {
  it.each([
    ['mysql://relay:secret@x/y', '--to is not a PostgreSQL URL.'],
    ['postgres://relay:secret@x/y', 'There is no SQLite file at /no/relay.sqlite.'],
  ])('fails without quoting the URL: %s', async (url, message) => {
    const { code, output } = await run({ RELAY_SQLITE_PATH: '/no/relay.sqlite' }, 'move', '--to', url);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(message) });
    expect(output).not.toContain('secret');
  });

  it.each([
    [{}, '"move" needs the URL of a database. Set RELAY_DATABASE_URL to it, or add --to <url>.'],
    [{ RELAY_DATABASE_URL: 'mysql://x/y' }, 'RELAY_DATABASE_URL is not a PostgreSQL URL.'],
    [{ RELAY_DATABASE_URL: 'postgres://x/y' }, 'There is no SQLite file at /no/relay.sqlite.'],
  ])('uses the database of the environment by default: %j', async (environment, message) => {
    const { code, output } = await run({ RELAY_SQLITE_PATH: '/no/relay.sqlite', ...environment }, 'move');
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(message) });
  });
});

describeWithDatabase('npm run relay -- move', () => {
  const folder = temporaryFolder();
  let database: TestDatabase;
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(async () => {
    await database.stop();
    folder.remove();
  });

  it('lets a relay on the database deliver the events that waited in the file', async () => {
    let status = 200;
    const target = await startTargetServer((response) => {
      response.statusCode = status;
      response.end();
    });
    const bodies = async () =>
      Promise.all(target.received.map(async ({ body }) => (await openAttempt(body)).body.toString()));
    const shared = {
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_ADMIN_SOCKET: join(folder.path, 'a.sock'),
    };
    const file = { ...shared, RELAY_SQLITE_PATH: join(folder.path, 'a.sqlite') };
    const url = await database.newSchema();
    const [delivered, dead, waiting] = [eventAt(10), eventAt(20), eventAt(30)];

    const before = await AdminRelay.start(file);
    const id = await before.subscribe(target.origin);
    await postWebhook(before.url, delivered);
    await until(() => target.received.length === 1);
    status = 500;
    await postWebhook(before.url, dead);
    await until(async () => JSON.stringify(await before.json('subscriptions')).includes('HTTP 500'));
    expect((await before.run(`skip ${id}`)).code).toBe(0);
    expect((await before.run(`pause ${id}`)).code).toBe(0);
    await postWebhook(before.url, waiting);
    const channels = await before.json('channels');
    expect(channels).toMatchObject({ channels: [{ waiting: 1, dead_letters: 1, paused: 1 }] });
    await before.stop();

    expect(await run(file, 'move', '--to', url)).toEqual({
      code: 0,
      output:
        `Moved 1 channel, 1 subscription, 3 stored requests and 1 dead letter into the database ${nameOf(url)}.\n` +
        'Set RELAY_DATABASE_URL to the database, and start the relay. ' +
        `No relay will use ${file.RELAY_SQLITE_PATH} from now on. Keep it until events arrive.`,
    });
    await expect(AdminRelay.start(file)).rejects.toThrow(/was moved to a PostgreSQL database/);

    const after = await AdminRelay.start({ ...shared, RELAY_DATABASE_URL: url });
    try {
      expect(await after.json('channels')).toEqual(channels);
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

  it('names the database of RELAY_DATABASE_URL, without the credentials, and does not advise to set the variable', async () => {
    const file = { RELAY_ADMIN_SOCKET: join(folder.path, 'b.sock'), RELAY_SQLITE_PATH: join(folder.path, 'b.sqlite') };
    await (await AdminRelay.start(file)).stop();
    const url = await database.newSchema();
    expect(await run({ ...file, RELAY_DATABASE_URL: url }, 'move')).toEqual({
      code: 0,
      output:
        'Moved 0 channels, 0 subscriptions, 0 stored requests and 0 dead letters ' +
        `into the database ${nameOf(url)}.\nStart the relay with the same RELAY_DATABASE_URL. ` +
        `No relay will use ${file.RELAY_SQLITE_PATH} from now on. Keep it until events arrive.`,
    });
  });
});
