/** The connections of a process: their shares while strangers send slowly, and the order in which they are closed. */

import { once } from 'node:events';
import { promisify } from 'node:util';

import { afterEach, describe, expect, it } from '@jest/globals';

import { deriveChannel } from '../../../wire/capability.ts';
import { CONSOLE_SEND_AGAIN_PATH } from '../../../wire/console-api.ts';
import { LINKS_PATH } from '../../../wire/link-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../../wire/relay-api.ts';
import type { ServerOptions } from '../../http/server-options.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { SECOND } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN } from '../../harness/sample-delivery.ts';
import { durationOf } from '../../harness/shortest-duration.ts';
import { until } from '../../harness/until.ts';
import { closeConnections, headOf, openConnection, openConnectionFrom } from '../support/raw-connection.ts';
import { OTHER_PART, startTestServer, type TestServer } from '../support/test-server.ts';

/** The default limit on connections. */
const MAX_CONNECTIONS = 500;
/**
 * A tenth of the default limit, so that tests reach the limit faster. The shares of channels are proportional to the
 * limit.
 */
const FEW_CONNECTIONS = 50;
const JSON_BODY = 'Content-Type: application/json\r\nContent-Length: 60000';
const bearer = (token: string) => `Authorization: Bearer ${token}\r\n${JSON_BODY}`;

/** Returns the beginning of a request whose body does not arrive. */
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

/** Checks that the server accepts a webhook while strangers have opened as many connections as the limit allows. */
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

  it('while strangers send 500 slow bodies, with the default limit', async () => {
    await start();
    await acceptsBeside(MAX_CONNECTIONS, slow(SUBSCRIPTIONS_PATH, bearer(OTHER_TOKEN)));
  });
});

describe('the connections of a process', () => {
  it('are limited: the connection that has waited longest is closed', async () => {
    await start(10);
    const path = await server.hookPath();
    const post = `${headOf(path, 'Content-Length: 2')}[]`;
    const [idle, silent] = [openConnection(server.url, post), openConnection(server.url)];
    expect(await idle.status()).toBe('202');
    await until(async () => (await connectionCount()) === 2);
    const busy = openConnection(server.url, `${headOf(path, 'Content-Length: 2')}[`);
    await until(async () => (await connectionCount()) === 3);
    // After this request, the silent connection is the connection that has waited longest.
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

  /** Registers channels. Returns a function that starts a webhook of a channel and leaves its body incomplete. */
  async function slowWebhooks(channels: readonly string[]) {
    const { store, url } = server;
    const sealKey = (await store.registration(CHANNEL))?.sealKey ?? Buffer.alloc(0);
    for (const channel of channels) await store.registerChannel(channel, { sealKey, maxChannels: 99, idleMs: 0 }, 0);
    return async (channel: string) => {
      const urlPart = (await store.registration(channel))?.urlPart ?? '';
      return openConnection(url, `${headOf(`/hooks/${channel}/${urlPart}`, 'Content-Length: 2')}[`);
    };
  }

  it('are shared fairly among channels, and a request frees its part of the share when it ends', async () => {
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
    'are freed by the slowest request of the channel that holds the most, if %s channels use up the share',
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
          // The check of the rate is the last check before the admission of a request.
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

describe('connections', () => {
  const untilConnected = async (to: TestServer, count: number) => {
    const getConnections = promisify(to.app.server.getConnections.bind(to.app.server));
    await until(async () => (await getConnections()) === count);
  };

  it('carry one request at a time', async () => {
    await start();
    const hookPath = await server.hookPath();
    const post = (length: number) => `${headOf(hookPath, `Content-Length: ${length}`)}${'['.padEnd(length)}`;
    const { statuses, closed } = openConnection(server.url, post(10) + post(11));
    await closed;
    expect(statuses).toEqual([]);
    expect(await server.post(Buffer.from('[ ]'))).toBe(202);
  });

  it('end with the response to a request that is in progress when the server is stopped', async () => {
    const stopped = await startTestServer();
    await stopped.register();
    const started = once(stopped.app.server, 'request');
    const head = headOf(await stopped.hookPath(), 'Content-Length: 2');
    const { socket, status, received } = openConnection(stopped.url, `${head}[`);
    await started;
    const closing = stopped.close();
    socket.write(']');
    expect(await status()).toBe('202');
    // With this header, Node.js closes the connection after the response, long before the relay's own time limit.
    expect(received()).toMatch(/^connection: close\r$/im);
    await closing;
  });

  it('end 2 seconds after the server is stopped, although a body, a header and a first request do not arrive', async () => {
    const stopped = await startTestServer();
    await stopped.register();
    stopped.app.server.closeAllConnections();
    await untilConnected(stopped, 0);
    const head = headOf(await stopped.hookPath(), 'Content-Length: 5000');
    const unfinished = [`${head}[`, 'POST /hooks', ''].map((text) => openConnection(stopped.url, text));
    await untilConnected(stopped, 3);
    const milliseconds = await durationOf(() => stopped.close());
    expect(milliseconds).toBeGreaterThan(1.9 * SECOND);
    // Node.js itself would close a connection without complete headers after 10 seconds.
    expect(milliseconds).toBeLessThan(9 * SECOND);
    await Promise.all(unfinished.map(({ closed }) => closed));
  });
});
