/** The relay's process: start-up errors, recovery after a kill, graceful stop, and commands. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, describe, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { sign } from '../../wire/signature.ts';
import { freePort } from '../harness/free-port.ts';
import { hasExited, RELAY_MAIN } from '../harness/relay-process.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { openAttempt } from '../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { newUrlPart } from '../webhook-url.ts';

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
  const child = spawn(process.execPath, [RELAY_MAIN, ...args], {
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
  await until(() => run.output().includes('The relay is listening.') || hasExited(run.child));
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
    [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
  ])('prints one line, and exits with code 1, for %j', async (environment, message) => {
    const { code, output } = await runToEnd(environment);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  });

  it('logs at most 60 lines with the same message per minute', async () => {
    const { url, output } = await startListening();
    for (let index = 0; index < 80; index++) {
      const channel = deriveChannel(deriveToken(`${index}`.padEnd(20, 'x'), ORIGIN));
      expect((await postWebhook(url, bodyOf('A'), `/hooks/${channel}/${newUrlPart()}`)).status).toBe(404);
    }
    expect(output().split('not the webhook URL of a registered channel')).toHaveLength(61);
  });

  it.each(['production', 'development'])('stops although its output pipe is closed, with NODE_ENV=%s', async (mode) => {
    const port = String(await freePort());
    const { child } = start({ NODE_ENV: mode, RELAY_PORT: port });
    await until(() =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    child.stdout.destroy();
    child.stderr.destroy();
    await postWebhook(`http://127.0.0.1:${port}`, bodyOf('A'));
    const exit = once(child, 'exit', { signal: AbortSignal.timeout(8_000) });
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  it('refuses a database file that another relay uses', async () => {
    await startListening();
    expect(await runToEnd()).toEqual({ code: 1, output: expect.stringMatching(/^Another process uses [^\n]*\n$/) });
  });

  it('acknowledges no event once its database file is deleted', async () => {
    const path = join(folder, 'deleted');
    const { url } = await startListening({ RELAY_SQLITE_PATH: path });
    await callApi(url, 'PUT', '/channel');
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
    rmSync(path);
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(503);
    await until(async () => (await fetch(`${url}/readyz`)).status === 503);
  });

  it('waits for a database that does not respond, and stops on SIGTERM', async () => {
    const url = `postgres://user:secret-password@127.0.0.1:${await freePort()}/relay`;
    const { child, output } = start({ RELAY_DATABASE_URL: url });
    await until(() => output().includes('The relay is waiting for its store'));
    expect(output()).toContain('no connection (ECONNREFUSED)');
    expect(output()).not.toContain('secret-password');
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  });

  it('waits while the disk is full', async () => {
    // A limit on the file size simulates a full disk.
    const command = 'ulimit -f 1; exec "$@"';
    const args = ['-c', command, 'relay', process.execPath, RELAY_MAIN];
    const child = spawn('bash', args, { env: environmentOf(join(folder, 'full')) });
    children.push(child);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await until(() => output.includes('The relay is waiting for its store') || hasExited(child));
    expect(output).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
  });

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
    await until(() => target.received.length === 3);
    const opened = await Promise.all(target.received.map(({ body }) => openAttempt(body)));
    expect(opened.map(({ body, signature }) => [Buffer.from(body).toString(), signature])).toEqual(
      bodies.map((body) => [body.toString(), sign(body, KEY)]),
    );
    expect(second.output()).not.toContain(TOKEN);
    target.close();
  });

  it('finishes the delivery in progress on SIGTERM, and exits with code 0', async () => {
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
  });

  it('logs readable lines in development', async () => {
    const run = start({ NODE_ENV: '', RELAY_SQLITE_PATH: join(folder, 'dev') });
    await until(() => run.output().includes('The relay is listening.'));
    expect(run.output()).toMatch(/INFO.*: The relay is listening\./);
  });
});

describe('npm run relay -- <command>', () => {
  it('deletes a channel with forget', async () => {
    const file = join(folder, 'forget');
    const environment = { RELAY_SQLITE_PATH: file };
    const { child, url, output } = await startListening(environment);
    await callApi(url, 'PUT', '/channel');
    await postWebhook(url, bodyOf('A'));
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    await until(() => output().includes('The admin socket accepts commands.'));
    const forget = (channel = CHANNEL) => runToEnd(environment, ['forget', channel]);
    const deleted = { code: 0, output: `Deleted the channel ${CHANNEL.slice(0, 8)} and all its data.\n` };
    const nothing = { code: 1, output: expect.stringMatching(/^This relay has no channel with this name\.[^\n]*\n$/) };
    expect(await forget(CHANNEL.slice(0, 8))).toEqual(deleted);
    expect(output()).toContain('An operator deleted a channel and all its data.');
    expect(await forget()).toEqual(nothing);
    expect(await forget('x')).toEqual({
      code: 1,
      output: expect.stringContaining('This is not the name of a channel.'),
    });
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await forget()).toEqual({ code: 1, output: expect.stringMatching(/^No relay is running at [^\n]*\n$/) });
  });

  it('exits with code 2 for a malformed command', async () => {
    expect(await runToEnd({}, ['forget'])).toEqual({
      code: 2,
      output: '"forget" needs a channel. Usage: npm run relay -- forget <channel>\n',
    });
    expect(await runToEnd({}, ['frget'])).toEqual({
      code: 2,
      output: expect.stringContaining('There is no command "frget".'),
    });
  });
});
