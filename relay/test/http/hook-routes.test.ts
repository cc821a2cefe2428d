import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import { randomText } from '../../harness/random-text.ts';
import { bodyOf, CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { secretsIn, startTestServer } from '../support/test-server.ts';

const server = await startTestServer({}, 40_000);
const { store } = server;
/** The conditions of a registration by another process. */
const REGISTRATION = { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 0 };
beforeEach(() => server.renew());
afterAll(() => server.close());

describe('POST /hooks/<channel>/<random part>', () => {
  it('stores any bytes unchanged, and responds with 202', async () => {
    const event = bodyOf('A');
    for (const body of [event, Buffer.from('not json at all'), Buffer.from([0, 255, 254, 10]), Buffer.alloc(0)]) {
      expect(await server.post(body)).toBe(202);
    }
    expect((await server.opened()).map(({ body }) => Buffer.from(body))).toEqual([event]);
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
      expect(await server.post(bodyOf('A'), undefined, { 'content-type': type })).toBe(202);
    }
    const stored = await server.opened();
    const expected = [...types, `text/${'x'.repeat(195)}`, 'application/json'];
    expect(stored.map(({ contentType }) => contentType)).toEqual(expected);
    expect(stored.map(({ metadata }) => metadata.actions)).toEqual(expected.map(() => ['A']));
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

  it('refuses a delivery if its channel has been registered again with a different seal key, and therefore has a different URL', async () => {
    await server.post(bodyOf('A'));
    const path = await server.hookPath();
    await store.deleteChannel(CHANNEL);
    await store.registerChannel(CHANNEL, { ...REGISTRATION, sealKey: Buffer.alloc(32, 9) }, 0);
    // This process still has the previous registration in its cache.
    expect(await server.post(bodyOf('B'), path)).toBe(404);
    expect(await server.post(bodyOf('B'))).toBe(202);
    const [delivery, ...others] = await server.stored();
    expect([delivery?.actions, others]).toEqual([['B'], []]);
    // The delivery is sealed with the channel's new key.
    await expect(server.opened()).rejects.toThrow(/sealed for another key/);
  });

  it('responds with 503 if the channel is full', async () => {
    await server.subscribe();
    // Even after compression and sealing, the body takes more than half of the channel's space.
    const largeBody = () => bodyOf('A', randomText(30_000));
    expect(await server.post(largeBody())).toBe(202);
    // The deliveries are stored in one transaction, and each delivery has its own result.
    const bodies = [bodyOf('A'), largeBody(), bodyOf('A')];
    expect(await Promise.all(bodies.map((body) => server.post(body)))).toEqual([202, 503, 202]);
    expect(await server.stored()).toHaveLength(3);
  });
});
