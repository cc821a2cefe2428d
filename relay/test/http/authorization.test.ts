/** The access that each credential grants. */

import { afterAll, beforeEach, expect, it } from '@jest/globals';

import { deriveSubscriptionSecret, hashOfSecret } from '../../../wire/capability.ts';
import * as wire from '../../../wire/console-api.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { bodyOf, CHANNEL, OTHER_TOKEN, TOKEN } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { closeConnections, headOf, openConnection } from '../support/raw-connection.ts';
import { ACCESS_TOKEN, startTestServer, TARGET_URL } from '../support/test-server.ts';

type Route = readonly [method: string, path: string, body?: object];

const SECRET = deriveSubscriptionSecret(TOKEN, TARGET_URL);
const OWN = { target_url: TARGET_URL, actions: ['A'], secret_hash: hashOfSecret(SECRET) };
const OTHER = { ...OWN, actions: ['B'], secret_hash: hashOfSecret('another secret') };
const LINK = { access_token_hash: 'd'.repeat(43), keys: [], verdict: null };
const DELETE_OWN: Route = ['DELETE', '/channel/subscriptions/<own>'];
const CHANNEL_ROUTES: readonly Route[] = [
  ['GET', '/channel'],
  ['DELETE', '/channel'],
  ['GET', '/channel/events'],
  ['GET', '/channel/keys'],
  ['POST', '/channel/links', LINK],
  ['POST', '/channel/subscriptions', OWN],
  DELETE_OWN,
  ['DELETE', '/channel/subscriptions/<other>'],
  ...['<own>', '<other>'].flatMap((id): Route[] => [
    ['GET', `/channel/subscriptions/${id}`],
    ['POST', `/channel/subscriptions/${id}/redrive`],
  ]),
];
const CONSOLE_ROUTES: readonly Route[] = [
  ['GET', wire.CONSOLE_LINK_PATH],
  ['GET', wire.CONSOLE_OVERVIEW_PATH],
  ['GET', wire.CONSOLE_EVENTS_PATH],
  ['GET', `${wire.CONSOLE_EVENTS_PATH}/1`],
  ['GET', `${wire.CONSOLE_EVENTS_PATH}/1/zaps`],
  ['POST', wire.CONSOLE_SEND_AGAIN_PATH, { dry_run: true, conditions: {} }],
  ['POST', wire.CONSOLE_RETRY_PATH, {}],
];

const server = await startTestServer({ maxSubscriptions: 3 });
const { store } = server;
let ids: Readonly<Record<string, string>>;
beforeEach(async () => {
  await server.renew();
  ids = { '<own>': await server.subscribe(OWN), '<other>': await server.subscribe(OTHER) };
  await server.post(bodyOf('A'));
});
afterAll(() => server.close());

const pathOf = (path: string): string => path.replace(/<\w+>/, (name) => ids[name] ?? '');

it.each<[credential: string, token: string | null, channel: number, console: number]>([
  ['no credential', null, 401, 401],
  ['a malformed token', `${TOKEN}x`, 401, 401],
  ['the name of the channel', CHANNEL, 401, 401],
  ['the token of another channel', OTHER_TOKEN, 404, 401],
  ['the secret of a subscription', SECRET, 404, 401],
  ['an unknown link', 'b'.repeat(43), 404, 401],
  ['a link, for the API of the connector', ACCESS_TOKEN, 404, 200],
  ['the token of the channel, for the console', TOKEN, 200, 401],
])('%s grants no access', async (_name, token, onChannel, onConsole) => {
  const expected = new Map([
    [CHANNEL_ROUTES, onChannel],
    [CONSOLE_ROUTES, onConsole],
  ]);
  for (const [routes, refusal] of expected) {
    const refused = refusal === 200 ? [] : routes.filter((route) => !(token === SECRET && route === DELETE_OWN));
    const check = async ([method, path, body]: Route) => {
      const { status, headers, json } = await server.api(method, pathOf(path), body, token);
      expect([method, path, status]).toEqual([method, path, refusal]);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(json).toMatchObject({ type: 'about:blank', status: refusal });
      if (routes === CONSOLE_ROUTES) expect(json.detail).toMatch(/fresh link/);
    };
    await Promise.all(refused.map(check));
  }
  expect(await store.subscriptions(CHANNEL)).toHaveLength(2);
});

it('a link to a channel that is no longer served grants no access', async () => {
  const registered = createRegisteredChannels(store);
  const delisted = await startTestServer({ store, registered, admission: createAdmission([], new Set()) });
  for (const [method, path, body] of CONSOLE_ROUTES) {
    expect([path, (await delisted.api(method, path, body, ACCESS_TOKEN)).status]).toEqual([path, 403]);
  }
  await delisted.app.close();
});

it('a request of a channel that uses its share of the connections is refused before its body arrives', async () => {
  const small = await startTestServer({ store, registered: createRegisteredChannels(store), maxConnections: 10 });
  const head = headOf(
    '/channel/links',
    `Authorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 9`,
  );
  const opened = Array.from({ length: 5 }, () => openConnection(small.url, `${head}{`));
  await until(() => opened.some(({ statuses }) => statuses.length > 0));
  expect(opened.flatMap(({ statuses }) => statuses)).toEqual(['503']);
  closeConnections();
  await small.app.close();
});
