/** The registration secret is sent only to the relay, and neither errors nor Zapier's logs show it. */

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { methodEvent, messageOf, type App } from '../../local/zapier.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint } from '../../wire/sealing/seal-key.ts';
import { createAppHandler, PRIVATE_KEY } from '../helpers.ts';

const SECRET = 'a-registration-secret-of-nobody';

interface Request {
  readonly line: string;
  readonly secret: string | undefined;
  readonly text: string;
  readonly headers: string;
}

let app: App;
/** Requests that the stand-ins have received. */
let requests: Request[] = [];
let status = 200;

const handle: RequestListener = (request, response) => {
  const { method, url, headers, rawHeaders } = request;
  void text(request).then((body) => {
    const secret = headers['relay-registration-secret']?.toString();
    requests.push({ line: `${method} ${url}`, secret, text: body, headers: rawHeaders.join('\n') });
    response.writeHead(url === '/log' ? 200 : status, {
      location: 'http://127.0.0.1:1/',
      'content-type': 'application/json',
    });
    response.end(JSON.stringify({ id: '1', events: [], seal_key_fingerprint: fingerprint }));
  });
};
/** Fingerprint of the connection's seal key, as in the relay's responses. */
let fingerprint: string;

/** Stand-ins for the relay and the log server, and for TutorCruncher. */
const servers = [createServer(handle), createServer(handle)] as const;

async function originOf(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const origin = await originOf(servers[0]);
  fingerprint = sealKeyFingerprint((await new EnvelopeOpener(PRIVATE_KEY, origin).sealKeyPair()).publicKey);
  process.env.LOGGING_ENDPOINT = `${origin}/log`;
  process.env.TUTORCRUNCHER_URL = await originOf(servers[1]);
  jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: origin }));
  jest.resetModules();
  ({ default: app } = await import('../../index.ts'));
});
afterAll(() => {
  delete process.env.LOGGING_ENDPOINT;
  delete process.env.TUTORCRUNCHER_URL;
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});
afterEach(() => {
  delete process.env.RELAY_REGISTRATION_SECRET;
  requests = [];
  status = 200;
});

/** Calls a method of the app like Zapier, with logs sent to the log server. Returns the error message, if any. */
async function call(method: string, bundle: object = {}): Promise<string | null> {
  const event = { ...methodEvent(method, bundle, PRIVATE_KEY), calledFromCli: false, token: 'token-of-the-log-server' };
  try {
    await createAppHandler({ ...app, flags: { skipHttpPatch: true } })(event);
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

const trigger = 'triggers.lesson_completed.operation';
const turnOn = () => call(`${trigger}.performSubscribe`, { targetUrl: 'https://hooks.zapier.com/x' });

const toRelay = () => requests.filter(({ line }) => !line.endsWith('/log')).map(({ line, secret }) => [line, secret]);
/** Returns everything that was sent to Zapier's log server. */
const logs = () =>
  requests
    .filter(({ line }) => line.endsWith('/log'))
    .map(({ text }) => text)
    .join('\n');

describe('the registration secret', () => {
  it('is sent with PUT /channel, and with no other request', async () => {
    process.env.RELAY_REGISTRATION_SECRET = ` ${SECRET}\n`;
    await turnOn();
    await call(`${trigger}.performUnsubscribe`, { subscribeData: { id: '1', secret: 'x'.repeat(43) } });
    await call(`${trigger}.inputFields`);
    await call(`${trigger}.performList`);
    await call('authentication.test');
    const registrations = toRelay().filter(([line]) => line === 'PUT /channel');
    expect(registrations).toEqual([
      ['PUT /channel', SECRET],
      ['PUT /channel', SECRET],
    ]);
    const others = toRelay().filter(([line]) => line !== 'PUT /channel');
    expect(others.map(([line]) => line?.replace(/\?.*/, ''))).toEqual(
      expect.arrayContaining([
        'POST /channel/subscriptions',
        'DELETE /channel/subscriptions/1',
        'GET /channel',
        'GET /channel/events',
        'GET /api/branch/',
      ]),
    );
    expect(others.filter(([, secret]) => secret !== undefined)).toEqual([]);
    // TutorCruncher alone receives the private key.
    const withKey = requests.filter(({ headers, text }) => `${headers}${text}`.includes(PRIVATE_KEY));
    expect(withKey.length).toBeGreaterThan(0);
    expect(withKey.filter(({ line }) => !line.includes(' /api/'))).toEqual([]);
  });

  it('is read from the environment at each call', async () => {
    await turnOn();
    process.env.RELAY_REGISTRATION_SECRET = SECRET;
    await turnOn();
    const registrations = toRelay().filter(([line]) => line === 'PUT /channel');
    expect(registrations.map(([, secret]) => secret)).toEqual([undefined, SECRET]);
  });

  it('does not follow a redirect', async () => {
    process.env.RELAY_REGISTRATION_SECRET = SECRET;
    status = 307;
    expect(await turnOn()).toMatch(/^The relay responded with an error \(HTTP status 307\)/);
    expect(toRelay()).toEqual([['PUT /channel', SECRET]]);
  });

  it.each([200, 500])("is censored in Zapier's logs of a response with status %d", async (code) => {
    process.env.RELAY_REGISTRATION_SECRET = SECRET;
    status = code;
    const message = await turnOn();
    expect(message ?? '').not.toContain(SECRET);
    expect(logs()).toMatch(/relay-registration-secret: :censored:31:/);
    expect(logs()).not.toContain(SECRET);
  });

  it.each([`${SECRET}\u200b`, `two lines\n${SECRET}`, 'too-short'])(
    'is neither sent nor shown if it is malformed: %j',
    async (malformed) => {
      process.env.RELAY_REGISTRATION_SECRET = malformed;
      const message = await turnOn();
      expect(message).toMatch(/malformed registration secret.* Ask the app's developer/);
      expect(message).not.toContain(malformed.slice(0, 8));
      expect(toRelay()).toEqual([]);
      expect(logs()).not.toContain(malformed.slice(0, 8));
    },
  );
});
