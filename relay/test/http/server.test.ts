/** The complete HTTP server: its routes and body formats, its limits, and the operator's routes. */

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveToken } from '../../../wire/capability.ts';
import { bodyOf, CHANNEL, OTHER_TOKEN, REGISTRATION_SECRET, TOKEN } from '../../harness/sample-delivery.ts';
import { postWebhook } from '../../harness/relay-requests.ts';
import { until } from '../../harness/until.ts';
import type { ServerOptions } from '../../http/server-options.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { OTHER_PART, startTestServer, TARGET_URL, type TestServer } from '../support/test-server.ts';

const server = await startTestServer();
const others: TestServer[] = [];
beforeEach(() => server.reset());
afterEach(async () => {
  closeConnections();
  for (const { close } of others.splice(0)) await close();
});
afterAll(() => server.close());

async function startWith(options: Partial<ServerOptions>): Promise<TestServer> {
  const other = await startTestServer(options);
  others.push(other);
  return other;
}

it('reports no error if a client closes its connection while its channel is looked up', async () => {
  const [begun, channel] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
  const lookUp = () => {
    begun.resolve(null);
    return channel.promise;
  };
  const other = await startWith({ registered: { ...createRegisteredChannels(server.store), lookUp } });
  const head = `GET /channel HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${OTHER_TOKEN}\r\n\r\n`;
  const { socket } = openConnection(other.url, head);
  await begun.promise;
  socket.destroy();
  const { server: http } = other.app;
  await until(async () => (await promisify(http.getConnections.bind(http))()) === 0);
  channel.resolve(null);
  await setImmediate();
  expect(other.logged()).not.toContain('A request failed unexpectedly.');
});

/** Connectors and pasted URLs depend on these names, so a change breaks Zaps that are on. */
describe('the contract', () => {
  it('consists of exactly these routes', () => {
    expect(server.app.printRoutes({ commonPrefix: false }).trim().split('\n')).toEqual([
      '├── /hooks/:channel (POST)',
      '│   └── /:part (POST)',
      '│       └── * (POST)',
      '├── /healthz (GET, HEAD)',
      '├── /channel (PUT, GET, HEAD, DELETE)',
      '│   ├── /events (GET, HEAD)',
      '│   ├── /keys (GET, HEAD)',
      '│   ├── /links (POST)',
      '│   ├── /signatures (POST)',
      '│   └── /subscriptions (POST)',
      '│       └── /:id (GET, HEAD, DELETE)',
      '│           └── /redrive (POST)',
      '├── /console (GET, HEAD)',
      '│   ├── /api/link (GET, HEAD)',
      '│   ├── /api/overview (GET, HEAD)',
      '│   ├── /api/events (GET, HEAD)',
      '│   │   └── /:number (GET, HEAD)',
      '│   │       └── /zaps (GET, HEAD)',
      '│   ├── /api/send-again (POST)',
      '│   └── /api/retry (POST)',
      '├── /readyz (GET, HEAD)',
      '└── /metrics (GET, HEAD)',
    ]);
  });

  it('has exactly these properties in its bodies', async () => {
    const registered = await server.register();
    expect(Object.keys(registered.json)).toEqual(['channel', 'seal_key_fingerprint', 'webhook_url']);
    const created = await server.api('POST', '/channel/subscriptions', { target_url: TARGET_URL, actions: ['A'] });
    expect(Object.keys(created.json)).toEqual(['id']);
    await server.post(bodyOf('A'));
    const { json } = await server.api('GET', '/channel');
    expect(Object.keys(json)).toEqual([
      ...['channel', 'seal_key_fingerprint', 'webhook_url', 'created_at', 'last_event_at', 'old_webhook_url'],
      ...['events_24h', 'others_24h'],
      ...['silent_at', 'stored_bytes', 'lag_seconds', 'subscriptions', 'gone_subscriptions'],
    ]);
    const names = [
      ...['id', 'target_url', 'actions', 'created_at', 'last_success_at', 'failures', 'failing_since', 'last_failure'],
      ...['next_attempt_at', 'pending', 'lag_seconds', 'dead_letters', 'paused_since'],
    ];
    expect(Object.keys((json.subscriptions as object[])[0] ?? {}).sort()).toEqual(names.sort());
    const path = `/channel/subscriptions/${String(created.json.id)}`;
    expect(Object.keys((await server.api('GET', path)).json).sort()).toEqual(names);
    expect(Object.keys((await server.api('POST', `${path}/redrive`)).json)).toEqual(['redriven']);
    const events = (await server.api('GET', '/channel/events')).json.events as object[];
    expect(Object.keys(events[0] ?? {})).toEqual([
      ...['format', 'channel', 'delivery_id', 'key_id', 'received_at', 'actions', 'model', 'subject_id', 'event_time'],
      ...['wrapped_key', 'sealed'],
    ]);
    expect(Object.keys((await server.api('GET', '/nothing')).json)).toEqual(['type', 'title', 'status', 'detail']);
  });
});

describe('the operator routes', () => {
  it('report health and readiness without a token', async () => {
    expect((await server.api('GET', '/healthz', undefined, null)).json).toEqual({ status: 'ok' });
    expect((await server.api('GET', '/readyz', undefined, null)).json).toEqual({ status: 'ready', proxy: 'none' });
    const untrusting = await startWith({ trustedProxies: [] });
    const forwarded = await fetch(`${untrusting.url}/readyz`, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(await forwarded.json()).toEqual({ status: 'ready', proxy: 'untrusted', proxy_address: '127.0.0.1' });
  });
});

describe('the metrics', () => {
  const get = (headers: Readonly<Record<string, string>>, trustedProxies = ['loopback']) =>
    startWith({ trustedProxies }).then(({ url }) => fetch(`${url}/metrics`, { headers }));

  it('are sent to a client that connects directly, whatever its host and user agent are', async () => {
    const response = await get({ host: 'relay:4100', 'user-agent': 'Prometheus/3.0', accept: 'text/plain' });
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('\nrelay_ready 1\n')]);
  });

  it.each<Readonly<Record<string, string>>>([
    { 'x-forwarded-for': '192.0.2.1' },
    { 'X-Forwarded-For': '' },
    { 'x-forwarded-proto': 'https' },
    { 'x-forwarded-host': 'relay.example.com' },
    { forwarded: 'for=192.0.2.1' },
    { via: '2 fly.io' },
  ])('do not exist for a request through a proxy, which the relay need not trust: %j', async (headers) => {
    for (const trusted of ['loopback', '10.0.0.1']) {
      const response = await get(headers, [trusted]);
      expect([response.status, await response.json()]).toEqual([404, (await server.api('GET', '/nothing')).json]);
    }
  });
});

describe('the server', () => {
  it('sends problem documents with security headers, of which responses to webhooks have only the relevant ones', async () => {
    const { status, headers, json } = await server.api('GET', '/nothing');
    expect([status, json.title, json.status]).toEqual([404, 'Not Found', 404]);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toMatch(/max-age/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    for (const path of [await server.hookPath(), '/hooks/nobody']) {
      const response = await fetch(`${server.url}${path}`, { method: 'POST', body: '{}' });
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toBe("default-src 'none'");
      expect(response.headers.get('strict-transport-security')).toBeNull();
    }
  });

  it('disconnects a sender that trickles its request, and serves others in the meantime', async () => {
    const impatient = await startWith({ requestTimeoutMs: 300 });
    await impatient.register();
    const start = performance.now();
    const head = headOf(await impatient.hookPath(), 'Content-Length: 1000000');
    const { socket, statuses, closed } = openConnection(impatient.url, head);
    const trickle = setInterval(() => socket.write('x'), 20);
    expect(await impatient.post(bodyOf('A'))).toBe(202);
    await closed;
    clearInterval(trickle);
    expect(statuses).toEqual(['408']);
    expect(performance.now() - start).toBeGreaterThan(250);
  });

  it('limits the time for a request to 30 s, and for its headers to 10 s', () => {
    const { requestTimeout, headersTimeout } = server.app.server;
    expect([requestTimeout, headersTimeout]).toEqual([30_000, 10_000]);
  });

  it('keeps unused connections for longer than proxies do, which are Caddy with 2 minutes and nginx with one', async () => {
    const { headers } = await server.api('GET', '/healthz', undefined, null);
    const [, seconds] = /^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(125);
  });

  it('counts API requests on all routes, by channel if it is registered, and otherwise by address', async () => {
    const limited = await startWith({ apiRequestsPerMinute: 4 });
    const stranger = async (method: string, path: string) =>
      (await limited.api(method, path, undefined, deriveToken(randomBytes(20).toString('hex'), 'x'), null)).status;
    expect(await stranger('PUT', '/channel')).toBe(403);
    await limited.register();
    expect(await stranger('GET', '/channel')).toBe(404);
    expect(await stranger('DELETE', '/channel/subscriptions/1')).toBe(404);
    expect(await stranger('GET', '/channel/keys')).toBe(404);
    expect(await stranger('GET', '/channel/events')).toBe(429);
    // The registration is the first of the four requests of the channel.
    for (let index = 0; index < 3; index++) expect((await limited.api('GET', '/channel')).status).toBe(200);
    const { status, headers, json } = await limited.api('GET', '/channel');
    expect([status, json.title, Number(headers.get('retry-after')) > 0]).toEqual([429, 'Too Many Requests', true]);
  });

  it.each([
    ['the registration secret', REGISTRATION_SECRET, null],
    ['a channel on the list of the operator', null, new Set([CHANNEL])],
  ])(
    'lets a new channel register with %s after strangers have used up the limit of its address',
    async (_what, secret, list) => {
      const limited = await startWith({
        apiRequestsPerMinute: 4,
        admission: createAdmission(list ? [] : [REGISTRATION_SECRET], list),
      });
      const put = async (token: string, given: string | null) =>
        (await limited.api('PUT', '/channel', undefined, token, given)).status;
      for (let index = 0; index < 4; index++) expect(await put(OTHER_TOKEN, `${REGISTRATION_SECRET}x`)).toBe(403);
      expect(await put(OTHER_TOKEN, null)).toBe(429);
      for (let index = 0; index < 4; index++) expect(await put(TOKEN, secret)).toBe(200);
      // A channel has a limit, too.
      expect(await put(TOKEN, secret)).toBe(429);
    },
  );

  it.each([
    ['loopback', [404, 404, 404]],
    ['127.0.0.0/8', [404, 404, 404]],
    ['10.0.0.0/8', [404, 429, 429]],
    ['', [404, 429, 429]],
  ])('counts requests for the address that a proxy reports, if it trusts the proxy: "%s"', async (proxy, expected) => {
    const limited = await startWith({ apiRequestsPerMinute: 1, trustedProxies: proxy === '' ? [] : [proxy] });
    const statuses: number[] = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '2001:db8::1']) {
      const headers = { authorization: `Bearer ${OTHER_TOKEN}`, 'x-forwarded-for': address };
      statuses.push((await fetch(`${limited.url}/channel`, { headers })).status);
    }
    expect(statuses).toEqual(expected);
  });

  it('limits the rate of webhooks of a registered channel, apart from API requests, and warns before the limit is reached', async () => {
    const limited = await startWith({ rates: createWebhookRates(4, { now: () => 0 }), apiRequestsPerMinute: 1 });
    await limited.register();
    const wrong = `/hooks/${CHANNEL}/${OTHER_PART}`;
    for (const path of [wrong, `/hooks/${CHANNEL}`]) {
      for (let index = 0; index < 6; index++) expect(await limited.post(bodyOf('A'), path)).toBe(404);
    }
    const metric = async (name: string) => (await limited.metrics()).split('\n').find((line) => line.startsWith(name));
    for (let index = 0; index < 3; index++) expect(await limited.post(bodyOf('A'))).toBe(202);
    expect(await metric('relay_high_rates_total')).toBe('relay_high_rates_total 1');
    expect(await metric('relay_ingested_total{result="rate_limited"}')).toMatch(/ 0$/);
    expect(await limited.post(bodyOf('A'))).toBe(202);
    const { status, headers } = await postWebhook(limited.url, bodyOf('A'));
    expect([status, headers.get('retry-after')]).toEqual([429, '15']);
    expect(await metric('relay_ingested_total{result="rate_limited"}')).toMatch(/ 1$/);
    expect(await limited.stored()).toHaveLength(4);
  });
});
