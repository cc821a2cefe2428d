/** Caddy with `deploy/Caddyfile` in front of a relay: forwarded requests, blocked requests and logs. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';

import { deriveChannel, deriveToken } from '../../wire/capability.ts';
import { LINKS_PATH } from '../../wire/link-api.ts';
import { CHANNEL_PATH, HOOKS_PATH, REGISTRATION_SECRET_HEADER, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { freePort } from '../../relay/harness/free-port.ts';
import { openAttempt } from '../../relay/harness/opened-deliveries.ts';
import { randomText } from '../../relay/harness/random-text.ts';
import { startRelayProcess, type RelayProcess } from '../../relay/harness/relay-process.ts';
import { callApi, hookPath } from '../../relay/harness/relay-requests.ts';
import {
  bodyOf,
  CHANNEL,
  KEY,
  ORIGIN,
  OTHER_CHANNEL,
  OTHER_TOKEN,
  REGISTRATION_SECRET,
  TOKEN,
} from '../../relay/harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../../relay/harness/target-server.ts';
import { until } from '../../relay/harness/until.ts';
import { startCaddy, type CaddyProcess } from '../../relay/test/support/caddy-process.ts';
import { whereAvailable } from '../../relay/test/support/required-tool.ts';

const MB = 1_000_000;

const describeWithCaddy = whereAvailable(
  describe,
  spawnSync('caddy', ['version']).status === 0,
  'the tests of deploy/Caddyfile',
  'Install Caddy (Debian: apt-get install caddy).',
);

describeWithCaddy('deploy/Caddyfile', () => {
  let folder: string;
  let relay: RelayProcess;
  let target: TargetServer;
  let caddy: CaddyProcess;
  const agents: Agent[] = [];
  let client: Agent;
  let hook: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'caddy-'));
    const port = await freePort();
    target = await startTargetServer();
    const environment = {
      RELAY_ORIGIN: ORIGIN,
      RELAY_SQLITE_PATH: join(folder, 'relay.sqlite'),
      RELAY_TARGET_ORIGINS: target.origin,
      LOG_LEVEL: 'trace',
    };
    [relay, caddy] = await Promise.all([
      startRelayProcess({ port, environment, logPath: join(folder, 'relay.log') }),
      startCaddy(folder, port),
    ]);
    client = clientFrom('127.0.0.1');
    await callApi(relay.url, 'PUT', CHANNEL_PATH);
    hook = hookPath(relay.url);
    await callApi(relay.url, 'POST', SUBSCRIPTIONS_PATH, { target_url: `${target.origin}/zap`, actions: ['A'] });
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    await caddy.stop();
    await relay.kill('SIGKILL');
    target.close();
    rmSync(folder, { recursive: true });
  });

  /** Returns a client that uses HTTP/1.1, as TutorCruncher does, and connects from an address of this machine. */
  function clientFrom(localAddress: string): Agent {
    const connect = { ca: caddy.ca, servername: new URL(ORIGIN).hostname };
    const agent = new Agent({ localAddress, allowH2: false, connect });
    agents.push(agent);
    return agent;
  }

  /** Opens a connection from an address of this machine, so that a test can write HTTP by hand. */
  const connectFrom = (localAddress: string) =>
    connectTls({
      socket: connect({ host: '127.0.0.1', port: caddy.port, localAddress }),
      ca: caddy.ca,
      servername: new URL(ORIGIN).hostname,
    });

  /** Returns the head of a POST request with a body of 60,000 bytes. */
  const slowHead = (path: string, header: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: ${new URL(ORIGIN).hostname}\r\nContent-Type: application/json\r\n${header}` +
    'Content-Length: 60000\r\n\r\n';

  interface Sent {
    readonly method?: 'GET' | 'POST' | 'PUT';
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Buffer | string | Readable;
    readonly from?: Agent;
  }

  async function send(path: string, { method = 'GET', headers = {}, body, from = client }: Sent = {}) {
    const response = await request(`https://127.0.0.1:${caddy.port}${path}`, {
      method,
      headers: { host: new URL(ORIGIN).hostname, ...headers },
      body: body ?? null,
      dispatcher: from,
    });
    return { status: response.statusCode, headers: response.headers, text: await response.body.text() };
  }

  const sendWebhook = (body: Buffer | Readable) => {
    const signature = sign(Buffer.isBuffer(body) ? body : Buffer.alloc(0), KEY);
    const headers = { 'content-type': 'application/json', [SIGNATURE_HEADER]: signature };
    return send(hook, { method: 'POST', headers, body });
  };

  it('forwards bodies, signatures and tokens unchanged', async () => {
    expect((await send(CHANNEL_PATH, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
    const text = bodyOf('A').toString();
    const bodies = [
      text,
      `\n${text.replaceAll(' ', '  ')}\r\n`,
      text.replace('Lesson', 'Leçon \\u00e9 \u{1f600}'),
      // A relay accepts bodies of up to 10 MB.
      text.replace('{', `{"text": "${randomText(6 * MB)}", `),
    ].map((body) => Buffer.from(body));
    for (const body of bodies) expect((await sendWebhook(body)).status).toBe(202);
    await until(() => target.received.length >= bodies.length);
    const opened = await Promise.all(target.received.map(({ body }) => openAttempt(body)));
    for (const [index, { body, signature }] of opened.entries()) {
      expect(bodies[index]?.equals(body)).toBe(true);
      expect(signature).toBe(sign(Buffer.from(body), KEY));
    }
  });

  it.each(['https', 'http'] as const)(
    'responds with 431 to headers that the relay would not accept: %s',
    async (scheme) => {
      const headers = { host: new URL(ORIGIN).hostname, 'x-large': '' };
      const statusOf = async (bytes: number) => {
        const {
          statusCode,
          headers: received,
          body,
        } = await request(`${scheme}://127.0.0.1:${scheme === 'https' ? caddy.port : caddy.httpPort}/healthz`, {
          headers: { ...headers, 'x-large': 'x'.repeat(bytes) },
          dispatcher: client,
        });
        // The body shows that Caddy has responded, because the relay's own 431 response has an empty body.
        return [statusCode, received.location, (await body.text()).startsWith('431')];
      };
      const accepted = scheme === 'https' ? [200, undefined, false] : [301, `${ORIGIN}/healthz`, false];
      expect(await statusOf(14_000)).toEqual(accepted);
      expect(await statusOf(30_000)).toEqual([431, undefined, true]);
    },
  );

  it('responds with 413 to a body over 10 MB, with or without a Content-Length', async () => {
    const pieces = Readable.from(Array.from({ length: 12 }, () => Buffer.alloc(MB, 'x')));
    for (const body of [Buffer.alloc(10.5 * MB, 'x'), Buffer.alloc(12 * MB, 'x'), pieces]) {
      expect((await sendWebhook(body)).status).toBe(413);
    }
    expect((await sendWebhook(bodyOf('B'))).status).toBe(202);
  });

  it('hides the metrics from the internet, regardless of the spelling of the path', async () => {
    const direct = await request(`${relay.url}/metrics`);
    expect(await direct.body.text()).toContain('relay_ready');
    const paths = ['/metrics', '/metrics?a=b', '/metrics/', '//metrics', '/%6detrics', '/METRICS', '/x/../metrics'];
    for (const path of paths) {
      const { status, text } = await send(path);
      expect([path, status, text.includes('relay_ready')]).toEqual([path, 404, false]);
    }
    // A client can name headers that a proxy must not pass on. Caddy removes these headers before it adds its own.
    const own = 'X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, Forwarded, Via';
    const socket = connectFrom('127.0.0.1');
    socket.write(`GET /metrics HTTP/1.1\r\nHost: ${new URL(ORIGIN).hostname}\r\nConnection: close, ${own}\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('forwards the address of the client, and ignores the address that the client claims', async () => {
    const remaining = async (from: Agent, headers = {}): Promise<number> =>
      Number((await send(CHANNEL_PATH, { from, headers })).headers['x-ratelimit-remaining']);
    const [first, second] = [clientFrom('127.0.0.2'), clientFrom('127.0.0.3')];
    const limit = await remaining(first);
    expect(await remaining(first)).toBe(limit - 1);
    expect(await remaining(first, { 'x-forwarded-for': '192.0.2.1' })).toBe(limit - 2);
    expect(await remaining(second)).toBe(limit);
    expect(JSON.parse((await send('/readyz')).text)).toEqual({ status: 'ready', proxy: 'trusted' });
  });

  /** Opens 500 connections from six addresses with the beginnings of slow bodies, and sends 21 webhooks meanwhile. */
  async function sendBeside(heads: readonly string[]): Promise<number[]> {
    const body = '{'.padEnd(60_000);
    // Caddy forwards the head of a request to the relay together with the first 4 kB of the body.
    const beginnings = heads.flatMap((head) => [`${head}${body.slice(0, 5_000)}`, `${head}{`]);
    const sockets = Array.from({ length: 500 }, (_, index) => {
      const socket = connectFrom(`127.0.0.${2 + (index % 6)}`);
      socket.on('error', () => undefined).write(beginnings[index % beginnings.length] ?? '');
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
    const responses = await Promise.all(Array.from({ length: 20 }, () => sendWebhook(bodyOf('B'))));
    responses.push(await sendWebhook(bodyOf('B')));
    for (const socket of sockets) socket.destroy();
    return responses.map(({ status }) => status);
  }

  it('lets webhooks through while strangers at six addresses send 500 slow bodies', async () => {
    const statuses = await sendBeside([
      slowHead(LINKS_PATH, ''),
      slowHead(SUBSCRIPTIONS_PATH, `Authorization: Bearer ${OTHER_TOKEN}\r\n`),
      slowHead(`${HOOKS_PATH}/${OTHER_CHANNEL}/contractor`, ''),
      slowHead('/nothing', ''),
    ]);
    expect(statuses).toEqual(Array(21).fill(202));
  });

  it.each([2, 10])(
    'lets webhooks through while strangers send slow bodies to the URLs of %d other channels',
    async (count) => {
      const paths: string[] = [];
      for (let index = 0; index < count; index++) {
        const token = deriveToken(`${KEY} ${count} ${index}`, ORIGIN);
        await callApi(relay.url, 'PUT', CHANNEL_PATH, undefined, token);
        paths.push(hookPath(relay.url, deriveChannel(token)));
      }
      const signature = `${SIGNATURE_HEADER}: ${'a'.repeat(64)}\r\n`;
      expect(await sendBeside(paths.map((path) => slowHead(path, signature)))).toEqual(Array(21).fill(202));
    },
  );

  it('responds with 502 while no relay is running, and logs no channel, token, secret or signature', async () => {
    await relay.kill('SIGKILL');
    const failures = () => caddy.log().split('"status":502').length;
    const before = failures();
    const body = bodyOf('B');
    const headers = { authorization: `Bearer ${OTHER_TOKEN}`, [REGISTRATION_SECRET_HEADER]: REGISTRATION_SECRET };
    const responses = await Promise.all([
      sendWebhook(body),
      send(CHANNEL_PATH, { method: 'PUT', headers, body: '{}' }),
      send(`${HOOKS_PATH}/${OTHER_CHANNEL}/contractor`, { method: 'POST', body: '{}' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(failures() - before).toBe(3);
    const secrets = [hook, CHANNEL, OTHER_CHANNEL, TOKEN, OTHER_TOKEN, REGISTRATION_SECRET, sign(body, KEY)];
    expect(secrets.filter((secret) => caddy.log().includes(secret))).toEqual([]);
    const relayLog = readFileSync(join(folder, 'relay.log'), 'utf8');
    expect(secrets.filter((secret) => relayLog.includes(secret))).toEqual([]);
  });
});
