/** The relay's process: start-up errors, recovery after a kill, graceful stop, and the `forget` command. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import Database from 'better-sqlite3';

import { sign } from '../../wire/signature.ts';
import { freePort } from '../harness/free-port.ts';
import { hasExited, RELAY_MAIN } from '../harness/relay-process.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { migrate } from '../store/sqlite/migrate.ts';

const folder = mkdtempSync(join(tmpdir(), 'relay-main-'));
const databasePath = join(folder, 'relay.sqlite');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Returns the environment of a relay with this database file. */
const environmentOf = (sqlitePath: string) => ({
  PATH: process.env.PATH,
  NODE_ENV: 'production',
  RELAY_ORIGIN: ORIGIN,
  RELAY_PORT: '0',
  RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
  RELAY_SQLITE_PATH: sqlitePath,
});

function start(environment: Record<string, string> = {}, args: string[] = []) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', RELAY_MAIN, ...args], {
    env: { ...environmentOf(databasePath), ...environment },
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return { child, output: () => output };
}

/** Runs a process until it exits. */
async function runToEnd(environment: Record<string, string> = {}, args: string[] = []) {
  const { child, output } = start(environment, args);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output() };
}

/** Starts a relay and waits until it listens. */
async function startListening(environment: Record<string, string> = {}) {
  const run = start(environment);
  await until(() => run.output().includes('The relay is listening.') || hasExited(run.child), 20_000);
  const port = /"port":(\d+)/.exec(run.output())?.[1];
  if (port === undefined) throw new Error(`The relay did not start: ${run.output()}`);
  return { ...run, url: `http://127.0.0.1:${port}` };
}

/** Registers the sample channel and subscribes a target URL to its events with action `A`. */
async function subscribe(url: string, target_url: string): Promise<void> {
  await callApi(url, 'PUT', '/channel');
  const { status } = await callApi(url, 'POST', '/channel/subscriptions', { target_url, actions: ['A'] });
  expect(status).toBe(200);
}

describe('npm run relay', () => {
  it.each([
    [{ RELAY_ORIGIN: '' }, /^RELAY_ORIGIN is missing\. [^\n]*\n$/],
    [{ RELAY_CHANNELS_FILE: '/no/such/file' }, /^RELAY_CHANNELS_FILE cannot be read \(ENOENT\)\. [^\n]*\n$/],
    [{ RELAY_PORT: 'x' }, /^RELAY_PORT must be a number [^\n]*\n$/],
    [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
  ])('prints one line and exits with 1 on %j', async (environment, message) => {
    const { code, output } = await runToEnd(environment);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  });

  it('refuses a database file that another relay uses', async () => {
    await startListening();
    expect(await runToEnd()).toEqual({ code: 1, output: expect.stringMatching(/^Another process uses [^\n]*\n$/) });
  });

  it('refuses a database file of a development version with other tables', async () => {
    const path = join(folder, 'older');
    const database = new Database(path);
    migrate(database, ['CREATE TABLE channels (id INTEGER);']);
    database.close();
    const message = /^The database was written by a development version [^\n]*\n$/;
    expect(await runToEnd({ RELAY_SQLITE_PATH: path })).toEqual({ code: 1, output: expect.stringMatching(message) });
  });

  it('waits for a database that does not respond, and stops on SIGTERM', async () => {
    const url = `postgres://user:secret-password@127.0.0.1:${await freePort()}/relay`;
    const { child, output } = start({ RELAY_DATABASE_URL: url });
    await until(() => output().includes('The relay is waiting for its store'), 20_000);
    expect(output()).toContain('no connection (ECONNREFUSED)');
    // Several attempts fail in this time, and a line is logged for the first only.
    await sleep(4_500);
    expect(output().trim().split('\n')).toHaveLength(1);
    expect(output()).not.toContain('secret-password');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  }, 30_000);

  it('waits while the disk is full', async () => {
    // A limit on the size of files stands for a full disk.
    const command = 'ulimit -f 1; exec "$@"';
    const args = ['-c', command, 'relay', process.execPath, '--disable-warning=ExperimentalWarning', RELAY_MAIN];
    const child = spawn('bash', args, { env: environmentOf(join(folder, 'full')) });
    children.push(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until(() => output.includes('The relay is waiting for its store') || hasExited(child), 20_000);
    expect(output).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
  }, 30_000);

  it('refuses a port that is in use', async () => {
    const { url } = await startListening();
    const environment = { RELAY_PORT: new URL(url).port, RELAY_SQLITE_PATH: join(folder, 'other') };
    const message = /^The relay cannot listen on RELAY_PORT\. .*EADDRINUSE[^\n]*\n$/;
    expect(await runToEnd(environment)).toEqual({ code: 1, output: expect.stringMatching(message) });
  });

  it('delivers every accepted delivery after a kill and a restart', async () => {
    let isDown = true;
    const target = await startTargetServer((response) => {
      if (isDown) response.destroy();
      else response.end();
    });
    const environment = { RELAY_TARGET_ORIGINS: target.origin };
    const first = await startListening(environment);
    await subscribe(first.url, `${target.origin}/x`);
    const bodies = ['A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) expect((await postWebhook(first.url, body)).status).toBe(202);
    await until(() => target.received.length > 0);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    isDown = false;
    target.received.length = 0;
    const second = await startListening(environment);
    await until(() => target.received.length === 3, 20_000);
    expect(target.received.map(({ body }) => body.toString())).toEqual(bodies.map(String));
    for (const { body, headers } of target.received) expect(headers['webhook-signature']).toBe(sign(body, KEY));
    expect(second.output()).not.toContain(TOKEN);
    target.close();
  }, 60_000);

  it('finishes the delivery in progress on SIGTERM, and exits with 0', async () => {
    let respond: () => void = () => undefined;
    const target = await startTargetServer((response) => {
      respond = () => response.end();
    });
    const { child, url, output } = await startListening({
      RELAY_TARGET_ORIGINS: target.origin,
      RELAY_SQLITE_PATH: join(folder, 'term'),
    });
    await subscribe(url, `${target.origin}/x`);
    await postWebhook(url, bodyOf('A'));
    await until(() => target.received.length === 1);
    child.kill('SIGTERM');
    await until(() => output().includes('Stopping.'));
    await expect(postWebhook(url, bodyOf('A'))).rejects.toThrow();
    respond();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(output()).toContain('Stopped.');
    target.close();
  }, 30_000);

  it('logs readable lines in development', async () => {
    const run = start({ NODE_ENV: '', RELAY_SQLITE_PATH: join(folder, 'dev') });
    await until(() => run.output().includes('The relay is listening.'), 20_000);
    expect(run.output()).toMatch(/INFO.*: The relay is listening\./);
  }, 30_000);
});

describe('npm run relay -- forget', () => {
  it('deletes a channel and all its data', async () => {
    const file = join(folder, 'forget');
    const { child, url } = await startListening({ RELAY_SQLITE_PATH: file });
    await callApi(url, 'PUT', '/channel');
    await postWebhook(url, bodyOf('A'));
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const forget = () => runToEnd({ RELAY_SQLITE_PATH: file }, ['forget', CHANNEL]);
    expect(await forget()).toEqual({ code: 0, output: 'Deleted the channel and all its data.\n' });
    expect(await forget()).toEqual({ code: 0, output: 'This relay has no data for this channel.\n' });
  }, 30_000);

  it('rejects a malformed channel and an unknown command', async () => {
    const malformed = await runToEnd({}, ['forget', 'x']);
    expect(malformed).toEqual({
      code: 1,
      output: expect.stringMatching(/^This is not a valid channel\. Usage[^\n]*\n$/),
    });
    expect(await runToEnd({}, ['frget'])).toEqual({
      code: 2,
      output: expect.stringContaining('There is no command "frget".'),
    });
  });
});
