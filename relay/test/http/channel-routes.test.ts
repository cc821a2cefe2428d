/** The API of the connector for a channel: its registration, events, data keys and links. */

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import { DATA_KEYS_PATH, LINK_HOURS, LINKS_PATH, type DataKeysResponse } from '../../../wire/link-api.ts';
import { unwrapDataKey } from '../../../wire/sealing/key-wrap.ts';
import { sealKeyFingerprint } from '../../../wire/sealing/seal-key.ts';
import { sign } from '../../../wire/signature.ts';
import { HOUR } from '../../harness/durations.ts';
import { openEnvelope } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, KEY, SEAL_KEY, SEAL_KEYS, TOKEN } from '../../harness/sample-delivery.ts';
import { MAX_SEARCHED } from '../../store/console/events.ts';
import { delivery } from '../support/new-delivery.ts';
import { startTestServer } from '../support/test-server.ts';

/** The body of `PUT /channel` with another X25519 key. */
const OTHER_SEAL_KEY = { seal_key: Buffer.alloc(32, 9).toString('base64url') };
const server = await startTestServer();
const { api, store } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

describe('PUT /channel', () => {
  it('registers a channel with its seal key, and is idempotent', async () => {
    const json = { channel: CHANNEL, seal_key_fingerprint: sealKeyFingerprint(SEAL_KEY) };
    expect(await server.register()).toMatchObject({ status: 200, json });
    expect((await api('GET', '/channel')).json).toMatchObject(json);
  });

  it.each([
    ['no body', ''],
    ['no seal key', {}],
    ['a seal key that is no text', { seal_key: 7 }],
    ['a seal key of another length', { seal_key: 'AAAA' }],
    ['a seal key with padding', { seal_key: `${SEAL_KEY.toString('base64url')}=` }],
    ['a seal key of small order', { seal_key: Buffer.alloc(32).toString('base64url') }],
  ])('responds with 400 to %s, and registers nothing', async (_name, body) => {
    await server.reset();
    const { status, json } = await api('PUT', '/channel', body);
    expect(status).toBe(400);
    if (body !== '') expect(json.detail).toMatch(/^The body must contain the public seal key/);
    expect(await store.registration(CHANNEL)).toBeNull();
  });

  it('responds with 409 to another seal key until the channel is deleted', async () => {
    const { status, json } = await api('PUT', '/channel', OTHER_SEAL_KEY);
    expect([status, json.detail]).toEqual([409, expect.stringContaining('another seal key')]);
    expect(await store.registration(CHANNEL)).toMatchObject({ sealKey: SEAL_KEY });
    // The response is the same without the registration secret, which a registered channel does not need.
    expect((await api('PUT', '/channel', OTHER_SEAL_KEY, TOKEN, null)).status).toBe(409);
    expect((await api('PUT', '/channel', undefined, TOKEN, null)).status).toBe(200);
    expect((await api('DELETE', '/channel')).status).toBe(204);
    expect((await api('PUT', '/channel', OTHER_SEAL_KEY)).status).toBe(200);
  });
});

describe('GET /channel/events', () => {
  it('returns the envelopes of the newest events of an action, with the signed bytes', async () => {
    expect((await api('GET', '/channel/events')).json).toEqual({ events: [] });
    const bodies = ['A', 'B', 'A', 'A', 'A'].map((action) => bodyOf(action));
    for (const body of bodies) await server.post(body);
    const { json } = await api('GET', '/channel/events?action=A&limit=2');
    const events = await Promise.all((json.events as unknown[]).map(openEnvelope));
    expect(events.map(({ body }) => Buffer.from(body).toString())).toEqual(bodies.slice(-2).reverse().map(String));
    for (const { body, signature } of events) expect(signature).toBe(sign(Buffer.from(body), KEY));
  });

  it('searches a limited number of events for an action, and can be continued', async () => {
    const body = bodyOf('RARE');
    await server.post(body);
    const count = MAX_SEARCHED + 1;
    const copies = Array.from({ length: MAX_SEARCHED }, () => delivery('A', { receivedAt: Date.now() }));
    for (let start = 0; start < MAX_SEARCHED; start += 500) await store.ingest(copies.slice(start, start + 500));
    const { json } = await api('GET', '/channel/events?action=RARE');
    expect(json).toEqual({ events: [], next: count - MAX_SEARCHED + 1 });
    const rest = await api('GET', `/channel/events?action=RARE&before=${Number(json.next)}`);
    expect([(rest.json.events as unknown[]).length, 'next' in rest.json]).toEqual([1, false]);
  });

  it.each(['limit=0', 'limit=51', 'alone=maybe', 'limit=x', 'more=1', 'action='])(
    'responds with 400 to the query ?%s',
    async (query) => {
      expect((await api('GET', `/channel/events?${query}`)).status).toBe(400);
    },
  );
});

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
    expect((await api('POST', LINKS_PATH, { ...LINK, ...changes })).status).toBe(400);
    expect(await store.link(tokenHash)).toBeNull();
  });
});
