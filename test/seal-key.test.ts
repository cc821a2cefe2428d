/** The seal key that an app sends to its relay, and relays that have a different seal key. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { EnvelopeOpener } from '../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint, sealKeyText } from '../wire/sealing/seal-key.ts';
import { PRIVATE_KEY } from './helpers.ts';
import { bundleWith, loadRelayApp } from './relay-app.ts';

/** A request that the stand-in for the relay received. */
interface SeenRequest {
  readonly route: string;
  readonly body: string;
}

/** A response of the stand-in for the relay. */
type StubResponse = readonly [status: number, body: object];

const FOREIGN: StubResponse = [200, { seal_key_fingerprint: 'the fingerprint of another key' }];
const CONFLICT: StubResponse = [409, {}];

const OTHER_KEY =
  /seals the events of this connection for a key that the connection does not have, .* ask them to make the relay forget the channel [\w-]{8}\. Then turn every Zap of this connection off and on again, and paste the URL that its trigger shows into TutorCruncher\./;

const relay = await loadRelayApp();
let server: Server;
let fingerprint: string;
let sealKey: string;
let seen: SeenRequest[];
/** The responses of the stand-in for the relay, by method and path. */
let responses: Record<string, StubResponse>;

beforeAll(async () => {
  const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, relay.origin).sealKeyPair();
  fingerprint = sealKeyFingerprint(publicKey);
  sealKey = sealKeyText(publicKey);
  server = createServer((request, response) => {
    void text(request).then((body) => {
      const route = `${request.method ?? ''} ${request.url ?? ''}`;
      seen.push({ route, body });
      const [status, data] = responses[route] ?? [404, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data));
    });
  });
  await once(server.listen(relay.relayPort, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  seen = [];
  responses = {
    'PUT /channel': [200, { seal_key_fingerprint: fingerprint }],
    'GET /channel': [200, { seal_key_fingerprint: fingerprint, subscriptions: [] }],
    'POST /channel/subscriptions': [200, { id: 'the-subscription' }],
  };
});
afterEach(() => {
  // Only the public seal key leaves the app; the private key does not.
  for (const { body } of seen) expect(body).not.toContain(PRIVATE_KEY);
});

const registrations = () => seen.filter(({ route }) => route === 'PUT /channel').map(({ body }) => body);

describe('an app built for a relay', () => {
  it('sends its public seal key when the connection is tested and when a Zap is turned on', async () => {
    await relay.call(relay.app.authentication.test, bundleWith());
    await relay.turnOn('lesson_completed');
    expect(registrations()).toEqual([sealKey, sealKey].map((seal_key) => JSON.stringify({ seal_key })));
  });

  it.each<[what: string, changes: Record<string, StubResponse>]>([
    ['answers with the fingerprint of another key', { 'PUT /channel': FOREIGN }],
    ['answers with no fingerprint', { 'PUT /channel': [200, {}] }],
    ['refuses the seal key', { 'PUT /channel': CONFLICT, 'GET /channel': FOREIGN }],
  ])('does not turn on a Zap at a relay that %s', async (_what, changes) => {
    Object.assign(responses, changes);
    await expect(relay.turnOn('lesson_completed')).rejects.toThrow(OTHER_KEY);
    expect(seen.map(({ route }) => route)).not.toContain('POST /channel/subscriptions');
  });

  it.each<[what: string, state: StubResponse, message: RegExp]>([
    ['has another origin', CONFLICT, /built for the relay at/],
    ['does not say why', [503, {}], /responded with an error \(HTTP status 409\)/],
  ])('does not mention the key if the relay refuses a Zap because it %s', async (_what, state, message) => {
    Object.assign(responses, { 'PUT /channel': CONFLICT, 'GET /channel': state });
    await expect(relay.turnOn('lesson_completed')).rejects.toThrow(message);
  });

  it('shows advice instead of the webhook URL of a relay that has another key', async () => {
    responses['GET /channel'] = FOREIGN;
    const { helpText = '' } = (await relay.fieldOf('lesson_completed')) ?? {};
    expect(helpText).toMatch(OTHER_KEY);
    expect(helpText).not.toContain('/hooks/');
    const webhook_url = `${relay.origin}/hooks/channel/part`;
    responses['GET /channel'] = [200, { seal_key_fingerprint: fingerprint, webhook_url, subscriptions: [] }];
    expect((await relay.fieldOf('lesson_completed'))?.helpText).toContain(webhook_url);
  });

  it('passes the test of a connection whose channel has another key, because searches and actions also need the connection', async () => {
    responses['PUT /channel'] = FOREIGN;
    expect(await relay.call(relay.app.authentication.test, bundleWith())).toMatchObject({ name: 'Bristol Branch' });
  });
});
