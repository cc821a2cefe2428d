/**
 * The client's requests to the relay, and the results that the client derives from the responses. A function stands in
 * for the relay.
 */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Bundle, ZObject } from 'zapier-platform-core';

import { PRIVATE_KEY } from '../../local/hook-calls.ts';
import { endSubscription, RelayClient } from '../../src/hooks/relay-client.ts';
import {
  deriveChannel,
  deriveNoticeKey,
  deriveSubscriptionSecret,
  deriveToken,
  hashOfSecret,
} from '../../wire/capability.ts';
import { EnvelopeOpener } from '../../wire/sealing/envelope-opener.ts';
import { sealKeyFingerprint, sealKeyText } from '../../wire/sealing/seal-key.ts';
import { RELAY_ORIGIN } from '../support/sealed-envelope.ts';
import { failureOf } from '../support/steps.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly timeout: number;
}

const SECRET = 'a-registration-secret-of-nobody';
const TOKEN = deriveToken(PRIVATE_KEY, RELAY_ORIGIN);
const SILENT = /^The relay between TutorCruncher and Zapier does not respond\. /;
const { publicKey } = await new EnvelopeOpener(PRIVATE_KEY, RELAY_ORIGIN).sealKeyPair();
const REGISTERED = { seal_key_fingerprint: sealKeyFingerprint(publicKey) };

class ThrottledError extends Error {}

/**
 * The outcomes of the next requests. An outcome is a failure, or the status and data of a response. The last outcome is
 * repeated.
 */
let outcomes: (Error | readonly [status: number, data: unknown])[];
let requests: Request[];
const z = {
  request: (request: Request) => {
    requests.push(request);
    const outcome = (outcomes.length > 1 ? outcomes.shift() : outcomes[0]) ?? [500, null];
    if (outcome instanceof Error) return Promise.reject(outcome);
    const [status, data] = outcome;
    return Promise.resolve({ status, data });
  },
  errors: { Error, ThrottledError },
} as unknown as ZObject;
const bundle = { authData: { private_key: PRIVATE_KEY } } as unknown as Bundle;
const client = () => new RelayClient(z, bundle, RELAY_ORIGIN);
const timeouts = () => requests.map(({ timeout }) => timeout);

const START = 1_800_000_000_000;
let now: number;
beforeEach(() => {
  process.env.RELAY_REGISTRATION_SECRET = SECRET;
  outcomes = [];
  requests = [];
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  delete process.env.RELAY_REGISTRATION_SECRET;
  jest.restoreAllMocks();
});

describe('a request', () => {
  it('has the token of the connection and the origin for which the app was built, and follows no redirect', async () => {
    outcomes = [[200, REGISTERED]];
    await client().state();
    expect(requests).toEqual([
      {
        method: 'GET',
        url: `${RELAY_ORIGIN}/channel`,
        headers: { Authorization: `Bearer ${TOKEN}`, 'relay-origin': RELAY_ORIGIN },
        timeout: 2_000,
        redirect: 'manual',
        skipThrowForStatus: true,
      },
    ]);
  });

  it('is repeated once, unless it has taken half of its time', async () => {
    outcomes = [new Error('socket hang up'), [200, { keys: [] }]];
    expect(await client().wrappedDataKeys()).toEqual([]);
    outcomes = [new Error('socket hang up')];
    expect(await failureOf(client().wrappedDataKeys())).toMatch(SILENT);
    expect(requests).toHaveLength(4);
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 1_000));
    expect(await failureOf(client().wrappedDataKeys())).toMatch(SILENT);
    expect(requests).toHaveLength(5);
  });

  it('does not show the secret of a subscription in its error', async () => {
    outcomes = [new ThrottledError('Later: the-secret')];
    await expect(endSubscription(z, RELAY_ORIGIN, { id: '1', secret: 'the-secret' })).rejects.toThrow(
      /^Later: \[removed\]$/,
    );
  });

  it.each([
    ['', /has no private key/],
    ['two words', /contains a space/],
    ['too-short', /too short to be a private key/],
  ])('cannot be sent for a connection with the private key %j', (private_key, message) => {
    const invalid = { authData: { private_key } } as unknown as Bundle;
    expect(() => new RelayClient(z, invalid, RELAY_ORIGIN)).toThrow(message);
  });

  it('that Zapier postpones is not repeated, and its error contains no secret', async () => {
    const error = new ThrottledError(`Later: ${PRIVATE_KEY}, ${TOKEN}, ${SECRET}`);
    outcomes = [error];
    const thrown = await client()
      .wrappedDataKeys()
      .catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(ThrottledError);
    expect(thrown).toMatchObject({ message: 'Later: [removed], [removed], [removed]' });
    expect(requests).toHaveLength(1);
    delete process.env.RELAY_REGISTRATION_SECRET;
    outcomes = [new ThrottledError('Later')];
    await expect(client().wrappedDataKeys()).rejects.toThrow('Later');
  });
});

describe('a registration', () => {
  it('is waited for only briefly, except when a Zap is turned on', async () => {
    outcomes = [[200, { ...REGISTERED, id: '1' }]];
    await client().register();
    await client().subscribe('https://hooks.zapier.com/x', { actions: [] }, { trigger: '', options: [], zap_id: null });
    expect(timeouts()).toEqual([2_000, 10_000, 10_000]);
  });

  it('has the seal key of the connection, and the registration secret of the moment if there is one', async () => {
    outcomes = [[200, REGISTERED]];
    await client().register();
    delete process.env.RELAY_REGISTRATION_SECRET;
    await client().register();
    const sent = { method: 'PUT', url: `${RELAY_ORIGIN}/channel`, body: { seal_key: sealKeyText(publicKey) } };
    const headers = { Authorization: `Bearer ${TOKEN}`, 'relay-origin': RELAY_ORIGIN };
    expect(requests).toMatchObject([sent, sent]);
    expect(requests.map((request) => request.headers)).toEqual([
      { ...headers, 'relay-registration-secret': SECRET },
      headers,
    ]);
  });

  it('ignores blanks around the registration secret, and a blank secret', async () => {
    outcomes = [[200, REGISTERED]];
    for (const secret of [` ${SECRET}\n`, ' ']) {
      process.env.RELAY_REGISTRATION_SECRET = secret;
      await client().register();
    }
    expect(requests.map(({ headers }) => headers['relay-registration-secret'])).toEqual([SECRET, undefined]);
  });

  it('explains status 409 by the state of the channel', async () => {
    outcomes = [[409, {}]];
    expect(await failureOf(client().register())).toContain(`This app was built for the relay at ${RELAY_ORIGIN}, `);
    outcomes = [
      [409, {}],
      [200, { seal_key_fingerprint: 'another' }],
    ];
    expect(await failureOf(client().register())).toContain(`forget the channel ${deriveChannel(TOKEN).slice(0, 8)}. `);
    outcomes = [[409, {}], new Error('timeout')];
    expect(await failureOf(client().register())).toMatch(/HTTP status 409/);
  });

  it('with a malformed registration secret fails without a request', async () => {
    process.env.RELAY_REGISTRATION_SECRET = 'too-short';
    expect(await failureOf(client().register())).toMatch(/^This app has a malformed registration secret/);
    expect(requests).toEqual([]);
  });

  it.each<[outcome: (typeof outcomes)[number], message: RegExp]>([
    [[403, {}], /does not accept this connection/],
    [[503, {}], /^The relay responded with an error \(HTTP status 503\)/],
    [[200, {}], /seals the events of this connection for a key that the connection does not have/],
  ])('fails after the outcome %j', async (outcome, message) => {
    outcomes = [outcome];
    expect(await failureOf(client().register())).toMatch(message);
  });

  it('contains a notice key only for a Zap that receives notices', async () => {
    outcomes = [[200, { ...REGISTERED, id: '1' }]];
    const [url, filter, description] = [
      'https://hooks.zapier.com/x',
      { all_except: ['A'] },
      { trigger: 'T', options: [], zap_id: null },
    ];
    const secret = deriveSubscriptionSecret(TOKEN, url);
    expect(await client().subscribe(url, filter, description)).toEqual({ id: '1', secret });
    await client().subscribe(url, filter, description, true);
    const [, first, , second] = requests.map(({ body }) => body);
    expect(first).toEqual({
      target_url: url,
      secret_hash: hashOfSecret(secret),
      description,
      ...filter,
    });
    expect(second).toEqual({ ...first, notice_key: deriveNoticeKey(PRIVATE_KEY, RELAY_ORIGIN) });
  });

  it.each<[outcome: (typeof outcomes)[number], message: RegExp]>([
    [[200, {}], /^The relay responded with an error \(HTTP status 200\)/],
    [[500, { id: '1' }], /^The relay responded with an error \(HTTP status 500\)/],
    [[400, { id: '1' }], /^The relay rejected this Zap's URL\./],
    [[403, {}], /^The relay accepts no more Zaps for this connection\./],
  ])('of a Zap fails after the outcome %j of the subscription', async (outcome, message) => {
    outcomes = [[200, REGISTERED], outcome];
    const description = { trigger: '', options: [], zap_id: null };
    const subscribing = client().subscribe('https://hooks.zapier.com/x', { actions: [] }, description);
    expect(await failureOf(subscribing)).toMatch(message);
  });

  it('of a Zap sends no subscription if the channel cannot be registered', async () => {
    outcomes = [
      [403, {}],
      [200, { ...REGISTERED, id: '1' }],
    ];
    const description = { trigger: '', options: [], zap_id: null };
    const subscribing = client().subscribe('https://hooks.zapier.com/x', { actions: [] }, description);
    expect(await failureOf(subscribing)).toMatch(/does not accept this connection/);
    expect(requests).toHaveLength(1);
  });
});

it.each<[outcome: (typeof outcomes)[number], kind: string]>([
  [[404, {}], 'unregistered'],
  [[403, {}], 'refused'],
  [[409, {}], 'unusable'],
  [[500, { ...REGISTERED, webhook_url: 'x' }], 'unavailable'],
  [[200, null], 'unavailable'],
  [[200, { webhook_url: 'x' }], 'unavailable'],
  [[200, { seal_key_fingerprint: 'another', webhook_url: 'x' }], 'unusable'],
  [[200, REGISTERED], 'unavailable'],
  [[200, { ...REGISTERED, webhook_url: 'x' }], 'state'],
  [new Error('timeout'), 'unavailable'],
])('after %j, the state of a channel is %s', async (outcome, kind) => {
  outcomes = [outcome];
  expect((await client().state()).kind).toBe(kind);
});

it('the name of the channel, but no private key, is known to the client of a connection', () => {
  expect(client()).toMatchObject({ channel: deriveChannel(TOKEN), origin: RELAY_ORIGIN });
  expect(JSON.stringify(client())).not.toContain(PRIVATE_KEY);
});

it.each<[outcome: (typeof outcomes)[number], message: RegExp]>([
  [[500, { keys: [] }], /HTTP status 500/],
  [[200, {}], /HTTP status 200/],
  [[200, null], /HTTP status 200/],
  [new Error('timeout'), SILENT],
])('after %j, the data keys of a channel are unknown', async (outcome, message) => {
  outcomes = [outcome];
  expect(await failureOf(client().wrappedDataKeys())).toMatch(message);
});

describe('a report and a link', () => {
  const LINK = { access_token_hash: 'x', keys: [], verdict: null, verdicts: [] };

  it('contain their verdicts', async () => {
    outcomes = [[201, {}]];
    await client().reportSignatures({ verdicts: [] });
    await client().addLink(LINK);
    expect(requests).toMatchObject([
      { method: 'POST', url: `${RELAY_ORIGIN}/channel/signatures`, body: { verdicts: [] } },
      { method: 'POST', url: `${RELAY_ORIGIN}/channel/links`, body: LINK },
    ]);
  });

  it('fail if the relay does not respond, and a link also if the relay does not create it', async () => {
    for (const status of [200, 403, 500]) {
      outcomes = [[status, {}]];
      expect(await failureOf(client().addLink(LINK))).toMatch(/^The relay /);
    }
    outcomes = [new Error('timeout')];
    expect(await failureOf(client().addLink(LINK))).toMatch(SILENT);
    expect(await failureOf(client().reportSignatures({ verdicts: [] }))).toMatch(SILENT);
  });
});

describe('the search for the newest deliveries', () => {
  const befores = () => requests.map(({ url }) => new URL(url).searchParams.get('before'));

  it('goes on where the last request ended, until the relay has searched all events', async () => {
    outcomes = [
      [200, { events: [], next: 70 }],
      [200, { next: 30 }],
      [200, { events: [], next: null }],
    ];
    expect(await client().latestDeliveries(3)).toEqual([]);
    expect(befores()).toEqual([null, '70', '30']);
    expect(requests[0]?.url).toBe(`${RELAY_ORIGIN}/channel/events?limit=3`);
  });

  it('asks for the deliveries of an action, and ends with a response that names no next event', async () => {
    outcomes = [[200, { events: [] }]];
    await client().latestDeliveries(3, { action: 'A', alone: 'true' });
    expect(requests.map(({ url }) => url)).toEqual([`${RELAY_ORIGIN}/channel/events?limit=3&action=A&alone=true`]);
  });

  it('takes no more than two seconds', async () => {
    outcomes = [[200, { events: [], next: 70 }]];
    jest.spyOn(Date, 'now').mockImplementation(() => (now += 500));
    await client().latestDeliveries(3);
    expect(befores().length).toBeGreaterThan(1);
    expect(befores().length).toBeLessThan(6);
  });

  it('ends with a response that is no object, and with the first events, even if they cannot be opened', async () => {
    outcomes = [[502, '<html>']];
    expect(await client().latestDeliveries(3)).toEqual([]);
    outcomes = [[200, { events: [{}], next: 70 }]];
    expect(await client().latestDeliveries(3)).toEqual([]);
    expect(befores()).toEqual([null, null]);
  });
});

describe('turning a Zap off', () => {
  const end = () => endSubscription(z, RELAY_ORIGIN, { id: 'a/b', secret: 'the-secret' });

  it('needs only the secret of the subscription', async () => {
    outcomes = [[204, null]];
    await end();
    expect(requests).toMatchObject([
      {
        method: 'DELETE',
        url: `${RELAY_ORIGIN}/channel/subscriptions/a%2Fb`,
        headers: { Authorization: 'Bearer the-secret' },
        timeout: 10_000,
      },
    ]);
  });

  it.each([403, 404])('succeeds if the relay does not know the subscription (%i)', async (status) => {
    outcomes = [[status, {}]];
    await expect(end()).resolves.toBeUndefined();
  });

  it.each([200, 503])('fails if the relay does not confirm the end of the subscription (%i)', async (status) => {
    outcomes = [[status, {}]];
    expect(await failureOf(end())).toMatch(`HTTP status ${status}`);
  });
});
