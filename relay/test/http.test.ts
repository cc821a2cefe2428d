import { once } from 'node:events';
import { connect } from 'node:net';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import { sign } from '../../wire/signature.ts';
import { systemClock } from '../clock.ts';
import { createIngest } from '../ingest.ts';
import { createMetrics } from '../metrics.ts';
import { createServer } from '../http/server.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { Store } from '../store/store.ts';
import { bodyOf, CHANNEL, HOUR, KEY, OTHER_TOKEN, TOKEN } from './helpers.ts';

const TARGET = 'https://hooks.zapier.com/hooks/standard/1/abc/';

let store: Store;
let app: FastifyInstance;
let url: string;
let logged: string;
/** What a dispatcher would hear. */
let heard: string[] = [];
let storeFails = false;

beforeAll(async () => {
  store = openSqliteStore(':memory:', { maxChannelBytes: 20_000, duplicateMs: 72 * HOUR });
  await store.listen('', (channel, what) => heard.push(`${what} ${channel}`));
  logged = '';
  const logger = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
  const ingest: Store['ingest'] = (deliveries) =>
    storeFails ? Promise.reject(new Error('disk full')) : store.ingest(deliveries);
  app = await createServer({
    store,
    ingest: createIngest({ ingest }),
    dispatcher: {
      settle: () => Promise.resolve(),
    },
    metrics: createMetrics(store),
    clock: systemClock,
    targetOrigins: ['https://hooks.zapier.com'],
    maxChannels: 1,
    channels: null,
    logger,
    apiRate: 100_000,
  });
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(() => app.close());

beforeEach(async () => {
  await store.deleteChannel(CHANNEL);
  heard = [];
  storeFails = false;
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}

async function api(method: string, path: string, body?: unknown, token: string | null = TOKEN): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, json };
}

async function post(path: string, body: Buffer, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'webhook-signature': sign(body, KEY), ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

const register = () => api('PUT', '/channel');
const subscribe = async (body: object = { target_url: TARGET, actions: ['A'] }) =>
  String((await api('POST', '/channel/subscriptions', body)).json.id);

/** Frozen: paths, methods, and the names in bodies are contracts with connectors and with what is pasted. */
describe('the contract', () => {
  it('has these paths', () => {
    const routes = app
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .flatMap((line) => /[├└]── (\S+) \((.+)\)/.exec(line)?.slice(1, 3).join(' ') ?? []);
    expect(app.hasRoute({ method: 'POST', url: '/hooks/:channel' })).toBe(true);
    expect(app.hasRoute({ method: 'POST', url: '/hooks/:channel/*' })).toBe(true);
    for (const [method, path] of [
      ['PUT', '/channel'],
      ['GET', '/channel'],
      ['DELETE', '/channel'],
      ['GET', '/channel/events'],
      ['POST', '/channel/subscriptions'],
      ['GET', '/channel/subscriptions/:id'],
      ['DELETE', '/channel/subscriptions/:id'],
      ['POST', '/channel/subscriptions/:id/redrive'],
      ['GET', '/healthz'],
      ['GET', '/readyz'],
      ['GET', '/metrics'],
    ] as const) {
      expect([method, path, app.hasRoute({ method, url: path })]).toEqual([method, path, true]);
    }
    expect(routes.length).toBeGreaterThan(0);
  });

  it('has these names in its bodies', async () => {
    const registered = await register();
    expect(Object.keys(registered.json)).toEqual(['channel']);
    const created = await api('POST', '/channel/subscriptions', { target_url: TARGET, actions: ['A'] });
    expect(Object.keys(created.json)).toEqual(['id']);
    await post(`/hooks/${CHANNEL}`, bodyOf('A'));
    const { json } = await api('GET', '/channel');
    expect(Object.keys(json)).toEqual([
      ...['channel', 'created_at', 'last_event_at', 'events_24h', 'others_24h', 'stored_bytes', 'lag_seconds'],
      'subscriptions',
    ]);
    const names = [
      ...['id', 'target_url', 'actions', 'created_at', 'last_success_at', 'failures', 'next_attempt_at', 'pending'],
      ...['lag_seconds', 'dead_letters'],
    ];
    expect(Object.keys((json.subscriptions as object[])[0] ?? {})).toEqual(names);
    expect(Object.keys((await api('GET', `/channel/subscriptions/${String(created.json.id)}`)).json)).toEqual(names);
    const events = (await api('GET', '/channel/events')).json.events as object[];
    expect(Object.keys(events[0] ?? {})).toEqual(['id', 'received_at', 'signature', 'body_base64']);
    expect(Object.keys((await api('GET', '/nothing')).json)).toEqual(['type', 'title', 'status', 'detail']);
  });
});

describe('POST /hooks/<channel>', () => {
  it('stores the bytes and says 202, whatever they are', async () => {
    await register();
    const bodies = [bodyOf('A'), Buffer.from('not json at all'), Buffer.from([0, 255, 254, 10]), Buffer.alloc(0)];
    for (const body of bodies) expect(await post(`/hooks/${CHANNEL}`, body)).toBe(202);
    expect(await post(`/hooks/${CHANNEL}/contractor`, Buffer.from('{"id": 1, "deleted": true}'))).toBe(202);
    expect(await post(`/hooks/${CHANNEL}//contractor`, Buffer.from('{"id": 2}'))).toBe(202);
    expect(await post(`/hooks/${CHANNEL}`, bodyOf('A'), { 'content-type': 'text/plain; charset=latin1' })).toBe(202);
    expect(await post(`/hooks/${CHANNEL}`, bodyOf('B'), { 'content-type': 'application/x-www-form-urlencoded' })).toBe(
      202,
    );
    const kept = await store.deliveriesAfter(CHANNEL, 0, 10);
    expect(kept.map(({ actions }) => actions)).toEqual([['A'], ['A'], ['B']]);
    expect(kept[0]?.body.equals(bodies[0] ?? Buffer.alloc(0))).toBe(true);
    expect(heard).toEqual(Array(3).fill(`deliveries ${CHANNEL}`));
  });

  it('delivers the same bytes once', async () => {
    await register();
    const body = bodyOf('A');
    expect(await post(`/hooks/${CHANNEL}`, body)).toBe(202);
    expect(await post(`/hooks/${CHANNEL}`, body)).toBe(202);
    expect(await store.deliveriesAfter(CHANNEL, 0, 10)).toHaveLength(1);
  });

  it('answers many at once, each after its commit', async () => {
    await register();
    const statuses = await Promise.all(Array.from({ length: 100 }, () => post(`/hooks/${CHANNEL}`, bodyOf('A'))));
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect(await store.deliveriesAfter(CHANNEL, 0, 1000)).toHaveLength(100);
  });

  it('takes what is for a channel that nobody registered, and keeps it nowhere', async () => {
    expect(await post(`/hooks/${CHANNEL}`, bodyOf('A'))).toBe(202);
    expect((await store.totals()).deliveries).toBe(0);
  });

  it('says 404 to a mistyped channel', async () => {
    for (const channel of [`${CHANNEL.slice(0, -1)}_`, 'x', `${CHANNEL}x`, '%00', '..%2f..%2fetc']) {
      expect(await post(`/hooks/${channel}`, bodyOf('A'))).toBe(404);
    }
  });

  it('says 400 to a signature that is none', async () => {
    await register();
    for (const signature of ['', 'abc', 'g'.repeat(64), `${'a'.repeat(64)}b`]) {
      expect(await post(`/hooks/${CHANNEL}`, bodyOf('A'), { 'webhook-signature': signature })).toBe(400);
    }
    expect((await fetch(`${url}/hooks/${CHANNEL}`, { method: 'POST', body: 'x' })).status).toBe(400);
  });

  it('says 413 over 10 MB', async () => {
    await register();
    expect(await post(`/hooks/${CHANNEL}`, Buffer.alloc(10 * 1024 * 1024 + 1, ' '))).toBe(413);
  });

  it('says 503 when it can not be stored, or the channel is full, and never 202', async () => {
    await register();
    storeFails = true;
    expect(await post(`/hooks/${CHANNEL}`, bodyOf('A'))).toBe(503);
    storeFails = false;
    const big = () => Buffer.concat([bodyOf('A'), Buffer.alloc(15_000, ' ')]);
    expect(await post(`/hooks/${CHANNEL}`, big())).toBe(202);
    expect(await post(`/hooks/${CHANNEL}`, big())).toBe(503);
  });
});

describe('the API', () => {
  it('wants a token', async () => {
    for (const token of [null, 'x', `${TOKEN}x`, CHANNEL]) {
      const { status, headers, json } = await api('GET', '/channel', undefined, token);
      expect(status).toBe(401);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(json).toMatchObject({ type: 'about:blank', status: 401, title: 'Unauthorized' });
    }
  });

  it('registers a channel, again and again, as long as there is place', async () => {
    expect(await register()).toMatchObject({ status: 200, json: { channel: CHANNEL } });
    expect((await register()).status).toBe(200);
    expect((await api('PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
  });

  it('knows a channel only once it is registered', async () => {
    expect((await api('GET', '/channel')).status).toBe(404);
    expect((await api('POST', '/channel/subscriptions', { target_url: TARGET, actions: ['A'] })).status).toBe(404);
    expect((await api('GET', '/channel/events')).status).toBe(404);
  });

  it('subscribes, once for the same', async () => {
    await register();
    const id = await subscribe();
    expect(await subscribe()).toBe(id);
    expect(await subscribe({ target_url: TARGET, all_except: ['A'] })).not.toBe(id);
    expect(heard).toContain(`subscriptions ${CHANNEL}`);
  });

  it.each([
    [{}],
    [{ target_url: TARGET }],
    [{ target_url: TARGET, actions: [] }],
    [{ target_url: TARGET, actions: ['A'], all_except: ['B'] }],
    [{ target_url: TARGET, actions: [1, {}] }],
    [{ target_url: TARGET, actions: ['x'.repeat(101)] }],
    [{ target_url: TARGET, actions: ['A'], more: 1 }],
    [{ target_url: 'https://evil.example/hooks/standard/1/', actions: ['A'] }],
    ['{"target_url": SECRET'],
    ['[]'],
  ])('does not subscribe %j', async (body) => {
    await register();
    const { status, json } = await api('POST', '/channel/subscriptions', body);
    expect(status).toBe(400);
    expect(JSON.stringify(json)).not.toContain('SECRET');
    expect(await store.subscriptions(CHANNEL)).toEqual([]);
  });

  it('unsubscribes, once', async () => {
    await register();
    const id = await subscribe();
    heard = [];
    expect((await api('DELETE', `/channel/subscriptions/${id}`)).status).toBe(204);
    expect(heard).toEqual([`subscriptions ${CHANNEL}`]);
    expect((await api('DELETE', `/channel/subscriptions/${id}`)).status).toBe(404);
    expect((await api('GET', `/channel/subscriptions/${id}`)).status).toBe(404);
  });

  it("gives one channel's token nothing of another's", async () => {
    await register();
    const id = await subscribe();
    await post(`/hooks/${CHANNEL}`, bodyOf('A'));
    for (const [method, path] of [
      ['GET', '/channel'],
      ['GET', '/channel/events'],
      ['DELETE', '/channel'],
      ['GET', `/channel/subscriptions/${id}`],
      ['DELETE', `/channel/subscriptions/${id}`],
      ['POST', `/channel/subscriptions/${id}/redrive`],
    ] as const) {
      expect([path, (await api(method, path, undefined, OTHER_TOKEN)).status]).toEqual([path, 404]);
    }
    expect(await store.subscriptions(CHANNEL)).toHaveLength(1);
  });

  it('shows the latest events with the bytes that were signed', async () => {
    await register();
    const bodies = ['A', 'B', 'A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) await post(`/hooks/${CHANNEL}`, body);
    const { json } = await api('GET', '/channel/events?action=A&limit=2');
    const events = json.events as { signature: string; body_base64: string }[];
    expect(events).toHaveLength(2);
    for (const { signature, body_base64 } of events) {
      expect(sign(Buffer.from(body_base64, 'base64'), KEY)).toBe(signature);
    }
    expect(events[0]?.body_base64).toBe(bodies.at(-1)?.toString('base64'));
    for (const query of ['limit=0', 'limit=26', 'limit=x', 'more=1', 'action=']) {
      expect([query, (await api('GET', `/channel/events?${query}`)).status]).toEqual([query, 400]);
    }
  });

  it('says how a channel is', async () => {
    await register();
    await subscribe();
    await post(`/hooks/${CHANNEL}`, bodyOf('A'));
    await post(`/hooks/${CHANNEL}`, Buffer.from('{}'));
    const { json } = await api('GET', '/channel');
    expect(json).toMatchObject({
      events_24h: 1,
      others_24h: 1,
      subscriptions: [{ pending: 1, dead_letters: 0, actions: ['A'] }],
    });
    expect(Date.now() - Date.parse(String(json.last_event_at))).toBeLessThan(5000);
  });

  it('forgets a channel', async () => {
    await register();
    await subscribe();
    await post(`/hooks/${CHANNEL}`, bodyOf('A'));
    heard = [];
    expect((await api('DELETE', '/channel')).status).toBe(204);
    expect(heard).toEqual([`subscriptions ${CHANNEL}`]);
    expect(await store.totals()).toMatchObject({ channels: 0, subscriptions: 0, deliveries: 0 });
  });

  it('sends dead letters again', async () => {
    await register();
    const id = await subscribe();
    heard = [];
    const { status, json } = await api('POST', `/channel/subscriptions/${id}/redrive`);
    expect([status, json]).toEqual([202, { redriven: 0 }]);
    expect(heard).toEqual([`subscriptions ${CHANNEL}`]);
  });
});

describe('the rest', () => {
  it('has health, readiness and metrics without anything personal', async () => {
    await register();
    await post(`/hooks/${CHANNEL}`, bodyOf('A'));
    expect((await api('GET', '/healthz', undefined, null)).json).toEqual({ status: 'ok' });
    expect((await api('GET', '/readyz', undefined, null)).json).toEqual({ status: 'ready' });
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toMatch(/relay_ingested_total\{result="stored"\} \d+/);
    for (const secret of [CHANNEL, TOKEN, TARGET]) expect(text).not.toContain(secret);
  });

  it('has security headers, and problem documents for errors', async () => {
    const { status, headers } = await api('GET', '/nothing');
    expect(status).toBe(404);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toMatch(/max-age/);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
  });

  it('answers others while one trickles its request', async () => {
    const { port } = new URL(url);
    const slow = connect(Number(port), '127.0.0.1');
    await once(slow, 'connect');
    slow.write(`POST /hooks/${CHANNEL} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nwebhook-signature: `);
    expect(await post(`/hooks/${CHANNEL}`, bodyOf('A'))).toBe(202);
    expect(app.server.requestTimeout).toBe(30_000);
    slow.destroy();
  });

  it('answers malformed HTTP with 400', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.write('GARBAGE\r\n\r\n');
    const [data] = (await once(socket, 'data')) as [string];
    expect(data).toMatch(/^HTTP\/1\.1 400/);
    socket.destroy();
  });

  it('limits requests to the API by address, and never those of TutorCruncher', async () => {
    const limited = await createServer({
      store,
      ingest: createIngest(store),
      dispatcher: { settle: () => Promise.resolve() },
      metrics: createMetrics(store),
      clock: systemClock,
      targetOrigins: [],
      maxChannels: 1,
      channels: [],
      apiRate: 5,
    });
    const limitedUrl = await limited.listen({ port: 0, host: '127.0.0.1' });
    const statusOf = async (method: string, path: string, headers: Record<string, string>) => {
      const response = await fetch(`${limitedUrl}${path}`, { method, headers });
      await response.arrayBuffer();
      return response.status;
    };
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push(await statusOf('PUT', '/channel', { authorization: `Bearer ${TOKEN}` }));
    // An allow-list that is empty lets nobody in.
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
    for (let i = 0; i < 10; i++) {
      expect(await statusOf('POST', `/hooks/${CHANNEL}`, { 'webhook-signature': 'a'.repeat(64) })).toBe(202);
    }
    await limited.close();
  });

  it('logged nothing secret and nothing personal in all of this', () => {
    expect(logged).toContain('A delivery could not be stored.');
    for (const secret of [TOKEN, OTHER_TOKEN, CHANNEL, 'Lesson', 'abc/', sign(Buffer.from('not json at all'), KEY)]) {
      expect(logged).not.toContain(secret);
    }
  });
});
