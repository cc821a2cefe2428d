/**
 * The registration of a connection at its relay. The app sends the connection's public seal key and the app's
 * registration secret.
 */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY } from '../../../local/hook-calls.ts';
import { methodEvent, shownMessageOf } from '../../../local/app-runner.ts';
import { EnvelopeOpener } from '../../../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint, sealKeyText } from '../../../wire/sealing/seal-key.ts';
import { createAppHandler } from '../../support/app-tester.ts';
import { loadRelayApp, SECRET } from '../../support/relay-app.ts';

/** A request that a stand-in server has received. */
interface SeenRequest {
  readonly route: string;
  readonly secret: string | undefined;
  readonly body: string;
  readonly headers: string;
}

/** A response of a stand-in server. */
type StubResponse = readonly [status: number, body: object];

const FOREIGN: StubResponse = [200, { seal_key_fingerprint: 'the fingerprint of another key' }];
const CONFLICT: StubResponse = [409, {}];

const OTHER_KEY =
  /seals the events of this connection for a key that the connection does not have, .* ask them to make the relay forget the channel [\w-]{8}\. Then turn every Zap of this connection off and on again, and paste the URL that its trigger shows into TutorCruncher\./;

const relay = await loadRelayApp();
let fingerprint: string;
let sealKey: string;
let seen: SeenRequest[];
/** The responses of the stand-in servers, by method and path. */
let responses: Record<string, StubResponse>;

const handle: RequestListener = (request, response) => {
  const { method = '', url = '', headers, rawHeaders } = request;
  const route = `${method} ${url.replace(/\?.*/, '')}`;
  void text(request).then((body) => {
    const secret = headers['relay-registration-secret']?.toString();
    seen.push({ route, secret, body, headers: rawHeaders.join('\n') });
    const [status, data] = responses[route] ?? [404, {}];
    response.writeHead(status, { location: 'http://127.0.0.1:1/', 'content-type': 'application/json' });
    response.end(JSON.stringify(data));
  });
};

/**
 * Stand-in servers. The first server stands in for the relay and Zapier's log server, and the second server stands in
 * for TutorCruncher.
 */
const servers = [createServer(handle), createServer(handle)] as const;

async function originOf(server: Server, port = 0): Promise<string> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, relay.origin).sealKeyPair();
  fingerprint = sealKeyFingerprint(publicKey);
  sealKey = sealKeyText(publicKey);
  process.env.LOGGING_ENDPOINT = `${await originOf(servers[0], relay.relayPort)}/log`;
  process.env.TUTORCRUNCHER_URL = await originOf(servers[1]);
});
afterAll(() => {
  delete process.env.LOGGING_ENDPOINT;
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

beforeEach(() => {
  process.env.RELAY_REGISTRATION_SECRET = SECRET;
  seen = [];
  responses = {
    'PUT /channel': [200, { seal_key_fingerprint: fingerprint }],
    'GET /channel': [200, { seal_key_fingerprint: fingerprint, subscriptions: [] }],
    'POST /channel/subscriptions': [200, { id: 'the-subscription' }],
    'GET /api/branch/': [200, { id: 4021, name: 'Bristol Branch' }],
    'POST /log': [200, {}],
  };
});
afterEach(() => {
  for (const { route, headers, body } of seen) {
    const sent = `${headers}\n${body}`;
    // Only TutorCruncher receives the private key. The relay receives only the public seal key.
    if (!route.includes(' /api/')) expect([route, sent]).not.toEqual([route, expect.stringContaining(PRIVATE_KEY)]);
    if (route !== 'PUT /channel') expect([route, sent]).not.toEqual([route, expect.stringContaining(SECRET)]);
  }
});

/**
 * Calls a method of the app as Zapier does, and sends logs to the log server. Returns the error message; null if the
 * call succeeds.
 */
async function call(method: string, bundle: object = {}): Promise<string | null> {
  const event = { ...methodEvent(method, bundle, PRIVATE_KEY), calledFromCli: false, token: 'token-of-the-log-server' };
  try {
    await createAppHandler(relay.app)(event);
    return null;
  } catch (error) {
    return shownMessageOf(error);
  }
}

const trigger = 'triggers.lesson_completed.operation';
const turnOn = () => call(`${trigger}.performSubscribe`, { targetUrl: 'https://hooks.zapier.com/x' });

const registrations = () => seen.filter(({ route }) => route === 'PUT /channel');
const routes = () => seen.map(({ route }) => route).filter((route) => route !== 'POST /log');
/** Returns everything that was sent to Zapier's log server. */
const logs = () =>
  seen
    .filter(({ route }) => route === 'POST /log')
    .map(({ body }) => body)
    .join('\n');

it('a connection is registered with its public seal key and the secret when it is tested and when a Zap is turned on', async () => {
  process.env.RELAY_REGISTRATION_SECRET = ` ${SECRET}\n`;
  await turnOn();
  await call(`${trigger}.performUnsubscribe`, { subscribeData: { id: '1', secret: 'x'.repeat(43) } });
  await call(`${trigger}.inputFields`);
  await call(`${trigger}.performList`);
  await call('authentication.test');
  const registration = { body: JSON.stringify({ seal_key: sealKey }), secret: SECRET };
  expect(registrations()).toMatchObject([registration, registration]);
  expect(routes()).toEqual(
    expect.arrayContaining([
      'POST /channel/subscriptions',
      'DELETE /channel/subscriptions/1',
      'GET /channel',
      'GET /channel/events',
      'GET /api/branch/',
    ]),
  );
  expect(seen.filter(({ headers }) => headers.includes(PRIVATE_KEY))).not.toEqual([]);
});

it('a connection is registered only once TutorCruncher has accepted its key', async () => {
  responses['GET /api/branch/'] = [401, {}];
  expect(await call('authentication.test')).toMatch(/private key/);
  responses['GET /api/branch/'] = [404, {}];
  responses['GET /api/clients/'] = [401, {}];
  expect(await call('authentication.test')).toMatch(/private key/);
  expect(registrations()).toEqual([]);
  responses['GET /api/clients/'] = [200, { results: [] }];
  expect(await call('authentication.test')).toBeNull();
  expect(routes().slice(-3)).toEqual(['GET /api/branch/', 'GET /api/clients/', 'PUT /channel']);
});

describe('the registration secret', () => {
  it('is read from the environment at each call', async () => {
    delete process.env.RELAY_REGISTRATION_SECRET;
    await turnOn();
    process.env.RELAY_REGISTRATION_SECRET = SECRET;
    await turnOn();
    expect(registrations().map(({ secret }) => secret)).toEqual([undefined, SECRET]);
  });

  it('does not follow a redirect', async () => {
    responses['PUT /channel'] = [307, {}];
    expect(await turnOn()).toMatch(/^The relay responded with an error \(HTTP status 307\)/);
    expect(routes()).toEqual(['PUT /channel']);
  });

  it.each([200, 500])("is censored in Zapier's logs of a response with status %d", async (status) => {
    responses['PUT /channel'] = [status, { seal_key_fingerprint: fingerprint }];
    expect((await turnOn()) ?? '').not.toContain(SECRET);
    expect(logs()).toMatch(/relay-registration-secret: :censored:31:/);
  });

  it.each([`${SECRET}\u200b`, `two lines\n${SECRET}`, 'too-short'])(
    'is neither sent nor shown if it is malformed: %j',
    async (malformed) => {
      process.env.RELAY_REGISTRATION_SECRET = malformed;
      const message = await turnOn();
      expect(message).toMatch(/malformed registration secret.* Ask the app's developer/);
      expect(`${message} ${logs()}`).not.toContain(malformed.slice(0, 8));
      expect(routes()).toEqual([]);
    },
  );
});

it.each([
  [400, /^The relay rejected this Zap's URL\. Tell the person/],
  [403, /^The relay accepts no more Zaps for this connection\. Turn off Zaps/],
  [503, /^The relay responded with an error \(HTTP status 503\)\. Try again/],
])('a Zap that the relay refuses with status %d is not turned on, with advice', async (status, advice) => {
  responses['POST /channel/subscriptions'] = [status, {}];
  expect(await turnOn()).toMatch(advice);
});

describe('a relay with another seal key', () => {
  it.each<[what: string, changes: Record<string, StubResponse>]>([
    ['answers with the fingerprint of another key', { 'PUT /channel': FOREIGN }],
    ['answers with no fingerprint', { 'PUT /channel': [200, {}] }],
    ['refuses the seal key', { 'PUT /channel': CONFLICT, 'GET /channel': FOREIGN }],
  ])('is reported instead of turning on a Zap if it %s', async (_what, changes) => {
    Object.assign(responses, changes);
    expect(await turnOn()).toMatch(OTHER_KEY);
    expect(routes()).not.toContain('POST /channel/subscriptions');
  });

  it('is not the reason if a relay refuses a Zap without saying why', async () => {
    Object.assign(responses, { 'PUT /channel': CONFLICT, 'GET /channel': [503, {}] });
    expect(await turnOn()).toMatch(/responded with an error \(HTTP status 409\)/);
  });

  it('is shown with advice instead of its webhook URL', async () => {
    responses['GET /channel'] = FOREIGN;
    const { helpText = '' } = (await relay.fieldOf('lesson_completed')) ?? {};
    expect(helpText).toMatch(OTHER_KEY);
    expect(helpText).not.toContain('/hooks/');
    const webhook_url = `${relay.origin}/hooks/channel/part`;
    responses['GET /channel'] = [200, { seal_key_fingerprint: fingerprint, webhook_url, subscriptions: [] }];
    expect((await relay.fieldOf('lesson_completed'))?.helpText).toContain(webhook_url);
  });

  it('does not fail the test of a connection, because searches and actions also need the connection', async () => {
    responses['PUT /channel'] = FOREIGN;
    expect(await call('authentication.test')).toBeNull();
    expect(routes()).toEqual(expect.arrayContaining(['PUT /channel', 'GET /api/branch/']));
  });
});
