/** The channels that may register, and the registered channels that are served. */

import { once } from 'node:events';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { RELAY_ORIGIN_HEADER } from '../../wire/relay-api.ts';
import { DAY } from '../harness/durations.ts';
import { callApi, REGISTRATION } from '../harness/relay-requests.ts';
import {
  bodyOf,
  CHANNEL,
  ORIGIN,
  OTHER_CHANNEL,
  OTHER_TOKEN,
  REGISTRATION_SECRET,
  TOKEN,
  SEAL_KEY,
} from '../harness/sample-delivery.ts';
import { createAdmission } from '../admission.ts';
import { secretsIn, startTestServer, TARGET_URL, type TestServer } from './test-server.ts';

const NEW_SECRET = 'the-next-registration-secret';
const WRONG_SECRET = `${REGISTRATION_SECRET}x`;

let server: TestServer;
/** The operator's list, which a test may change. */
let listed: Set<string>;

afterEach(() => server.app.close());

async function start(secrets: readonly string[], list?: readonly string[]): Promise<void> {
  listed = new Set(list);
  server = await startTestServer({ admission: createAdmission(secrets, list ? listed : null), maxChannels: 2 });
}

/** Registers a channel like the app, with its secret, or like a stranger, with no secret or a wrong secret. */
async function register(secret: string | null, token = TOKEN): Promise<number> {
  return (await server.api('PUT', '/channel', undefined, token, secret)).status;
}

/** Registers the sample channel without the API, as if a previous configuration of the relay had allowed it. */
const registerInStore = (withSecret: boolean) =>
  server.store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: DAY, withSecret }, Date.now());

/** Returns the status of every kind of request for the sample channel. The last request deletes the channel. */
async function statuses(): Promise<number[]> {
  const subscription = { target_url: TARGET_URL, actions: ['A'] };
  const requests: [method: string, path: string, body?: object][] = [
    ['PUT', '/channel'],
    ['GET', '/channel'],
    ['GET', '/channel/events'],
    ['POST', '/channel/subscriptions', subscription],
    ['GET', '/channel/subscriptions/x'],
    ['DELETE', '/channel/subscriptions/x'],
    ['POST', '/channel/subscriptions/x/redrive'],
    ['DELETE', '/channel'],
  ];
  const found = [
    await server.post(bodyOf('A')),
    await server.post(bodyOf('A'), `${await server.hookPath()}/contractor`),
  ];
  for (const [method, path, body] of requests) {
    found.push((await server.api(method, path, body, TOKEN, null)).status);
  }
  return found;
}

const SERVED = [202, 202, 200, 200, 200, 200, 404, 404, 404, 204];
const REFUSED = SERVED.map(() => 403);

describe('a relay with a registration secret', () => {
  it('registers a channel with the secret, and refuses a stranger even while slots are free', async () => {
    await start([REGISTRATION_SECRET]);
    for (const secret of [null, '', WRONG_SECRET, REGISTRATION_SECRET.slice(0, -1), `${REGISTRATION_SECRET},`]) {
      expect(await register(secret, OTHER_TOKEN)).toBe(403);
    }
    expect(await server.store.registration(OTHER_CHANNEL)).toBeNull();
    expect(await register(REGISTRATION_SECRET)).toBe(200);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: true });
  });

  it('accepts each of several secrets, so that the operator can replace a secret', async () => {
    await start([REGISTRATION_SECRET, NEW_SECRET]);
    expect(await register(REGISTRATION_SECRET)).toBe(200);
    expect(await register(NEW_SECRET, OTHER_TOKEN)).toBe(200);
  });

  /** Fills the relay with channels that have had no event or subscription since their registration. */
  async function fillWithIdle(days: number): Promise<void> {
    for (const channel of ['idle', 'idle too']) {
      await server.store.registerChannel(
        channel,
        { sealKey: SEAL_KEY, maxChannels: 2, idleMs: DAY },
        Date.now() - days * DAY,
      );
    }
  }

  it('keeps the slot of a channel that has been idle for less than 30 days', async () => {
    await start([REGISTRATION_SECRET]);
    await fillWithIdle(29);
    expect(await register(REGISTRATION_SECRET)).toBe(403);
    expect(await server.store.totals()).toMatchObject({ channels: 2 });
  });

  it('evicts a channel that has been idle for 30 days for the app, and never for a stranger', async () => {
    await start([REGISTRATION_SECRET]);
    await fillWithIdle(31);
    expect(await register(null)).toBe(403);
    expect(await register(WRONG_SECRET)).toBe(403);
    expect(await server.store.totals()).toMatchObject({ channels: 2 });
    expect(await server.store.registration('idle')).not.toBeNull();
    expect(await register(REGISTRATION_SECRET)).toBe(200);
    expect(await server.store.registration(CHANNEL)).not.toBeNull();
  });

  it.each(['https://other.example.com', 'http://relay.example.com', `${ORIGIN}/`, `${ORIGIN}:8443`, ''])(
    'tells an app that was built for the origin %j the origin of the relay',
    async (built) => {
      await start([REGISTRATION_SECRET]);
      await registerInStore(true);
      for (const [method, path] of [
        ['PUT', '/channel'],
        ['GET', '/channel'],
      ] as const) {
        const headers = { authorization: `Bearer ${TOKEN}`, [RELAY_ORIGIN_HEADER]: built };
        const response = await fetch(`${server.url}${path}`, { method, headers });
        const { detail } = (await response.json()) as { detail: string };
        expect([response.status, detail]).toEqual([
          409,
          expect.stringContaining(`The origin of this relay is ${ORIGIN}.`),
        ]);
        const right = { ...headers, host: 'internal:4100', [RELAY_ORIGIN_HEADER]: ORIGIN };
        const registration = method === 'PUT' && {
          headers: { ...right, 'content-type': 'application/json' },
          body: JSON.stringify(REGISTRATION),
        };
        expect((await fetch(`${server.url}${path}`, { method, headers: right, ...registration })).status).toBe(200);
      }
    },
  );

  it('serves a registered channel whose app has no secret or an old secret', async () => {
    await start([NEW_SECRET]);
    await registerInStore(false);
    expect(await register(REGISTRATION_SECRET)).toBe(200);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: false });
    expect(await statuses()).toEqual(SERVED);
  });

  it('explains to the developer of the app and to the operator how to allow the registration, without the secret', async () => {
    await start([REGISTRATION_SECRET]);
    const detailOf = async (secret: string | null) =>
      (await server.api('PUT', '/channel', undefined, TOKEN, secret)).json.detail;
    expect(await detailOf(null)).toMatch(/contains none\. .*set RELAY_REGISTRATION_SECRET.* RELAY_CHANNELS_FILE\.$/);
    expect(await detailOf(WRONG_SECRET)).toMatch(/contains another secret\. /);
    expect(await detailOf(WRONG_SECRET)).not.toContain(REGISTRATION_SECRET);
    expect(secretsIn(server.logged(), WRONG_SECRET)).toEqual([]);
  });
});

describe('a relay with a list of channels', () => {
  it('registers only listed channels, without a secret', async () => {
    await start([], [CHANNEL]);
    expect(await register(null)).toBe(200);
    expect(await register(null, OTHER_TOKEN)).toBe(403);
    expect(await register(REGISTRATION_SECRET, OTHER_TOKEN)).toBe(403);
    expect(await server.store.totals()).toMatchObject({ channels: 1 });
  });

  it('refuses every request for a channel while it is not on the list, and keeps its data', async () => {
    await start([], [CHANNEL]);
    await register(null);
    const id = await server.subscribe();
    expect(await server.post(bodyOf('A'))).toBe(202);
    listed.delete(CHANNEL);
    expect(await statuses()).toEqual(REFUSED);
    listed.add(CHANNEL);
    expect((await server.api('GET', `/channel/subscriptions/${id}`)).json).toMatchObject({ id, pending: 1 });
    expect(await statuses()).toEqual(SERVED);
  });

  it('refuses an unregistered channel that is not on the list with the reason', async () => {
    await start([], []);
    expect(await server.post(bodyOf('A'))).toBe(404);
    const { status, json } = await server.api('GET', '/channel');
    expect([status, json.detail]).toEqual([
      403,
      expect.stringMatching(/Ask the operator to add it to RELAY_CHANNELS_FILE/),
    ]);
    expect((await callApi(server.url, 'PUT', '/channel', undefined, null)).status).toBe(401);
  });

  it('refuses a webhook before its body has arrived', async () => {
    await start([], []);
    await registerInStore(false);
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(`POST ${await server.hookPath()} HTTP/1.1\r\nHost: relay\r\nContent-Length: 1000000\r\n\r\n`);
    const [response] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(response.toString()).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('counts refused webhooks', async () => {
    await start([], []);
    await registerInStore(false);
    await server.post(bodyOf('A'));
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('relay_ingested_total{result="refused"} 1');
  });
});

describe('a relay with a secret and a list', () => {
  it('serves listed channels, and channels that registered with the secret', async () => {
    await start([REGISTRATION_SECRET], [OTHER_CHANNEL]);
    await registerInStore(false);
    expect(await statuses()).toEqual(REFUSED);
    expect(await register(REGISTRATION_SECRET)).toBe(200);
    expect(await statuses()).toEqual(SERVED);
    expect(await register(null, OTHER_TOKEN)).toBe(200);
  });

  it('tells a channel that has yet to register that it is not registered', async () => {
    await start([REGISTRATION_SECRET], []);
    expect((await server.api('GET', '/channel')).status).toBe(404);
    expect(await register(null)).toBe(403);
  });

  it('refuses channels that registered with a secret once no secret is configured', async () => {
    await start([], []);
    await registerInStore(true);
    expect(await statuses()).toEqual(REFUSED);
  });
});
