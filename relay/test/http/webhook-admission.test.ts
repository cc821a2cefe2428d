/** The checks of a webhook's URL, signature and rate. */

import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { sign } from '../../../wire/signature.ts';
import { systemClock } from '../../clock.ts';
import { postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { createAdmission } from '../../intake/channel-admission.ts';
import { createRegisteredChannels } from '../../intake/registered-channels.ts';
import { createWebhookRates } from '../../intake/webhook-rates.ts';
import { headOf, openConnection } from '../support/raw-connection.ts';
import { OTHER_PART, startTestServer } from '../support/test-server.ts';

const server = await startTestServer();
const { store } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

describe('POST /hooks/<channel>/<random part>', () => {
  it('responds with the same 404 to the channel alone, a wrong random part, and an unknown or malformed channel', async () => {
    const { pathname } = new URL(String((await server.register()).json.webhook_url));
    expect(pathname).toBe(await server.hookPath());
    const malformed = [`${CHANNEL.slice(0, -1)}_`, 'x', `${CHANNEL}x`, '%00', '..%2f..%2fetc'];
    const unknown = [OTHER_CHANNEL, ...malformed].map((channel) => `/hooks/${channel}/${OTHER_PART}`);
    const [, , , part = ''] = pathname.split('/');
    const wrong = [OTHER_PART, part.toUpperCase(), part.slice(1), `${part}0`, 'contractor', '%00', 'é'.repeat(16), ''];
    const paths = [...unknown, `/hooks/${CHANNEL}`, ...wrong.map((text) => `/hooks/${CHANNEL}/${text}`)];
    const responses = await Promise.all(paths.map((path) => postWebhook(server.url, bodyOf('A'), path)));
    const texts = await Promise.all(responses.map((response) => response.text()));
    expect(responses.map(({ status }) => status)).toEqual(paths.map(() => 404));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/Copy the whole URL from the trigger in Zapier/);
    expect(await server.post(bodyOf('A'), pathname)).toBe(202);
  });

  it('accepts a URL that another process has just issued, and the old URL for another day', async () => {
    const now = jest.spyOn(systemClock, 'now');
    try {
      const old = await server.hookPath();
      expect(await server.post(bodyOf('A'), old)).toBe(202);
      const until = await store.replaceUrl(CHANNEL, false, Date.now());
      // This process still has the previous registration in its cache.
      expect(await server.post(bodyOf('A'))).toBe(202);
      const newest = await server.api('GET', '/channel');
      expect(await server.post(bodyOf('A'), old)).toBe(202);
      const { json } = await server.api('GET', '/channel');
      expect(json.webhook_url).toBe(`${ORIGIN}${await server.hookPath()}`);
      expect(json.old_webhook_url).toEqual({
        works_until: new Date(Number(until)).toISOString(),
        last_event_at: json.last_event_at,
      });
      expect(newest.json.last_event_at).not.toBe(json.last_event_at);
      now.mockReturnValue(Number(until) - 1);
      expect(await server.post(bodyOf('A'), old)).toBe(202);
      now.mockReturnValue(Number(until));
      expect(await server.post(bodyOf('A'), old)).toBe(404);
      expect(await server.post(bodyOf('A'))).toBe(202);
    } finally {
      now.mockRestore();
    }
  });

  it('stores the first delivery after a channel has been registered, even by another process, once it can be looked up', async () => {
    await server.reset();
    expect(await server.post(bodyOf('A'))).toBe(404);
    await store.registerChannel(CHANNEL, { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 }, 0);
    const path = await server.hookPath();
    const lookUp = jest.spyOn(store, 'registration').mockRejectedValue(new Error('down'));
    expect(await server.post(bodyOf('A'), path)).toBe(503);
    lookUp.mockRestore();
    expect(await server.post(bodyOf('A'), path)).toBe(202);
    expect(await server.stored()).toHaveLength(1);
    await store.deleteChannel(CHANNEL);
    expect(await server.post(bodyOf('A'), path)).toBe(404);
    expect((await store.totals()).deliveries).toBe(0);
  });

  it('responds with 400 to a malformed or missing signature', async () => {
    for (const signature of ['', 'abc', 'g'.repeat(64), `${'a'.repeat(64)}b`]) {
      expect(await server.post(bodyOf('A'), undefined, { 'webhook-signature': signature })).toBe(400);
    }
    expect((await fetch(`${server.url}${await server.hookPath()}`, { method: 'POST', body: 'x' })).status).toBe(400);
  });

  it('treats a signature in capitals as the same signature', async () => {
    const body = bodyOf('A');
    const signature = sign(body, KEY);
    for (const sent of [signature.toUpperCase(), signature]) {
      expect(await server.post(body, undefined, { 'webhook-signature': sent })).toBe(202);
    }
    expect((await server.opened()).map((delivery) => delivery.signature)).toEqual([signature]);
  });
});

it('limits the rate of webhooks of a registered channel, apart from API requests, and warns before the limit is reached', async () => {
  const limited = await startTestServer({ rates: createWebhookRates(4, { now: () => 0 }), apiRequestsPerMinute: 1 });
  await limited.register();
  const wrong = `/hooks/${CHANNEL}/${OTHER_PART}`;
  for (const path of [wrong, `/hooks/${CHANNEL}`]) {
    for (let index = 0; index < 6; index++) expect(await limited.post(bodyOf('A'), path)).toBe(404);
  }
  const metric = async (name: string) => (await limited.metrics()).split('\n').find((line) => line.startsWith(name));
  for (let index = 0; index < 3; index++) expect(await limited.post(bodyOf('A'))).toBe(202);
  expect(await metric('relay_high_rates_total')).toBe('relay_high_rates_total 1');
  expect(await metric('relay_ingested_total{result="rate_limited"}')).toMatch(/ 0$/);
  expect(await limited.post(bodyOf('A'))).toBe(202);
  const { status, headers } = await postWebhook(limited.url, bodyOf('A'));
  expect([status, headers.get('retry-after')]).toEqual([429, '15']);
  expect(await metric('relay_ingested_total{result="rate_limited"}')).toMatch(/ 1$/);
  expect(await limited.stored()).toHaveLength(4);
  await limited.close();
});

it('a relay with a list of channels refuses a webhook before its body has arrived, and counts it', async () => {
  const listing = await startTestServer({
    store,
    registered: createRegisteredChannels(store),
    admission: createAdmission([], new Set()),
  });
  const head = headOf(await server.hookPath(), 'Content-Length: 1000000');
  expect(await openConnection(listing.url, head).status()).toBe('403');
  expect(await listing.metrics()).toContain('relay_ingested_total{result="refused"} 1');
  await listing.app.close();
});
