/** The complete HTTP server: its routes, the formats of bodies, and its limits. */

import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { bodyOf } from '../../harness/sample-delivery.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { startedForEachTest, startTestServer, TARGET_URL } from '../support/test-server.ts';

const server = await startTestServer();
const startWith = startedForEachTest();
beforeEach(() => server.reset());
afterEach(closeConnections);
afterAll(() => server.close());

/** Connectors and pasted URLs depend on these names, so changing a name would break Zaps that are on. */
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

  it('keeps unused connections open for longer than Caddy (2 minutes) and nginx (1 minute)', async () => {
    const { headers } = await server.api('GET', '/healthz', undefined, null);
    const [, seconds] = /^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '') ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(125);
  });
});
