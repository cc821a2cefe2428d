/** The rate limits of the API, which count requests by channel or by address. */

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterEach, expect, it } from '@jest/globals';

import { deriveSubscriptionSecret, deriveToken, hashOfSecret } from '../../../wire/capability.ts';
import { CHANNEL, OTHER_TOKEN, REGISTRATION_SECRET, TOKEN } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { limitOf } from '../../http/rate-limits.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { closeConnections, openConnection } from '../support/raw-connection.ts';
import { startedForEachTest, TARGET_URL } from '../support/test-server.ts';

const startWith = startedForEachTest();
afterEach(closeConnections);

it('the limits are 300 requests per minute by default', () => {
  expect(limitOf({}, 'with this link', () => Promise.resolve(null))).toMatchObject({ max: 300, timeWindow: 60_000 });
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
  // The registration was the first of the channel's four requests.
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
    // The channel has already used up its own limit.
    expect(await put(TOKEN, secret)).toBe(429);
  },
);

it('the secret of a subscription counts towards the limit of its channel, so that it works after strangers have used up the limit of the address', async () => {
  const limited = await startWith({ apiRequestsPerMinute: 5 });
  await limited.register();
  const secret = deriveSubscriptionSecret(TOKEN, TARGET_URL);
  const id = await limited.subscribe({ actions: ['A'], secret_hash: hashOfSecret(secret) });
  const statusOf = async (method: string, path: string, token: string) =>
    (await limited.api(method, path, undefined, token)).status;
  for (let index = 0; index < 5; index++) expect(await statusOf('GET', '/channel', OTHER_TOKEN)).toBe(404);
  expect(await statusOf('GET', '/channel', OTHER_TOKEN)).toBe(429);
  expect(await statusOf('GET', `/channel/subscriptions/${id}`, secret)).toBe(429);
  expect(await statusOf('DELETE', `/channel/subscriptions/${id}`, secret)).toBe(204);
});

it('reports no error if a client closes its connection while its channel is looked up', async () => {
  const [begun, channel] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
  const lookUp = () => {
    begun.resolve(null);
    return channel.promise;
  };
  const known = createRegisteredChannels((await startWith()).store);
  const other = await startWith({ registered: { ...known, lookUp } });
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
