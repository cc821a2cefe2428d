/**
 * The requests that a trigger sends to its relay to get test data, to turn a Zap on and off, and to get the webhook
 * URL.
 */

import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { directZ, PRIVATE_KEY } from '../../local/hook-calls.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint } from '../../wire/sealing/seal-key.ts';
import type { JsonObject } from '../../wire/json.ts';
import { loadRelayedTriggers } from '../support/relayed-triggers.ts';
import { RELAY_ORIGIN } from '../support/sealed-envelope.ts';

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
const z = {
  ...directZ,
  cache: { get: () => Promise.resolve(null), set: () => Promise.resolve(true) },
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
