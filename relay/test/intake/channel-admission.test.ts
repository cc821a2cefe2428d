/** The channels that a relay serves. */

import { afterEach, describe, expect, it } from '@jest/globals';

import { createAdmission } from '../../intake/channel-admission.ts';
import { DAY } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, OTHER_TOKEN } from '../../harness/sample-delivery.ts';
import { REGISTRATION_SECRET as SECRET, SEAL_KEY, TOKEN } from '../../harness/sample-delivery.ts';
import { startTestServer, TARGET_URL, type TestServer } from '../support/test-server.ts';

const NEW_SECRET = 'the-next-registration-secret';

let server: TestServer;

afterEach(() => server.close());

async function start(secrets: readonly string[], list?: readonly string[]): Promise<void> {
  server = await startTestServer({ admission: createAdmission(secrets, list ? new Set(list) : null), maxChannels: 2 });
}

/**
 * Registers a channel: with the registration secret, as the app does, or with no secret or a wrong secret, as a
 * stranger does.
 */
const register = async (secret: string | null, token = TOKEN): Promise<number> =>
  (await server.api('PUT', '/channel', undefined, token, secret)).status;

/**
 * Registers a channel directly in the store, as if an earlier configuration of the relay had allowed the registration.
 */
const registerInStore = (withSecret: boolean, channel = CHANNEL, now = Date.now()) =>
  server.store.registerChannel(channel, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: DAY, withSecret }, now);

/**
 * Sends every kind of request for the sample channel, and returns the statuses. The last request deletes the channel.
 */
async function statuses(): Promise<number[]> {
  const requests: [method: string, path: string, body?: object][] = [
    ['PUT', '/channel'],
    ['GET', '/channel'],
    ['GET', '/channel/events'],
    ['POST', '/channel/subscriptions', { target_url: TARGET_URL, actions: ['A'] }],
    ['GET', '/channel/subscriptions/x'],
    ['DELETE', '/channel/subscriptions/x'],
    ['POST', '/channel/subscriptions/x/redrive'],
    ['DELETE', '/channel'],
  ];
  const path = await server.hookPath();
  const found = [await server.post(bodyOf('A')), await server.post(bodyOf('A'), `${path}/contractor`)];
  for (const [method, route, body] of requests) {
    found.push((await server.api(method, route, body, TOKEN, null)).status);
  }
  return found;
}

const SERVED = [202, 202, 200, 200, 200, 200, 404, 404, 404, 204];
const REFUSED = SERVED.map(() => 403);

describe('a relay with a list of channels', () => {
  it('refuses an unregistered channel that is not on the list with the reason', async () => {
    await start([], []);
    expect(await server.post(bodyOf('A'))).toBe(404);
    const { status, json } = await server.api('GET', '/channel');
    const advice = expect.stringMatching(/Ask the operator to add it to RELAY_CHANNELS_FILE/);
    expect([status, json.detail]).toEqual([403, advice]);
    expect((await server.api('PUT', '/channel', undefined, null)).status).toBe(401);
  });
});

describe('a relay with a secret and a list', () => {
  it('serves listed channels, and channels that registered with the secret', async () => {
    await start([SECRET], [OTHER_CHANNEL]);
    await registerInStore(false);
    expect(await statuses()).toEqual(REFUSED);
    expect(await register(SECRET)).toBe(200);
    expect(await statuses()).toEqual(SERVED);
    expect(await register(null, OTHER_TOKEN)).toBe(200);
  });

  it('tells a channel that has yet to register that it is not registered', async () => {
    await start([SECRET], []);
    expect((await server.api('GET', '/channel')).status).toBe(404);
    expect(await register(null)).toBe(403);
  });
});

it.each<[relay: string, secrets: string[], list: string[] | undefined, withSecret: boolean, statuses: number[]]>([
  ['has another secret than the app', [NEW_SECRET], undefined, false, SERVED],
  ['lists the channel', [], [CHANNEL], false, SERVED],
  ['lists no channel', [], [], false, REFUSED],
  ['has a secret no longer, but a list', [], [], true, REFUSED],
])(
  'a relay that %s responds to all requests of a registered channel alike',
  async (_what, secrets, list, withSecret, expected) => {
    await start(secrets, list);
    await registerInStore(withSecret);
    expect(await statuses()).toEqual(expected);
  },
);
