import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../wire/capability.ts';
import { DATA_KEYS_PATH, LINK_HOURS, LINKS_PATH, type DataKeysResponse } from '../../wire/link-api.ts';
import { unwrapDataKey } from '../../wire/sealing/key-wrap.ts';
import { HOUR } from '../harness/durations.ts';
import { bodyOf, CHANNEL, OTHER_TOKEN, SEAL_KEYS } from '../harness/sample-delivery.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const ACCESS_TOKEN = 'a'.repeat(43);
const KEY_ID = '00000000-0000-4000-8000-000000000001';
const VERDICT = { delivery_id: KEY_ID, received_at: 1_000_000, is_valid: true };
const LINK = {
  access_token_hash: hashOfAccessToken(ACCESS_TOKEN),
  keys: [{ key_id: KEY_ID, wrapped_key: Buffer.alloc(60, 7).toString('base64') }],
  verdict: VERDICT,
};

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
beforeEach(() => server.reset());
afterAll(() => server.app.close());

it('returns the data keys of stored deliveries, wrapped for the seal key, to the bearer of the token', async () => {
  await server.register();
  expect((await server.api('GET', DATA_KEYS_PATH)).json).toEqual({ keys: [] });
  await server.post(bodyOf('A'));
  const { keys } = (await server.api('GET', DATA_KEYS_PATH)).json as unknown as DataKeysResponse;
  expect(keys).toHaveLength(1);
  for (const { key_id: keyId, wrapped_key: wrapped } of keys) {
    const names = { channel: CHANNEL, keyId };
    expect(await unwrapDataKey(SEAL_KEYS.keys, Buffer.from(wrapped, 'base64'), names)).toHaveLength(32);
  }
});

it('adds a link for 24 hours', async () => {
  await server.register();
  const before = Date.now();
  const { status, json } = await server.api('POST', LINKS_PATH, LINK);
  expect(status).toBe(201);
  const link = await server.store.link(LINK.access_token_hash);
  expect(link).toEqual({
    tokenHash: LINK.access_token_hash,
    channel: CHANNEL,
    keys: LINK.keys,
    verdict: VERDICT,
    verdicts: [],
    expiresAt: json.expires_at,
  });
  expect((link?.expiresAt ?? 0) - before).toBeGreaterThanOrEqual(LINK_HOURS * HOUR);
  expect((link?.expiresAt ?? 0) - before).toBeLessThan((LINK_HOURS + 1) * HOUR);
  expect((await server.api('POST', LINKS_PATH, { ...LINK, keys: [], verdict: null, verdicts: [VERDICT] })).status).toBe(
    201,
  );
  expect(await server.store.link(LINK.access_token_hash)).toMatchObject({
    ...{ keys: [], verdict: null, verdicts: [VERDICT] },
  });
});

it('refuses links and keys without the token of a registered channel', async () => {
  for (const [method, path, body] of [
    ['POST', LINKS_PATH, LINK],
    ['GET', DATA_KEYS_PATH, undefined],
  ] as const) {
    expect((await server.api(method, path, body)).status).toBe(404);
    expect((await server.api(method, path, body, null)).status).toBe(401);
    expect((await server.api(method, path, body, OTHER_TOKEN)).status).toBe(404);
  }
});

it.each([
  ['no hash', { access_token_hash: undefined }],
  ['a hash of another length', { access_token_hash: 'x' }],
  ['no keys', { keys: undefined }],
  ['too many keys', { keys: Array.from({ length: 257 }, () => ({ key_id: KEY_ID, wrapped_key: 'AAAA' })) }],
  ['a key without a UUID', { keys: [{ key_id: 'x', wrapped_key: 'AAAA' }] }],
  ['a key that is not base64', { keys: [{ key_id: KEY_ID, wrapped_key: '<script>' }] }],
  ['a key that is too long', { keys: [{ key_id: KEY_ID, wrapped_key: 'A'.repeat(129) }] }],
  ['no verdict', { verdict: undefined }],
  ['a verdict without an event', { verdict: { is_valid: true } }],
  ['a verdict of the newest events without an event', { verdicts: [{ is_valid: true }] }],
  ['too many verdicts', { verdicts: Array.from({ length: 51 }, () => VERDICT) }],
  ['an unknown field', { name: 'Leo' }],
])('refuses a link with %s', async (_what, changes) => {
  await server.register();
  expect((await server.api('POST', LINKS_PATH, { ...LINK, ...changes })).status).toBe(400);
  expect(await server.store.link(LINK.access_token_hash)).toBeNull();
});
