/** The console's HTTP interface. The store contract tests the conditions and the counts of events on both databases. */

import { randomBytes } from 'node:crypto';

import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { hashOfAccessToken } from '../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  MAX_LISTED_CONTENT_BYTES,
  MAX_LISTED_EVENTS,
  MAX_PAGE_BYTES,
  type EventResponse,
} from '../../wire/console-api.ts';
import { LINKS_PATH } from '../../wire/link-api.ts';
import { SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';
import { openEnvelope } from '../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, ORIGIN, OTHER_CHANNEL, SEAL_KEY } from '../harness/sample-delivery.ts';
import { until } from '../harness/until.ts';
import { ACCESS_TOKEN, numbersOf, startConsoleServer } from './console-server.ts';
import { delivery } from './new-delivery.ts';
import { secretsIn, TARGET_URL } from './test-server.ts';

const bed = await startConsoleServer({ maxChannels: 2 });
const others: Awaited<ReturnType<typeof startConsoleServer>>[] = [];
beforeEach(() => bed.renew());
afterEach(async () => {
  for (const { close } of others.splice(0)) await close();
});
afterAll(() => bed.close());

async function startLimited() {
  const limited = await startConsoleServer({ apiRequestsPerMinute: 20 });
  others.push(limited);
  await limited.renew();
  return limited;
}

describe('a link', () => {
  it('gives access until it expires, which is never cached', async () => {
    await bed.store.addLink(CHANNEL, { tokenHash: hashOfAccessToken('c'.repeat(43)), keys: [], verdict: null }, 1, 10);
    await until(async () => (await bed.get(CONSOLE_OVERVIEW_PATH, 'c'.repeat(43))).status === 401);
    for (const [token, status] of [[ACCESS_TOKEN, 200] as const, [null, 401] as const]) {
      const response = await bed.get(CONSOLE_OVERVIEW_PATH, token);
      expect([response.status, response.headers.get('cache-control')]).toEqual([status, 'no-store']);
    }
  });

  it('is rate-limited, apart from other links', async () => {
    const limited = await startLimited();
    await limited.link('b'.repeat(43));
    const statuses: number[] = [];
    for (let index = 0; index < 21; index++) statuses.push((await limited.get(CONSOLE_LINK_PATH)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
    expect((await limited.get(CONSOLE_LINK_PATH)).headers.get('retry-after')).not.toBeNull();
    expect((await limited.get(CONSOLE_LINK_PATH, 'b'.repeat(43))).status).toBe(200);
  });

  it('works when it is fresh, without look-ups for links that somebody else at the same address guesses', async () => {
    const limited = await startLimited();
    const lookUp = jest.spyOn(limited.store, 'link');
    const guesses = Array.from({ length: 30 }, (_, index) => `${index}`.padEnd(43, 'x'));
    const statuses = await Promise.all(
      guesses.map(async (guess) => (await limited.get(CONSOLE_LINK_PATH, guess)).status),
    );
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(lookUp).not.toHaveBeenCalled();
    await limited.link('b'.repeat(43));
    expect((await limited.get(CONSOLE_LINK_PATH, 'b'.repeat(43))).status).toBe(200);
    expect((await limited.get(CONSOLE_LINK_PATH, 'y'.repeat(43))).status).toBe(429);
  });

  it('leaves no secrets in the log', async () => {
    for (const token of [ACCESS_TOKEN, 'e'.repeat(43)]) await bed.get(CONSOLE_OVERVIEW_PATH, token);
    expect(secretsIn(bed.logged(), ACCESS_TOKEN, 'e'.repeat(43))).toEqual([]);
  });

  it('gives no access to another channel', async () => {
    const { store } = bed;
    await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: 1 }, Date.now());
    try {
      const request = { targetUrl: 'https://hooks.zapier.com/other', filter: { all_except: [] } };
      const subscription = await store.subscribe(OTHER_CHANNEL, request, 9, Date.now());
      await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: Date.now() })]);
      const [other] = await store.events(OTHER_CHANNEL, {}, { after: 0, upTo: 9e9 }, 1);
      if (subscription === 'full' || !other) throw new Error('The other channel has no event.');
      const { id, key } = subscription;
      const { number } = other;
      const own = await bed.zap({ all_except: [] });
      expect((await bed.list()).events).toEqual([]);
      for (const path of [`/${number}`, `/${number}/zaps`, `?zap=${id}`]) {
        expect([path, (await bed.get(`${CONSOLE_EVENTS_PATH}${path}`)).status]).toEqual([path, 404]);
      }
      const send = (body: object) => bed.postJson(CONSOLE_SEND_AGAIN_PATH, { ...body, dry_run: false });
      for (const body of [{ number, zap: id }, { number, zap: own }, { conditions: { zap: id } }]) {
        expect((await send(body)).status).toBe(404);
      }
      expect((await send({ conditions: {} })).json).toMatchObject({ deliveries: 0, waiting: 0 });
      expect(await store.redriven(key, 9)).toEqual([]);
      expect((await bed.overview()).zaps.map((zap) => zap.id)).toEqual([own]);
    } finally {
      await store.deleteChannel(OTHER_CHANNEL);
    }
  });
});

describe('the overview', () => {
  it('shows a channel without events', async () => {
    const { now, created_at, ...overview } = await bed.overview();
    for (const time of [now, created_at]) expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
    expect(overview).toEqual({
      webhook_url: expect.stringMatching(new RegExp(`^${ORIGIN}/hooks/${CHANNEL}/[0-9a-f]{32}$`)),
      ...{ last_webhook_at: null, longest_pause_ms: null, zaps: [], ended_zaps: [], hours: [] },
    });
    expect(await bed.list()).toEqual({ events: [], next: null });
  });

  it('shows the link', async () => {
    const keys = [{ key_id: '00000000-0000-4000-8000-000000000001', wrapped_key: 'AAAA' }];
    const verdict = { delivery_id: '00000000-0000-4000-8000-000000000002', received_at: 7, is_valid: false };
    const body = { access_token_hash: hashOfAccessToken('f'.repeat(43)), keys, verdict, verdicts: [verdict] };
    const { expires_at } = (await bed.api('POST', LINKS_PATH, body)).json;
    const { json } = await bed.get(CONSOLE_LINK_PATH, 'f'.repeat(43));
    expect(json).toEqual({ channel: CHANNEL, expires_at, keys, verdict, verdicts: [verdict] });
  });

  it('shows Zaps with their descriptions and states, and the outcomes of the hour', async () => {
    const description = { trigger: 'New Client', options: [{ label: 'Label', value: '<b>VIP</b>' }], zap_id: '123' };
    const zap = await bed.zap({ actions: ['A'], description });
    const number = await bed.event();
    const failure = { failures: 2, failingSince: 5, lastFailure: 'HTTP 500', nextAttemptAt: 9 };
    await bed.pass(zap, number - 1, [], failure);
    const { zaps, hours, last_webhook_at } = await bed.overview();
    expect(last_webhook_at).not.toBeNull();
    expect(zaps).toMatchObject([
      {
        ...{ id: zap, actions: ['A'], description, failures: 2, failing_since: 5, last_failure: 'HTTP 500' },
        ...{ next_attempt_at: 9, pending: 1, dead_letters: 0, is_sending_again: false, paused_since: null },
      },
    ]);
    expect(hours).toMatchObject([{ failed: 0, given_up: 0, waiting: 1, delivered: 0, not_wanted: 0 }]);
  });

  it.each([
    [{ trigger: 'x'.repeat(101) }],
    [{ options: Array.from({ length: 21 }, () => ({ label: '', value: '' })) }],
    [{ zap_id: 'x1' }],
    [{ name: '' }],
  ])('never shows a Zap with the description %j, which is refused', async (change) => {
    const description = { trigger: 'x', options: [], zap_id: null, ...change };
    const body = { target_url: TARGET_URL, actions: ['A'], description };
    expect((await bed.api('POST', SUBSCRIPTIONS_PATH, body)).status).toBe(400);
  });
});

describe('the list of events', () => {
  it('contains every event with its envelope, newest first, in pages', async () => {
    const zap = await bed.zap();
    // The channels of earlier tests have used sequence numbers, which must not show.
    expect([await bed.event('A'), await bed.event('B'), await bed.event('A')]).toEqual([1, 2, 3]);
    const { events, next } = await bed.list();
    expect(next).toBeNull();
    expect(events).toMatchObject([
      { number: 3, outcome: 'waiting', zaps: [{ zap, outcome: 'waiting', was_on: true, is_sent_again: false }] },
      { number: 2, outcome: 'not_wanted', zaps: [] },
      { number: 1, outcome: 'waiting' },
    ]);
    expect(String((await openEnvelope(events[0]?.envelope)).body)).toContain('"action": "A"');
    const first = await bed.list('?limit=2');
    expect([numbersOf(first.events), first.next]).toEqual([[3, 2], 2]);
    expect(numbersOf((await bed.list('?before=2')).events)).toEqual([1]);
    expect(await bed.list('?before=1')).toEqual({ events: [], next: null });
    expect(await bed.list(`?before=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ events: { length: 3 } });
  });

  it('omits large contents, and contents that the page has already opened', async () => {
    // Hexadecimal digits of random bytes compress to half their length.
    await bed.post(bodyOf('A', randomBytes(MAX_LISTED_CONTENT_BYTES + 1000).toString('hex')));
    await bed.event();
    const { events } = await bed.list();
    expect(events.map(({ envelope }) => envelope.sealed === null)).toEqual([false, true]);
    expect(events[1]?.envelope).toMatchObject({ channel: CHANNEL, actions: ['A'] });
    const { json } = await bed.get(`${CONSOLE_EVENTS_PATH}/1`);
    expect((await openEnvelope(json.envelope)).body.length).toBeGreaterThan(2 * MAX_LISTED_CONTENT_BYTES);
    const added = await bed.event();
    const known = (await bed.list('?known_up_to=2')).events;
    expect(known).toMatchObject([{ number: added }, { envelope: { sealed: null } }, { envelope: { sealed: null } }]);
    expect((await openEnvelope(known[0]?.envelope)).body.length).toBeGreaterThan(0);
  });

  it('has pages of a limited size, which contain every event once', async () => {
    const BYTES = 15_000;
    await bed.ingest('A', 140, () => randomBytes(BYTES));
    const first = await bed.list(`?limit=${MAX_LISTED_EVENTS}`);
    const size = JSON.stringify(first).length;
    expect([size <= MAX_PAGE_BYTES, size > MAX_PAGE_BYTES - 2 * BYTES]).toEqual([true, true]);
    const second = await bed.list(`?limit=${MAX_LISTED_EVENTS}&before=${first.next ?? 0}`);
    expect(second.next).toBeNull();
    const numbers = Array.from({ length: 140 }, (_, index) => 140 - index);
    expect(numbersOf([...first.events, ...second.events])).toEqual(numbers);
  });

  it('is filtered by outcome, action, time and Zap', async () => {
    await bed.zap({ actions: ['B'] }, 'x');
    const zap = await bed.zap();
    for (const action of ['A', 'A', 'B']) await bed.event(action);
    await bed.pass(zap, 1);
    await bed.fail(zap, 2);
    for (const [query, numbers] of Object.entries({
      ...{ 'outcome=delivered': [1], 'outcome=failed': [2], 'outcome=waiting': [3], 'outcome=given_up': [] },
      ...{ 'action=B&action=C': [3], 'action=A&outcome=failed': [2], [`zap=${zap}`]: [2, 1] },
      ...{ [`from=${Number.MAX_SAFE_INTEGER}`]: [], 'from=0': [3, 2, 1], 'to=0': [] },
    })) {
      expect([query, numbersOf((await bed.list(`?${query}`)).events)]).toEqual([query, numbers]);
    }
  });

  it('is filtered by a new Zap in pages that end after a limited number of other events', async () => {
    const oldest = await bed.event('A');
    await bed.ingest('B', 1_000);
    const zap = await bed.zap();
    expect(await bed.list(`?zap=${zap}`)).toEqual({ events: [], next: oldest + 1 });
    const rest = await bed.list(`?zap=${zap}&before=${oldest + 1}`);
    expect([numbersOf(rest.events), rest.next]).toEqual([[oldest], null]);
  });

  it('refuses malformed conditions, and an unknown Zap', async () => {
    const actions = Array.from({ length: 101 }, (_, index) => `action=A${index}`).join('&');
    const numbers = ['before=x', 'before=-1', 'before=99999999999999999999', 'limit=0'];
    const others = ['outcome=lost', 'zap=x', 'from=yesterday', actions, 'action=', 'channel=x'];
    for (const query of [...numbers, `limit=${MAX_LISTED_EVENTS + 1}`, ...others]) {
      expect([query, (await bed.get(`${CONSOLE_EVENTS_PATH}?${query}`)).status]).toEqual([query, 400]);
    }
    const unknown = `${CONSOLE_EVENTS_PATH}?zap=00000000-0000-4000-8000-000000000001`;
    expect((await bed.get(unknown)).status).toBe(404);
  });
});

describe('one event', () => {
  it('has attempts and the time of the next attempt', async () => {
    const [zap, other] = [await bed.zap(), await bed.zap({ actions: ['B'] }, 'x')];
    const number = await bed.event('A');
    await bed.pass(zap, number - 1, [], { failures: 1, nextAttemptAt: 1234 });
    await bed.fail(zap, number, 'ECONNREFUSED');
    const event = (await bed.get(`${CONSOLE_EVENTS_PATH}/${number}`)).json as unknown as EventResponse;
    const attempt = { number: 1, failure: 'ECONNREFUSED', response: 'IQ==', duration_ms: 5, is_sent_again: false };
    expect(event).toMatchObject({
      ...{ number, outcome: 'failed' },
      zaps: [{ zap, outcome: 'failed', next_attempt_at: 1234, given_up_reason: null, attempts: [attempt] }],
    });
    expect(JSON.stringify(event)).not.toContain(other);
    expect(String((await openEnvelope(event.envelope)).body)).toContain('"action": "A"');
    const { json: outcomes } = await bed.get(`${CONSOLE_EVENTS_PATH}/${number}/zaps`);
    expect({ ...outcomes, envelope: event.envelope }).toEqual(event);
  });

  it('keeps the outcome at a Zap that has been turned off', async () => {
    const description = { trigger: 'New Client', options: [], zap_id: '1' };
    const zap = await bed.zap({ actions: ['A'], description });
    const [delivered, dead, waiting] = [await bed.event(), await bed.event(), await bed.event()];
    await bed.fail(zap, dead);
    await bed.pass(zap, dead, [dead]);
    await bed.api('DELETE', `${SUBSCRIPTIONS_PATH}/${zap}`);
    expect((await bed.list()).events).toMatchObject([
      { number: waiting, outcome: 'not_wanted', zaps: [] },
      { number: dead, outcome: 'given_up', zaps: [{ zap, outcome: 'given_up', was_on: true }] },
      { number: delivered, outcome: 'delivered', zaps: [{ zap, outcome: 'delivered', was_on: true }] },
    ]);
    const times = { created_at: expect.any(Number), ended_at: expect.any(Number) };
    expect(await bed.overview()).toMatchObject({
      zaps: [],
      ended_zaps: [{ id: zap, description, ...times, is_gone: false, dead_letters: 1 }],
      hours: [{ delivered: 1, given_up: 1 }],
    });
    const { json } = await bed.get(`${CONSOLE_EVENTS_PATH}/${dead}/zaps`);
    expect(json.zaps).toMatchObject([{ zap, given_up_reason: 'HTTP 500', attempts: [{ failure: 'HTTP 500' }] }]);
    expect(numbersOf((await bed.list(`?zap=${zap}`)).events)).toEqual([dead, delivered]);
  });

  it.each([
    [404, ['0', '999999', `${Number.MAX_SAFE_INTEGER}`]],
    [400, ['x', '-1', '99999999999999999999', '1.5']],
  ])('is refused with the status %i for the numbers %j', async (expected, numbers) => {
    await bed.event('A');
    for (const path of numbers.flatMap((number) => [number, `${number}/zaps`])) {
      expect([path, (await bed.get(`${CONSOLE_EVENTS_PATH}/${path}`)).status]).toEqual([path, expected]);
    }
  });
});
