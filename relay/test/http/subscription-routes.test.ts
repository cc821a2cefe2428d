/** The subscription routes of the connector's API. */

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import { deriveSubscriptionSecret, hashOfSecret } from '../../../wire/capability.ts';
import { bodyOf, CHANNEL, TOKEN } from '../../harness/sample-delivery.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { startTestServer, TARGET_URL } from '../support/test-server.ts';

const DESCRIPTION = { trigger: 'x', options: [], zap_id: null };
const server = await startTestServer({ maxSubscriptions: 3 });
const { api, store, changes } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

describe('POST /channel/subscriptions', () => {
  it('creates a subscription, announces it to the dispatcher, and returns it for the same target and filter', async () => {
    const id = await server.subscribe();
    const created = { targetUrl: TARGET_URL, filter: { actions: ['A'] } };
    expect(await store.subscription(CHANNEL, id)).toMatchObject(created);
    expect(changes).toContain(`subscriptions ${CHANNEL}`);
    expect(await server.subscribe()).toBe(id);
    expect(await server.subscribe({ all_except: ['A'] })).not.toBe(id);
  });

  it('responds with 403 if the channel has its maximum number of subscriptions', async () => {
    const subscribe = (action: string) =>
      api('POST', '/channel/subscriptions', { target_url: TARGET_URL, actions: [action] });
    for (const action of ['A', 'B', 'C']) expect((await subscribe(action)).status).toBe(200);
    const { status, json } = await subscribe('D');
    expect([status, json.detail]).toEqual([403, expect.stringContaining('limit of 3 subscriptions')]);
    expect((await subscribe('A')).status).toBe(200);
  });

  it.each<[body: object | string]>([
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
    ...[
      { trigger: 'x'.repeat(101) },
      { options: Array.from({ length: 21 }, () => ({ label: '', value: '' })) },
      { zap_id: 'x1' },
      { name: '' },
    ].map((change): [object] => [
      { target_url: TARGET_URL, actions: ['A'], description: { ...DESCRIPTION, ...change } },
    ]),
    ['{"target_url": SECRET'],
    ['[]'],
  ])('responds with 400 to %j', async (body) => {
    const { status, json } = await api('POST', '/channel/subscriptions', body);
    expect(status).toBe(400);
    expect(JSON.stringify(json)).not.toContain('SECRET');
    expect(await store.subscriptions(CHANNEL)).toEqual([]);
  });

  it('refuses bodies over 64 kB', async () => {
    expect((await api('POST', '/channel/subscriptions', '[],'.repeat(22_000))).status).toBe(413);
  });
});

describe('/channel/subscriptions/<id>', () => {
  it('ends the subscription, logs the waiting events that are given up, and then responds with 404', async () => {
    const id = await server.subscribe();
    for (let count = 0; count < 2; count++) await server.post(bodyOf('A'));
    changes.length = 0;
    const path = `/channel/subscriptions/${id}`;
    expect((await api('DELETE', path)).status).toBe(204);
    expect(new Set(changes)).toEqual(new Set([`subscriptions ${CHANNEL}`]));
    expect(JSON.parse(server.logged().trim().split('\n').at(-1) ?? '')).toMatchObject({
      channel: CHANNEL.slice(0, 8),
      subscription: id,
      waiting: 2,
      deadLetters: 2,
      msg:
        'Zapier turned off a Zap. Its subscription has ended, and the events that were waiting for it are dead letters. ' +
        'The console can send them to the Zap once it is on again.',
    });
    expect(await server.metrics()).toContain('relay_buried_total{reason="unsubscribed"} 2\n');
    for (const method of ['DELETE', 'GET']) expect((await api(method, path)).status).toBe(404);
    expect((await api('POST', `${path}/redrive`)).status).toBe(404);
  });

  it('marks the dead letters of the subscription for redelivery', async () => {
    const id = await server.subscribe();
    const other = await server.subscribe({ all_except: [] });
    const number = await server.event();
    await server.pass(id, number, [number]);
    expect((await api('GET', `/channel/subscriptions/${id}`)).json).toMatchObject({ dead_letters: 1 });
    const { key = 0 } = (await store.subscription(CHANNEL, id)) ?? {};
    expect(await store.redriven(key, 10)).toEqual([]);
    expect((await api('POST', `/channel/subscriptions/${other}/redrive`)).json).toEqual({ redriven: 0 });
    changes.length = 0;
    const { status, json } = await api('POST', `/channel/subscriptions/${id}/redrive`);
    expect([status, json]).toEqual([202, { redriven: 1 }]);
    const [delivery] = await server.stored();
    expect(await store.redriven(key, 10)).toMatchObject([{ seq: delivery?.seq, isSentAgain: false }]);
    // The first change is the step that redrives the event, and the second change is the end of the back-off.
    expect(changes).toEqual([`subscriptions ${CHANNEL}`, `subscriptions ${CHANNEL}`]);
  });
});

describe('the secret of a subscription', () => {
  const SECRET = deriveSubscriptionSecret(TOKEN, TARGET_URL);
  let path: string;
  beforeEach(async () => {
    path = `/channel/subscriptions/${await server.subscribe({ actions: ['A'], secret_hash: hashOfSecret(SECRET) })}`;
  });
  const end = async ({ api: call } = server, token?: string) => (await call('DELETE', path, undefined, token)).status;

  it('ends this subscription', async () => {
    const other = await server.subscribe({ actions: ['B'], secret_hash: hashOfSecret('another secret') });
    expect(await end(server, SECRET)).toBe(204);
    expect(await store.subscriptions(CHANNEL)).toMatchObject([{ id: other }]);
    expect(await end(server, SECRET)).toBe(404);
  });

  it('ends a subscription of a channel that is no longer served', async () => {
    const registered = createRegisteredChannels(store);
    const delisted = await startTestServer({ store, registered, admission: createAdmission([], new Set()) });
    expect(await end(delisted)).toBe(403);
    expect(await end(delisted, SECRET)).toBe(204);
    await delisted.app.close();
  });
});
