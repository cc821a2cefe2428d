/** Caddy with `deploy/Caddyfile` in front of a relay: forwarded requests, blocked requests and logs. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';

import {
  CHANNEL_PATH,
  HOOKS_PATH,
  REGISTRATION_SECRET_HEADER,
  SUBSCRIPTIONS_PATH,
  type ChannelResponse,
} from '../../wire/relay-api.ts';
import { sign, SIGNATURE_HEADER } from '../../wire/signature.ts';
import { freePort } from '../harness/free-port.ts';
import { openAttempt } from '../harness/opened-deliveries.ts';
import { randomText } from '../harness/random-text.ts';
import { startRelayProcess, type RelayProcess } from '../harness/relay-process.ts';
import { REGISTRATION } from '../harness/relay-requests.ts';
import {
  bodyOf,
  CHANNEL,
  KEY,
  ORIGIN,
  OTHER_CHANNEL,
  OTHER_TOKEN,
  REGISTRATION_SECRET,
  TOKEN,
} from '../harness/sample-delivery.ts';
import { startTargetServer, type TargetServer } from '../harness/target-server.ts';
import { until } from '../harness/until.ts';
import { describeWithCaddy, startCaddy, type RunningCaddy } from './running-caddy.ts';

const MB = 1_000_000;

const failuresIn = (log: string): number => log.split('"status":502').length - 1;

describeWithCaddy('deploy/Caddyfile', () => {
  let folder: string;
  let relay: RelayProcess;
  let target: TargetServer;
  let caddy: RunningCaddy;
  const agents: Agent[] = [];

  /** Returns an HTTP/1.1 client like TutorCruncher's that connects from an address of this machine. */
  function clientFrom(localAddress: string): Agent {
    const agent = new Agent({
      localAddress,
      allowH2: false,
      connect: { ca: caddy.ca, servername: new URL(ORIGIN).hostname },
    });
    agents.push(agent);
    return agent;
  }
  let client: Agent;
  let hook: string;

  interface Sent {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
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

  const authorization = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };

  const sendWebhook = (body: Buffer, headers: Readonly<Record<string, string>> = {}) =>
    send(hook, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', [SIGNATURE_HEADER]: sign(body, KEY), ...headers },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'caddy-'));
    mkdirSync(join(folder, 'caddy'));
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
      startCaddy(join(folder, 'caddy'), port),
    ]);
    client = clientFrom('127.0.0.1');
    const registration = await send(CHANNEL_PATH, {
      method: 'PUT',
      headers: { ...authorization, [REGISTRATION_SECRET_HEADER]: REGISTRATION_SECRET },
      body: JSON.stringify(REGISTRATION),
    });
    expect(registration.status).toBe(200);
    hook = new URL((JSON.parse(registration.text) as ChannelResponse).webhook_url).pathname;
    const subscription = await send(SUBSCRIPTIONS_PATH, {
      method: 'POST',
      headers: authorization,
      body: JSON.stringify({ target_url: `${target.origin}/zap`, actions: ['A'] }),
    });
    expect(subscription.status).toBe(200);
  });
  afterAll(async () => {
    await Promise.all(agents.map((agent) => agent.destroy()));
    await caddy.stop();
    await relay.kill('SIGKILL');
    target.close();
    rmSync(folder, { recursive: true });
  });

  it('forwards bodies and signatures unchanged', async () => {
    const bodies = [
      bodyOf('A'),
      Buffer.from(`\n${bodyOf('A').toString().replaceAll(' ', '  ')}\r\n`),
      Buffer.from(bodyOf('A').toString().replace('Lesson', 'Leçon \\u00e9 \u{1f600}')),
      // A relay accepts bodies of up to 10 MB.
      Buffer.from(
        bodyOf('A')
          .toString()
          .replace('{', `{"text": "${randomText(6 * MB)}", `),
      ),
    ];
    for (const body of bodies) expect((await sendWebhook(body)).status).toBe(202);
    await until(() => target.received.length >= bodies.length);
    const opened = await Promise.all(target.received.map(({ body }) => openAttempt(body)));
    for (const [index, { body, signature }] of opened.entries()) {
      expect(bodies[index]?.equals(body)).toBe(true);
      expect(signature).toBe(sign(Buffer.from(body), KEY));
    }
  });

  it('responds with 413 to a body over 10 MB, with or without a Content-Length', async () => {
    const pieces = Readable.from(Array.from({ length: 12 }, () => Buffer.alloc(MB, 'x')));
    expect((await sendWebhook(Buffer.alloc(10 * MB + MB / 2, 'x'))).status).toBe(413);
    expect((await sendWebhook(Buffer.alloc(12 * MB, 'x'))).status).toBe(413);
    const headers = { [SIGNATURE_HEADER]: sign(bodyOf('B'), KEY) };
    expect((await send(hook, { method: 'POST', body: pieces, headers })).status).toBe(413);
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

  it('responds with 502 while no relay is running, and logs no channel, token, secret or signature', async () => {
    await relay.kill('SIGKILL');
    const body = bodyOf('B');
    const headers = { authorization: `Bearer ${OTHER_TOKEN}`, [REGISTRATION_SECRET_HEADER]: REGISTRATION_SECRET };
    const responses = await Promise.all([
      sendWebhook(body),
      send(CHANNEL_PATH, { method: 'PUT', headers, body: '{}' }),
      send(`${HOOKS_PATH}/${OTHER_CHANNEL}/contractor`, { method: 'POST', body: '{}' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual([502, 502, 502]);
    expect(failuresIn(caddy.log())).toBe(3);
    const secrets = [hook, CHANNEL, OTHER_CHANNEL, TOKEN, OTHER_TOKEN, REGISTRATION_SECRET, sign(body, KEY)];
    expect(secrets.filter((secret) => caddy.log().includes(secret))).toEqual([]);
    const relayLog = readFileSync(join(folder, 'relay.log'), 'utf8');
    expect(secrets.filter((secret) => relayLog.includes(secret))).toEqual([]);
  });
});
