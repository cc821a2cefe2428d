/** The access that a link to the console grants. */

import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import * as wire from '../../../wire/console-api.ts';
import { CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { delivery } from '../support/new-delivery.ts';
import { ACCESS_TOKEN, secretsIn, startTestServer } from '../support/test-server.ts';

const bed = await startTestServer({ maxChannels: 2 });
beforeEach(() => bed.renew());
afterAll(() => bed.close());

describe('a link', () => {
  it('gives access until it expires, allows no caching, and is not logged', async () => {
    await bed.store.addLink(CHANNEL, { tokenHash: hashOfAccessToken('c'.repeat(43)), keys: [], verdict: null }, 1, 10);
    await until(async () => (await bed.get(wire.CONSOLE_OVERVIEW_PATH, 'c'.repeat(43))).status === 401);
    for (const [token, status] of [[ACCESS_TOKEN, 200] as const, [null, 401] as const]) {
      const response = await bed.get(wire.CONSOLE_OVERVIEW_PATH, token);
      expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
    expect(secretsIn(bed.logged(), ACCESS_TOKEN, 'c'.repeat(43))).toEqual([]);
  });

  it('has a rate limit of its own, and guessed links cause no look-ups', async () => {
    const limited = await startTestServer({ apiRequestsPerMinute: 20 });
    await limited.renew();
    const statusOf = async (token: string) => (await limited.get(wire.CONSOLE_LINK_PATH, token)).status;
    const lookUp = jest.spyOn(limited.store, 'link');
    const guesses = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(43, 'x'));
    expect(new Set(await Promise.all(guesses.map(statusOf)))).toEqual(new Set([401, 429]));
    expect(lookUp).not.toHaveBeenCalled();

    for (let index = 0; index < 20; index++) expect(await statusOf(ACCESS_TOKEN)).toBe(200);
    const { status, headers } = await limited.get(wire.CONSOLE_LINK_PATH);
    expect([status, headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    await limited.link('b'.repeat(43));
    expect(await statusOf('b'.repeat(43))).toBe(200);
    expect(await statusOf('y'.repeat(43))).toBe(429);
    await limited.close();
  });

  it('gives no access to another channel', async () => {
    const { store } = bed;
    await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: 1 }, Date.now());
    const request = { targetUrl: 'https://hooks.zapier.com/other', filter: { all_except: [] } };
    const subscription = await store.subscribe(OTHER_CHANNEL, request, 9, Date.now());
    if (subscription === 'full') throw new Error('The other channel has no Zap.');
    const { id, key } = subscription;
    await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: Date.now() })]);
    const number = 1;
    expect(await store.events(OTHER_CHANNEL, {}, { after: 0, upTo: 9e9 }, 1)).toMatchObject([{ number }]);
    const own = await bed.subscribe({ all_except: [] });
    expect((await bed.list()).events).toEqual([]);
    for (const path of [`/${number}`, `/${number}/zaps`, `?zap=${id}`]) {
      expect([path, (await bed.get(`${wire.CONSOLE_EVENTS_PATH}${path}`)).status]).toEqual([path, 404]);
    }
    const send = (body: object) => bed.postJson(wire.CONSOLE_SEND_AGAIN_PATH, { ...body, dry_run: false });
    for (const body of [{ number, zap: id }, { number, zap: own }, { conditions: { zap: id } }]) {
      expect((await send(body)).status).toBe(404);
    }
    expect((await send({ conditions: {} })).json).toMatchObject({ deliveries: 0, waiting: 0 });
    expect(await store.redriven(key, 9)).toEqual([]);
    expect((await bed.overview()).zaps.map((zap) => zap.id)).toEqual([own]);
    await store.deleteChannel(OTHER_CHANNEL);
  });
});
