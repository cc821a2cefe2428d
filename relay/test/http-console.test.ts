import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { hashOfAccessToken } from '../../wire/capability.ts';
import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  LINKS_PATH,
  MAX_LISTED_CONTENT_BYTES,
  MAX_SENT_AGAIN,
  type EventResponse,
  type OverviewResponse,
} from '../../wire/console-api.ts';
import { Admission } from '../admission.ts';
import { openEnvelope } from '../harness/opened-deliveries.ts';
import { bodyOf, CHANNEL, delivery, OTHER_CHANNEL, ORIGIN, SEAL_KEY, TOKEN } from '../harness/sample-delivery.ts';
import { ACCESS_TOKEN, ConsoleServer, numbersOf } from './console-server.ts';
import { secretsIn } from './test-server.ts';

let bed: ConsoleServer;

beforeAll(async () => {
  bed = await ConsoleServer.start({ maxChannels: 2 });
});
beforeEach(() => bed.reset());
afterAll(() => bed.server.app.close());

const ROUTES: [method: 'GET' | 'POST', path: string, body: object | undefined][] = [
  ['GET', CONSOLE_LINK_PATH, undefined],
  ['GET', CONSOLE_OVERVIEW_PATH, undefined],
  ['GET', CONSOLE_EVENTS_PATH, undefined],
  ['GET', `${CONSOLE_EVENTS_PATH}/1`, undefined],
  ['GET', `${CONSOLE_EVENTS_PATH}/1/zaps`, undefined],
  ['POST', CONSOLE_SEND_AGAIN_PATH, { dry_run: true, conditions: {} }],
];

describe('access', () => {
  it.each(ROUTES)('%s %s needs a link', async (method, path, body) => {
    for (const token of [null, 'x', TOKEN, 'b'.repeat(43)]) {
      const { status, json } = await bed.server.api(method, path, body, token);
      expect(status).toBe(401);
      expect(json.detail).toMatch(/fresh link/);
    }
  });

  it.each(ROUTES)('%s %s refuses an expired link', async (method, path, body) => {
    const link = { tokenHash: hashOfAccessToken('c'.repeat(43)), keys: [], verdict: null };
    await bed.server.store.addLink(CHANNEL, link, 1, 10);
    await sleep(20);
    expect((await bed.server.api(method, path, body, 'c'.repeat(43))).status).toBe(401);
  });

  it.each(ROUTES)('%s %s refuses a link of a channel that is no longer served', async (method, path, body) => {
    const list = { includes: () => false };
    const delisted = await ConsoleServer.start({ admission: new Admission([], list) });
    try {
      await delisted.server.store.registerChannel(
        CHANNEL,
        { sealKey: SEAL_KEY, maxChannels: 1, idleMs: 1 },
        Date.now(),
      );
      const link = { tokenHash: hashOfAccessToken(ACCESS_TOKEN), keys: [], verdict: null };
      await delisted.server.store.addLink(CHANNEL, link, 60_000, 10);
      expect((await delisted.server.api(method, path, body, ACCESS_TOKEN)).status).toBe(403);
    } finally {
      await delisted.server.app.close();
    }
  });

  it('is never kept by a cache, and grants nothing but reading and sending again', async () => {
    const zap = await bed.zap();
    expect((await bed.get(CONSOLE_OVERVIEW_PATH)).headers.get('cache-control')).toBe('no-store');
    expect((await bed.get(CONSOLE_OVERVIEW_PATH, null)).headers.get('cache-control')).toBe('no-store');
    for (const [method, path] of [
      ['GET', '/channel'],
      ['DELETE', '/channel'],
      ['GET', '/channel/events'],
      ['GET', '/channel/keys'],
      ['GET', `/channel/subscriptions/${zap}`],
      ['DELETE', `/channel/subscriptions/${zap}`],
      ['POST', `/channel/subscriptions/${zap}/redrive`],
    ] as const) {
      expect([path, (await bed.server.api(method, path, undefined, ACCESS_TOKEN)).status]).toEqual([path, 404]);
    }
    const subscription = { target_url: 'https://hooks.zapier.com/x', actions: ['A'] };
    expect((await bed.post('/channel/subscriptions', subscription)).status).toBe(404);
    expect((await bed.post(LINKS_PATH, { access_token_hash: 'd'.repeat(43), keys: [], verdict: null })).status).toBe(
      404,
    );
    expect(await bed.server.store.subscriptions(CHANNEL)).toHaveLength(1);
  });

  it('ends with the eleventh link for the first one', async () => {
    for (let index = 0; index < 9; index++) await bed.link(`${index}`.repeat(43));
    expect((await bed.get(CONSOLE_LINK_PATH)).status).toBe(200);
    await bed.link('9'.repeat(43));
    expect((await bed.get(CONSOLE_LINK_PATH)).status).toBe(401);
    expect((await bed.get(CONSOLE_LINK_PATH, '0'.repeat(43))).status).toBe(200);
  });

  it('is limited for each link', async () => {
    const limited = await ConsoleServer.start({ apiRequestsPerMinute: 20 });
    try {
      await limited.reset();
      await limited.link('b'.repeat(43));
      const statuses: number[] = [];
      for (let index = 0; index < 21; index++) statuses.push((await limited.get(CONSOLE_LINK_PATH)).status);
      expect(statuses.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(statuses[20]).toBe(429);
      expect((await limited.get(CONSOLE_LINK_PATH)).headers.get('retry-after')).not.toBeNull();
      expect((await limited.get(CONSOLE_LINK_PATH, 'b'.repeat(43))).status).toBe(200);
    } finally {
      await limited.server.app.close();
    }
  });

  it('leaves no secrets in the log', async () => {
    await bed.get(CONSOLE_OVERVIEW_PATH);
    await bed.get(CONSOLE_OVERVIEW_PATH, 'e'.repeat(43));
    expect(secretsIn(bed.server.logged(), ACCESS_TOKEN, 'e'.repeat(43))).toEqual([]);
  });
});

it('shows a channel without events', async () => {
  const { json } = await bed.get(CONSOLE_OVERVIEW_PATH);
  const { now, ...overview } = json as unknown as OverviewResponse;
  expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  expect(overview).toEqual({
    webhook_url: `${ORIGIN}/hooks/${CHANNEL}`,
    last_webhook_at: null,
    longest_pause_ms: null,
    zaps: [],
    hours: [],
  });
  expect(await bed.list()).toEqual({ events: [], next: null });
});

it('shows the link', async () => {
  const keys = [{ key_id: '00000000-0000-4000-8000-000000000001', wrapped_key: 'AAAA' }];
  const verdict = { delivery_id: '00000000-0000-4000-8000-000000000002', received_at: 7, is_valid: false };
  const body = { access_token_hash: hashOfAccessToken('f'.repeat(43)), keys, verdict };
  const { expires_at } = (await bed.server.api('POST', LINKS_PATH, body)).json;
  const { json } = await bed.get(CONSOLE_LINK_PATH, 'f'.repeat(43));
  expect(json).toEqual({ channel: CHANNEL, expires_at, keys, verdict });
});

it('shows Zaps with their descriptions and states', async () => {
  const description = { trigger: 'New Client', options: [{ label: 'Label', value: '<b>VIP</b>' }], zap_id: '123' };
  const zap = await bed.zap({ actions: ['A'], description });
  const number = await bed.event();
  const failure = { failures: 2, failingSince: 5, lastFailure: 'HTTP 500', nextAttemptAt: 9 };
  await bed.pass(zap, number - 1, [], failure);
  const { zaps, last_webhook_at } = (await bed.get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
  expect(last_webhook_at).not.toBeNull();
  expect(zaps).toMatchObject([
    {
      id: zap,
      actions: ['A'],
      description,
      failures: 2,
      failing_since: 5,
      last_failure: 'HTTP 500',
      next_attempt_at: 9,
      pending: 1,
      dead_letters: 0,
      is_sending_again: false,
      paused_since: null,
    },
  ]);
});

it.each([
  ['a long label', { trigger: 'x'.repeat(101), options: [], zap_id: null }],
  [
    'too many options',
    { trigger: 'x', options: Array.from({ length: 21 }, () => ({ label: '', value: '' })), zap_id: null },
  ],
  ['an id that is no number', { trigger: 'x', options: [], zap_id: 'x1' }],
  ['an unknown field', { trigger: 'x', options: [], zap_id: null, name: '' }],
])('refuses the description of a Zap with %s', async (_what, description) => {
  const body = { target_url: 'https://hooks.zapier.com/x', actions: ['A'], description };
  expect((await bed.server.api('POST', '/channel/subscriptions', body)).status).toBe(400);
});

describe('the list of events', () => {
  it('has every event with its envelope, newest first, in pages', async () => {
    const zap = await bed.zap();
    const [one, two, three] = [await bed.event('A'), await bed.event('B'), await bed.event('A')];
    const { events, next } = await bed.list();
    expect(next).toBeNull();
    expect(events).toMatchObject([
      { number: three, outcome: 'waiting', zaps: [{ zap, outcome: 'waiting', was_on: true, is_sent_again: false }] },
      { number: two, outcome: 'not_wanted', zaps: [] },
      { number: one, outcome: 'waiting' },
    ]);
    const { body } = await openEnvelope(events[0]?.envelope);
    expect(String(body)).toContain('"action": "A"');

    const first = await bed.list('?limit=2');
    expect(numbersOf(first.events)).toEqual([three, two]);
    expect(first.next).toBe(two);
    expect(numbersOf((await bed.list(`?before=${first.next ?? 0}`)).events)).toEqual([one]);
    expect(await bed.list(`?before=${one}`)).toEqual({ events: [], next: null });
    expect(await bed.list(`?before=${Number.MAX_SAFE_INTEGER}`)).toMatchObject({ events: { length: 3 } });
  });

  it('leaves large contents out', async () => {
    // Hexadecimal digits of random bytes compress to half of their length.
    await bed.server.post(bodyOf('A', randomBytes(MAX_LISTED_CONTENT_BYTES + 1000).toString('hex')));
    const [event] = (await bed.list()).events;
    const { sealed, ...metadata } = event?.envelope ?? {};
    expect(sealed === null).toBe(true);
    expect(metadata).toMatchObject({ channel: CHANNEL, actions: ['A'] });
    const { json } = await bed.get(`${CONSOLE_EVENTS_PATH}/${event?.number ?? 0}`);
    expect((await openEnvelope(json.envelope)).body.length).toBeGreaterThan(2 * MAX_LISTED_CONTENT_BYTES);
  });

  it('leaves out the contents that the page has opened', async () => {
    const [known, added] = [await bed.event('A'), await bed.event('A')];
    const { events } = await bed.list(`?known_up_to=${known}`);
    expect(events).toMatchObject([{ number: added }, { number: known, envelope: { sealed: null } }]);
    expect((await openEnvelope(events[0]?.envelope)).body.length).toBeGreaterThan(0);
  });

  it('is filtered by outcome, for all Zaps and for one', async () => {
    const earlier = await bed.event('A');
    const [one, other] = [await bed.zap(), await bed.zap({ all_except: ['B'] }, 'x')];
    const delivered = await bed.event('A');
    const dead = await bed.event('A');
    const unwanted = await bed.event('B');
    const failed = await bed.event('A');
    const waiting = await bed.event('A');
    await bed.pass(one, unwanted, [dead]);
    await bed.pass(other, failed);
    await bed.fail(one, dead);
    await bed.fail(one, failed);

    const found = async (query: string) => numbersOf((await bed.list(query)).events);
    expect(await found('?outcome=delivered')).toEqual([delivered]);
    expect(await found('?outcome=given_up')).toEqual([dead]);
    expect(await found('?outcome=failed')).toEqual([failed]);
    expect(await found('?outcome=waiting')).toEqual([waiting]);
    expect(await found('?outcome=not_wanted')).toEqual([unwanted, earlier]);
    expect(await found(`?outcome=delivered&zap=${one}`)).toEqual([delivered]);
    expect(await found(`?outcome=delivered&zap=${other}`)).toEqual([failed, dead, delivered]);
    expect(await found(`?outcome=given_up&zap=${other}`)).toEqual([]);
    expect(await found(`?outcome=failed&zap=${other}`)).toEqual([]);
    expect(await found(`?outcome=failed&zap=${one}`)).toEqual([failed]);
    expect(await found(`?outcome=not_wanted&zap=${one}`)).toEqual([unwanted, earlier]);
    expect(await found(`?zap=${one}`)).toEqual([waiting, failed, dead, delivered, earlier]);
    expect(await found('?action=B')).toEqual([unwanted]);
    expect(await found('?action=B&action=C')).toEqual([unwanted]);
    expect(await found('?action=A&outcome=not_wanted')).toEqual([earlier]);
    expect(await found(`?action=B&zap=${one}`)).toEqual([]);

    const { hours } = (await bed.get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
    const sum = (outcome: 'failed' | 'given_up' | 'waiting' | 'delivered' | 'not_wanted') =>
      hours.reduce((total, counts) => total + counts[outcome], 0);
    expect([sum('failed'), sum('given_up'), sum('waiting'), sum('delivered'), sum('not_wanted')]).toEqual([
      1, 1, 1, 1, 2,
    ]);
  });

  it('is filtered by time', async () => {
    const number = await bed.event('A');
    const at = (await bed.list()).events[0]?.envelope.received_at ?? 0;
    const found = async (query: string) => numbersOf((await bed.list(query)).events);
    expect(await found(`?from=${at}&to=${at + 1}`)).toEqual([number]);
    expect(await found(`?from=${at + 1}`)).toEqual([]);
    expect(await found(`?to=${at}`)).toEqual([]);
    expect(await found('?to=0')).toEqual([]);
    expect(await found(`?from=${Number.MAX_SAFE_INTEGER}`)).toEqual([]);
  });

  it.each([
    '?outcome=lost',
    '?zap=x',
    '?before=x',
    '?before=-1',
    '?before=99999999999999999999',
    '?limit=0',
    '?limit=51',
    '?from=yesterday',
    `?${Array.from({ length: 101 }, (_, index) => `action=A${index}`).join('&')}`,
    '?action=',
    '?channel=x',
  ])('refuses %s', async (query) => {
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}${query}`)).status).toBe(400);
  });

  it('has no Zap of another channel', async () => {
    const zap = '00000000-0000-4000-8000-000000000001';
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}?zap=${zap}`)).status).toBe(404);
  });
});

describe('one event', () => {
  it('has attempts, and when the next one is due', async () => {
    const [zap, other] = [await bed.zap(), await bed.zap({ actions: ['B'] }, 'x')];
    const number = await bed.event('A');
    await bed.pass(zap, number - 1, [], { failures: 1, nextAttemptAt: 1234 });
    await bed.fail(zap, number, 'ECONNREFUSED');
    const { status, json } = await bed.get(`${CONSOLE_EVENTS_PATH}/${number}`);
    expect(status).toBe(200);
    const event = json as unknown as EventResponse;
    expect(event).toMatchObject({ number, outcome: 'failed' });
    expect(event.zaps).toMatchObject([
      {
        zap,
        outcome: 'failed',
        next_attempt_at: 1234,
        given_up_reason: null,
        attempts: [{ number: 1, failure: 'ECONNREFUSED', duration_ms: 5, is_sent_again: false }],
      },
    ]);
    expect(JSON.stringify(event)).not.toContain(other);
    expect(String((await openEnvelope(event.envelope)).body)).toContain('"action": "A"');
    const { json: fates } = await bed.get(`${CONSOLE_EVENTS_PATH}/${number}/zaps`);
    expect({ ...fates, envelope: event.envelope }).toEqual(event);
  });

  it('has the reason for giving it up', async () => {
    const zap = await bed.zap();
    const number = await bed.event('A');
    await bed.pass(zap, number, [number]);
    const { json } = await bed.get(`${CONSOLE_EVENTS_PATH}/${number}`);
    expect(json.zaps).toMatchObject([{ outcome: 'given_up', given_up_reason: 'HTTP 500', next_attempt_at: null }]);
  });

  it.each(['0', '999999', `${Number.MAX_SAFE_INTEGER}`])('does not exist with the number %s', async (number) => {
    await bed.event('A');
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}/${number}`)).status).toBe(404);
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}/${number}/zaps`)).status).toBe(404);
  });

  it.each(['x', '-1', '99999999999999999999', '1.5'])('has no number like %s', async (number) => {
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}/${number}`)).status).toBe(400);
  });
});

describe('sending again', () => {
  const send = (body: object) => bed.post(CONSOLE_SEND_AGAIN_PATH, body);

  it('sends one event to one Zap', async () => {
    const zap = await bed.zap();
    const number = await bed.event('A');
    await bed.pass(zap, number);
    const counts = { events: 1, deliveries: 1, waiting: 0, has_more: false, up_to: number };
    expect((await send({ number, zap, dry_run: true })).json).toEqual(counts);
    expect(await bed.server.store.redriven(zap, 9)).toEqual([]);
    expect((await send({ number, zap, dry_run: false })).json).toEqual(counts);
    expect(await bed.server.store.redriven(zap, 9)).toMatchObject([{ seq: number, isSentAgain: true }]);
    const waiting = { ...counts, events: 0, deliveries: 0, waiting: 1 };
    expect((await send({ number, zap, dry_run: false })).json).toEqual(waiting);
    const [event] = (await bed.list()).events;
    expect(event).toMatchObject({ outcome: 'waiting', zaps: [{ zap, is_sent_again: true }] });
    expect(bed.server.changes).toContain(`subscriptions ${CHANNEL}`);
  });

  it('sends an event from before the Zap was turned on', async () => {
    const number = await bed.event('A');
    const zap = await bed.zap();
    expect((await bed.list()).events).toMatchObject([{ outcome: 'not_wanted', zaps: [{ zap, was_on: false }] }]);
    expect((await send({ number, zap, dry_run: false })).json).toMatchObject({ deliveries: 1 });
    const [delivery] = await bed.server.store.redriven(zap, 9);
    const lease = await bed.pass(zap, number);
    await bed.fail(zap, number, null, true);
    await bed.server.store.settleRedriven(lease.leaseId, zap, delivery?.seq ?? 0, true);
    expect((await bed.list('?outcome=delivered')).events).toMatchObject([
      { number, outcome: 'delivered', zaps: [{ zap, was_on: false, is_sent_again: true }] },
    ]);
  });

  it('refuses an event that the Zap does not select, and events and Zaps that do not exist', async () => {
    const zap = await bed.zap();
    const number = await bed.event('B');
    const noZap = '00000000-0000-4000-8000-000000000001';
    expect((await send({ number, zap, dry_run: false })).status).toBe(409);
    expect((await send({ number: number + 1, zap, dry_run: false })).status).toBe(404);
    expect((await send({ number, zap: noZap, dry_run: false })).status).toBe(404);
    expect((await send({ conditions: { zap: noZap }, dry_run: false })).status).toBe(404);
    expect(await bed.server.store.redriven(zap, 9)).toEqual([]);
  });

  it('sends the events that meet conditions, to the Zaps for which they meet them', async () => {
    const [zap, other] = [await bed.zap(), await bed.zap({ all_except: [] }, 'x')];
    const [one, two, three] = [await bed.event('A'), await bed.event('A'), await bed.event('B')];
    await bed.pass(zap, three, [one, two]);
    await bed.pass(other, three, [two]);
    const dryRun = (await send({ conditions: { outcome: 'given_up' }, dry_run: true })).json;
    expect(dryRun).toEqual({ events: 2, deliveries: 3, waiting: 0, has_more: false, up_to: three });
    const later = await bed.event('A');
    await bed.pass(zap, later, [later]);
    const body = { conditions: { outcome: 'given_up' }, up_to: dryRun.up_to, dry_run: false };
    expect((await send(body)).json).toEqual(dryRun);
    expect((await bed.server.store.redriven(zap, 9)).map(({ seq }) => seq)).toEqual([one, two]);
    expect((await bed.server.store.redriven(other, 9)).map(({ seq }) => seq)).toEqual([two]);
    const everything = { conditions: { zap: other }, dry_run: false };
    expect((await send(everything)).json).toEqual({
      events: 2,
      deliveries: 2,
      waiting: 2,
      has_more: false,
      up_to: later,
    });
  });

  it('sends at most 500 deliveries at a time', async () => {
    const zap = await bed.zap();
    const events = Array.from({ length: MAX_SENT_AGAIN + 1 }, () => delivery('A', { body: Buffer.alloc(1) }));
    await bed.server.store.ingest(events.map((event, index) => ({ ...event, digest: Buffer.from(`${index}`) })));
    const newest = (await bed.list('?limit=1')).events[0]?.number ?? 0;
    await bed.pass(zap, newest);
    const conditions = { zap };
    const counts = { events: MAX_SENT_AGAIN, deliveries: MAX_SENT_AGAIN, waiting: 0, has_more: true, up_to: newest };
    expect((await send({ conditions, dry_run: true })).json).toEqual(counts);
    expect((await send({ conditions, dry_run: false })).json).toEqual(counts);
    const { status, json } = await send({ conditions, dry_run: false });
    expect([status, json.detail]).toEqual([409, expect.stringMatching(/Wait/)]);
    expect((await send({ number: newest, zap, dry_run: false })).json).toMatchObject({ deliveries: 0, waiting: 1 });
  });

  it.each([
    {},
    { dry_run: true },
    { dry_run: 'maybe', conditions: {} },
    { number: 1, dry_run: true },
    { number: 1, zap: 'x', dry_run: true },
    { number: -1, zap: '00000000-0000-4000-8000-000000000001', dry_run: true },
    { number: 1, zap: '00000000-0000-4000-8000-000000000001', conditions: {}, dry_run: true },
    { conditions: { channel: 'x' }, dry_run: true },
    { conditions: {}, up_to: -1, dry_run: true },
    { conditions: {}, dry_run: true, channel: 'x' },
  ])('refuses %j', async (body) => {
    expect((await send(body)).status).toBe(400);
  });
});

it('reaches nothing of another channel', async () => {
  const { store } = bed.server;
  await store.registerChannel(OTHER_CHANNEL, { sealKey: SEAL_KEY, maxChannels: 2, idleMs: 1 }, Date.now());
  try {
    const request = { targetUrl: 'https://hooks.zapier.com/other', filter: { all_except: [] } };
    const subscription = await store.subscribe(OTHER_CHANNEL, request, 9, Date.now());
    await store.ingest([delivery('A', { channel: OTHER_CHANNEL, receivedAt: Date.now() })]);
    const [other] = await store.eventsIn(OTHER_CHANNEL, [{ listId: null, after: 0, upTo: 9e9 }], 1);
    if (subscription === 'full' || !other) throw new Error('The other channel has no event.');
    const { id } = subscription;
    const own = await bed.zap({ all_except: [] });

    expect((await bed.list()).events).toEqual([]);
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}/${other.seq}`)).status).toBe(404);
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}/${other.seq}/zaps`)).status).toBe(404);
    expect((await bed.get(`${CONSOLE_EVENTS_PATH}?zap=${id}`)).status).toBe(404);
    for (const body of [
      { number: other.seq, zap: id, dry_run: false },
      { number: other.seq, zap: own, dry_run: false },
      { conditions: { zap: id }, dry_run: false },
    ]) {
      expect((await bed.post(CONSOLE_SEND_AGAIN_PATH, body)).status).toBe(404);
    }
    const all = await bed.post(CONSOLE_SEND_AGAIN_PATH, { conditions: {}, dry_run: false });
    expect(all.json).toMatchObject({ deliveries: 0, waiting: 0 });
    expect(await store.redriven(id, 9)).toEqual([]);
    const { zaps } = (await bed.get(CONSOLE_OVERVIEW_PATH)).json as unknown as OverviewResponse;
    expect(zaps.map((zap) => zap.id)).toEqual([own]);
  } finally {
    await store.deleteChannel(OTHER_CHANNEL);
  }
});
