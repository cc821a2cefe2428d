/**
 * The console's HTTP interface, apart from the responses that `test/console/page.test.ts` sees in a browser. The store
 * contract tests the conditions and the counts of events on both databases.
 */

import { randomBytes } from 'node:crypto';

import { afterAll, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { hashOfAccessToken } from '../../../wire/capability.ts';
import * as wire from '../../../wire/console-api.ts';
import { openEnvelope } from '../../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, OTHER_CHANNEL, SEAL_KEY } from '../../harness/sample-delivery.ts';
import { until } from '../../harness/until.ts';
import { delivery } from '../support/new-delivery.ts';
import { ACCESS_TOKEN, numbersOf, secretsIn, startTestServer } from '../support/test-server.ts';

const bed = await startTestServer({ maxChannels: 2 });
beforeEach(() => bed.renew());
afterAll(() => bed.close());

describe('a link', () => {
  it('gives access until it expires, which is neither cached nor logged', async () => {
    await bed.store.addLink(CHANNEL, { tokenHash: hashOfAccessToken('c'.repeat(43)), keys: [], verdict: null }, 1, 10);
    await until(async () => (await bed.get(wire.CONSOLE_OVERVIEW_PATH, 'c'.repeat(43))).status === 401);
    for (const [token, status] of [[ACCESS_TOKEN, 200] as const, [null, 401] as const]) {
      const response = await bed.get(wire.CONSOLE_OVERVIEW_PATH, token);
      expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
    expect(secretsIn(bed.logged(), ACCESS_TOKEN, 'c'.repeat(43))).toEqual([]);
  });

  it('is rate-limited, apart from other links, and without look-ups for links that somebody else guesses', async () => {
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

  it('sends a large response as the last on its connection, which shows when the client has taken it', async () => {
    const connection = async () => (await bed.get(`${wire.CONSOLE_EVENTS_PATH}?limit=500`)).headers.get('connection');
    await bed.ingest('A', 1, () => Buffer.alloc(15_000));
    expect(await connection()).toBe('keep-alive');
    await bed.renew();
    await bed.ingest('A', 10, () => Buffer.alloc(15_000));
    expect(await connection()).toBe('close');
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

describe('the list of events', () => {
  it('omits large contents, and contents that the page has already opened', async () => {
    // Hexadecimal digits of random bytes compress to half their length.
    await bed.post(bodyOf('A', randomBytes(wire.MAX_LISTED_CONTENT_BYTES + 1000).toString('hex')));
    await bed.event();
    const { events } = await bed.list();
    expect(events.map(({ envelope }) => envelope.sealed === null)).toEqual([false, true]);
    expect(events[1]?.envelope).toMatchObject({ channel: CHANNEL, actions: ['A'] });
    const { json } = await bed.get(`${wire.CONSOLE_EVENTS_PATH}/1`);
    expect((await openEnvelope(json.envelope)).body.length).toBeGreaterThan(2 * wire.MAX_LISTED_CONTENT_BYTES);
    const added = await bed.event();
    const known = (await bed.list('?known_up_to=2')).events;
    expect(known).toMatchObject([{ number: added }, { envelope: { sealed: null } }, { envelope: { sealed: null } }]);
    expect((await openEnvelope(known[0]?.envelope)).body.length).toBeGreaterThan(0);
  });

  it('has pages of a limited size, which contain every event once', async () => {
    const BYTES = 15_000;
    await bed.ingest('A', 140, () => randomBytes(BYTES));
    const first = await bed.list(`?limit=${wire.MAX_LISTED_EVENTS}`);
    const size = JSON.stringify(first).length;
    expect([size <= wire.MAX_PAGE_BYTES, size > wire.MAX_PAGE_BYTES - 2 * BYTES]).toEqual([true, true]);
    const second = await bed.list(`?limit=${wire.MAX_LISTED_EVENTS}&before=${first.next ?? 0}`);
    expect(second.next).toBeNull();
    const numbers = Array.from({ length: 140 }, (_, index) => 140 - index);
    expect(numbersOf([...first.events, ...second.events])).toEqual(numbers);
  });

  it('is filtered by a new Zap in pages that end after a limited number of other events', async () => {
    const oldest = await bed.event('A');
    await bed.ingest('B', 1_000);
    const zap = await bed.subscribe();
    expect(await bed.list(`?zap=${zap}`)).toMatchObject({ events: [], next: oldest + 1 });
    const rest = await bed.list(`?zap=${zap}&before=${oldest + 1}`);
    expect([numbersOf(rest.events), rest.next]).toEqual([[oldest], null]);
  });
});

it.each([
  ...['?before=x', '?before=-1', '?before=99999999999999999999', '?limit=0', `?limit=${wire.MAX_LISTED_EVENTS + 1}`],
  ...['?outcome=lost', '?zap=x', '?from=yesterday', '?action=', '?channel=x'],
  `?${Array.from({ length: 101 }, (_, index) => `action=A${index}`).join('&')}`,
  ...['/x', '/-1', '/99999999999999999999', '/1.5'].flatMap((path) => [path, `${path}/zaps`]),
])('the path %s is malformed', async (path) => {
  expect((await bed.get(`${wire.CONSOLE_EVENTS_PATH}${path}`)).status).toBe(400);
});

it.each([
  '?zap=00000000-0000-4000-8000-000000000001',
  ...['/0', '/999999', `/${Number.MAX_SAFE_INTEGER}`].flatMap((path) => [path, `${path}/zaps`]),
])('the path %s names nothing', async (path) => {
  await bed.event('A');
  expect((await bed.get(`${wire.CONSOLE_EVENTS_PATH}${path}`)).status).toBe(404);
});
