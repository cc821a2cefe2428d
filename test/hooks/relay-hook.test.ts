/**
 * The requests that a trigger sends to its relay to get test data, to turn a Zap on and off, and to get the webhook
 * URL.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import type { EventFilter } from '../../src/choices/event-filter.ts';
import { registerAtRelay, relayHook, type HookedTrigger } from '../../src/hooks/relay-hook.ts';
import { readLinkFragment } from '../../wire/console-link.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint } from '../../wire/sealing/seal-key.ts';
import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers } from '../support/relayed-triggers.ts';
import { RELAY_ORIGIN, sealedEnvelope, signedContent } from '../support/sealed-envelope.ts';

const relayed = await loadRelayedTriggers();
const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, RELAY_ORIGIN).sealKeyPair();
const REGISTERED = { seal_key_fingerprint: sealKeyFingerprint(publicKey) };
const WEBHOOK_URL = `${RELAY_ORIGIN}/hooks/channel/part`;

interface Request {
  readonly method: string;
  readonly url: string;
  readonly body?: object;
}

/** The relay's next responses by method and path. The last response is repeated. */
let responses: Map<string, (readonly [status: number, data: object])[]>;
let requests: Request[];
/** The entries of Zapier's cache, by their names without the hash of the connection. */
let cache: Map<string, unknown>;
const z = {
  ...directZ,
  cache: {
    get: (key: string) => Promise.resolve(cache.get(key.replace(/_[0-9a-f]{32}$/, '')) ?? null),
    set: (key: string, value: unknown) => Promise.resolve(cache.set(key.replace(/_[0-9a-f]{32}$/, ''), value).size > 0),
  },
  request: (request: Request) => {
    const { origin, pathname } = new URL(request.url);
    if (origin !== RELAY_ORIGIN) return Promise.reject(new Error('TutorCruncher is offline.'));
    requests.push(request);
    const list = responses.get(`${request.method} ${pathname}`) ?? [];
    const [status, data] = (list.length > 1 ? list.shift() : list[0]) ?? [404, {}];
    return Promise.resolve({ status, data });
  },
} as unknown as ZObject;
const routes = () => requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

const bundleWith = (inputData: JsonObject = {}, others: object = {}) =>
  ({ authData: { private_key: PRIVATE_KEY }, inputData, meta: {}, ...others }) as unknown as Bundle;
const operationOf = (key: string) => relayed(key).definition.operation;

beforeEach(() => {
  requests = [];
  cache = new Map();
  responses = new Map([
    ['PUT /channel', [[200, REGISTERED]]],
    ['GET /channel', [[200, { ...REGISTERED, webhook_url: WEBHOOK_URL, subscriptions: [] }]]],
    ['GET /channel/events', [[200, { events: [], next: null }]]],
    ['GET /channel/keys', [[200, { keys: [] }]]],
    ['POST /channel/links', [[201, {}]]],
    ['POST /channel/subscriptions', [[200, { id: '1' }]]],
    ['DELETE /channel/subscriptions/1', [[204, {}]]],
  ]);
});

describe('the request for test data', () => {
  it.each([
    ['of the only action', 'job_updated', {}, '?limit=3&action=EDITED_A_SERVICE'],
    ['of the only action', 'job_updated', { label: '21' }, '?limit=3&action=EDITED_A_SERVICE'],
    [
      'of the only action, if their changes decide',
      'job_updated',
      { only_when_changed: ['job_name'] },
      '?limit=25&action=EDITED_A_SERVICE',
    ],
    ['of all actions, if there are several', 'lesson_updated', {}, '?limit=25'],
    ['of all actions, if several are chosen', 'any_event', { actions: ['CREATED_A_TASK', 'X'] }, '?limit=25'],
    ['of the chosen action', 'any_event', { actions: ['CREATED_A_TASK'] }, '?limit=3&action=CREATED_A_TASK'],
    ['of all actions, if none is chosen', 'any_event', {}, '?limit=25'],
  ])('asks for events %s: %s with %j', async (_which, key, inputData, query) => {
    await operationOf(key).performList(z, bundleWith(inputData));
    expect(requests.map(({ url }) => new URL(url).search)).toEqual([query]);
  });
});

describe('turning a Zap on and off', () => {
  it('subscribes its URL to its actions, with its choices as a description', async () => {
    const targetUrl = 'https://hooks.zapier.com/x';
    const bundle = bundleWith({ label: '21' }, { targetUrl });
    expect(await operationOf('job_updated').performSubscribe?.(z, bundle)).toMatchObject({ id: '1' });
    expect(routes()).toEqual(['PUT /channel', 'POST /channel/subscriptions']);
    expect(requests[1]?.body).toMatchObject({
      target_url: targetUrl,
      actions: ['EDITED_A_SERVICE'],
      description: { trigger: 'Job Updated', options: [{ label: 'Label', value: 'ID 21' }] },
    });
    expect(requests[1]?.body).not.toHaveProperty('notice_key');
  });

  it.each([
    [{ id: '1', secret: 'x' }, ['DELETE /channel/subscriptions/1']],
    [{ id: '1' }, []],
    [{ secret: 'x' }, []],
    [undefined, []],
  ])('ends the subscription %j with the requests %j', async (subscribeData, expected) => {
    const bundle = bundleWith({}, { subscribeData });
    expect(await operationOf('client_updated').performUnsubscribe?.(z, bundle)).toEqual({});
    expect(routes()).toEqual(expected);
  });
});

describe('the field with the webhook URL', () => {
  const helpText = async () => {
    const [field] = operationOf('client_updated').inputFields;
    const [copied] = typeof field === 'function' ? await field(z, bundleWith()) : [];
    return copied?.helpText ?? '';
  };

  it('shows the URL, and no fault of the signature before the first webhook', async () => {
    expect(await helpText()).toContain(WEBHOOK_URL);
    expect(await helpText()).not.toContain('another private key');
    expect(routes()).not.toContain('PUT /channel');
  });

  it('registers a channel that was not registered when the connection was tested', async () => {
    responses.get('GET /channel')?.unshift([404, {}]);
    expect(await helpText()).toContain(WEBHOOK_URL);
    expect(routes().filter((route) => route.endsWith(' /channel'))).toEqual([
      'GET /channel',
      'PUT /channel',
      'GET /channel',
    ]);
  });

  it.each<[status: number, text: RegExp]>([
    [404, /does not accept this connection\. .* the name of its channel/s],
    [403, /does not accept this connection\. .* the name of its channel/s],
    [409, /^This app was built for the relay at/],
    [500, /^The webhook URL cannot be shown, because the relay .* does not respond/],
  ])('explains status %i of the relay', async (status, text) => {
    responses.set('GET /channel', [[status, {}]]);
    expect(await helpText()).toMatch(text);
    expect(routes()).not.toContain('POST /channel/links');
  });
});

describe('the hook of a trigger', () => {
  const OTHER_KEY = 'another-private-key-of-nobody-0123456789';
  const FILTER: EventFilter = { actions: { actions: ['A'] }, object: null };
  const hookWith = (changes: Partial<HookedTrigger> = {}) =>
    relayHook(RELAY_ORIGIN, { label: 'Some Trigger', choiceFields: [], filterFor: () => FILTER, ...changes });
  const WITHOUT_KEY = { authData: {}, inputData: {}, meta: {} } as unknown as Bundle;
  /** Stores events with these actions at the relay, newest first. Each is signed with its private key. */
  const store = async (...events: readonly (readonly [action: string, privateKey: string])[]) => {
    const stored = events.map(async ([action, privateKey]): Promise<unknown> => {
      const content = signedContent({ events: [{ action, subject: { model: 'Lesson', id: 1 } }] }, privateKey);
      return JSON.parse(await sealedEnvelope(PRIVATE_KEY, content));
    });
    responses.set('GET /channel/events', [[200, { events: await Promise.all(stored) }]]);
  };
  const fieldText = async () => {
    const [field] = hookWith().inputFields;
    return (await field?.(z, bundleWith()))?.[0]?.helpText ?? '';
  };

  it('returns only stored events that match the filter and are signed with the private key', async () => {
    await store(['A', OTHER_KEY], ['A', PRIVATE_KEY], ['B', PRIVATE_KEY]);
    const received = await hookWith().receivedEvents(z, bundleWith(), FILTER);
    expect(received.map(({ event }) => event.action)).toEqual(['A']);
  });

  it('returns no events, and shows no field, if the relay or the private key cannot be used', async () => {
    responses.set('GET /channel/events', []);
    const failing = { ...z, request: () => Promise.reject(new Error('timeout')) } as unknown as ZObject;
    expect(await hookWith().receivedEvents(failing, bundleWith(), FILTER)).toEqual([]);
    expect(await hookWith().receivedEvents(z, WITHOUT_KEY, FILTER)).toEqual([]);
    expect(await hookWith().inputFields[0]?.(z, WITHOUT_KEY)).toEqual([]);
    await expect(registerAtRelay(failing, bundleWith(), RELAY_ORIGIN)).resolves.toBeUndefined();
  });

  it('opens only requests that are sealed for the private key, and otherwise marks its trigger', async () => {
    const content = signedContent({ events: [] }, PRIVATE_KEY);
    const open = (text: string) => hookWith().open(z, bundleWith({}, { rawRequest: { content: text } }));
    expect(await open(await sealedEnvelope(PRIVATE_KEY, content))).toMatchObject({ content: '{"events":[]}' });
    expect(cache.size).toBe(0);
    await expect(open(await sealedEnvelope(OTHER_KEY, content))).rejects.toThrow('sealed for another private key');
    expect([...cache]).toEqual([['old_key_Some_Trigger', true]]);
  });

  it('reports a refused signature', async () => {
    await store(['A', OTHER_KEY]);
    responses.set('POST /channel/signatures', [[200, {}]]);
    await hookWith().reportSignatures?.(z, bundleWith());
    expect(routes()).toEqual(['GET /channel/events', 'POST /channel/signatures']);
  });

  it('forgets the old private key when a Zap is turned on, and registers a notice key only for notices', async () => {
    cache.set('old_key_Some_Trigger', true);
    for (const receivesNotices of [true, false]) {
      await hookWith({ receivesNotices }).operation.performSubscribe?.(z, bundleWith({}, { targetUrl: 'https://x' }));
    }
    expect([...cache]).toEqual([['old_key_Some_Trigger', null]]);
    const [withKey, withoutKey] = requests.flatMap(({ url, body }) => (url.endsWith('/subscriptions') ? [body] : []));
    expect(withKey).toHaveProperty('notice_key');
    expect(withoutKey).not.toHaveProperty('notice_key');
  });

  it('fails to turn a Zap off if the relay fails', async () => {
    responses.set('DELETE /channel/subscriptions/1', [[503, {}]]);
    const bundle = bundleWith({}, { subscribeData: { id: '1', secret: 'x' } });
    await expect(hookWith().operation.performUnsubscribe?.(z, bundle)).rejects.toThrow('HTTP status 503');
  });

  it('shows that the newest event has another signature, but not that an older event has', async () => {
    await store(['A', OTHER_KEY], ['A', PRIVATE_KEY]);
    expect(await fieldText()).toContain('was signed with another private key');
    await store(['A', PRIVATE_KEY], ['A', OTHER_KEY]);
    expect(await fieldText()).not.toContain('was signed with another private key');
  });

  it('shows that a Zap uses an old private key, and the branch, whose currency is in the link', async () => {
    cache.set('last_known_branch', { id: 1, name: 'Bristol Branch', timezone: null, currency: 'GBP' });
    expect(await fieldText()).not.toContain('an old private key');
    cache.set('old_key_Some_Trigger', true);
    const text = await fieldText();
    expect(text).toContain('still uses an old private key');
    expect(text).toContain('in Bristol Branch');
    expect(readLinkFragment(/#([^)]+)\)/.exec(text)?.[1] ?? '').currency).toBe('GBP');
  });

  it('waits two seconds at most for the branch', async () => {
    const timeouts: unknown[] = [];
    const request = (options: { readonly url: string; readonly timeout?: number }) => {
      if (options.url.startsWith(RELAY_ORIGIN)) return z.request(options);
      timeouts.push(options.timeout);
      return Promise.reject(new Error('TutorCruncher is offline.'));
    };
    const [field] = hookWith().inputFields;
    await field?.({ ...z, request } as unknown as ZObject, bundleWith());
    expect(timeouts).toEqual([2_000]);
  });
});
