/** Slow requests of strangers, and the shares of the connections. */

import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../../wire/capability.ts';
import { CONSOLE_SEND_AGAIN_PATH } from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import type { ServerOptions } from '../../http/server-options.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { SECOND } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN, TOKEN } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { closeConnections, headOf, openConnection, openConnectionFrom } from '../support/raw-connection.ts';
import { OTHER_PART, startTestServer, type TestServer } from '../support/test-server.ts';

/** The default limit on connections. */
const MAX_CONNECTIONS = 500;
/** A limit that tests reach ten times faster. The shares of the connections are proportional to the limit. */
const FEW_CONNECTIONS = 50;
const JSON_BODY = 'Content-Type: application/json\r\nContent-Length: 60000';
const bearer = (token: string) => `Authorization: Bearer ${token}\r\n${JSON_BODY}`;

/** The beginning of a request whose body does not arrive. */
const slow = (path: string, header = JSON_BODY, method = 'POST') => `${headOf(path, header).replace('POST', method)}{`;

let server: TestServer;
afterEach(async () => {
  closeConnections();
  await server.close();
});
async function start(maxConnections?: number, options: Partial<ServerOptions> = {}): Promise<void> {
  server = await startTestServer({ ...(maxConnections !== undefined && { maxConnections }), ...options });
  await server.renew();
  server.app.server.closeAllConnections();
  await until(async () => (await connectionCount()) === 0);
}

const connectionCount = () => promisify(server.app.server.getConnections.bind(server.app.server))();

/** Opens connections from three addresses. */
const openMany = (count: number, text: string) =>
  Array.from({ length: count }, (_, index) => openConnectionFrom(`127.0.0.${2 + (index % 3)}`, server.url, text));

/** Checks that the server accepts a webhook while strangers have opened a number of connections, its limit. */
async function acceptsBeside(limit: number, text: string): Promise<void> {
  const opened = openMany(limit, text);
  await Promise.all(opened.map(({ connected }) => connected));
  const webhook = openConnection(server.url, `${headOf(await server.hookPath(), 'Content-Length: 2')}[]`);
  expect(await webhook.status()).toBe('202');
  expect(await connectionCount()).toBeLessThanOrEqual(limit);
}

describe('a webhook to a known channel is accepted', () => {
  it.each<[what: string, text: string]>([
    ['connections without a request', ''],
    ['incomplete headers', 'POST /hooks/x HTTP/1.1\r\nHost: x\r\n'],
    ['connections that are kept for another request', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['slow bodies without a token', slow(LINKS_PATH)],
    ['slow bodies with an unknown token', slow(SUBSCRIPTIONS_PATH, bearer(OTHER_TOKEN))],
    ['slow registrations without the secret', slow('/channel', bearer(OTHER_TOKEN), 'PUT')],
    ['slow bodies to the console without a link', slow(CONSOLE_SEND_AGAIN_PATH, bearer(OTHER_TOKEN))],
    ['slow bodies to unknown paths', slow('/nothing')],
    ['slow webhooks to unknown channels', slow(`/hooks/${OTHER_CHANNEL}/${OTHER_PART}`)],
    ['slow webhooks to unknown URLs of a channel', slow(`/hooks/${CHANNEL}/${OTHER_PART}`)],
  ])('while strangers have opened as many %s as the limit', async (_what, text) => {
    await start(FEW_CONNECTIONS);
    await acceptsBeside(FEW_CONNECTIONS, text);
  });

  it('while strangers have opened 500 slow bodies and the limit is not set', async () => {
    await start();
    await acceptsBeside(MAX_CONNECTIONS, slow(SUBSCRIPTIONS_PATH, bearer(OTHER_TOKEN)));
  });
});

it.each<[what: string, status: string, text: string]>([
  ['without a token', '401', slow(LINKS_PATH)],
  ['with an unknown token', '404', slow(LINKS_PATH, bearer(OTHER_TOKEN))],
  ['that deletes with an unknown token', '404', slow(`${SUBSCRIPTIONS_PATH}/x`, bearer(OTHER_TOKEN), 'DELETE')],
  ['that registers without the secret', '403', slow('/channel', bearer(OTHER_TOKEN), 'PUT')],
  ['without a link', '401', slow(CONSOLE_SEND_AGAIN_PATH)],
  ['to an unknown path', '404', slow('/nothing')],
])('a request %s is refused before its body has arrived, and its connection closed', async (_what, status, text) => {
  await start();
  const { status: received, closed } = openConnection(server.url, text);
  expect(await received()).toBe(status);
  await closed;
});

it('the body of a request with a token has 5 seconds to arrive, and is read byte by byte', async () => {
  await start();
  const dripping = openConnection(server.url, slow(LINKS_PATH, bearer(TOKEN)));
  const drip = setInterval(() => dripping.socket.write(' '), SECOND / 10);
  expect(await durationOf(() => dripping.closed)).toBeGreaterThan(4.9 * SECOND);
  clearInterval(drip);
  expect(dripping.statuses).toEqual([]);
  const text = JSON.stringify({ access_token_hash: 'a'.repeat(43), keys: [], verdict: null });
  const head = headOf(LINKS_PATH, bearer(TOKEN).replace('60000', String(text.length)));
  const inParts = openConnection(server.url, head, ...Array.from(text));
  expect(await inParts.status()).toBe('201');
});

it('the body of a request with a token may have 64 kB, and must be JSON', async () => {
  await start();
  const statusOf = (header: string, body: string) =>
    openConnection(server.url, headOf(LINKS_PATH, header), body).status();
  const json = `Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
  const kb64 = 64 * 1024;
  expect(await statusOf(`${json}Content-Length: ${kb64}`, '{}'.padEnd(kb64))).toBe('400');
  expect(await statusOf(`${json}Content-Length: ${kb64 + 1}`, '{}')).toBe('413');
  const chunk = `${(kb64 + 1).toString(16)}\r\n${'{}'.padEnd(kb64 + 1)}\r\n`;
  expect(await statusOf(`${json}Transfer-Encoding: chunked`, chunk)).toBe('413');
  expect(await statusOf(`Authorization: Bearer ${TOKEN}\r\nContent-Type: text/plain\r\nContent-Length: 2`, '{}')).toBe(
    '415',
  );
});

describe('the connections of a process', () => {
  it('close the one that has waited longest if there are too many', async () => {
    await start(10);
    const path = await server.hookPath();
    const post = `${headOf(path, 'Content-Length: 2')}[]`;
    const [idle, silent] = [openConnection(server.url, post), openConnection(server.url)];
    expect(await idle.status()).toBe('202');
    await until(async () => (await connectionCount()) === 2);
    const busy = openConnection(server.url, `${headOf(path, 'Content-Length: 2')}[`);
    await until(async () => (await connectionCount()) === 3);
    // The first connection has been used again since.
    idle.socket.write(post);
    expect(await idle.status(1)).toBe('202');
    openMany(8, '');
    await silent.closed;
    expect(idle.socket.destroyed).toBe(false);
    openMany(1, '');
    await idle.closed;
    openMany(20, '');
    await until(async () => (await connectionCount()) === 10);
    busy.socket.write(']');
    expect(await busy.status()).toBe('202');
  });

  /** Registers channels. Returns a function that opens a webhook of a channel whose body does not arrive yet. */
  async function slowWebhooks(channels: readonly string[]) {
    const { store, url } = server;
    const sealKey = (await store.registration(CHANNEL))?.sealKey ?? Buffer.alloc(0);
    for (const channel of channels) await store.registerChannel(channel, { sealKey, maxChannels: 99, idleMs: 0 }, 0);
    return async (channel: string) => {
      const urlPart = (await store.registration(channel))?.urlPart ?? '';
      return openConnection(url, `${headOf(`/hooks/${channel}/${urlPart}`, 'Content-Length: 2')}[`);
    };
  }

  it('have a share for each channel, which requests free when they end', async () => {
    await start(10);
    const open = await slowWebhooks([]);
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(CHANNEL)));
    await until(() => opened.some(({ statuses }) => statuses.includes('503')));
    const held = opened.filter(({ statuses }) => statuses.length === 0);
    expect(held).toHaveLength(4);
    expect(await server.metrics()).toMatch(/^relay_ingested_total\{result="busy"\} 1$/m);
    held[0]?.socket.write(']');
    expect(await held[0]?.status()).toBe('202');
    expect(await server.post(bodyOf('A'))).toBe(202);
  });

  it.each([
    ['two', [4, 4]],
    ['three', [2, 4, 2]],
    ['eight', [1, 1, 1, 1, 1, 1, 1, 1]],
  ])(
    'are given by the slowest request of the channel that holds most, if %s channels hold the share',
    async (_count, held) => {
      const rates = createWebhookRates(1_000);
      let taken = 0;
      const take = (channel: string) => {
        taken++;
        return rates.take(channel);
      };
      await start(10, { rates: { take } });
      const channels = held.map((_, index) => deriveChannel(String(index)));
      const open = await slowWebhooks(channels);
      const opened: { readonly channel: string; readonly sent: ReturnType<typeof openConnection> }[] = [];
      for (const [index, channel] of channels.entries()) {
        for (let count = 0; count < (held[index] ?? 0); count++) {
          opened.push({ channel, sent: await open(channel) });
          // The rate is the last check before a request is admitted.
          await until(() => taken === opened.length);
        }
      }
      const most = channels[held.indexOf(Math.max(...held))];
      const slowest = opened.find(({ channel }) => channel === most);
      expect(await server.post(bodyOf('A'))).toBe(202);
      await slowest?.sent.closed;
      const closed = opened.filter(({ sent }) => sent.socket.destroyed);
      expect(closed).toEqual([slowest]);
      const [last] = opened.slice(-1);
      last?.sent.socket.write(']');
      expect(await last?.sent.status()).toBe('202');
    },
  );
});
