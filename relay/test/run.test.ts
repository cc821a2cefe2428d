/** A relay's process: its start without a database, its stop, its warnings, and the secrets that its log leaves out. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { sign } from '../../wire/signature.ts';
import { freePort } from '../harness/free-port.ts';
import { callApi, hookPath, postWebhook } from '../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, REGISTRATION_SECRET, TOKEN } from '../harness/sample-delivery.ts';
import { startTargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { MIN_PAUSE_MS } from '../monitoring/pauses.ts';
import { newUrlPart } from '../webhook-url.ts';
import { openConnection } from './support/raw-connection.ts';
import { spawnedRelays } from './support/spawned-relays.ts';

const { spawnRelay, startListening, newStore, keepNewest } = spawnedRelays();

/** Registers the sample channel, and subscribes a target URL to its events with action `A`. */
async function subscribe(url: string, target_url: string): Promise<void> {
  await callApi(url, 'PUT', '/channel');
  const { status } = await callApi(url, 'POST', '/channel/subscriptions', { target_url, actions: ['A'] });
  expect(status).toBe(200);
}

it.each(['production', 'development'])(
  'a relay stops although its output pipe is closed, with NODE_ENV=%s',
  async (mode) => {
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
  },
);

it('a relay waits for a database that does not respond, and stops on SIGTERM', async () => {
  const url = `postgres://user:secret-password@127.0.0.1:${await freePort()}/relay`;
  const { child, output, prints } = spawnRelay({ RELAY_DATABASE_URL: url });
  await prints('The relay is waiting for its store');
  expect(output()).toContain('no connection (ECONNREFUSED)');
  expect(output()).not.toContain('secret-password');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('a relay warns of a store in a container without a volume', async () => {
  // On some machines, the temporary folder is in memory, and the warning says so.
  const lost =
    / is in (?:the container itself, not on a volume|memory \(\w+\)), so [^\n]* deletes all channels and events/;
  const { output } = await startListening({ ...newStore(), KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(output()).toMatch(lost);
});

it('a relay logs and counts a pause in which the process did not run', async () => {
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

it('a relay finishes the delivery in progress on SIGTERM, and exits with code 0', async () => {
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
    keepNewest();
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

  it('logs at most 60 lines with the same message per minute', async () => {
    const { url, output } = relay;
    for (let index = 0; index < 80; index++) {
      const channel = deriveChannel(deriveToken(`${index}`.padEnd(20, 'x'), ORIGIN));
      expect((await postWebhook(url, bodyOf('A'), `/hooks/${channel}/${newUrlPart()}`)).status).toBe(404);
    }
    const parts = () => output().split('not the webhook URL of a registered channel');
    await until(() => parts().length > 60);
    expect(parts()).toHaveLength(61);
  });
});
