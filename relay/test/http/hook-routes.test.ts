import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { sign } from '../../../wire/signature.ts';
import { systemClock } from '../../clock.ts';
import { openDelivery } from '../../harness/opened-deliveries.ts';
import { randomText } from '../../harness/random-text.ts';
import { postWebhook } from '../../harness/relay-requests.ts';
import { bodyOf, CHANNEL, KEY, ORIGIN, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { OTHER_PART, secretsIn, startTestServer } from '../support/test-server.ts';

const server = await startTestServer({}, 40_000);
const { store } = server;
/** A registration by another process. */
const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 };
beforeEach(() => server.renew());
afterAll(() => server.close());

/** Returns the stored deliveries, opened in the same way as in a Zap. */
const opened = async () => Promise.all((await server.stored()).map(openDelivery));
/** Posts an event to the channel's webhook URL with other headers. */
const postWith = async (headers: Readonly<Record<string, string>>, body = bodyOf('A')) =>
  server.post(body, await server.hookPath(), headers);

describe('POST /hooks/<channel>/<random part>', () => {
  it('stores any bytes unchanged, and responds with 202', async () => {
    const event = bodyOf('A');
    for (const body of [event, Buffer.from('not json at all'), Buffer.from([0, 255, 254, 10]), Buffer.alloc(0)]) {
      expect(await server.post(body)).toBe(202);
    }
    expect((await opened()).map(({ body }) => Buffer.from(body))).toEqual([event]);
  });

  it('counts the stored webhooks with several events', async () => {
    const counted = async () => /^relay_unsplit_webhooks_total (\d+)$/m.exec(await server.metrics())?.[1];
    const several = Buffer.from('{"events": [{"action": "A"}, {"action": "A"}]}');
    const before = Number(await counted());
    expect(await server.post(bodyOf('A'))).toBe(202);
    expect(Number(await counted()) - before).toBe(0);
    // The second delivery is a duplicate.
    for (let request = 0; request < 2; request++) expect(await server.post(several)).toBe(202);
    expect(Number(await counted()) - before).toBe(1);
  });

  it('accepts public profiles at any path below the channel', async () => {
    const path = `${await server.hookPath()}/contractor`;
    expect(await server.post(Buffer.from('{"id": 1, "deleted": true}'), path)).toBe(202);
    expect(await server.post(Buffer.from('{"id": 2}'), `${await server.hookPath()}//contractor`)).toBe(202);
    expect((await server.api('GET', '/channel')).json).toMatchObject({ events_24h: 0, others_24h: 2 });
  });

  it('accepts any content type, but truncates a long one, replaces a missing one, and reads the actions from the body', async () => {
    const types = ['text/plain; charset=latin1', 'application/x-www-form-urlencoded', 'no type at all', ';;', 'a/b; c'];
    for (const type of [...types, `text/${'x'.repeat(14_000)}`, '']) {
      expect(await postWith({ 'content-type': type })).toBe(202);
    }
    const stored = await opened();
    const expected = [...types, `text/${'x'.repeat(195)}`, 'application/json'];
    expect(stored.map(({ contentType }) => contentType)).toEqual(expected);
    expect(stored.map(({ metadata }) => metadata.actions)).toEqual(expected.map(() => ['A']));
  });

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
      // This process still knows the previous registration.
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

  it('shows a channel in a metric after a delivery to a wrong URL, until a delivery is stored', async () => {
    const named = `relay_troubled_channel_webhooks{trouble="unknown",channel="${CHANNEL.slice(0, 8)}"}`;
    await server.reset();
    await server.post(bodyOf('A'));
    expect(await server.metrics()).toContain(named);
    await server.register();
    await server.post(bodyOf('A'));
    const metrics = await server.metrics();
    expect(metrics).not.toContain(named);
    for (const result of ['unregistered', 'stored']) {
      expect(metrics).toMatch(new RegExp(`relay_ingested_total\\{result="${result}"\\} [1-9]`));
    }
    expect(secretsIn(metrics)).toEqual([]);
  });

  it('stores the first delivery after a channel has been registered, even by another process, once it can be looked up', async () => {
    await server.reset();
    expect(await server.post(bodyOf('A'))).toBe(404);
    await store.registerChannel(CHANNEL, REGISTRATION, 0);
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
      expect(await postWith({ 'webhook-signature': signature })).toBe(400);
    }
    expect((await fetch(`${server.url}${await server.hookPath()}`, { method: 'POST', body: 'x' })).status).toBe(400);
  });

  it('treats a signature in capitals as the same signature', async () => {
    const body = bodyOf('A');
    const signature = sign(body, KEY);
    for (const sent of [signature.toUpperCase(), signature]) {
      expect(await postWith({ 'webhook-signature': sent }, body)).toBe(202);
    }
    expect((await opened()).map((delivery) => delivery.signature)).toEqual([signature]);
  });

  it('refuses a delivery if its channel has been registered with another seal key, and so has another URL', async () => {
    await server.post(bodyOf('A'));
    const path = await server.hookPath();
    await store.deleteChannel(CHANNEL);
    await store.registerChannel(CHANNEL, { ...REGISTRATION, sealKey: Buffer.alloc(32, 9) }, 0);
    // The process still knows the previous registration.
    expect(await server.post(bodyOf('B'), path)).toBe(404);
    expect(await server.post(bodyOf('B'))).toBe(202);
    const [delivery, ...others] = await server.stored();
    expect([delivery?.actions, others]).toEqual([['B'], []]);
    // The delivery is sealed for the other key.
    await expect(opened()).rejects.toThrow(/sealed for another key/);
  });

  it('responds with 503 if the channel is full', async () => {
    await server.subscribe();
    // After compression and sealing, the body takes more than half of the channel's limit.
    const largeBody = () => bodyOf('A', randomText(30_000));
    expect(await server.post(largeBody())).toBe(202);
    // The deliveries are stored together, and each has its own result.
    const bodies = [bodyOf('A'), largeBody(), bodyOf('A')];
    expect(await Promise.all(bodies.map((body) => server.post(body)))).toEqual([202, 503, 202]);
    expect(await server.stored()).toHaveLength(3);
  });
});
