import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { sealKeyFingerprint } from '../../wire/sealing/seal-key.ts';
import { sign } from '../../wire/signature.ts';
import { openEnvelope } from '../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, KEY, OTHER_TOKEN, SEAL_KEY, TOKEN } from '../harness/sample-delivery.ts';
import { startTestServer, TARGET_URL, type TestServer } from './test-server.ts';

/** The body of `PUT /channel` with another X25519 key. */
const OTHER_SEAL_KEY = { seal_key: Buffer.alloc(32, 9).toString('base64url') };

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

  it('does not grant a token access to the channel of another token', async () => {
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
  it('registers a channel with its seal key, and is idempotent', async () => {
    const json = { channel: CHANNEL, seal_key_fingerprint: sealKeyFingerprint(SEAL_KEY) };
    expect(await server.register()).toMatchObject({ status: 200, json });
    expect(await server.register()).toMatchObject({ status: 200, json });
    expect((await server.api('GET', '/channel')).json).toMatchObject(json);
  });

  it.each([
    ['no body', ''],
    ['no seal key', {}],
    ['a seal key that is no text', { seal_key: 7 }],
    ['a seal key of another length', { seal_key: 'AAAA' }],
    ['a seal key with padding', { seal_key: `${SEAL_KEY.toString('base64url')}=` }],
    ['a seal key of small order', { seal_key: Buffer.alloc(32).toString('base64url') }],
  ])('responds with 400 to %s, and registers nothing', async (_name, body) => {
    const { status, json } = await server.api('PUT', '/channel', body);
    expect(status).toBe(400);
    if (body !== '') expect(json.detail).toMatch(/^The body must contain the public seal key/);
    expect(await server.store.registration(CHANNEL)).toBeNull();
  });

  it('responds with 409 to another seal key until the channel is deleted', async () => {
    await server.register();
    const { status, json } = await server.api('PUT', '/channel', OTHER_SEAL_KEY);
    expect([status, json.detail]).toEqual([409, expect.stringContaining('another seal key')]);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ sealKey: SEAL_KEY });
    // The response is the same without the registration secret, which a registered channel does not need.
    expect((await server.api('PUT', '/channel', OTHER_SEAL_KEY, TOKEN, null)).status).toBe(409);
    expect((await server.api('PUT', '/channel', undefined, TOKEN, null)).status).toBe(200);
    expect((await server.api('DELETE', '/channel')).status).toBe(204);
    expect((await server.api('PUT', '/channel', OTHER_SEAL_KEY)).status).toBe(200);
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
    const before = Date.now();
    await server.post(bodyOf('A'));
    await server.post(Buffer.from('{}'));
    const after = Date.now();
    const { json } = await server.api('GET', '/channel');
    expect(json).toMatchObject({
      events_24h: 1,
      others_24h: 1,
      subscriptions: [{ pending: 1, dead_letters: 0, failing_since: null, last_failure: null, actions: ['A'] }],
    });
    const lastEventAt = Date.parse(String(json.last_event_at));
    expect(lastEventAt).toBeGreaterThanOrEqual(before);
    expect(lastEventAt).toBeLessThanOrEqual(after);
  });
});

describe('GET /channel/events', () => {
  it('returns the envelopes of the newest events of an action, with the signed bytes', async () => {
    await server.register();
    const bodies = ['A', 'B', 'A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) await server.post(body);
    const { json } = await server.api('GET', '/channel/events?action=A&limit=2');
    const events = await Promise.all((json.events as unknown[]).map(openEnvelope));
    expect(events.map(({ body }) => Buffer.from(body).toString())).toEqual(bodies.slice(-2).reverse().map(String));
    for (const { body, signature } of events) expect(signature).toBe(sign(Buffer.from(body), KEY));
  });

  it('does not return wellbeing concerns or events that the relay could not read', async () => {
    await server.register();
    await server.subscribe({ target_url: TARGET_URL, all_except: [] });
    expect(await server.post(bodyOf('RAISED_A_WELLBEING_CONCERN'))).toBe(202);
    expect(await server.post(Buffer.from(bodyOf('A').toString().padEnd(300_000)))).toBe(202);
    expect((await server.api('GET', '/channel')).json).toMatchObject({
      events_24h: 2,
      subscriptions: [{ pending: 2 }],
    });
    expect((await server.api('GET', '/channel/events')).json).toEqual({ events: [] });
  });

  it('returns no events of a channel that has received none', async () => {
    await server.register();
    expect((await server.api('GET', '/channel/events')).json).toEqual({ events: [] });
  });

  it.each(['limit=0', 'limit=51', 'alone=maybe', 'limit=x', 'more=1', 'action='])(
    'responds with 400 to the query ?%s',
    async (query) => {
      await server.register();
      expect((await server.api('GET', `/channel/events?${query}`)).status).toBe(400);
    },
  );
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
