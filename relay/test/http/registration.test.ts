import { beforeEach, describe, expect, it } from '@jest/globals';

import { sealKeyFingerprint } from '../../../wire/sealing/seal-key.ts';
import { DAY, HOUR } from '../../harness/durations.ts';
import {
  CHANNEL,
  OTHER_CHANNEL,
  OTHER_TOKEN,
  REGISTRATION_SECRET as SECRET,
  SEAL_KEY,
  TOKEN,
} from '../../harness/sample-delivery.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { delivery } from '../support/new-delivery.ts';
import { secretsIn, startedForEachTest, type TestServer } from '../support/test-server.ts';

const NEW_SECRET = 'the-next-registration-secret';
const WRONG_SECRET = `${SECRET}x`;

const startWith = startedForEachTest();
let server: TestServer;

async function start(secrets: readonly string[]): Promise<void> {
  server = await startWith({ admission: createAdmission(secrets, null), maxChannels: 2 });
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

/** The body of `PUT /channel` with another X25519 key. */
const OTHER_SEAL_KEY = { seal_key: Buffer.alloc(32, 9).toString('base64url') };

describe('PUT /channel', () => {
  beforeEach(async () => {
    await start([SECRET]);
    await server.register();
  });

  it('registers a channel with its seal key, and is idempotent', async () => {
    const json = { channel: CHANNEL, seal_key_fingerprint: sealKeyFingerprint(SEAL_KEY) };
    expect(await server.register()).toMatchObject({ status: 200, json });
    expect((await server.api('GET', '/channel')).json).toMatchObject(json);
  });

  it.each([
    ['no body', ''],
    ['no seal key', {}],
    ['a seal key that is not text', { seal_key: 7 }],
    ['a seal key of the wrong length', { seal_key: 'AAAA' }],
    ['a seal key with padding', { seal_key: `${SEAL_KEY.toString('base64url')}=` }],
    ['a seal key of small order', { seal_key: Buffer.alloc(32).toString('base64url') }],
  ])('responds with 400 to %s, and registers nothing', async (_name, body) => {
    await server.reset();
    const { status, json } = await server.api('PUT', '/channel', body);
    expect(status).toBe(400);
    if (body !== '') expect(json.detail).toMatch(/^The body must contain the public seal key/);
    expect(await server.store.registration(CHANNEL)).toBeNull();
  });

  it('responds with 409 to a different seal key until the channel is deleted', async () => {
    const { status, json } = await server.api('PUT', '/channel', OTHER_SEAL_KEY);
    expect([status, json.detail]).toEqual([409, expect.stringContaining('another seal key')]);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ sealKey: SEAL_KEY });
    // A registered channel does not need the registration secret, so the response is the same without the secret.
    expect((await server.api('PUT', '/channel', OTHER_SEAL_KEY, TOKEN, null)).status).toBe(409);
    expect((await server.api('PUT', '/channel', undefined, TOKEN, null)).status).toBe(200);
    expect((await server.api('DELETE', '/channel')).status).toBe(204);
    expect((await server.api('PUT', '/channel', OTHER_SEAL_KEY)).status).toBe(200);
  });
});

describe('a relay with a registration secret', () => {
  it('registers a channel with the secret, and refuses a stranger even while slots are free', async () => {
    await start([NEW_SECRET, SECRET]);
    for (const secret of [null, '', WRONG_SECRET, SECRET.slice(0, -1), `${SECRET},`]) {
      expect(await register(secret, OTHER_TOKEN)).toBe(403);
    }
    expect(await server.store.registration(OTHER_CHANNEL)).toBeNull();
    expect(await register(SECRET)).toBe(200);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: true });
    // The operator can replace a secret, because the relay accepts several secrets at the same time.
    expect(await register(NEW_SECRET, OTHER_TOKEN)).toBe(200);
  });

  /**
   * Fills the relay with idle channels. The channels have had no subscription, and at most one event, which arrived
   * when they were registered.
   */
  async function fillWithIdle(hours: number, hasEvent: boolean): Promise<void> {
    const receivedAt = Date.now() - hours * HOUR;
    for (const channel of ['idle', 'idle too']) {
      await registerInStore(false, channel, receivedAt);
      if (hasEvent) await server.store.ingest([delivery('A', { channel, receivedAt })]);
    }
  }

  it.each([
    [29 * 24, true, 403],
    [31 * 24, true, 200],
    [0.9, false, 403],
    [1.1, false, 200],
  ])(
    'refuses a stranger if its channels have been idle for %d hours (with an event: %s), and responds to the app with %d',
    async (hours, hasEvent, status) => {
      await start([SECRET]);
      await fillWithIdle(hours, hasEvent);
      for (const secret of [null, WRONG_SECRET]) expect(await register(secret)).toBe(403);
      expect(await server.store.totals()).toMatchObject({ channels: 2 });
      expect(await server.store.registration('idle')).not.toBeNull();
      expect(await register(SECRET)).toBe(status);
      expect((await server.store.registration(CHANNEL)) !== null).toBe(status === 200);
    },
  );

  it('keeps the registration of a channel whose app has an old secret', async () => {
    await start([NEW_SECRET]);
    await registerInStore(false);
    expect(await register(SECRET)).toBe(200);
    expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: false });
  });

  it('explains to the developer of the app and to the operator how to allow the registration, without the secret', async () => {
    await start([SECRET]);
    const detailOf = async (secret: string | null) =>
      (await server.api('PUT', '/channel', undefined, TOKEN, secret)).json.detail;
    expect(await detailOf(null)).toMatch(/contains none\. .*set RELAY_REGISTRATION_SECRET.* RELAY_CHANNELS_FILE\.$/);
    expect(await detailOf(WRONG_SECRET)).toMatch(/contains another secret\. /);
    expect(await detailOf(WRONG_SECRET)).not.toContain(SECRET);
    expect(secretsIn(server.logged(), WRONG_SECRET)).toEqual([]);
  });
});

it('a channel on the list of the operator registers without the secret, and is then not known as registered with it', async () => {
  server = await startWith({ admission: createAdmission([SECRET], new Set([CHANNEL])), maxChannels: 2 });
  expect([await register(null), await register(null, OTHER_TOKEN)]).toEqual([200, 403]);
  expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: false });
  expect(await register(SECRET)).toBe(200);
  expect(await server.store.registration(CHANNEL)).toMatchObject({ withSecret: true });
});
