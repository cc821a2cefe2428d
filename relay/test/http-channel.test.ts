import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../wire/signature.ts';
import { bodyOf, CHANNEL, KEY, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';
import { secretsIn, startTestServer, TARGET_URL, type TestServer } from './test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(() => server.reset());
afterAll(() => server.app.close());

describe('authorization', () => {
  it('responds with 401 to a missing or malformed token', async () => {
    for (const token of [null, 'x', `${TOKEN}x`, CHANNEL]) {
      const { status, headers, json } = await server.api('GET', '/channel', undefined, token);
      expect(status).toBe(401);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(json).toMatchObject({ type: 'about:blank', status: 401, title: 'Unauthorized' });
    }
  });

  it("grants a token no access to another token's channel", async () => {
    await server.register();
    const id = await server.subscribe();
    await server.post(bodyOf('A'));
    for (const [method, path] of [
      ['GET', '/channel'],
      ['GET', '/channel/events'],
      ['DELETE', '/channel'],
      ['GET', `/channel/subscriptions/${id}`],
      ['DELETE', `/channel/subscriptions/${id}`],
      ['POST', `/channel/subscriptions/${id}/redrive`],
    ] as const) {
      expect([path, (await server.api(method, path, undefined, OTHER_TOKEN)).status]).toEqual([path, 404]);
    }
    expect(await server.store.subscriptions(CHANNEL)).toHaveLength(1);
  });
});

describe('PUT /channel', () => {
  it('registers a channel, and is idempotent', async () => {
    expect(await server.register()).toMatchObject({ status: 200, json: { channel: CHANNEL } });
    expect((await server.register()).status).toBe(200);
  });

  it('responds with 403 if the relay has its maximum number of channels', async () => {
    await server.register();
    expect((await server.api('PUT', '/channel', undefined, OTHER_TOKEN)).status).toBe(403);
  });
});

describe('GET /channel', () => {
  it('responds with 404 to an unregistered channel, like the other routes', async () => {
    expect((await server.api('GET', '/channel')).status).toBe(404);
    expect((await server.api('GET', '/channel/events')).status).toBe(404);
    const subscription = { target_url: TARGET_URL, actions: ['A'] };
    expect((await server.api('POST', '/channel/subscriptions', subscription)).status).toBe(404);
  });

  it('returns counts and the state of each subscription', async () => {
    await server.register();
    await server.subscribe();
    await server.post(bodyOf('A'));
    await server.post(Buffer.from('{}'));
    const { json } = await server.api('GET', '/channel');
    expect(json).toMatchObject({
      events_24h: 1,
      others_24h: 1,
      subscriptions: [{ pending: 1, dead_letters: 0, failing_since: null, last_failure: null, actions: ['A'] }],
    });
    expect(Date.now() - Date.parse(String(json.last_event_at))).toBeLessThan(5000);
  });
});

describe('GET /channel/events', () => {
  it('returns the newest events of an action, as the bytes that were signed', async () => {
    await server.register();
    const bodies = ['A', 'B', 'A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) await server.post(body);
    const { json } = await server.api('GET', '/channel/events?action=A&limit=2');
    const events = json.events as { signature: string; body_base64: string }[];
    expect(events).toHaveLength(2);
    for (const { signature, body_base64 } of events) {
      expect(sign(Buffer.from(body_base64, 'base64'), KEY)).toBe(signature);
    }
    expect(events[0]?.body_base64).toBe(bodies.at(-1)?.toString('base64'));
  });

  it('returns no events of a channel that has received none', async () => {
    await server.register();
    expect((await server.api('GET', '/channel/events')).json).toEqual({ events: [] });
  });

  it.each(['limit=0', 'limit=26', 'limit=x', 'more=1', 'action='])('responds with 400 to ?%s', async (query) => {
    await server.register();
    expect((await server.api('GET', `/channel/events?${query}`)).status).toBe(400);
  });
});

describe('DELETE /channel', () => {
  it('deletes the channel, its subscriptions and its deliveries', async () => {
    await server.register();
    await server.subscribe();
    await server.post(bodyOf('A'));
    server.changes.length = 0;
    expect((await server.api('DELETE', '/channel')).status).toBe(204);
    expect(server.changes).toEqual([`subscriptions ${CHANNEL}`]);
    expect(await server.store.totals()).toMatchObject({ channels: 0, subscriptions: 0, deliveries: 0 });
  });
});

it('logs no secrets and no personal data', async () => {
  await server.register();
  await server.api('GET', '/channel/events?limit=x');
  expect(secretsIn(server.logged())).toEqual([]);
});
