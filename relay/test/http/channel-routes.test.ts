/** The channel routes of the connector's API: the response with a channel's events, and the deletion of a channel. */

import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';

import { sign } from '../../../wire/signature.ts';
import { openEnvelope } from '../../harness/opened-deliveries.ts';
import { bodyOf, KEY } from '../../harness/sample-delivery.ts';
import { MAX_SEARCHED } from '../../store/console/events.ts';
import { delivery } from '../support/new-delivery.ts';
import { startTestServer } from '../support/test-server.ts';

const server = await startTestServer();
const { api, store } = server;
beforeEach(() => server.renew());
afterAll(() => server.close());

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

it('GET /channel/events returns the events before a number', async () => {
  for (const action of ['A', 'B', 'C']) await server.post(bodyOf(action));
  const { events } = (await api('GET', '/channel/events?before=3')).json;
  expect(events).toMatchObject([{ actions: ['B'] }, { actions: ['A'] }]);
});

it('DELETE /channel deletes the events, and makes the relay forget the data key', async () => {
  const keyIds = [];
  for (let count = 0; count < 2; count++) {
    await server.register();
    await server.post(bodyOf('A'));
    const [delivery, ...others] = await server.stored();
    keyIds.push(delivery?.keyId);
    expect(others).toEqual([]);
    expect((await api('DELETE', '/channel')).status).toBe(204);
  }
  expect(new Set(keyIds).size).toBe(2);
});
