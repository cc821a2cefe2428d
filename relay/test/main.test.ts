/** The relay's process: start-up errors, a full disk, graceful stop, commands, and secrets in the log. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { sign } from '../../wire/signature.ts';
import { freePort } from '../harness/free-port.ts';
import { randomText } from '../harness/random-text.ts';
import { hasExited, RELAY_MAIN } from '../harness/relay-process.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { MIN_PAUSE_MS } from '../monitoring/pauses.ts';
import { newUrlPart } from '../webhook-url.ts';
import { openConnection } from './support/raw-connection.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

type Environment = Readonly<Record<string, string>>;

const children: ChildProcess[] = [];
/**
 * The beginning of a command with a limit on the size of files, which simulates a full disk: writes fail in the same
 * way.
 */
const fileLimit = (kilobytes: number) => ['bash', '-c', `ulimit -f ${kilobytes}; exec "$@"`, 'relay'];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a relay, or runs a command with arguments. */
function spawnRelay(environment: Environment, args: readonly string[] = [], wrapper: readonly string[] = []) {
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, RELAY_MAIN, ...args];
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    RELAY_ORIGIN: ORIGIN,
    RELAY_PORT: '0',
    RELAY_REGISTRATION_SECRET: REGISTRATION_SECRET,
    ...environment,
  };
  const child = spawn(command, rest, { env });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const prints = async (text: string) => {
    await until(() => output.includes(text) || hasExited(child));
    if (!output.includes(text)) throw new Error(`The relay did not print "${text}", but: ${output}`);
  };
  return { child, output: () => output, prints };
}

/** Runs a process until it exits. */
async function runToEnd(...options: Parameters<typeof spawnRelay>) {
  const { child, output } = spawnRelay(...options);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output() };
}

/** Starts a relay. Resolves once the relay listens. */
async function startListening(...options: Parameters<typeof spawnRelay>) {
  const run = spawnRelay(...options);
  await run.prints('The relay is listening.');
  const port = Number(/"port":(\d+)/.exec(run.output())?.[1]);
  return { ...run, port, url: `http://127.0.0.1:${port}` };
}

const folder = temporaryFolder();
let count = 0;
const newStore = () => ({ RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`) });

/** Registers the sample channel, and subscribes a target URL to its events with action `A`. */
async function subscribe(url: string, target_url: string): Promise<void> {
  await callApi(url, 'PUT', '/channel');
  const { status } = await callApi(url, 'POST', '/channel/subscriptions', { target_url, actions: ['A'] });
  expect(status).toBe(200);
}

it.each([
  [{ RELAY_ORIGIN: '' }, /^RELAY_ORIGIN is missing\. [^\n]*\n$/],
  [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
])('prints one line, and exits with code 1, for %j', async (environment, message) => {
  expect(await runToEnd({ ...newStore(), ...environment })).toEqual({
    code: 1,
    output: expect.stringMatching(message),
  });
});

it.each(['production', 'development'])('stops although its output pipe is closed, with NODE_ENV=%s', async (mode) => {
  const port = String(await freePort());
  const { child, output, prints } = spawnRelay({ ...newStore(), NODE_ENV: mode, RELAY_PORT: port });
  await prints('The relay is listening.');
  if (mode === 'development') expect(output()).toMatch(/INFO.*: The relay is listening\./);
  child.stdout.destroy();
  child.stderr.destroy();
  await postWebhook(`http://127.0.0.1:${port}`, bodyOf('A'));
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

it('waits for a database that does not respond, and stops on SIGTERM', async () => {
  const url = `postgres://user:secret-password@127.0.0.1:${await freePort()}/relay`;
  const { child, output, prints } = spawnRelay({ RELAY_DATABASE_URL: url });
  await prints('The relay is waiting for its store');
  expect(output()).toContain('no connection (ECONNREFUSED)');
  expect(output()).not.toContain('secret-password');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('waits while the disk is full', async () => {
  const { output, prints } = spawnRelay(newStore(), [], fileLimit(1));
  await prints('The relay is waiting for its store');
  expect(output()).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
});

it('waits while the disk is full after a crash, which has left claims to end', async () => {
  const store = newStore();
  const { child, url } = await startListening(store);
  await callApi(url, 'PUT', '/channel');
  child.kill('SIGKILL');
  await once(child, 'exit');
  // The write-ahead log can be read, but cannot grow.
  const { size } = statSync(`${store.RELAY_SQLITE_PATH}-wal`);
  const { output, prints } = spawnRelay(store, [], fileLimit(Math.ceil(size / 1024)));
  await prints('The relay is waiting for its store');
  expect(output()).toMatch(/Can't use [^\n]* The relay is waiting for its store/);
});

it('refuses webhooks, is not ready, and reports this in its metrics when the disk becomes full', async () => {
  // There is room for the tables and some deliveries.
  const { url, prints } = await startListening(newStore(), [], fileLimit(2_000));
  const readiness = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return [(await fetch(`${url}/readyz`)).status, /^relay_ready (\d)$/m.exec(metrics)?.[1]];
  };
  expect(await readiness()).toEqual([200, '1']);
  expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
  let status = 202;
  for (let webhook = 0; status === 202 && webhook < 200; webhook++) {
    status = (await postWebhook(url, bodyOf('A', randomText(50_000)))).status;
  }
  expect(status).toBe(503);
  await prints('Storing a delivery failed.');
  expect(await readiness()).toEqual([503, '0']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('warns of a store in a container without a volume', async () => {
  // On some machines, the temporary folder is in memory.
  const lost =
    / is in (?:the container itself, not on a volume|memory \(\w+\)), so [^\n]* deletes all channels and events/;
  const { output } = await startListening({ ...newStore(), KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(output()).toMatch(lost);
});

it('logs and counts a pause in which the process did not run', async () => {
  const { child, url, prints, output } = await startListening(newStore());
  const pauses = async () => /^relay_pauses_total (\d)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1];
  expect(await pauses()).toBe('0');
  child.kill('SIGSTOP');
  await sleep(MIN_PAUSE_MS + 2_000);
  child.kill('SIGCONT');
  await prints('The relay did not run for a while, so webhooks failed.');
  expect(output()).toMatch(/"since":"20\d\d-[^"]*Z","seconds":1\d,/);
  expect(await pauses()).toBe('1');
});

it('finishes the delivery in progress on SIGTERM, and exits with code 0', async () => {
  let respond: () => void = () => undefined;
  const target = await startTargetServer((response) => {
    respond = () => response.end();
  });
  const { child, url, prints } = await startListening({ ...newStore(), RELAY_TARGET_ORIGINS: target.origin });
  await subscribe(url, `${target.origin}/x`);
  await postWebhook(url, bodyOf('A'));
  await until(() => target.received.length === 1);
  child.kill('SIGTERM');
  await prints('Stopping.');
  await expect(postWebhook(url, bodyOf('A'))).rejects.toThrow();
  respond();
  expect(await once(child, 'exit')).toEqual([0, null]);
  await prints('Stopped.');
  target.close();
});

describe('a relay that logs at the level trace', () => {
  const store = newStore();
  let relay: Awaited<ReturnType<typeof startListening>>;

  beforeAll(async () => {
    relay = await startListening({ ...store, LOG_LEVEL: 'trace' });
    // Runs until the end of these tests.
    children.pop();
  });
  afterAll(() => {
    relay.child.kill('SIGKILL');
  });

  it('logs no token, registration secret, signature or body for any request', async () => {
    const { url, output } = relay;
    const NAME = 'Araminta Quill';
    const body = Buffer.from(bodyOf('A').toString().replace('{', `{"name": "${NAME}", `));
    const signature = sign(body, KEY);
    expect((await callApi(url, 'PUT', '/channel')).status).toBe(200);
    const urlPart = hookPath(url).split('/').at(-1) ?? '';
    const head = `POST ${hookPath(url)} HTTP/1.1\r\nHost: x\r\nWebhook-Signature: ${signature}\r\nAuthorization: Bearer ${TOKEN}\r\nRelay-Registration-Secret: ${REGISTRATION_SECRET}\r\n`;

    expect((await callApi(url, 'PUT', '/channel', undefined, TOKEN, 'another-secret')).status).toBe(200);
    expect((await postWebhook(url, body)).status).toBe(202);
    // Malformed HTTP: a header without a colon, invalid chunks, a truncated body, and headers that are too long.
    expect(await openConnection(url, `${head}no colon\r\n\r\n${String(body)}`).status()).toBe('400');
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${NAME}\r\n${String(body)}`;
    expect(await openConnection(url, chunked).status()).toBe('400');
    expect(await openConnection(url, `${head}X: ${'x'.repeat(20_000)}\r\n\r\n`).status()).toBe('431');
    await callApi(url, 'POST', '/channel/subscriptions', { target_url: NAME, actions: [TOKEN] });
    await fetch(`${url}/channel/${TOKEN}?name=${encodeURIComponent(NAME)}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    for (const secret of [
      TOKEN,
      REGISTRATION_SECRET,
      signature,
      NAME,
      CHANNEL,
      urlPart,
      Buffer.from(NAME).toString('base64'),
    ]) {
      expect(output()).not.toContain(secret);
    }
    // A Buffer appears in a log line as a list of numbers.
    expect(output()).not.toContain([...Buffer.from(NAME)].join(','));
  });

  it('refuses a database file or a port that another relay uses, and logs at most 60 lines with the same message per minute', async () => {
    const { url, output } = relay;
    const used = /^Another process uses [^\n]*\n$/;
    expect(await runToEnd(store)).toEqual({ code: 1, output: expect.stringMatching(used) });
    const inUse = /^The relay cannot listen on its port\. .*EADDRINUSE[^\n]*\n$/;
    const environment = { ...newStore(), RELAY_PORT: new URL(url).port };
    expect(await runToEnd(environment)).toEqual({ code: 1, output: expect.stringMatching(inUse) });

    for (let index = 0; index < 80; index++) {
      const channel = deriveChannel(deriveToken(`${index}`.padEnd(20, 'x'), ORIGIN));
      expect((await postWebhook(url, bodyOf('A'), `/hooks/${channel}/${newUrlPart()}`)).status).toBe(404);
    }
    const parts = () => output().split('not the webhook URL of a registered channel');
    await until(() => parts().length > 60);
    expect(parts()).toHaveLength(61);
  });

  it('carries out commands while it runs', async () => {
    const { url, output, prints } = relay;
    await callApi(url, 'PUT', '/channel');
    await prints('The admin socket accepts commands.');
    const short = CHANNEL.slice(0, 8);
    const deleted = { code: 0, output: `Deleted the channel ${short} and all its data.\n` };
    expect(await runToEnd(store, ['forget', short])).toEqual(deleted);
    expect(output()).toContain('An operator deleted a channel and all its data.');
  });

  it('acknowledges no event once its database file is deleted', async () => {
    const { url } = relay;
    await callApi(url, 'PUT', '/channel');
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
    rmSync(store.RELAY_SQLITE_PATH);
    expect((await postWebhook(url, bodyOf('A'))).status).toBe(503);
    await until(async () => (await fetch(`${url}/readyz`)).status === 503);
  });
});
