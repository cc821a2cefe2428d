/** The connector's requests about links to the console: data keys and links. */

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import { DATA_KEYS_PATH, LINK_HOURS, LINKS_PATH, type DataKeysResponse } from '../../../wire/link-api.ts';
import { unwrapDataKey } from '../../../wire/sealing/key-wrap.ts';
import { HOUR } from '../../harness/durations.ts';
import { bodyOf, CHANNEL, SEAL_KEYS } from '../../harness/sample-delivery.ts';
import { startTestServer } from '../support/test-server.ts';

const server = await startTestServer();
const { api, store } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

it('GET /channel/keys returns the data keys of stored deliveries, wrapped for the seal key', async () => {
  expect((await api('GET', DATA_KEYS_PATH)).json).toEqual({ keys: [] });
  await server.post(bodyOf('A'));
  const { keys } = (await api('GET', DATA_KEYS_PATH)).json as unknown as DataKeysResponse;
  const [{ key_id: keyId, wrapped_key: wrapped } = { key_id: '', wrapped_key: '' }, ...others] = keys;
  const names = { channel: CHANNEL, keyId };
  expect(await unwrapDataKey(SEAL_KEYS.keys, Buffer.from(wrapped, 'base64'), names)).toHaveLength(32);
  expect(others).toEqual([]);
});

describe('POST /channel/links', () => {
  const KEY_ID = '00000000-0000-4000-8000-000000000001';
  const VERDICT = { delivery_id: KEY_ID, received_at: 1_000_000, is_valid: true };
  const tokenHash = hashOfAccessToken('l'.repeat(43));
  const LINK = {
    access_token_hash: tokenHash,
    keys: [{ key_id: KEY_ID, wrapped_key: Buffer.alloc(60, 7).toString('base64') }],
    verdict: VERDICT,
  };

  it('adds a link for 24 hours', async () => {
    const before = Date.now();
    const { status, json } = await api('POST', LINKS_PATH, LINK);
    expect(status).toBe(201);
    const expected = { tokenHash, channel: CHANNEL, keys: LINK.keys, verdict: VERDICT, verdicts: [] };
    expect(await store.link(tokenHash)).toEqual({ ...expected, expiresAt: json.expires_at });
    expect(Math.floor((Number(json.expires_at) - before) / HOUR)).toBe(LINK_HOURS);
    const newest = { keys: [], verdict: null, verdicts: [VERDICT] };
    expect((await api('POST', LINKS_PATH, { ...LINK, ...newest })).status).toBe(201);
    expect(await store.link(tokenHash)).toMatchObject(newest);
  });

  it.each([
    ['no hash', { access_token_hash: undefined }],
    ['a hash of the wrong length', { access_token_hash: 'x' }],
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
    expect((await api('POST', LINKS_PATH, { ...LINK, ...changes })).status).toBe(400);
    expect(await store.link(tokenHash)).toBeNull();
  });
});
