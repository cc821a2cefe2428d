/** Links to the console, which the connector creates at a simulated relay. */

import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { createConsoleLink, fetchLinkContents } from '../../src/hooks/console-link.ts';
import { RelayClient } from '../../src/hooks/relay-client.ts';
import { openerFor } from '../../src/hooks/sealed-deliveries.ts';
import { hashOfAccessToken } from '../../wire/capability.ts';
import { deriveLink, readLinkFragment, unwrapLinkKey } from '../../wire/console-link.ts';
import type { LinkRequest } from '../../wire/link-api.ts';
import { readEnvelope, type SealedDelivery } from '../../wire/sealing/format.ts';
import { sign } from '../../wire/signature.ts';
import { RELAY_ORIGIN, sealedEnvelope } from '../support/sealed-envelope.ts';

const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
const BODY = Buffer.from('{"events": []}');

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body?: LinkRequest;
}

/** The relay's responses by method and path. Any other request fails. */
let responses: Map<string, readonly [status: number, data: unknown]>;
let requests: Request[];
let client: RelayClient;

/**
 * Stores a sealed event at the simulated relay, and returns the sealed event.
 *
 * @param privateKey - the private key of the connection that can open the event
 * @param signingKey - the private key that signs the event
 */
async function storedEvent(privateKey = PRIVATE_KEY, signingKey = privateKey) {
  const content = { signature: sign(BODY, signingKey), contentType: 'application/json', body: BODY };
  const text = await sealedEnvelope(privateKey, content);
  stored.push(JSON.parse(text));
  return readEnvelope(JSON.parse(text));
}
let stored: unknown[];

const keyOf = ({ metadata, wrappedKey }: SealedDelivery) => ({ key_id: metadata.keyId, wrapped_key: wrappedKey });

beforeEach(() => {
  stored = [];
  requests = [];
  responses = new Map<string, readonly [number, unknown]>([
    ['GET /channel/events', [200, { events: stored }]],
    ['GET /channel/keys', [200, { keys: [] }]],
    ['POST /channel/links', [201, { expires_at: 1 }]],
  ]);
  const z = {
    request: (request: Request) => {
      requests.push(request);
      const [status, data] = responses.get(`${request.method} ${new URL(request.url).pathname}`) ?? [];
      return status === undefined ? Promise.reject(new Error('timeout')) : Promise.resolve({ status, data });
    },
    errors: { Error, ThrottledError: class extends Error {} },
  };
  const bundle = { authData: { private_key: PRIVATE_KEY } };
  client = new RelayClient(z as unknown as ZObject, bundle as unknown as Bundle, RELAY_ORIGIN);
});

const createLink = async () => createConsoleLink(client, await fetchLinkContents(client, PRIVATE_KEY));
const secretIn = (link: string | null): string => new URL(link ?? '').hash.slice(1);
/** Returns the body of the request that stores the link at the relay. */
const addedLink = () => requests.find(({ method }) => method === 'POST')?.body;

describe('a link to the console', () => {
  it('is the page with a new secret in the fragment, which is never sent', async () => {
    const links = [await createLink(), await createLink()];
    expect(new Set(links).size).toBe(2);
    for (const link of links) {
      expect(link).toMatch(/^https:\/\/relay\.example\.com\/console#[\w-]{43}$/);
      expect(JSON.stringify(requests)).not.toContain(secretIn(link));
    }
  });

  it('stores a hash of its access token at the relay, and data keys that only the link can unwrap', async () => {
    const own = await storedEvent();
    responses.set('GET /channel/keys', [200, { keys: [keyOf(own)] }]);
    const link = await createConsoleLink(client, await fetchLinkContents(client, PRIVATE_KEY), 'GBP');
    const { secret, currency } = readLinkFragment(secretIn(link));
    expect(currency).toBe('GBP');
    const { accessToken, wrappingKey } = await deriveLink(secret);
    expect(addedLink()?.access_token_hash).toBe(hashOfAccessToken(accessToken));
    const [wrapped] = addedLink()?.keys ?? [];
    const keyId = wrapped?.key_id ?? '';
    const dataKey = await unwrapLinkKey(wrappingKey, wrapped?.wrapped_key ?? '', { channel: client.channel, keyId });
    expect(dataKey).toEqual(await openerFor(PRIVATE_KEY, RELAY_ORIGIN).unwrapDataKey(keyId, own.wrappedKey));
  });

  it('omits keys that are malformed or wrapped for another connection', async () => {
    const [own, foreign] = [await storedEvent(), await storedEvent(OTHER_KEY)];
    const malformed = [
      null,
      7,
      {},
      { key_id: randomUUID(), wrapped_key: 'x' },
      { ...keyOf(own), key_id: randomUUID() },
    ];
    responses.set('GET /channel/keys', [200, { keys: [...malformed, keyOf(foreign), keyOf(own)] }]);
    expect(await createLink()).not.toBeNull();
    expect(addedLink()?.keys.map(({ key_id }) => key_id)).toEqual([own.metadata.keyId]);
  });

  it('is created with one request for the newest events, without the earlier events in their envelopes', async () => {
    await createLink();
    const fetched = requests.filter(({ url }) => url.includes('/events'));
    expect(fetched.map(({ url }) => new URL(url).search)).toEqual(['?limit=50&alone=true']);
  });

  it('is created with events for which the relay has to search in several requests', async () => {
    await storedEvent();
    const pages = [
      { events: [], next: 70 },
      { events: [], next: 30 },
      { events: stored, next: 10 },
    ];
    const fetched = () => requests.filter(({ url }) => url.includes('/events'));
    const current = () => pages[fetched().length - 1];
    const page = {
      get events() {
        return current()?.events;
      },
      get next() {
        return current()?.next;
      },
    };
    responses.set('GET /channel/events', [200, page]);
    await createLink();
    expect(fetched().map(({ url }) => new URL(url).searchParams.get('before'))).toEqual([null, '70', '30']);
    expect(addedLink()?.verdicts).toHaveLength(1);
  });

  it('contains the verdicts on the signatures of the newest events, in their order', async () => {
    const forged = await storedEvent(PRIVATE_KEY, OTHER_KEY);
    const genuine = await storedEvent();
    await createLink();
    const verdicts = [forged, genuine].map(({ metadata }) => ({
      delivery_id: metadata.id,
      received_at: metadata.receivedAt,
      is_valid: metadata.id === genuine.metadata.id,
    }));
    expect(addedLink()).toMatchObject({ verdict: verdicts[0], verdicts });
  });

  it.each(['', 'not a signature', sign(BODY, PRIVATE_KEY).toUpperCase()])(
    'contains the verdict that an event with the signature %j is not valid',
    async (signature) => {
      const content = { signature, contentType: 'application/json', body: BODY };
      stored.push(JSON.parse(await sealedEnvelope(PRIVATE_KEY, content)));
      await createLink();
      expect(addedLink()?.verdict).toMatchObject({ is_valid: false });
    },
  );

  it('contains no verdict if there is no event, or if the newest event cannot be fetched or opened', async () => {
    await createLink();
    await storedEvent(OTHER_KEY);
    await createLink();
    responses.delete('GET /channel/events');
    await createLink();
    const verdicts = requests.flatMap(({ body }) => (body ? [[body.verdict, body.verdicts]] : []));
    expect(verdicts).toEqual(Array(3).fill([null, []]));
  });

  it.each<[path: string, response: readonly [number, unknown] | null]>([
    ['GET /channel/keys', null],
    ['GET /channel/keys', [200, { keys: 'many' }]],
    ['POST /channel/links', null],
    ['POST /channel/links', [500, {}]],
  ])('is not created, without an error, if the response to %s is %j', async (path, response) => {
    responses.delete(path);
    if (response) responses.set(path, response);
    expect(await createLink()).toBeNull();
  });
});
