/** The relay's process: start-up errors, a full disk, graceful stop, and commands. */

import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { freePort } from '../harness/free-port.ts';
import { randomText } from '../harness/random-text.ts';
import { callApi, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, ORIGIN } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { newUrlPart } from '../webhook-url.ts';
import { fileLimit, killAfterEach, runToEnd, spawnRelay, startListening } from './spawned-relay.ts';
import { temporaryFolder } from './temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;
const newStore = () => ({ RELAY_SQLITE_PATH: join(folder, `${++count}.sqlite`) });
killAfterEach();

/** Registers the sample channel, and subscribes a target URL to its events with action `A`. */
async function subscribe(url: string, target_url: string): Promise<void> {
  await callApi(url, 'PUT', '/channel');
  const { status } = await callApi(url, 'POST', '/channel/subscriptions', { target_url, actions: ['A'] });
  expect(status).toBe(200);
}

it.each([
  [{ RELAY_ORIGIN: '' }, /^RELAY_ORIGIN is missing\. [^\n]*\n$/],
  [{ RELAY_CHANNELS_FILE: '/no/such/file' }, /^RELAY_CHANNELS_FILE cannot be read \(ENOENT\)\. [^\n]*\n$/],
  [{ RELAY_SQLITE_PATH: '/no/such/folder/x' }, /^Can't use \/no\/such\/folder\/x as a database: [^\n]*\n$/],
])('prints one line, and exits with code 1, for %j', async (environment, message) => {
  expect(await runToEnd({ ...newStore(), ...environment })).toEqual({
    code: 1,
    output: expect.stringMatching(message),
  });
});

it('refuses a database file or a port that another relay uses, and logs at most 60 lines with the same message per minute', async () => {
  const store = newStore();
  const { url, output } = await startListening(store);
  const used = /^Another process uses [^\n]*\n$/;
  expect(await runToEnd(store)).toEqual({ code: 1, output: expect.stringMatching(used) });
  const inUse = /^The relay cannot listen on RELAY_PORT\. .*EADDRINUSE[^\n]*\n$/;
  const environment = { ...newStore(), RELAY_PORT: new URL(url).port };
  expect(await runToEnd(environment)).toEqual({ code: 1, output: expect.stringMatching(inUse) });

  for (let index = 0; index < 80; index++) {
    const channel = deriveChannel(deriveToken(`${index}`.padEnd(20, 'x'), ORIGIN));
    expect((await postWebhook(url, bodyOf('A'), `/hooks/${channel}/${newUrlPart()}`)).status).toBe(404);
  }
  expect(output().split('not the webhook URL of a registered channel')).toHaveLength(61);
});

it.each(['production', 'development'])('stops although its output pipe is closed, with NODE_ENV=%s', async (mode) => {
  const port = String(await freePort());
  const { child, output, prints } = spawnRelay({ ...newStore(), NODE_ENV: mode, RELAY_PORT: port });
  await prints('The relay is listening.');
  if (mode === 'development') expect(output()).toMatch(/INFO.*: The relay is listening\./);
  child.stdout.destroy();
  child.stderr.destroy();
  await postWebhook(`http://127.0.0.1:${port}`, bodyOf('A'));
  const exit = once(child, 'exit', { signal: AbortSignal.timeout(8_000) });
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
});

it('acknowledges no event once its database file is deleted', async () => {
  const store = newStore();
  const { url } = await startListening(store);
  await callApi(url, 'PUT', '/channel');
  expect((await postWebhook(url, bodyOf('A'))).status).toBe(202);
  rmSync(store.RELAY_SQLITE_PATH);
  expect((await postWebhook(url, bodyOf('A'))).status).toBe(503);
  await until(async () => (await fetch(`${url}/readyz`)).status === 503);
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

it('refuses webhooks, is not ready, and reports this in its metrics when the disk becomes full', async () => {
  // There is room for the tables and some deliveries.
  const { url } = await startListening(newStore(), [], fileLimit(2_000));
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
  expect(await readiness()).toEqual([503, '0']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
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

it('carries out commands while it runs', async () => {
  const store = newStore();
  const { url, output, prints } = await startListening(store);
  await callApi(url, 'PUT', '/channel');
  await prints('The admin socket accepts commands.');
  const forget = (...args: string[]) => runToEnd(store, ['forget', ...args]);
  const short = CHANNEL.slice(0, 8);
  expect(await forget(short)).toEqual({ code: 0, output: `Deleted the channel ${short} and all its data.\n` });
  expect(output()).toContain('An operator deleted a channel and all its data.');
  const usage = '"forget" needs a channel. Usage: npm run relay -- forget <channel>\n';
  expect(await forget()).toEqual({ code: 2, output: usage });
});
