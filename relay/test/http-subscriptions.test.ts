import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveSubscriptionSecret, hashOfSecret } from '../../wire/capability.ts';
import { createAdmission } from '../admission.ts';
import { bodyOf, CHANNEL, OTHER_TOKEN, TOKEN } from '../harness/sample-delivery.ts';
import { makeDeadLetter, startTestServer, storedDeliveries, TARGET_URL, type TestServer } from './test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ maxSubscriptions: 3 });
});
beforeEach(async () => {
  await server.reset();
  await server.register();
});
afterAll(() => server.app.close());

describe('POST /channel/subscriptions', () => {
  it('creates a subscription and announces it to the dispatcher', async () => {
    const id = await server.subscribe();
    expect(await server.store.subscription(CHANNEL, id)).toMatchObject({
      targetUrl: TARGET_URL,
      filter: { actions: ['A'] },
    });
    expect(server.changes).toContain(`subscriptions ${CHANNEL}`);
  });

  it('returns the existing subscription for the same target and filter', async () => {
    const id = await server.subscribe();
    expect(await server.subscribe()).toBe(id);
    expect(await server.subscribe({ target_url: TARGET_URL, all_except: ['A'] })).not.toBe(id);
  });

  it('responds with 403 if the channel has its maximum number of subscriptions', async () => {
    const subscribe = (actions: string[]) =>
      server.api('POST', '/channel/subscriptions', { target_url: TARGET_URL, actions });
    for (const action of ['A', 'B', 'C']) expect((await subscribe([action])).status).toBe(200);
    const { status, json } = await subscribe(['D']);
    expect([status, json.detail]).toEqual([403, expect.stringContaining('limit of 3 subscriptions')]);
    expect((await subscribe(['A'])).status).toBe(200);
  });

  it.each([
    [{}],
    [{ target_url: TARGET_URL }],
    [{ target_url: TARGET_URL, actions: [] }],
    [{ target_url: TARGET_URL, actions: ['A'], all_except: ['B'] }],
    [{ target_url: TARGET_URL, actions: [1, {}] }],
    [{ target_url: TARGET_URL, actions: ['x'.repeat(101)] }],
    [{ target_url: TARGET_URL, actions: ['A'], more: 1 }],
    [{ target_url: TARGET_URL, actions: ['A'], secret_hash: 'x' }],
    [{ target_url: TARGET_URL, actions: ['A'], notice_key: 'x' }],
    [{ target_url: 'https://evil.example/hooks/standard/1/', actions: ['A'] }],
    ['{"target_url": SECRET'],
    ['[]'],
  ])('responds with 400 to %j', async (body) => {
    const { status, json } = await server.api('POST', '/channel/subscriptions', body);
    expect(status).toBe(400);
    expect(JSON.stringify(json)).not.toContain('SECRET');
    expect(await server.store.subscriptions(CHANNEL)).toEqual([]);
  });
});

describe('DELETE /channel/subscriptions/<id>', () => {
  it('ends a subscription, and then responds with 404', async () => {
    const id = await server.subscribe();
    server.changes.length = 0;
    expect((await server.api('DELETE', `/channel/subscriptions/${id}`)).status).toBe(204);
    expect(server.changes).toEqual([`subscriptions ${CHANNEL}`]);
    expect((await server.api('DELETE', `/channel/subscriptions/${id}`)).status).toBe(404);
    expect((await server.api('GET', `/channel/subscriptions/${id}`)).status).toBe(404);
  });

  it('logs the waiting events that are discarded', async () => {
    const id = await server.subscribe();
    await server.post(bodyOf('A'));
    await server.post(bodyOf('A'));
    await server.api('DELETE', `/channel/subscriptions/${id}`);
    const line = server.logged().trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(line)).toMatchObject({
      channel: CHANNEL.slice(0, 8),
      subscription: id,
      waiting: 2,
      deadLetters: 0,
      msg: 'Zapier turned off a Zap. Its subscription was deleted, with the events that were waiting for it.',
    });
  });
});

describe('a subscription secret', () => {
  const SECRET = deriveSubscriptionSecret(TOKEN, TARGET_URL);
  const body = { target_url: TARGET_URL, actions: ['A'], secret_hash: hashOfSecret(SECRET) };

  it('ends its subscription, and grants access to nothing else', async () => {
    const id = await server.subscribe(body);
    const other = await server.subscribe({ ...body, actions: ['B'], secret_hash: hashOfSecret('another secret') });
    for (const [method, path] of [
      ['GET', '/channel'],
      ['DELETE', '/channel'],
      ['GET', `/channel/subscriptions/${id}`],
      ['POST', `/channel/subscriptions/${id}/redrive`],
      ['DELETE', `/channel/subscriptions/${other}`],
    ] as const) {
      expect([path, (await server.api(method, path, undefined, SECRET)).status]).toEqual([path, 404]);
    }
    server.changes.length = 0;
    expect((await server.api('DELETE', `/channel/subscriptions/${id}`, undefined, SECRET)).status).toBe(204);
    expect(server.changes).toEqual([`subscriptions ${CHANNEL}`]);
    expect(await server.store.subscriptions(CHANNEL)).toMatchObject([{ id: other }]);
    expect((await server.api('DELETE', `/channel/subscriptions/${id}`, undefined, SECRET)).status).toBe(404);
  });

  it('counts towards the limit of its channel, so that it works after strangers have used up the limit of the address', async () => {
    const id = await server.subscribe(body);
    const limited = await startTestServer({ store: server.store, apiRequestsPerMinute: 1 });
    await limited.api('GET', '/channel', undefined, OTHER_TOKEN);
    expect((await limited.api('GET', '/channel', undefined, OTHER_TOKEN)).status).toBe(429);
    const path = `/channel/subscriptions/${id}`;
    expect((await limited.api('GET', path, undefined, SECRET)).status).toBe(429);
    expect((await limited.api('DELETE', path, undefined, SECRET)).status).toBe(204);
    await limited.app.close();
  });

  it('ends a subscription of a channel that is no longer served', async () => {
    const id = await server.subscribe(body);
    const closed = await startTestServer({
      store: server.store,
      admission: createAdmission([], new Set()),
    });
    const path = `/channel/subscriptions/${id}`;
    expect((await closed.api('DELETE', path)).status).toBe(403);
    expect((await closed.api('DELETE', path, undefined, SECRET)).status).toBe(204);
    await closed.app.close();
    expect(await server.store.subscriptions(CHANNEL)).toEqual([]);
  });
});

describe('POST /channel/subscriptions/<id>/redrive', () => {
  it('marks the dead letters of the subscription for redelivery', async () => {
    const id = await server.subscribe();
    const other = await server.subscribe({ target_url: TARGET_URL, all_except: [] });
    const body = bodyOf('A');
    await makeDeadLetter(server, id, body);
    expect((await server.api('GET', `/channel/subscriptions/${id}`)).json).toMatchObject({ dead_letters: 1 });
    const { key = 0 } = (await server.store.subscription(CHANNEL, id)) ?? {};
    expect(await server.store.redriven(key, 10)).toEqual([]);

    expect((await server.api('POST', `/channel/subscriptions/${other}/redrive`)).json).toEqual({ redriven: 0 });
    server.changes.length = 0;
    const { status, json } = await server.api('POST', `/channel/subscriptions/${id}/redrive`);
    expect([status, json]).toEqual([202, { redriven: 1 }]);
    const [delivery] = await storedDeliveries(server);
    expect(await server.store.redriven(key, 10)).toMatchObject([{ seq: delivery?.seq, isSentAgain: false }]);
    expect(server.changes).toEqual([`subscriptions ${CHANNEL}`]);
  });

  it('responds with 404 to an unknown subscription', async () => {
    expect((await server.api('POST', '/channel/subscriptions/unknown/redrive')).status).toBe(404);
  });
});
